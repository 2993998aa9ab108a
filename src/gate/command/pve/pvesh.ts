import { splitPath } from '../../../pve/request.ts';
import type { RuleVerdict, Word } from '../types.ts';
import { judgeRequest, unclear, worse } from './request.ts';
import { given, isPrinting, withoutPrinting } from './verdict.ts';
import { type Reading, readings } from './words.ts';

const methods = { get: 'GET', ls: 'GET', set: 'PUT', create: 'POST', delete: 'DELETE' } as const;

/** Options that reads of the API have; any other one is the beginning of such a name, or a mistake. */
export const readOptions: readonly string[] = `accel action arch cf check-node config-keys content count current decode
  directory disk domain download ds enabled endcursor errors feature file filepath fingerprint format full guest
  healthonly history id identifiers include-partitions iterations kernel lastentries limit local-only max multiple name
  node node-list offset password path pci-class-blacklist pending pid poolid port portal priority property prune-backups
  reference resource running schedule scope server service since skipsmart snapname snapshot socket source start
  start-time startcursor starttime statusfilter storage structured tar target ticket timeframe type typefilter unit units
  until url userfilter userid username verbose verify-certificates version vg vmid vncticket volume`.split(/\s+/);

/** `pvesh create /nodes/pve1/qemu/101/status/start --timeout 60` as the request that it makes. */
export function judgePvesh(words: readonly Word[], here: string): RuleVerdict {
  const [command, ...rest] = withoutLeading(words);
  if (command === undefined) return words.length === 0 ? usage : unclear(false, 'What pvesh is to do is not literal.');
  if (command === 'help' || command === 'usage') return printed(rest);
  const method = Object.hasOwn(methods, command) ? methods[command as keyof typeof methods] : undefined;
  if (method === undefined) return unclear(false, 'The gate knows no such command of pvesh.');
  const isRead = method === 'GET';
  const all = readings(rest) ?? [];
  const fitting = all.filter(({ operands }) => operands.length === 1);
  if (fitting.length > 0) return fitting.map((reading) => requested(method, reading, here)).reduce(worse);
  const each = all.flatMap(({ operands, options }) => operands.map((path) => ({ operands: [path], options })));
  const unknown = unclear(isRead, 'How pvesh reads its arguments cannot be told.');
  return each.map((reading) => requested(method, reading, here)).reduce(worse, unknown);
}

const usage: RuleVerdict = { risk: 'read', why: 'It prints how it is used.', guests: [] };

/** What pvesh itself takes before its command. */
function withoutLeading(words: readonly Word[]): readonly Word[] {
  const at = words.findIndex((word) => word !== '--noproxy' && word !== '--nooutput');
  return at === -1 ? [] : words.slice(at);
}

function printed(words: readonly Word[]): RuleVerdict {
  return words.includes(undefined) ? unclear(true, 'What pvesh is to tell is not literal.') : usage;
}

function requested(method: 'GET' | 'PUT' | 'POST' | 'DELETE', reading: Reading, here: string): RuleVerdict {
  const isRead = method === 'GET';
  const [path] = reading.operands;
  const segments = path === undefined ? undefined : segmentsOf(path, here);
  if (segments === undefined) return unclear(isRead, 'Which path pvesh is given cannot be told.');
  const { params, isLiteral } = given(withoutPrinting(reading.options));
  const verdict = judgeRequest(method, segments, params);
  const isKnown = !isRead || reading.options.every(([name]) => readOptions.includes(name) || isPrinting(name));
  return isLiteral && isKnown ? verdict : worse(verdict, unclear(isRead, 'Not all that pvesh is given can be told.'));
}

/** As Proxmox VE splits a path: slashes too many count for nothing, and `localhost` is the node that it runs on. */
function segmentsOf(path: string, here: string): readonly string[] | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts[0] === 'nodes' && parts[1] === 'localhost') parts[1] = here;
  try {
    return parts.length === 0 ? [] : splitPath(`/${parts.join('/')}`);
  } catch {
    return undefined;
  }
}
