import { seconds } from '../clock.ts';
import { wrongParameters } from '../errors.ts';
import { text, vmid } from '../parameters.ts';
import { privilegesAt } from '../permissions.ts';
import { resources } from '../resources.ts';
import { type Call, index, type Reply, type Route } from '../route.ts';
import { localNode } from '../state.ts';

/** What `/version` answers. */
export const version = { version: '9.2.11', release: '9.2', repoid: '14a22df35955d97d' } as const;

/** What concerns the cluster as a whole. */
export const clusterRoutes: readonly Route[] = [
  { method: 'GET', path: '/version', answer: () => ({ data: version }) },
  { method: 'GET', path: '/access/permissions', parameters: { path: text }, answer: permissions },
  {
    method: 'GET',
    path: '/cluster',
    answer: () => index('name', ['ha', 'nextid', 'options', 'resources', 'status', 'tasks']),
  },
  { method: 'GET', path: '/cluster/status', privilege: { at: '/', any: ['Sys.Audit'] }, answer: status },
  {
    method: 'GET',
    path: '/cluster/resources',
    parameters: { type: { ...text, values: ['vm', 'storage', 'node', 'sdn'] } },
    answer: (call) => ({ data: resources(call, call.parameters.text('type')) }),
  },
  { method: 'GET', path: '/cluster/nextid', parameters: { vmid }, answer: nextId },
  { method: 'GET', path: '/cluster/options', privilege: { at: '/', any: ['Sys.Audit'] }, answer: options },
  {
    method: 'GET',
    path: '/cluster/ha/status/current',
    privilege: { at: '/', any: ['Sys.Audit'] },
    answer: haStatus,
  },
];

function permissions({ world, who, parameters }: Call): Reply {
  const { acl } = world.cluster;
  const asked = parameters.text('path');
  const usual = ['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn', '/storage', '/vms'];
  const paths = asked === undefined ? [...new Set([...usual, ...acl.map((entry) => entry.path)])] : [asked];
  const held = paths.map((path) => {
    const privileges = [...privilegesAt(acl, who, path)].map(([name, goesOn]) => [name, goesOn ? 1 : 0]);
    return [path, Object.fromEntries(privileges)] as const;
  });
  return { data: Object.fromEntries(held.filter(([path, own]) => path === asked || Object.keys(own).length > 0)) };
}

function status({ world: { cluster } }: Call): Reply {
  const local = localNode(cluster);
  const nodes = cluster.nodes.map(({ name, id, ip }) => ({
    id: `node/${name}`,
    type: 'node',
    name,
    nodeid: id,
    ip,
    online: 1,
    local: name === local.name ? 1 : 0,
    level: '',
  }));
  const whole = { id: 'cluster', type: 'cluster', name: cluster.name, version: 3, nodes: nodes.length, quorate: 1 };
  return { data: [whole, ...nodes] };
}

function nextId({ world: { cluster }, parameters }: Call): Reply {
  const wanted = parameters.number('vmid');
  if (wanted !== undefined) {
    if (cluster.guests.has(wanted)) throw wrongParameters({ vmid: `VM ${wanted} already exists` });
    return { data: String(wanted) };
  }
  let free = 100;
  while (cluster.guests.has(free)) free += 1;
  return { data: String(free) };
}

function options(): Reply {
  return {
    data: {
      description: 'Demo cluster: nothing here is real\n',
      mac_prefix: 'BC:24:11',
      'tag-style': { 'color-map': 'prod:1f883d;dev:0969da' },
      'allowed-tags': ['db', 'dev', 'infra', 'mail', 'prod', 'template', 'web'],
    },
  };
}

function haStatus({ world: { cluster, clock } }: Call): Reply {
  const timestamp = seconds(clock.now());
  const at = clockText(clock.now());
  const node = localNode(cluster).name;
  const services = [...cluster.guests.values()].flatMap(({ vmid, kind, ha, node }) => {
    if (ha === undefined) return [];
    const sid = `${kind === 'qemu' ? 'vm' : 'ct'}:${vmid}`;
    const { state, requested } = ha;
    const limits = { max_restart: 1, max_relocate: 1, failback: 1 };
    const own = { id: `service:${sid}`, type: 'service', sid, node, state, crm_state: state, request_state: requested };
    return [{ ...own, ...limits, status: `${sid} (${node}, ${state})` }];
  });
  return {
    data: [
      { id: 'quorum', type: 'quorum', node, quorate: 1, status: 'OK' },
      { id: 'master', type: 'master', node, timestamp, status: `${node} (active, ${at})` },
      { id: 'fencing', type: 'fencing', node, 'armed-state': 'armed', status: 'armed (CRM watchdog active)' },
      ...cluster.nodes.map(({ name }) => ({
        id: `lrm:${name}`,
        type: 'lrm',
        node: name,
        timestamp,
        status: `${name} (active, watchdog active, ${at})`,
      })),
      ...services,
    ],
  };
}

// Such as "Fri Nov 20 12:01:18 2026".
function clockText(ms: number): string {
  const [weekday = '', day = '', month = '', year = '', time = ''] = new Date(ms)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  return `${weekday} ${month} ${day} ${time} ${year}`;
}
