import type { GuestPlace, PveClient } from './client.ts';
import { guestPath } from './guest.ts';
import { flag, looseList, looseObject, number, text } from './loose.ts';

/** Where a firewall is: of the cluster, of a node, or of a guest. */
export type FirewallPlace =
  | { readonly scope: 'cluster' }
  | { readonly scope: 'node'; readonly node: string }
  | ({ readonly scope: 'guest' } & GuestPlace);

/** GET `…/firewall/options`. */
export interface FirewallOptions {
  /** Missing where nobody has set it: off for cluster and guests, on for nodes. */
  readonly enabled?: boolean | undefined;
  readonly policyIn?: string | undefined;
  readonly policyOut?: string | undefined;
  /** Everything else that is set, in the words of Proxmox VE. */
  readonly others: Readonly<Record<string, string>>;
  readonly digest?: string | undefined;
}

/** One entry of GET `…/firewall/rules`; the first that fits counts. */
export interface FirewallRule {
  readonly pos: number;
  /** `in`, `out`, `forward`, or `group`, whose action is the name of a security group. */
  readonly type: string;
  readonly action: string;
  readonly enabled: boolean;
  readonly macro?: string | undefined;
  readonly proto?: string | undefined;
  readonly dport?: string | undefined;
  readonly sport?: string | undefined;
  readonly source?: string | undefined;
  readonly dest?: string | undefined;
  readonly iface?: string | undefined;
  readonly log?: string | undefined;
  readonly comment?: string | undefined;
}

/** One entry of GET `…/firewall/aliases`. */
export interface FirewallAlias {
  readonly name: string;
  readonly cidr: string;
  readonly comment?: string | undefined;
}

/** One entry of GET `…/firewall/ipset`, or of `…/groups`. */
export interface FirewallSet {
  readonly name: string;
  readonly comment?: string | undefined;
}

/** One entry of GET `…/firewall/ipset/{name}`. */
export interface FirewallSetEntry {
  readonly cidr: string;
  /** What the set leaves out. */
  readonly excluded: boolean;
  readonly comment?: string | undefined;
}

export async function firewallOptions(pve: PveClient, place: FirewallPlace): Promise<FirewallOptions> {
  return readFirewallOptions(await get(pve, place, 'options'));
}

export async function firewallRules(pve: PveClient, place: FirewallPlace): Promise<FirewallRule[]> {
  return readFirewallRules(await get(pve, place, 'rules'));
}

/** Nodes have none of their own. */
export async function firewallAliases(pve: PveClient, place: FirewallPlace): Promise<FirewallAlias[]> {
  return readFirewallAliases(await get(pve, place, 'aliases'));
}

/** Nodes have none of their own. */
export async function firewallSets(pve: PveClient, place: FirewallPlace): Promise<FirewallSet[]> {
  return readFirewallSets(await get(pve, place, 'ipset'));
}

export async function firewallSetEntries(
  pve: PveClient,
  place: FirewallPlace,
  name: string,
): Promise<FirewallSetEntry[]> {
  return readFirewallSetEntries(await get(pve, place, 'ipset', name));
}

/** Security groups, which only the cluster has (GET `/cluster/firewall/groups`). */
export async function securityGroups(pve: PveClient): Promise<FirewallSet[]> {
  return readFirewallSets(await get(pve, { scope: 'cluster' }, 'groups'));
}

export async function securityGroupRules(pve: PveClient, group: string): Promise<FirewallRule[]> {
  return readFirewallRules(await get(pve, { scope: 'cluster' }, 'groups', group));
}

/** The path of a firewall. */
export function firewallPath(place: FirewallPlace): string[] {
  if (place.scope === 'cluster') return ['cluster', 'firewall'];
  if (place.scope === 'node') return ['nodes', place.node, 'firewall'];
  return [...guestPath(place), 'firewall'];
}

export function readFirewallOptions(data: unknown): FirewallOptions {
  const { enable, policy_in, policy_out, digest, ...rest } = looseObject(data, 'firewall options');
  const others = Object.entries(rest).flatMap(([name, value]) => {
    const shown = typeof value === 'boolean' ? (value ? '1' : '0') : text(value);
    return shown === undefined ? [] : [[name, shown] as const];
  });
  return {
    enabled: flag(enable),
    policyIn: text(policy_in),
    policyOut: text(policy_out),
    others: Object.fromEntries(others),
    digest: text(digest),
  };
}

export function readFirewallRules(data: unknown): FirewallRule[] {
  return looseList(data, 'firewall rules')
    .map((it, at) => ({
      pos: number(it.pos) ?? at,
      type: text(it.type) ?? 'unknown',
      action: text(it.action) ?? 'unknown',
      enabled: flag(it.enable) ?? false,
      macro: text(it.macro),
      proto: text(it.proto),
      dport: text(it.dport),
      sport: text(it.sport),
      source: text(it.source),
      dest: text(it.dest),
      iface: text(it.iface),
      log: text(it.log),
      comment: text(it.comment),
    }))
    .sort((a, b) => a.pos - b.pos);
}

export function readFirewallAliases(data: unknown): FirewallAlias[] {
  return looseList(data, 'firewall aliases').map((it) => ({
    name: text(it.name) ?? '',
    cidr: text(it.cidr) ?? '',
    comment: text(it.comment),
  }));
}

export function readFirewallSets(data: unknown): FirewallSet[] {
  return looseList(data, 'a list of the firewall').map((it) => ({
    name: text(it.name) ?? text(it.group) ?? '',
    comment: text(it.comment),
  }));
}

export function readFirewallSetEntries(data: unknown): FirewallSetEntry[] {
  return looseList(data, 'an IP set').map((it) => ({
    cidr: text(it.cidr) ?? '',
    excluded: flag(it.nomatch) ?? false,
    comment: text(it.comment),
  }));
}

async function get({ send }: PveClient, place: FirewallPlace, ...rest: readonly string[]): Promise<unknown> {
  return (await send({ method: 'GET', path: [...firewallPath(place), ...rest] })).data;
}
