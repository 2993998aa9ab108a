import type { PveClient } from './client.ts';
import { flag, type Loose, looseList, looseObject, number, text, words } from './loose.ts';
import type { Resource } from './records.ts';

/** One entry of GET `/nodes/{node}/network`: as it will be once pending changes are applied. */
export interface NetworkDevice {
  readonly name: string;
  /** `bridge`, `bond`, `eth`, `vlan`, `OVSBridge`, … */
  readonly type: string;
  /** Whether it is up now. */
  readonly active: boolean;
  /** Whether it comes up at boot. */
  readonly autostart: boolean;
  /** IPv4 and IPv6, with their mask. */
  readonly addresses: readonly string[];
  readonly gateways: readonly string[];
  /** Ports of a bridge, members of a bond. */
  readonly ports: readonly string[];
  readonly vlan?: string | undefined;
  readonly vlanAware: boolean;
  readonly mtu?: number | undefined;
  readonly bondMode?: string | undefined;
  readonly comment?: string | undefined;
}

/** The devices of a node, and what waits to be applied. */
export interface NodeNetwork {
  readonly devices: readonly NetworkDevice[];
  /** A unified diff of `/etc/network/interfaces`; missing when nothing waits. */
  readonly changes?: string | undefined;
}

/** A zone, vnet, subnet, controller or IPAM of the SDN. */
export interface SdnItem {
  readonly name: string;
  readonly type: string;
  /** `new`, `changed` or `deleted` while it waits to be applied. */
  readonly state?: string | undefined;
  /** Its settings, those that wait included; no secrets are among them. */
  readonly settings: Readonly<Record<string, string>>;
}

/** One entry of GET `/cluster/sdn/ipams/{ipam}/status`. */
export interface IpamEntry {
  readonly ip: string;
  readonly mac?: string | undefined;
  readonly vmid?: number | undefined;
  readonly hostname?: string | undefined;
  readonly zone?: string | undefined;
  readonly vnet?: string | undefined;
  readonly subnet?: string | undefined;
  readonly isGateway: boolean;
}

/** How a zone is on one node. */
export interface ZoneState {
  readonly zone: string;
  readonly node: string;
  readonly status: string;
}

export async function nodeNetwork({ send }: PveClient, node: string): Promise<NodeNetwork> {
  const { data, changes } = await send({ method: 'GET', path: ['nodes', node, 'network'] });
  return { devices: readNetworkDevices(data), changes };
}

/** @param kind as in the path GET `/cluster/sdn/{kind}` */
export async function sdnItems(
  { send }: PveClient,
  kind: 'zones' | 'vnets' | 'controllers' | 'ipams',
): Promise<SdnItem[]> {
  const params = kind === 'ipams' ? {} : { pending: true };
  return readSdnItems((await send({ method: 'GET', path: ['cluster', 'sdn', kind], params })).data);
}

export async function sdnSubnets({ send }: PveClient, vnet: string): Promise<SdnItem[]> {
  const path = ['cluster', 'sdn', 'vnets', vnet, 'subnets'];
  return readSdnItems((await send({ method: 'GET', path, params: { pending: true } })).data);
}

export async function ipamEntries({ send }: PveClient, ipam: string): Promise<IpamEntry[]> {
  return readIpamEntries((await send({ method: 'GET', path: ['cluster', 'sdn', 'ipams', ipam, 'status'] })).data);
}

export function readNetworkDevices(data: unknown): NetworkDevice[] {
  return looseList(data, 'the network of a node').map((it) => ({
    name: text(it.iface) ?? '',
    type: text(it.type) ?? 'unknown',
    active: flag(it.active) ?? false,
    autostart: flag(it.autostart) ?? false,
    addresses: [address(it, ''), address(it, '6')].flatMap((one) => one ?? []),
    gateways: [text(it.gateway), text(it.gateway6)].flatMap((one) => one ?? []),
    ports: [it.bridge_ports, it.slaves, it.ovs_ports, it.ovs_bonds].flatMap(words),
    vlan: vlanOf(it),
    vlanAware: flag(it.bridge_vlan_aware) ?? false,
    mtu: number(it.mtu),
    bondMode: text(it.bond_mode),
    comment: text(it.comments)?.trim(),
  }));
}

export function readSdnItems(data: unknown): SdnItem[] {
  return looseList(data, 'the SDN').map((it) => {
    const { digest, pending, state, type, ...own } = it;
    const coming = typeof pending === 'object' && pending !== null ? looseObject(pending, 'pending settings') : {};
    const name = [it.subnet, it.vnet, it.zone, it.controller, it.ipam, it.fabric, it.id].map(text).find(Boolean);
    const settings = Object.entries({ ...own, ...coming }).flatMap(([key, value]) => {
      const shown = Array.isArray(value) ? value.map(shortly).join(' ') : shortly(value);
      return shown === '' || secret.test(key) ? [] : [[key, shown] as const];
    });
    return {
      name: name ?? '',
      type: text(type) ?? 'unknown',
      state: text(state),
      settings: Object.fromEntries(settings),
    };
  });
}

export function readIpamEntries(data: unknown): IpamEntry[] {
  return looseList(data, 'an IPAM').map((it) => ({
    ip: text(it.ip) ?? '',
    mac: text(it.mac),
    vmid: number(it.vmid),
    hostname: text(it.hostname),
    zone: text(it.zone),
    vnet: text(it.vnet),
    subnet: text(it.subnet),
    isGateway: flag(it.gateway) ?? false,
  }));
}

/** The zones among `/cluster/resources`: `network/pve1/zone/lab` since 9, `sdn/pve1/lab` before. */
export function zoneStates(resources: readonly Resource[]): ZoneState[] {
  return resources.flatMap(({ id, type, node, status }) => {
    const zone = /^(?:network\/[^/]+\/zone|sdn\/[^/]+)\/([^/]+)$/.exec(id)?.[1];
    const isZone = type === 'network' || type === 'sdn';
    return isZone && zone !== undefined && node !== undefined ? [{ zone, node, status: status ?? 'unknown' }] : [];
  });
}

const secret = /^(key|token|password|secret)$/;

function shortly(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : (text(value) ?? '');
}

function address(it: Loose, version: '' | '6'): string | undefined {
  const whole = text(it[`cidr${version}`]);
  if (whole !== undefined) return whole;
  const method = text(it[`method${version}`]);
  const bare = text(it[`address${version}`]);
  return bare ?? (method === 'dhcp' || method === 'auto' ? `by ${method}` : undefined);
}

function vlanOf(it: Loose): string | undefined {
  const tag = text(it['vlan-id']) ?? text(it.ovs_tag);
  const raw = text(it['vlan-raw-device']);
  if (tag === undefined) return undefined;
  return raw === undefined ? tag : `${tag} on ${raw}`;
}
