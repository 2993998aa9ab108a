import { get, getReply, type Reader } from './get.ts';
import { looseList, number, text, unexpected } from './loose.ts';
import { readLog } from './readers.ts';

/** One line of a log of a node, in its parts where they could be told apart. */
export interface LogLine {
  /** `Nov 20`, in the node's own time zone. */
  readonly day?: string | undefined;
  /** `11:25:40` */
  readonly time?: string | undefined;
  /** Who wrote it: `pvedaemon`. */
  readonly service?: string | undefined;
  readonly message: string;
}
/** One entry of GET `/cluster/log`. */
export interface ClusterLogEntry {
  /** Seconds since 1970. */
  readonly time: number;
  readonly node: string;
  readonly user: string;
  readonly service: string;
  /** As syslog counts: 3 and less is an error. */
  readonly priority?: number | undefined;
  readonly message: string;
}

export function readClusterLog(data: unknown): ClusterLogEntry[] {
  return looseList(data, 'the cluster log').map((it) => ({
    time: number(it.time) ?? 0,
    node: text(it.node) ?? '',
    user: text(it.user) ?? '',
    service: text(it.tag) ?? '',
    priority: number(it.pri),
    message: text(it.msg) ?? '',
  }));
}

/** The journal comes as lines, between the cursors of its first and its last entry. */
export function readJournal(data: unknown): LogLine[] {
  if (!Array.isArray(data)) throw unexpected('the journal');
  const lines = data.map(String);
  return lines.filter((line) => !isCursor(line)).map(readLogLine);
}

/** Firewall logs are numbered lines, as objects or as pairs; a log that there is not yet is told in a line of its own. */
export function readFirewallLog(data: unknown): string[] {
  if (!Array.isArray(data)) throw unexpected('the firewall log');
  const asObjects = data.map((line: unknown) => (Array.isArray(line) ? { n: line[0], t: line[1] } : line));
  const lines = readLog(asObjects);
  return lines.length === 1 && /^unable to open file - /.test(lines[0] ?? '') ? [] : lines;
}

/** `Nov 20 11:25:40 pve1 pvedaemon[5023]: message`, without the node's name and the process. */
export function readLogLine(line: string): LogLine {
  const parts = /^([A-Z][a-z]{2} [ \d]\d) (\d\d:\d\d:\d\d) \S+ ([^\s[\]:]+)(?:\[\d+\])?: ?(.*)$/s.exec(line);
  if (parts === null) return { message: line };
  const [, day, time, service, message = ''] = parts;
  return { day, time, service, message };
}

/** Which lines of the journal: the last ones, or those of a time. */
export interface JournalRange {
  /** Only without a time. */
  readonly last?: number;
  /** Seconds since 1970. */
  readonly since?: number;
  readonly until?: number;
  /** Only from 9.2 on: a glob of the writer's name. */
  readonly service?: string;
}

/** GET `/nodes/{node}/journal` */
export async function journal(reader: Reader, node: string, range: JournalRange): Promise<LogLine[]> {
  const { last, ...others } = range;
  const params = { ...others, ...(last === undefined ? {} : { lastentries: last }) };
  return readJournal(await get(reader, ['nodes', node, 'journal'], params));
}

/** GET `/cluster/log`, newest first. */
export async function clusterLog(reader: Reader, max: number): Promise<ClusterLogEntry[]> {
  return readClusterLog(await get(reader, ['cluster', 'log'], { max }));
}

/** GET `…/firewall/log` of a node or a guest: the last lines, oldest first. @param owner the path before `firewall` */
export async function firewallLog(
  reader: Reader,
  owner: readonly string[],
  range: { readonly last: number; readonly since?: number; readonly until?: number },
): Promise<{ readonly lines: readonly string[]; readonly total: number }> {
  const { last, ...times } = range;
  const page = async (start: number, limit: number) => {
    const { data, total } = await getReply(reader, [...owner, 'firewall', 'log'], { start, limit, ...times });
    const lines = readFirewallLog(data);
    return { lines, total: lines.length === 0 ? 0 : (total ?? lines.length) };
  };
  const first = await page(0, last);
  return first.total > last ? { ...(await page(first.total - last, last)), total: first.total } : first;
}

function isCursor(line: string): boolean {
  return /^s=[0-9a-z]+;i=[0-9a-f]+/.test(line);
}
