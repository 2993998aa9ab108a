import type { FirewallRule } from './firewall.ts';

/** What decides who reaches a node, in the order in which Proxmox VE asks: node, cluster, its own rules, the policy. */
export interface HostRules {
  readonly node: readonly FirewallRule[];
  readonly cluster: readonly FirewallRule[];
  /** Security group → its rules. */
  readonly groups: Readonly<Record<string, readonly FirewallRule[]>>;
  /** Of the cluster; DROP when it is not set. */
  readonly policyIn?: string | undefined;
}

/** A rule that decides about a port, in part where it looks at more than the port. */
export interface Decision {
  /** `node rule 2`, `cluster rule 0`, `cluster rule 1 (group web)`. */
  readonly by: string;
  /** What must fit beside the port: `source +management`, `interface vmbr1`; empty when nothing must. */
  readonly only: string;
}

/** Who reaches a TCP port of a node once the firewall is on. */
export interface Reach {
  readonly port: number;
  /** Rules that let somebody in, before anything lets in or stops everybody. */
  readonly admits: readonly Decision[];
  /** Rules that stop somebody before that. */
  readonly stops: readonly Decision[];
  /** What is decided for all others: a rule without conditions, or the default policy. */
  readonly rest: { readonly open: boolean; readonly by: string };
  /**
   * Whether Proxmox VE's own rule is reached, which lets the local network of the node and the IP set `management` in
   * to the ports for managing it.
   */
  readonly management: boolean;
}

/** Ports that a person needs to manage a node: the web interface with the API, and SSH. */
export const managementPorts = [8006, 22] as const;

/** Who reaches a TCP port of a node once its firewall is on. */
export function reachOf(port: number, { node, cluster, groups, policyIn = 'DROP' }: HostRules): Reach {
  const admits: Decision[] = [];
  const stops: Decision[] = [];
  const ordered = [...expanded('node', node, groups), ...expanded('cluster', cluster, groups)];
  for (const { rule, by } of ordered) {
    if (!rule.enabled || rule.type !== 'in' || !fitsPort(rule, port)) continue;
    const open = rule.action === 'ACCEPT';
    const only = conditions(rule);
    if (only === '') return { port, admits, stops, rest: { open, by }, management: false };
    (open ? admits : stops).push({ by, only });
  }
  const open = policyIn === 'ACCEPT';
  return { port, admits, stops, rest: { open, by: `the default policy ${policyIn}` }, management: true };
}

/** Whether nobody at all gets in, or only who fits a rule while even the local network does not. */
export function locksOut({ rest, management, admits }: Reach): 'everybody' | 'most' | 'nobody' {
  if (rest.open || management) return 'nobody';
  return admits.length === 0 ? 'everybody' : 'most';
}

interface Placed {
  readonly rule: FirewallRule;
  readonly by: string;
}

/** Rules of groups stand in the place of the rule that names the group, within its interface. */
function expanded(where: string, rules: readonly FirewallRule[], groups: HostRules['groups']): Placed[] {
  return rules.flatMap((rule): Placed[] => {
    const by = `${where} rule ${rule.pos}`;
    if (rule.type !== 'group') return [{ rule, by }];
    if (!rule.enabled) return [];
    return (groups[rule.action] ?? []).map((member) => ({
      rule: { ...member, iface: member.iface ?? rule.iface },
      by: `${by} (group ${rule.action})`,
    }));
  });
}

function conditions({ source, dest, iface, sport }: FirewallRule): string {
  const parts = [
    ['source', source],
    ['destination', dest],
    ['interface', iface],
    ['source port', sport],
  ] as const;
  return parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`])).join(', ');
}

function fitsPort({ macro, proto, dport }: FirewallRule, port: number): boolean {
  if (macro !== undefined) return macroPorts[macro.toLowerCase()]?.includes(port) === true;
  if (proto !== undefined && !['tcp', '6'].includes(proto.toLowerCase())) return false;
  if (dport === undefined) return true;
  return dport.split(',').some((part) => {
    const [first, last = first] = part.split(':').map((name) => services[name.trim().toLowerCase()] ?? Number(name));
    return first !== undefined && last !== undefined && first <= port && port <= last;
  });
}

/** The macros that concern these ports. */
const macroPorts: Readonly<Record<string, readonly number[]>> = { ssh: [22], pmg: [8006] };
const services: Readonly<Record<string, number>> = { ssh: 22 };
