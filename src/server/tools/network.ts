import * as z from 'zod';
import { forModel } from '../../gate/printable.ts';
import type { PveClient } from '../../pve/client.ts';
import {
  type IpamEntry,
  ipamEntries,
  type NetworkDevice,
  nodeNetwork,
  type SdnItem,
  sdnItems,
  sdnSubnets,
  type ZoneState,
  zoneStates,
} from '../../pve/network.ts';
import { defineTool, type ToolContext } from '../define-tool.ts';
import { attempt, notRead, valueOr } from '../text/attempt.ts';
import { page } from '../text/page.ts';
import { type Column, rows } from '../text/rows.ts';
import { count } from '../text/units.ts';
import { nodeArgument, pageArguments } from './common.ts';

const mostNodes = 20;
const mostVnets = 50;
const mostDiffLines = 80;

const input = z.strictObject({
  kind: z.enum(['interfaces', 'sdn', 'ipam']).default('interfaces'),
  node: nodeArgument.optional(),
  ...pageArguments(100),
});
type Wanted = z.output<typeof input>;

export const getNetwork = defineTool({
  name: 'pve_get_network',
  title: 'Network',
  toolset: 'network',
  risk: 'read',
  description: 'Network devices of nodes with changes not yet applied; SDN; addresses that an IPAM gave out.',
  input,
  async handle(wanted, context) {
    return { text: (await show[wanted.kind](wanted, context)).join('\n') };
  },
});

const show: Readonly<Record<Wanted['kind'], (wanted: Wanted, context: ToolContext) => Promise<string[]>>> = {
  async interfaces({ node, limit, cursor }, { pve, budget }) {
    const nodes = node === undefined ? await onlineNodes(pve) : [node];
    const read = await Promise.all(
      nodes.slice(0, mostNodes).map(async (name) => ({ name, network: await attempt(nodeNetwork(pve, name)) })),
    );
    const devices = read.flatMap(({ name, network }) =>
      valueOr(network, { devices: [] }).devices.map((device) => ({ ...device, node: name })),
    );
    const waiting = read.flatMap(({ name, network }) =>
      network.ok && network.value.changes !== undefined ? [{ name, changes: network.value.changes }] : [],
    );
    const known = read.filter(({ network }) => network.ok).length;
    const head = [
      `${count(devices.length, 'device')} on ${count(known, 'node')}, as configured, waiting changes included.`,
      waiting.length === 0
        ? 'No changes wait to be applied.'
        : `Changes wait to be applied on ${waiting.map(({ name }) => name).join(', ')}; they are below.`,
      ...read.flatMap(({ name, network }) => notRead(`The network of ${name}`, network)),
      ...(nodes.length > mostNodes
        ? [`Only the first ${mostNodes} of ${nodes.length} nodes; name another with node.`]
        : []),
    ];
    const diffs = waiting.flatMap(({ name, changes }) => diffLines(name, changes));
    const left = budget - [...head, ...diffs].join('\n').length;
    const table = page(devices, deviceColumns, {
      limit,
      cursor,
      key: ({ node: on, name }) => [on, name],
      budget: left,
    });
    return [...head, ...(devices.length === 0 ? [] : table.lines), ...diffs];
  },
  async sdn(_wanted, { pve }) {
    const [zones, vnets, controllers, states] = await Promise.all([
      attempt(sdnItems(pve, 'zones')),
      attempt(sdnItems(pve, 'vnets')),
      attempt(sdnItems(pve, 'controllers')),
      attempt(pve.resources().then(zoneStates)),
    ]);
    const subnets = await Promise.all(
      valueOr(vnets, [])
        .slice(0, mostVnets)
        .map(async ({ name }) => ({ name, subnets: await attempt(sdnSubnets(pve, name)) })),
    );
    const all = subnets.flatMap((one) => valueOr(one.subnets, []));
    const known = [...valueOr(zones, []), ...valueOr(vnets, []), ...valueOr(controllers, []), ...all];
    const waiting = known.filter(({ state }) => state !== undefined);
    return [
      `SDN: ${[zones, vnets].map((read, at) => (read.ok ? count(read.value.length, at === 0 ? 'zone' : 'vnet') : `${at === 0 ? 'zones' : 'vnets'} not known`)).join(', ')}, ${count(all.length, 'subnet')}`,
      waiting.length === 0
        ? 'No changes wait to be applied.'
        : `${count(waiting.length, 'change')} wait to be applied: ${forModel(waiting.map(({ name, state }) => `${name} (${state})`).join(', '), 600)}`,
      ...itemLines('Zones', zones, valueOr(states, [])),
      ...itemLines('Vnets', vnets),
      ...subnets.flatMap(({ name, subnets: read }) => notRead(`The subnets of ${forModel(name, 40)}`, read)),
      ...(all.length === 0 ? [] : itemLines('Subnets', { ok: true, value: all })),
      ...itemLines('Controllers', controllers),
      ...(valueOr(vnets, []).length > mostVnets ? [`Subnets only of the first ${mostVnets} vnets.`] : []),
    ];
  },
  async ipam({ limit, cursor }, { pve, budget }) {
    const ipams = await sdnItems(pve, 'ipams');
    if (ipams.length === 0) return ['No IPAM that the token may see (SDN.Audit).'];
    const read = await Promise.all(
      ipams.slice(0, 10).map(async ({ name }) => ({ name, entries: await attempt(ipamEntries(pve, name)) })),
    );
    const entries = read.flatMap(({ entries: one }) => valueOr(one, []));
    const head = [
      `${count(entries.length, 'address', 'addresses')} given out by ${forModel(ipams.map(({ name, type }) => `${name} (${type})`).join(', '), 300)}`,
      ...read.flatMap(({ name, entries: one }) => notRead(`IPAM ${forModel(name, 40)}`, one)),
    ];
    const key = ({ zone = '', ip, mac = '' }: IpamEntry) => [zone, ip, mac];
    return entries.length === 0
      ? head
      : [...head, ...page(entries, ipamColumns, { limit, cursor, key, budget: budget - 500 }).lines];
  },
};

