import { failure } from '../errors.ts';
import { flag, type ParameterSpecs, splitList, text, whole } from '../parameters.ts';
import { type Call, nodeOf, type Reply, type Route, required } from '../route.ts';
import type { ClusterNode, Network } from '../state.ts';
import { startTask } from '../tasks.ts';
import { duration } from '../workers.ts';

const list = '/nodes/{node}/network';
const one = `${list}/{iface}`;
const changes = { at: '/nodes/{node}', any: ['Sys.Modify'] };
const texts =
  'address address6 bond-primary bond_mode bond_xmit_hash_policy bridge_ports bridge_vids cidr cidr6 comments comments6 gateway gateway6 netmask slaves vlan-raw-device'.split(
    ' ',
  );
const specs: ParameterSpecs = {
  ...Object.fromEntries(texts.map((name) => [name, text])),
  autostart: flag,
  bridge_vlan_aware: flag,
  mtu: whole,
  'vlan-id': whole,
  type: { ...text, required: true },
};

/** Network devices of a node. Changes wait until they are applied or discarded. */
export const networkRoutes: readonly Route[] = [
  { method: 'GET', path: list, parameters: { type: text }, answer: read },
  {
    method: 'POST',
    path: list,
    privilege: changes,
    parameters: { ...specs, iface: { ...text, required: true, minLength: 2, maxLength: 20 } },
    answer: create,
  },
  { method: 'PUT', path: list, privilege: changes, parameters: { 'regenerate-frr': flag }, answer: apply },
  { method: 'DELETE', path: list, privilege: changes, answer: discard },
  {
    method: 'GET',
    path: one,
    privilege: { at: '/nodes/{node}', any: ['Sys.Audit'] },
    answer: (call) => {
      const { iface, ...own } = deviceOf(call);
      return { data: own };
    },
  },
  { method: 'PUT', path: one, privilege: changes, parameters: { ...specs, delete: text }, answer: update },
  { method: 'DELETE', path: one, privilege: changes, answer: remove },
];

/** Made when it is first looked at. */
function networkOf(call: Call): Network {
  const node = nodeOf(call);
  const { networks } = call.world.cluster;
  const network = networks.get(node.name) ?? { active: devices(node), pending: undefined };
  networks.set(node.name, network);
  return network;
}

function devices({ ip }: ClusterNode): Network['active'] {
  const common = { active: 1, families: ['inet'], method6: 'manual' };
  return [
    { ...common, iface: 'eno1', type: 'eth', method: 'manual', priority: 3 },
    {
      ...common,
      iface: 'vmbr0',
      type: 'bridge',
      method: 'static',
      address: ip,
      netmask: '16',
      cidr: `${ip}/16`,
      gateway: '10.20.0.1',
      bridge_ports: 'eno1',
      bridge_stp: 'off',
      bridge_fd: '0',
      autostart: 1,
      priority: 4,
    },
  ];
}

function read(call: Call): Reply {
  const { active, pending } = networkOf(call);
  const type = call.parameters.text('type');
  const fits = (kind: unknown): boolean =>
    type === undefined || kind === type || (type === 'any_bridge' && kind === 'bridge');
  const data = (pending ?? active).filter((device) => fits(device.type));
  return pending === undefined ? { data } : { data, changes: difference(active, pending) };
}

/** As much of a unified diff as shows which devices come and go. */
function difference(active: Network['active'], pending: Network['active']): string {
  const lines = (list: Network['active']): string[] =>
    list.flatMap(({ iface, method, ...own }) => [
      `iface ${iface} inet ${method}`,
      ...Object.entries(own)
        .filter(([name]) => !['active', 'families', 'priority', 'type'].includes(name))
        .map(([name, value]) => `\t${name.replace('_', '-')} ${value}`),
    ]);
  const [before, after] = [lines(active), lines(pending)];
  const gone = before.filter((line) => !after.includes(line)).map((line) => `-${line}`);
  const come = after.filter((line) => !before.includes(line)).map((line) => `+${line}`);
  return ['--- /etc/network/interfaces', '+++ /etc/network/interfaces.new', '@@ -1 +1 @@', ...gone, ...come, ''].join(
    '\n',
  );
}

function sent({ parameters }: Call): Record<string, string | number> {
  const names = parameters.names().filter((name) => Object.hasOwn(specs, name));
  return Object.fromEntries(
    names.map((name) => [
      name,
      specs[name]?.type === 'string' ? (parameters.text(name) ?? '') : (parameters.number(name) ?? 0),
    ]),
  );
}

function deviceOf(call: Call): Network['active'][number] {
  const { active, pending } = networkOf(call);
  const iface = required(call.parameters, 'iface');
  const found = (pending ?? active).find((device) => device.iface === iface);
  if (found === undefined) throw failure('interface does not exist');
  return found;
}

function create(call: Call): Reply {
  const network = networkOf(call);
  const iface = required(call.parameters, 'iface');
  const present = network.pending ?? network.active;
  if (present.some((device) => device.iface === iface)) throw failure('interface already exists');
  const method = call.parameters.has('cidr') || call.parameters.has('address') ? 'static' : 'manual';
  const made = { iface, method, method6: 'manual', families: ['inet'], priority: present.length + 3, ...sent(call) };
  network.pending = [...present, made];
  return { data: null };
}

function update(call: Call): Reply {
  const network = networkOf(call);
  const device = deviceOf(call);
  const gone = splitList(call.parameters.text('delete') ?? '');
  const kept = Object.entries({ ...device, ...sent(call) }).filter(([name]) => !gone.includes(name));
  const changed = { ...Object.fromEntries(kept), iface: device.iface };
  network.pending = (network.pending ?? network.active).map((each) => (each.iface === device.iface ? changed : each));
  return { data: null };
}

function remove(call: Call): Reply {
  const network = networkOf(call);
  const { iface } = deviceOf(call);
  network.pending = (network.pending ?? network.active).filter((device) => device.iface !== iface);
  return { data: null };
}

function apply(call: Call): Reply {
  const network = networkOf(call);
  const effect = (): void => {
    network.active = (network.pending ?? network.active).map((device) => ({ ...device, active: 1 }));
    network.pending = undefined;
  };
  const own = { node: nodeOf(call).name, type: 'srvreload', id: 'networking', who: call.who };
  return { data: startTask(call.world, { ...own, takes: duration.moment, effect }) };
}

function discard(call: Call): Reply {
  networkOf(call).pending = undefined;
  return { data: null };
}
