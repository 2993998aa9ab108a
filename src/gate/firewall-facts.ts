import { flag, type Loose, looseList, text } from '../pve/loose.ts';
import type { Send, SendOptions } from '../pve/request.ts';
import { readSource, rulesSource } from './fact-sources.ts';
import { printable } from './printable.ts';
import { isSet, matches } from './risk.ts';
import type { ApiOperation, FactSource } from './types.ts';

/** Where a firewall is switched on: where its rules stand, and the ports by which people reach what is behind it. */
interface Switched {
  readonly rules: readonly [FactSource, ...FactSource[]];
  readonly ports: readonly number[];
}

/** The port of the web interface and the API, and that of SSH. */
const managed = [8006, 22];

/** The firewall that an operation switches on; nothing for any other operation. */
export function firewallSwitchedOn({ method, segments, params }: ApiOperation): Switched | undefined {
  if (method !== 'PUT' || segments.at(-1) !== 'options' || !isSet(params.enable)) return undefined;
  const own = rulesSource([...segments.slice(0, -1), 'rules']);
  const cluster = rulesSource(['cluster', 'firewall', 'rules']);
  if (matches('/cluster/firewall/options', segments)) return { rules: [cluster], ports: managed };
  if (matches('/nodes/{node}/firewall/options', segments)) return { rules: [own, cluster], ports: managed };
  return matches('/nodes/{node}/{guest}/{vmid}/firewall/options', segments) ? { rules: [own], ports: [22] } : undefined;
}

/**
 * Whether enabled rules let 8006 and 22 in, by GET …/firewall/rules and the groups that they name
 * (GET /cluster/firewall/groups/{group}). Addresses are not compared: where a rule names a source, it is said.
 */
export async function firewallFact(send: Send, { rules, ports }: Switched, options: SendOptions) {
  try {
    const all = (await Promise.all(rules.map((source) => readRules(send, source, options)))).flat();
    const found = ports.map((port) => ({ port, rule: all.find((rule) => admits(rule, port)) }));
    return {
      hazards: found
        .filter(({ rule }) => rule === undefined)
        .map(({ port }) => ({ text: closedText(port), source: rules[0] })),
      notes: found.flatMap(({ port, rule }) =>
        rule === undefined ? [] : [{ text: openText(port, rule), source: rule.stands }],
      ),
    };
  } catch {
    return { hazards: [`Whether a rule lets ${ports.join(' and ')} in could not be read: people may be cut off.`] };
  }
}

interface Rule {
  readonly type: string;
  readonly action: string;
  readonly isEnabled: boolean;
  readonly proto: string;
  readonly ports: string;
  readonly macro: string;
  readonly source: string;
  /** Where it was read. */
  readonly stands: FactSource;
}

async function readRules(send: Send, from: FactSource, options: SendOptions): Promise<readonly Rule[]> {
  const rules = looseList(await readSource(send, from, options), 'firewall rules').map((rule) => toRule(rule, from));
  const groups = rules.filter(({ type, isEnabled }) => type === 'group' && isEnabled).map(({ action }) => action);
  const inGroups = groups.map((group) =>
    readRules(send, rulesSource(['cluster', 'firewall', 'groups', group]), options),
  );
  return [...rules, ...(from.segments[2] === 'groups' ? [] : (await Promise.all(inGroups)).flat())];
}

function toRule(rule: Loose, stands: FactSource): Rule {
  const word = (name: string) => text(rule[name]) ?? '';
  return {
    type: word('type'),
    action: word('action'),
    isEnabled: flag(rule.enable) === true,
    proto: word('proto'),
    ports: word('dport'),
    macro: word('macro'),
    source: word('source'),
    stands,
  };
}

function admits({ type, action, isEnabled, proto, ports, macro }: Rule, port: number): boolean {
  if (type !== 'in' || action !== 'ACCEPT' || !isEnabled) return false;
  if (macro !== '') return macro === 'SSH' && port === 22;
  if (proto !== '' && proto !== 'tcp' && proto !== '6') return false;
  return ports === '' || ports.split(',').some((one) => includes(one, port));
}

/** `22`, `8000:9000`, `ssh` */
function includes(ports: string, port: number): boolean {
  if (ports.trim() === 'ssh') return port === 22;
  const [first = Number.NaN, last = first] = ports.split(':').map(Number);
  return first <= port && port <= last;
}

function closedText(port: number): string {
  return `No enabled rule lets port ${port} in (${port === 22 ? 'SSH' : 'web interface and API'}): who uses it may be cut off.`;
}

function openText(port: number, { source }: Rule): string {
  return `A rule lets port ${port} in${source === '' ? '' : `, from ${printable(source, 64)} only`}.`;
}
