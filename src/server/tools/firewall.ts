import * as z from 'zod';
import { forModel } from '../../gate/printable.ts';
import type { PveClient } from '../../pve/client.ts';
import { PveError } from '../../pve/error.ts';
import {
  type FirewallOptions,
  type FirewallPlace,
  type FirewallRule,
  firewallAliases,
  firewallOptions,
  firewallRules,
  firewallSetEntries,
  firewallSets,
  securityGroupRules,
  securityGroups,
} from '../../pve/firewall.ts';
import { managementPorts, reachOf } from '../../pve/firewall-reach.ts';
import { defineTool } from '../define-tool.ts';
import { attempt, notRead, valueOr } from '../text/attempt.ts';
import { page } from '../text/page.ts';
import { facts, rows } from '../text/rows.ts';
import { count } from '../text/units.ts';
import { guestArgument, nodeArgument, pageArguments } from './common.ts';
import { type NodeReach, reachLines, ruleColumns, switchText } from './firewall-text.ts';

const kinds = ['rules', 'options', 'aliases', 'ipsets', 'groups'] as const;
const cluster: FirewallPlace = { scope: 'cluster' };
const mostNodes = 20;
const mostSets = 50;

export const getFirewall = defineTool({
  name: 'pve_get_firewall',
  title: 'Firewall',
  toolset: 'firewall',
  risk: 'read',
  description:
    'Firewall of the cluster, a node or a guest: whether it is on, who reaches 8006 and 22 of nodes, and its rules or other kinds.',
  input: z.strictObject({
    kind: z.enum(kinds).default('rules'),
    node: nodeArgument.optional(),
    guest: guestArgument.optional(),
    ...pageArguments(100),
  }),
  async handle({ kind, node, guest, limit, cursor }, { pve, budget }) {
    if (node !== undefined && guest !== undefined) throw oneOfBoth();
    const ref = guest === undefined ? undefined : await pve.findGuest(guest);
    const place: FirewallPlace =
      ref !== undefined ? { scope: 'guest', ...ref } : node !== undefined ? { scope: 'node', node } : cluster;
    const [head, body] = await Promise.all([
      stateLines(pve, place),
      kind === 'rules'
        ? ruleLines(
            pve,
            place,
            (rules, left) => page(rules, ruleColumns, { limit, cursor, key: ({ pos }) => pos, budget: left }).lines,
            budget,
          )
        : show[kind](pve, place),
    ]);
    return { text: [...head, '', ...body].join('\n') };
  },
});

/** Whether it is on, at each level that matters, and what that means for managing the nodes. */
async function stateLines(pve: PveClient, place: FirewallPlace): Promise<string[]> {
  const whole = await attempt(firewallOptions(pve, cluster));
  const active = whole.ok && whole.value.enabled === true;
  const first = whole.ok
    ? `Firewall of the cluster: ${switchText(whole.value, false)}${active ? '' : '. While it is off nothing is filtered, on no node and for no guest.'}`
    : `Firewall of the cluster: could not be read: ${whole.why}`;
  if (place.scope === 'guest') return [first, ...(await guestLines(pve, place))];
  const own = place.scope === 'node' ? [place.node] : undefined;
  const policies = whole.ok
    ? [`Default policy: in ${policy(whole.value, 'In')}, out ${policy(whole.value, 'Out')}`]
    : [];
  return [first, ...policies, ...(await managementLines(pve, own, valueOr(whole, undefined), active))];
}

async function guestLines(pve: PveClient, place: FirewallPlace & { scope: 'guest' }): Promise<string[]> {
  const [options, config] = await Promise.all([attempt(firewallOptions(pve, place)), attempt(pve.guestConfig(place))]);
  const cards = Object.entries(valueOr(config, {})).filter(([key]) => /^net\d+$/.test(key));
  const behind = cards.filter(([, value]) => /(^|,)firewall=1(,|$)/.test(value)).map(([key]) => key);
  return [
    ...(options.ok
      ? [
          `Firewall of guest ${place.vmid}: ${switchText(options.value, false)}; default policy: in ${policy(options.value, 'In')}, out ${policy(options.value, 'Out')}`,
        ]
      : notRead(`The firewall of guest ${place.vmid}`, options)),
    ...(config.ok
      ? [
          `Network devices behind it (firewall=1): ${behind.length === 0 ? `none of ${cards.length}; its rules do nothing` : behind.join(', ')}`,
        ]
      : notRead('Its network devices', config)),
  ];
}

