import { wrongParameters } from '../errors.ts';
import { text, vmid } from '../parameters.ts';
import { resources } from '../resources.ts';
import { type Call, index, type Reply, type Route } from '../route.ts';
import { isQuorate, localNode } from '../state.ts';

/** What `/version` answers. */
export const version = { version: '9.2.11', release: '9.2', repoid: '14a22df35955d97d' } as const;

/** What concerns the cluster as a whole. */
export const clusterRoutes: readonly Route[] = [
  { method: 'GET', path: '/version', answer: () => ({ data: version }) },
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
];

function status({ world }: Call): Reply {
  const { cluster } = world;
  const local = localNode(world);
  const nodes = cluster.nodes.map(({ name, id, ip, offline }) => ({
    id: `node/${name}`,
    type: 'node',
    name,
    nodeid: id,
    ip,
    online: offline ? 0 : 1,
    local: name === local.name ? 1 : 0,
    level: '',
  }));
  const whole = { id: 'cluster', type: 'cluster', name: cluster.name, version: 3, nodes: nodes.length };
  return { data: [{ ...whole, quorate: isQuorate(cluster) ? 1 : 0 }, ...nodes] };
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
