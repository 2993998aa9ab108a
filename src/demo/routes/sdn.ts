import { failure } from '../errors.ts';
import { flag, type ParameterSpecs, splitList, text } from '../parameters.ts';
import { type Call, type Reply, type Route, required } from '../route.ts';
import { digestOfSections, runningAt, type Section, type Sections, sectionsAt, subnet } from '../sections.ts';
import { startTask } from '../tasks.ts';
import { duration } from '../workers.ts';
import { checkDigest, sectionRoutes, sentSettings } from './sections.ts';

const audit = { at: '/sdn', any: ['SDN.Audit'] };
const allocate = { at: '/sdn', any: ['SDN.Allocate'] };
const views: ParameterSpecs = { pending: flag, running: flag };
const lock = { 'lock-token': text };
const kinds = [
  [
    '/cluster/sdn/zones',
    'zone',
    'type bridge vlan-protocol tag:int peers mtu:int nodes ipam dns dnszone dhcp controller vrf-vxlan:int exitnodes',
  ],
  ['/cluster/sdn/vnets', 'vnet', 'zone alias tag:int vlanaware:flag isolate-ports:flag type'],
  ['/cluster/sdn/controllers', 'controller', 'type asn:int peers node ebgp:flag loopback'],
] as const;
const subnets = '/cluster/sdn/vnets/{vnet}/subnets';
const subnetFields = 'gateway snat:flag dnszoneprefix dhcp-range:list dhcp-dns-server';

/** The software-defined network: what is written waits until it is applied to all nodes. */
export const sdnRoutes: readonly Route[] = [
  {
    method: 'PUT',
    path: '/cluster/sdn',
    privilege: allocate,
    parameters: { ...lock, 'release-lock': flag },
    answer: apply,
  },
  {
    method: 'POST',
    path: '/cluster/sdn/rollback',
    privilege: allocate,
    parameters: { ...lock, 'release-lock': flag },
    answer: rollback,
  },
  ...kinds.flatMap(([path, key, fields]) =>
    sectionRoutes({ path, key, fields: `${fields} lock-token:secret`, changes: allocate }).map((route) =>
      waiting(route, path, key),
    ),
  ),
  ...sectionRoutes({
    path: '/cluster/sdn/ipams',
    key: 'ipam',
    fields: 'type url token:secret section:int',
    changes: allocate,
  }),
  ...sectionRoutes({ path: '/cluster/sdn/dns', key: 'dns', fields: 'type url key:secret ttl:int', changes: allocate }),
  {
    method: 'GET',
    path: subnets,
    privilege: audit,
    parameters: views,
    answer: (call) => listed(call, subnetPath(call), 'subnet'),
  },
  {
    method: 'POST',
    path: subnets,
    privilege: allocate,
    parameters: {
      ...lock,
      subnet: { ...text, required: true },
      type: { ...text, required: true },
      gateway: text,
      snat: flag,
      dnszoneprefix: text,
      'dhcp-range': { ...text, many: true },
      'dhcp-dns-server': text,
    },
    answer: addSubnet,
  },
  { method: 'GET', path: `${subnets}/{subnet}`, privilege: audit, answer: (call) => ({ data: subnetOf(call)[1] }) },
  {
    method: 'PUT',
    path: `${subnets}/{subnet}`,
    privilege: allocate,
    parameters: { ...lock, gateway: text, snat: flag, dnszoneprefix: text, delete: text, digest: text },
    answer: changeSubnet,
  },
  { method: 'DELETE', path: `${subnets}/{subnet}`, privilege: allocate, parameters: lock, answer: removeSubnet },
];

/** Lists also show what is pending; single objects need SDN.Audit. */
function waiting(route: Route, path: string, key: string): Route {
  if (route.method !== 'GET') return route;
  if (route.path !== path) return { ...route, privilege: audit };
  return { ...route, parameters: { type: text, ...views }, answer: (call) => listed(call, path, key) };
}

