import { del, get, own, type Program, post, put, withheld } from './row.ts';

const resource = '/cluster/ha/resources/{sid}' as const;
const group = '/cluster/ha/groups/{group}' as const;
const rule = '/cluster/ha/rules/{rule}' as const;

/** High availability. */
export const haManager: Program = {
  status: own('read', '', 'verbose', 'It prints the state of HA.'),
  config: get('/cluster/ha/resources', '', 'type'),
  groupconfig: get('/cluster/ha/groups'),
  'rules list': get('/cluster/ha/rules', '', 'resource type'),
  'rules config': get('/cluster/ha/rules', '', 'resource type'),

  add: post('/cluster/ha/resources', 'sid'),
  set: put(resource, 'sid'),
  remove: del(resource, 'sid'),
  migrate: post(`${resource}/migrate`, 'sid node'),
  relocate: post(`${resource}/relocate`, 'sid node'),
  groupadd: post('/cluster/ha/groups', 'group'),
  groupset: put(group, 'group'),
  groupremove: del(group, 'group'),
  'rules add': post('/cluster/ha/rules', 'type rule'),
  'rules set': put(rule, 'type rule'),
  'rules remove': del(rule, 'rule'),

  'crm-command migrate': 'migrate',
  'crm-command relocate': 'relocate',
  'crm-command stop': own('operate', 'sid timeout', '', 'HA stops the guest, hard where the time is nothing.'),
  'crm-command arm-ha': post('/cluster/ha/status/arm-ha'),
  'crm-command disarm-ha': post('/cluster/ha/status/disarm-ha', 'resource-mode?'),
  'crm-command node-maintenance enable': own('operate', 'node', '', 'The guests that HA manages leave the node.'),
  'crm-command node-maintenance disable': own('operate', 'node', '', 'The guests that left the node come back.'),
};

/** The cluster itself. */
export const pvecm: Program = {
  status: own('read', '', '', 'It prints the state of the cluster.'),
  nodes: own('read', '', '', 'It prints the nodes of the cluster.'),
  apiver: own('read', '', '', 'It prints the version of joining.'),
  create: post('/cluster/config', 'clustername'),
  add: post('/cluster/config/join', 'hostname'),
  addnode: post('/cluster/config/nodes/{node}', 'node'),
  delnode: del('/cluster/config/nodes/{node}', 'node'),
  expected: own('configure', 'expected', '', 'So many votes are enough from then on, whatever the other nodes do.'),
  updatecerts: own('configure', '', 'silent unmerge-known-hosts', 'Certificates and keys that are missing are made.'),
  keygen: own('configure', 'filename', '', 'A key of the cluster is made.', { sensitive: true, writes: 'filename' }),
  'qdevice setup': own('destroy', 'address', '', 'A server outside votes in the cluster.'),
  'qdevice remove': own('destroy', '', '', 'The server outside votes no longer.'),
  mtunnel: withheld('', 'the tunnel of a migration'),
};