async function onlineNodes(pve: PveClient): Promise<string[]> {
  const nodes = await pve.nodes();
  return nodes
    .filter(({ online }) => online)
    .map(({ node }) => node)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/** The lines that come and go; where they stand in the file says little. */
function diffLines(node: string, changes: string): string[] {
  const lines = changes.split('\n').filter((line) => /^[+-](?!\s*#|\s*$)/.test(line) && !/^(\+\+\+|---) /.test(line));
  const shown = lines.slice(0, mostDiffLines).map((line) => `  ${forModel(line, 200)}`);
  const more = lines.length > mostDiffLines ? [`  ${lines.length - mostDiffLines} more lines not shown`] : [];
  return [`Waiting on ${node} (- goes, + comes) in /etc/network/interfaces:`, ...shown, ...more];
}

function itemLines(
  title: string,
  read: { readonly ok: true; readonly value: readonly SdnItem[] } | { readonly ok: false; readonly why: string },
  states: readonly ZoneState[] = [],
): string[] {
  if (!read.ok) return notRead(title, read);
  if (read.value.length === 0) return [`${title}: none that the token may see`];
  const columns: readonly Column<SdnItem>[] = [
    { head: 'NAME', cell: ({ name }) => name, whole: true },
    { head: 'TYPE', cell: ({ type }) => type },
    { head: 'CHANGE', cell: ({ state = '' }) => state },
    ...(states.length === 0
      ? []
      : [{ head: 'ON NODES', cell: ({ name }: SdnItem) => zoneText(name, states), whole: true }]),
    { head: 'SETTINGS', cell: settingsText, whole: true },
  ];
  return [`${title}:`, ...rows(columns, read.value)];
}

function zoneText(zone: string, states: readonly ZoneState[]): string {
  const own = states.filter((state) => state.zone === zone);
  return [...new Set(own.map(({ status }) => status))]
    .map(
      (status) =>
        `${status}: ${own
          .filter((one) => one.status === status)
          .map(({ node }) => node)
          .join(',')}`,
    )
    .join('; ');
}

const said = ['type', 'id', 'ipam', 'subnet', 'network', 'mask'];

function settingsText({ name, settings }: SdnItem): string {
  return Object.entries(settings)
    .filter(([key, value]) => value !== name && !said.includes(key))
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}

const deviceColumns: readonly Column<NetworkDevice & { readonly node: string }>[] = [
  { head: 'NODE', cell: ({ node }) => node },
  { head: 'NAME', cell: ({ name }) => name },
  { head: 'TYPE', cell: ({ type, bondMode }) => (bondMode === undefined ? type : `${type} ${bondMode}`) },
  { head: 'STATE', cell: ({ active, autostart }) => `${active ? 'up' : 'down'}${autostart ? '' : ', not at boot'}` },
  { head: 'ADDRESS', cell: ({ addresses }) => addresses.join(' ') },
  { head: 'GATEWAY', cell: ({ gateways }) => gateways.join(' ') },
  { head: 'PORTS', cell: ({ ports }) => ports.join(' ') },
  { head: 'VLAN', cell: ({ vlan, vlanAware }) => vlan ?? (vlanAware ? 'aware' : '') },
  { head: 'MTU', cell: ({ mtu }) => (mtu === undefined ? '' : String(mtu)), right: true },
  { head: 'COMMENT', cell: ({ comment = '' }) => comment },
];

const ipamColumns: readonly Column<IpamEntry>[] = [
  { head: 'ADDRESS', cell: ({ ip }) => ip, whole: true },
  { head: 'VMID', cell: ({ vmid, isGateway }) => (isGateway ? 'gateway' : String(vmid ?? '')), right: true },
  { head: 'NAME', cell: ({ hostname = '' }) => hostname },
  { head: 'MAC', cell: ({ mac = '' }) => mac },
  { head: 'VNET', cell: ({ vnet = '' }) => vnet },
  { head: 'SUBNET', cell: ({ subnet = '' }) => subnet },
];