function listed({ world, parameters }: Call, path: string, key: string): Reply {
  const now = sectionsAt(world.cluster.sections, path);
  const running = runningAt(world.cluster.sections, path);
  const digest = { digest: digestOfSections(now) };
  const row = (id: string, section: Section | undefined) => ({ [key]: id, ...section });
  if (!parameters.flag('pending'))
    return {
      data: [...(parameters.flag('running') ? running : now)].map(([id, section]) => ({
        ...row(id, section),
        ...digest,
      })),
    };
  const ids = [...new Set([...now.keys(), ...running.keys()])];
  return {
    data: ids.map((id) => ({ ...row(id, running.get(id)), ...stateOf(now.get(id), running.get(id)), ...digest })),
  };
}

function stateOf(now: Section | undefined, running: Section | undefined): Section {
  if (now === undefined) return { state: 'deleted', pending: { ...running } };
  if (running === undefined) return { state: 'new', pending: { ...now } };
  const changed = Object.entries(now).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(running[name]),
  );
  return changed.length === 0 ? {} : { state: 'changed', pending: Object.fromEntries(changed) };
}

function apply(call: Call): Reply {
  const { sections } = call.world.cluster;
  const effect = (): void => {
    sections.running.clear();
    for (const [path, file] of sections.now) sections.running.set(path, new Map(file));
  };
  const own = { node: call.world.local, type: 'reloadnetworkall', id: '', who: call.who };
  return { data: startTask(call.world, { ...own, takes: duration.create, effect }) };
}

function rollback({ world }: Call): Reply {
  const { now, running } = world.cluster.sections;
  for (const path of now.keys()) if (path.startsWith('/cluster/sdn/')) now.set(path, new Map(running.get(path)));
  return { data: null };
}

function subnetPath({ world, parameters }: Call): string {
  const vnet = required(parameters, 'vnet');
  const { sections } = world.cluster;
  const known = [sectionsAt(sections, '/cluster/sdn/vnets'), runningAt(sections, '/cluster/sdn/vnets')];
  if (!known.some((vnets) => vnets.has(vnet))) throw failure(`sdn '${vnet}' does not exist`);
  return `/cluster/sdn/vnets/${vnet}/subnets`;
}

function addSubnet(call: Call): Reply {
  const { world, parameters } = call;
  const path = subnetPath(call);
  const vnet = required(parameters, 'vnet');
  const zone = String(sectionsAt(world.cluster.sections, '/cluster/sdn/vnets').get(vnet)?.zone);
  const made = subnet(zone, vnet, required(parameters, 'subnet'), parameters.text('gateway'));
  const all = sectionsAt(world.cluster.sections, path);
  const id = String(made.subnet);
  if (all.has(id)) throw failure(`sdn subnet object ID '${id}' already defined`);
  all.set(id, { ...made, ...sentSettings(call, subnetFields) });
  return { data: null };
}

function subnetOf(call: Call): readonly [string, Section, Sections] {
  const all = sectionsAt(call.world.cluster.sections, subnetPath(call));
  const id = required(call.parameters, 'subnet');
  const found = all.get(id);
  if (found === undefined) throw failure(`sdn subnet '${id}' does not exist`);
  return [id, { ...found, digest: digestOfSections(all) }, all];
}

function changeSubnet(call: Call): Reply {
  const [id, { digest: _digest, ...section }, all] = subnetOf(call);
  checkDigest(call, all);
  const gone = splitList(call.parameters.text('delete') ?? '');
  const changed = Object.entries({ ...section, ...sentSettings(call, subnetFields) });
  all.set(id, Object.fromEntries(changed.filter(([name]) => !gone.includes(name))));
  return { data: null };
}

function removeSubnet(call: Call): Reply {
  const [id, , all] = subnetOf(call);
  all.delete(id);
  return { data: null };
}
