import { forModel } from '../../gate/printable.ts';
import { type Loose, looseList, text, words } from '../../pve/loose.ts';
import type { Seen } from './kind.ts';
import { isOn } from './values.ts';

/**
 * Whether people still get in when a firewall is switched on: which rule admits the web interface (8006) and SSH (22).
 * Only for the cluster's and a node's: guests have other doors. It may cost one read.
 */
export async function admission({ pve, parts }: Seen): Promise<string | undefined> {
  const path = [parts.firewall ?? ''].flat();
  if (path.length > 2) return undefined;
  const { data } = await pve.send({ method: 'GET', path: [...path, 'firewall', 'rules'] }, { fresh: true });
  const rules = looseList(data, 'firewall rules');
  const doors = [
    ['the web interface (8006)', 8006],
    ['SSH (22)', 22],
  ] as const;
  const lines = doors.map(([what, port]) => {
    const rule = rules.find((one) => admits(one, port));
    return rule === undefined
      ? `No rule here admits ${what}: only the local network and the IP set "management" get in then.`
      : `Rule ${text(rule.pos) ?? '?'} admits ${what} from ${rule.source === undefined ? 'everywhere' : forModel(String(rule.source), 80)}.`;
  });
  return lines.join('\n');
}

function admits(rule: Loose, port: number): boolean {
  const { type, action, proto, macro, dport } = rule;
  if (type !== 'in' || action !== 'ACCEPT' || !isOn(text(rule.enable))) return false;
  if (macro !== undefined) return macro === 'SSH' && port === 22;
  if (proto !== undefined && proto !== 'tcp' && proto !== '6') return false;
  return dport === undefined || words(dport).some((part) => holds(part, port));
}

/** `8006`, `8000:9000`, or a name from the list of services. */
function holds(part: string, port: number): boolean {
  const [from = '', to = from] = part.split(':');
  if (part === 'ssh') return port === 22;
  return Number(from) <= port && port <= Number(to);
}
