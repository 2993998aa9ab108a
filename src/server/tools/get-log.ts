import * as z from 'zod';
import { printable } from '../../gate/printable.ts';
import type { PveClient } from '../../pve/client.ts';
import { PveError } from '../../pve/error.ts';
import { clusterLog, firewallLog, type JournalRange, journal, type LogLine } from '../../pve/logs.ts';
import { defineTool } from '../define-tool.ts';
import { logLines, logNote } from '../text/log-lines.ts';
import { holdsPattern } from '../text/match.ts';
import { count } from '../text/units.ts';
import { parseWhen } from '../text/when.ts';
import { filterArgument, guestArgument, nodeArgument, sinceArgument } from './common.ts';
import { guestTitle } from './guest-text.ts';
import { asLine } from './log-text.ts';
import { findNode } from './node.ts';

/** So many lines are searched from the end when no time is given. */
const searched = 5000;

export const getLog = defineTool({
  name: 'pve_get_log',
  title: 'Read a log',
  toolset: 'nodes',
  risk: 'read',
  description: 'Last lines of a log: journal of a node, cluster log, or firewall log of a node or guest.',
  input: z.strictObject({
    kind: z.enum(['system', 'cluster', 'firewall']).default('system'),
    node: nodeArgument.optional(),
    guest: guestArgument.optional(),
    filter: filterArgument.optional(),
    service: z.string().min(1).max(64).optional().describe('pvedaemon, kernel, …'),
    since: sinceArgument.optional(),
    until: z.string().min(1).max(40).optional(),
    limit: z.int().min(1).max(1000).default(50),
  }),
  async handle({ kind, since, until, ...args }, { pve, clock }) {
    const times = { since: parseWhen(since, clock.now()), until: parseWhen(until, clock.now()) };
    const { title, lines, reach } = await readers[kind](pve, { ...args, ...times });
    return { text: answer(title, lines, reach, args) };
  },
});

interface Wanted {
  readonly node?: string | undefined;
  readonly guest?: number | string | undefined;
  readonly filter?: string | undefined;
  readonly service?: string | undefined;
  /** Seconds since 1970. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly limit: number;
}
interface Found {
  /** "System log of pve1" */
  readonly title: string;
  /** Oldest first; not filtered yet. */
  readonly lines: readonly LogLine[];
  /** "the last 5000 lines" */
  readonly reach: string;
}

const readers: Readonly<Record<'system' | 'cluster' | 'firewall', (pve: PveClient, wanted: Wanted) => Promise<Found>>> =
  {
    async system(pve, wanted) {
      const node = await nodeOf(pve, wanted.node);
      const range = rangeOf(wanted);
      const last = isNarrowed(wanted) ? searched : wanted.limit;
      const which = range ?? { last };
      const lines = (await byService(pve, node, which, wanted.service)) ?? (await journal(pve, node, which));
      return {
        title: `System log of ${node} (its own time)`,
        lines,
        reach: range === undefined ? lastOf(last, lines) : count(lines.length, 'line'),
      };
    },
    async cluster(pve, wanted) {
      const max = isNarrowed(wanted) || rangeOf(wanted) !== undefined ? searched : wanted.limit;
      const { since = 0, until = Number.POSITIVE_INFINITY } = wanted;
      const entries = (await clusterLog(pve, max)).filter(
        ({ time, node }) => time >= since && time <= until && (wanted.node === undefined || node === wanted.node),
      );
      return { title: 'Cluster log (UTC)', lines: entries.reverse().map(asLine), reach: lastOf(max, entries) };
    },
    async firewall(pve, wanted) {
      const guest = wanted.guest === undefined ? undefined : await pve.findGuest(wanted.guest);
      const node = guest?.node ?? (await nodeOf(pve, wanted.node));
      const owner = ['nodes', node, ...(guest === undefined ? [] : [guest.type, String(guest.vmid)])];
      const last = isNarrowed(wanted) ? searched : wanted.limit;
      const { lines, total } = await firewallLog(pve, owner, { last, ...rangeOf(wanted) });
      const of = guest === undefined ? node : guestTitle(guest);
      return {
        title: `Firewall log of ${of}`,
        lines: lines.map((message) => ({ message })),
        reach: total > lines.length ? `the last ${lines.length} of ${total} lines` : count(total, 'line'),
      };
    },
  };

/** Totals first; the last lines that fit; how to see others. */
function answer(title: string, lines: readonly LogLine[], reach: string, { filter, service, limit }: Wanted): string {
  const fitting = lines.filter((line) => fits(line, filter, service));
  const by = [
    ...(filter === undefined ? [] : [`with ${JSON.stringify(printable(filter, 100))}`]),
    ...(service === undefined ? [] : [`by ${printable(service, 64)}`]),
  ].join(' ');
  if (fitting.length === 0) {
    if (by !== '') return `${title}: no line ${by} among ${reach}. Look further back with since.`;
    return `${title}: no lines${reach.startsWith('0') ? ' (nothing is logged, or not in that time)' : ''}.`;
  }
  const shown = fitting.slice(-limit);
  const matches = by === '' ? reach : `${fitting.length} ${by} among ${reach}`;
  const cut = shown.length < fitting.length ? `; the last ${shown.length} follow, more with limit or until` : '';
  return [`${title}: ${matches}${cut}. ${logNote}`, ...logLines(shown)].join('\n');
}

function fits({ service = '', message }: LogLine, filter: string | undefined, writer: string | undefined): boolean {
  return (
    (filter === undefined || holdsPattern(`${service}: ${message}`, filter)) &&
    (writer === undefined || holdsPattern(service, writer))
  );
}

function isNarrowed({ filter, service }: Wanted): boolean {
  return filter !== undefined || service !== undefined;
}

function rangeOf({ since, until }: Wanted): { readonly since?: number; readonly until?: number } | undefined {
  if (since === undefined && until === undefined) return undefined;
  return { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
}

function lastOf(asked: number, lines: readonly unknown[]): string {
  return lines.length < asked ? `all ${count(lines.length, 'line')}` : `the last ${lines.length} lines`;
}

/**
 * The lines of one writer as the node itself picks them out, which reaches further back. It is particular about upper and
 * lower case, so nothing found there means nothing yet.
 */
async function byService(pve: PveClient, node: string, range: JournalRange, service: string | undefined) {
  if (service === undefined || !takesService((await pve.version()).release ?? '')) return undefined;
  const lines = await journal(pve, node, { ...range, service });
  return lines.length === 0 ? undefined : lines;
}

/** The journal takes the name of a writer from 9.2 on. */
function takesService(release: string): boolean {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  return major > 9 || (major === 9 && minor >= 2);
}

/** The only node where there is but one. @throws PveError `invalid_argument` that names them */
async function nodeOf(pve: PveClient, wanted: string | undefined): Promise<string> {
  const resources = await pve.resources('node');
  if (wanted !== undefined) return findNode(resources, wanted).node ?? wanted;
  const names = resources.flatMap(({ node }) => node ?? []).sort();
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  throw new PveError({
    code: 'invalid_argument',
    message: 'Each node has its own log',
    hint: `Say which with node: ${names.join(', ')}.`,
    reason: [],
  });
}
