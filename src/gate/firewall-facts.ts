import { flag, type Loose, looseList, text } from '../pve/loose.ts';
import type { Send, SendOptions } from '../pve/request.ts';
import { printable } from './printable.ts';
import { isSet, matches } from './risk.ts';
import type { ApiOperation } from './types.ts';

/** Where a firewall is switched on: where its rules stand, and the ports by which people reach what is behind it. */
interface Switched {
  readonly rules: readonly (readonly string[])[];
  readonly ports: readonly number[];
}

/** The port of the web interface and the API, and that of SSH. */
const managed = [8006, 22];

/** The firewall that an operation switches on; nothing for any other operation. */
export function firewallSwitchedOn({ method, segments, params }: ApiOperation): Switched | undefined {
  if (method !== 'PUT' || segments.at(-1) !== 'options' || !isSet(params.enable)) return undefined;
  const own = [...segments.slice(0, -1), 'rules'];
  const cluster = ['cluster', 'firewall', 'rules'];
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
    const all = (await Promise.all(rules.map((path) => readRules(send, path, options)))).flat();
    const found = ports.map((port) => ({ port, rule: all.find((rule) => admits(rule, port)) }));
    return {
      hazards: found.filter(({ rule }) => rule === undefined).map(({ port }) => closedText(port)),
      notes: found.flatMap(({ port, rule }) => (rule === undefined ? [] : [openText(port, rule)])),
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
}

async function readRules(send: Send, path: readonly string[], options: SendOptions): Promise<readonly Rule[]> {
  const { data } = await send({ method: 'GET', path }, options);
  const rules = looseList(data, 'firewall rules').map(toRule);
  const groups = rules.filter(({ type, isEnabled }) => type === 'group' && isEnabled).map(({ action }) => action);
  const inGroups = groups.map((group) => readRules(send, ['cluster', 'firewall', 'groups', group], options));
  return [...rules, ...(path[2] === 'groups' ? [] : (await Promise.all(inGroups)).flat())];
}

function toRule(rule: Loose): Rule {
  const word = (name: string) => text(rule[name]) ?? '';
  return {
    type: word('type'),
    action: word('action'),
    isEnabled: flag(rule.enable) === true,
    proto: word('proto'),
    ports: word('dport'),
    macro: word('macro'),
    source: word('source'),
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
