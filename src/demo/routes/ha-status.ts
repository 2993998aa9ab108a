import { seconds } from '../clock.ts';
import { allManaged, digestOfSettings, sidOf } from '../ha.ts';
import { text } from '../parameters.ts';
import type { Call, Reply, Route } from '../route.ts';
import { isQuorate, localNode } from '../state.ts';

const looks = { at: '/', any: ['Sys.Audit'] };
const changes = { at: '/', any: ['Sys.Console'] };
const limits = { max_restart: 1, max_relocate: 1, failback: 1 };

/** How high availability is doing. */
export const haStatusRoutes: readonly Route[] = [
  { method: 'GET', path: '/cluster/ha/status/current', privilege: looks, answer: status },
  { method: 'POST', path: '/cluster/ha/status/arm-ha', privilege: changes, answer: arm },
  {
    method: 'POST',
    path: '/cluster/ha/status/disarm-ha',
    privilege: changes,
    parameters: { 'resource-mode': { ...text, required: true, values: ['freeze', 'ignore'] } },
    answer: disarm,
  },
  { method: 'GET', path: '/cluster/ha/status/manager_status', privilege: looks, answer: managerStatus },
];

function status(call: Call): Reply {
  const { cluster, clock } = call.world;
  const timestamp = seconds(clock.now());
  const at = clockText(clock.now());
  const node = localNode(call.world).name;
  const quorate = isQuorate(cluster);
  const services = allManaged(call.world).map((guest) => {
    const sid = sidOf(guest);
    const { state, requested, comment } = guest.ha;
    const own = {
      id: `service:${sid}`,
      type: 'service',
      sid,
      node: guest.node,
      state,
      crm_state: state,
      request_state: requested,
    };
    return {
      ...own,
      ...limits,
      ...(comment === undefined ? {} : { comment }),
      status: `${sid} (${guest.node}, ${state})`,
    };
  });
  const health = (name: string): string =>
    quorate && cluster.nodes.some((each) => each.name === name && !each.offline) ? 'active' : 'old timestamp - dead?';
  return {
    data: [
      {
        id: 'quorum',
        type: 'quorum',
        node,
        quorate: quorate ? 1 : 0,
        status: quorate ? 'OK' : `No quorum on node '${node}'!`,
      },
      { id: 'master', type: 'master', node, timestamp, status: `${node} (${health(node)}, ${at})` },
      quorate && cluster.disarmed === undefined
        ? { id: 'fencing', type: 'fencing', node, 'armed-state': 'armed', status: 'armed (CRM watchdog active)' }
        : fencingOff(node, cluster.disarmed),
      ...cluster.nodes.map(({ name }) => ({
        id: `lrm:${name}`,
        type: 'lrm',
        node: name,
        timestamp,
        status: `${name} (${health(name)}, watchdog ${quorate ? 'active' : 'standby'}, ${at})`,
      })),
      ...services,
    ],
  };
}

function fencingOff(node: string, disarmed: 'freeze' | 'ignore' | undefined): Record<string, unknown> {
  const armed = disarmed === undefined ? 'standby' : 'disarmed';
  return { id: 'fencing', type: 'fencing', node, 'armed-state': armed, status: `${armed} (CRM watchdog standby)` };
}

function arm({ world }: Call): Reply {
  delete world.cluster.disarmed;
  return { data: null };
}

function disarm({ world, parameters }: Call): Reply {
  world.cluster.disarmed = parameters.text('resource-mode') === 'ignore' ? 'ignore' : 'freeze';
  return { data: null };
}

function managerStatus(call: Call): Reply {
  const { cluster, clock } = call.world;
  const timestamp = seconds(clock.now());
  const node = localNode(call.world).name;
  const services = allManaged(call.world).map((guest) => [
    sidOf(guest),
    { state: guest.ha.state, node: guest.node, uid: digestOfSettings(guest.vmid).slice(0, 22) },
  ]);
  const nodes = cluster.nodes.map(({ name, offline }) => [name, offline ? 'unknown' : 'online']);
  const lrm = cluster.nodes.map(({ name }) => [name, { mode: 'active', state: 'active', timestamp, results: {} }]);
  return {
    data: {
      manager_status: {
        master_node: node,
        timestamp,
        node_status: Object.fromEntries(nodes),
        service_status: Object.fromEntries(services),
      },
      lrm_status: Object.fromEntries(lrm),
      quorum: { node, quorate: isQuorate(cluster) ? '1' : '0' },
    },
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
