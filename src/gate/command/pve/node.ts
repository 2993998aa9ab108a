import { del, get, own, type Program, post, put } from './row.ts';

const node = '/nodes/{node}' as const;
const account = '/cluster/acme/account' as const;
const plugin = '/cluster/acme/plugins' as const;
const certificate = `${node}/certificates/acme/certificate` as const;

/** The node: its settings, guests all at once, certificates and tasks. */
export const pvenode: Program = {
  'config get': get(`${node}/config`, '', 'property'),
  'config set': put(`${node}/config`),
  startall: post(`${node}/startall`),
  stopall: post(`${node}/stopall`),
  migrateall: post(`${node}/migrateall`, 'target'),
  wakeonlan: post(`${node}/wakeonlan`, 'node'),

  'task list': get(
    `${node}/tasks`,
    '',
    'errors limit since source start statusfilter typefilter until userfilter vmid',
  ),
  'task status': get(`${node}/tasks/{upid}/status`, 'upid'),
  'task log': get(`${node}/tasks/{upid}/log`, 'upid', 'download start'),

  'cert info': get(`${node}/certificates/info`),
  'cert set': post(`${node}/certificates/custom`, 'certificates key?', '', { files: 'certificates key' }),
  'cert delete': del(`${node}/certificates/custom`, 'restart?'),
  'acme cert order': post(certificate),
  'acme cert renew': put(certificate),
  'acme cert revoke': del(certificate),
  'acme account list': get(account),
  'acme account info': get(`${account}/{name}`, 'name?'),
  'acme account register': post(account, 'name? contact?'),
  'acme account update': put(`${account}/{name}`, 'name?'),
  'acme account deactivate': del(`${account}/{name}`, 'name?'),
  'acme plugin list': get(plugin, '', 'type'),
  'acme plugin config': get(`${plugin}/{id}`, 'id'),
  'acme plugin add': post(plugin, 'type id', '', { files: 'data' }),
  'acme plugin set': put(`${plugin}/{id}`, 'id', '', { files: 'data' }),
  'acme plugin remove': del(`${plugin}/{id}`, 'id'),
};

/** The node's subscription. */
export const pvesubscription: Program = {
  get: get(`${node}/subscription`),
  update: post(`${node}/subscription`),
  set: put(`${node}/subscription`, 'key'),
  'set-offline-key': own('destroy', 'data', '', 'Which subscription the node has is replaced.', { sensitive: true }),
  delete: del(`${node}/subscription`),
};

/** Small programs without subcommands. */
export const tools: Readonly<Record<string, Program>> = {
  pveversion: { '': own('read', '', 'v verbose', 'It prints versions.') },
  pvereport: { '': get(`${node}/report`) },
  pveperf: { '': own('operate', 'path?', '', 'It measures the node, and writes and syncs a file for that.') },
  ...Object.fromEntries(
    ['pve5to6', 'pve6to7', 'pve7to8', 'pve8to9'].map((name) => [
      name,
      { '': own('read', '', 'full', 'It prints what stands in the way of an upgrade.') },
    ]),
  ),
  pveupdate: { '': own('operate', '', '', 'Lists of packages are fetched, and certificates renewed that are due.') },
  pveupgrade: { '': own('destroy', '', 'shell', 'All packages of the node are replaced by newer ones.') },
  pvebanner: { '': own('configure', '', '', 'The greeting of the console is written anew.') },
};