/** Who can reach 8006 and 22 of the nodes through the firewall. @param only these nodes; all that are online when absent */
export async function managementLines(
  pve: PveClient,
  only: readonly string[] | undefined,
  options: FirewallOptions | undefined,
  active: boolean,
): Promise<string[]> {
  const online =
    only ??
    (await pve.nodes())
      .filter((it) => it.online)
      .map(({ node }) => node)
      .sort(byName);
  const [rules, groups, management] = await Promise.all([
    attempt(firewallRules(pve, cluster)),
    attempt(groupRules(pve)),
    attempt(managementSet(pve)),
  ]);
  if (options === undefined || !rules.ok || !groups.ok)
    return ['Who would reach 8006 and 22 cannot be told: the rules of the cluster cannot be read (Sys.Audit on /).'];
  const nodes = await Promise.all(
    online.slice(0, mostNodes).map(async (node) => {
      const place: FirewallPlace = { scope: 'node', node };
      const own = await attempt(Promise.all([firewallOptions(pve, place), firewallRules(pve, place)]));
      return { node, own };
    }),
  );
  const known = nodes.flatMap(({ node, own }): NodeReach[] => {
    if (!own.ok) return [];
    const [settings, nodeRules] = own.value;
    const host = { node: nodeRules, cluster: rules.value, groups: groups.value, policyIn: options.policyIn };
    return [{ node, filters: settings.enabled !== false, reaches: managementPorts.map((port) => reachOf(port, host)) }];
  });
  return [
    ...reachLines(known, active, valueOr(management, [])),
    ...nodes.flatMap(({ node, own }) => notRead(`The firewall of ${node}`, own)),
    ...(online.length > mostNodes ? [`Only the first ${mostNodes} nodes were looked at; name another with node.`] : []),
  ];
}

async function groupRules(pve: PveClient): Promise<Record<string, readonly FirewallRule[]>> {
  const groups = (await securityGroups(pve)).slice(0, mostSets);
  return Object.fromEntries(
    await Promise.all(groups.map(async ({ name }) => [name, await securityGroupRules(pve, name)] as const)),
  );
}

async function managementSet(pve: PveClient): Promise<string[]> {
  const sets = await firewallSets(pve, cluster);
  if (!sets.some(({ name }) => name === 'management')) return [];
  const entries = await firewallSetEntries(pve, cluster, 'management');
  return entries.map(({ cidr, excluded }) => (excluded ? `not ${cidr}` : cidr));
}

async function ruleLines(
  pve: PveClient,
  place: FirewallPlace,
  table: (rules: readonly FirewallRule[], budget: number) => readonly string[],
  budget: number,
): Promise<string[]> {
  const rules = await attempt(firewallRules(pve, place));
  if (!rules.ok) return notRead('The rules', rules);
  if (rules.value.length === 0) return ['No rules here.'];
  const on = rules.value.filter(({ enabled }) => enabled).length;
  const head = `${count(rules.value.length, 'rule')} here, ${on} on; the first that fits counts.`;
  return [head, ...table(rules.value, budget - 3000)];
}

type Show = (pve: PveClient, place: FirewallPlace) => Promise<string[]>;

const show: Readonly<Record<Exclude<(typeof kinds)[number], 'rules'>, Show>> = {
  async options(pve, place) {
    const { enabled, policyIn, policyOut, others } = await firewallOptions(pve, place);
    const set = [
      ['enable', enabled === undefined ? undefined : enabled ? '1' : '0'],
      ['policy_in', policyIn],
      ['policy_out', policyOut],
      ...Object.entries(others),
    ] as const;
    const lines = facts(set.map(([name, value]) => [name, value === undefined ? undefined : forModel(value, 100)]));
    return lines.length === 0
      ? ['Options set here: none, the defaults hold.']
      : ['Options set here; defaults hold for all others:', ...lines];
  },
  async aliases(pve, place) {
    if (place.scope === 'node') return [ofCluster];
    const aliases = await firewallAliases(pve, place);
    if (aliases.length === 0) return ['No aliases here.'];
    return rows(
      [
        { head: 'ALIAS', cell: ({ name }) => name },
        { head: 'NETWORK', cell: ({ cidr }) => cidr },
        { head: 'COMMENT', cell: ({ comment = '' }) => comment },
      ],
      aliases,
    );
  },
  async ipsets(pve, place) {
    if (place.scope === 'node') return [ofCluster];
    const sets = await firewallSets(pve, place);
    if (sets.length === 0) return ['No IP sets here.'];
    const entries = await Promise.all(
      sets.slice(0, mostSets).map(async ({ name }) => ({ name, entries: await firewallSetEntries(pve, place, name) })),
    );
    return [
      ...rows(
        [
          { head: 'IP SET', cell: ({ name }) => name },
          {
            head: 'ENTRIES',
            cell: (set) => set.entries.map(({ cidr, excluded }) => `${excluded ? '!' : ''}${cidr}`).join(' '),
            whole: true,
          },
        ],
        entries,
      ),
      ...(sets.length > mostSets ? [`${sets.length - mostSets} more IP sets not shown.`] : []),
    ];
  },
  async groups(pve) {
    const groups = Object.entries(await groupRules(pve));
    if (groups.length === 0) return ['No security groups.'];
    return groups.flatMap(([name, rules]) => [
      `Group ${forModel(name, 64)}, ${count(rules.length, 'rule')}`,
      ...(rules.length === 0 ? [] : rows(ruleColumns, rules)),
    ]);
  },
};

const ofCluster = 'Nodes have none of their own; they use those of the cluster (leave node out).';

function policy(options: FirewallOptions, way: 'In' | 'Out'): string {
  const set = options[`policy${way}`];
  return set === undefined ? `${way === 'In' ? 'DROP' : 'ACCEPT'} (default)` : forModel(set, 20);
}

function byName(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function oneOfBoth(): PveError {
  return new PveError({
    code: 'invalid_argument',
    message: 'node and guest are two firewalls',
    hint: 'Give one of them, or neither for the cluster.',
    reason: [],
  });
}
