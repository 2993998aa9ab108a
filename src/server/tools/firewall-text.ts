import { forModel } from '../../gate/printable.ts';
import type { FirewallOptions, FirewallRule } from '../../pve/firewall.ts';
import { type Decision, locksOut, type Reach } from '../../pve/firewall-reach.ts';
import type { Column } from '../text/rows.ts';

/** Who reaches the ports of one node. */
export interface NodeReach {
  readonly node: string;
  /** Whether the node filters at all once the cluster's firewall is on. */
  readonly filters: boolean;
  readonly reaches: readonly Reach[];
}

/**
 * Who can manage the nodes through the firewall: what would lock people out first, then each port.
 * @param active whether the firewall is on now
 * @param management entries of the IP set `management`
 */
export function reachLines(nodes: readonly NodeReach[], active: boolean, management: readonly string[]): string[] {
  const filtering = nodes.filter(({ filters }) => filters);
  const open = nodes.filter(({ filters }) => !filters).map(({ node }) => node);
  const lines = new Map<string, string[]>();
  for (const { node, reaches } of filtering)
    for (const reach of reaches) {
      const line = reachLine(reach, management);
      lines.set(line, [...(lines.get(line) ?? []), node]);
    }
  const closed = filtering.flatMap(({ node, reaches }) =>
    reaches.filter((reach) => locksOut(reach) !== 'nobody').map(({ port }) => `${port} on ${node}`),
  );
  const halted = filtering.some(({ reaches }) => reaches.some(({ stops }) => stops.length > 0));
  return [
    closed.length > 0
      ? `${active ? 'LOCKED OUT' : 'SWITCHING IT ON WOULD LOCK PEOPLE OUT'}, the local network included: ${closed.join(', ')}.`
      : `${active ? 'The' : 'Once it is on, the'} local network of each node reaches 8006 (web interface, API) and 22 (SSH); whoever comes from elsewhere needs a rule that admits them.${halted ? ' Rules stop some of them before that, see below.' : ''}`,
    ...[...lines].map(([line, where]) => `${line} [${where.join(', ')}]`),
    ...(open.length === 0 ? [] : [`Not filtered, their own firewall is off: ${open.join(', ')}`]),
  ];
}

function reachLine(reach: Reach, management: readonly string[]): string {
  const { port, admits, stops, rest } = reach;
  const set = management.length === 0 ? 'empty' : forModel(management.join(', '), 200);
  const own = reach.management
    ? [`the local network and the IP set management (${set}), by Proxmox VE's own rule`]
    : [];
  const into = [...admits.map(decision), ...own];
  const before = stops.length === 0 ? '' : ` Stopped before that: ${stops.map(decision).join('; ')}.`;
  if (rest.open) return `${port}: everybody, by ${forModel(rest.by, 80)}.${before}`;
  const who = into.length === 0 ? 'nobody' : into.join('; ');
  return `${port}: ${who}; all others are stopped by ${forModel(rest.by, 80)}.${before}`;
}

function decision({ by, only }: Decision): string {
  return `${forModel(only, 120)} (${forModel(by, 60)})`;
}

/** `on`, `off (default)`. @param usual what holds where nobody has set it */
export function switchText({ enabled }: FirewallOptions, usual: boolean): string {
  return enabled === undefined ? `${usual ? 'on' : 'off'} (default)` : enabled ? 'on' : 'off';
}

export const ruleColumns: readonly Column<FirewallRule>[] = [
  { head: 'POS', cell: ({ pos }) => String(pos), right: true },
  { head: 'ON', cell: ({ enabled }) => (enabled ? 'yes' : 'no') },
  { head: 'TYPE', cell: ({ type }) => type },
  { head: 'ACTION', cell: ({ action }) => action },
  { head: 'WHAT', cell: ({ macro, proto = 'any' }) => (macro === undefined ? proto : `macro ${macro}`) },
  { head: 'PORT', cell: ({ dport = '' }) => dport },
  { head: 'SOURCE', cell: ({ source = '' }) => source },
  { head: 'DEST', cell: ({ dest = '' }) => dest },
  { head: 'IFACE', cell: ({ iface = '' }) => iface },
  { head: 'COMMENT', cell: ({ comment = '' }) => comment.trim() },
];
