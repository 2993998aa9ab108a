import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { type ExportOptions, exportAudit, exportFormats } from '../gate/audit-export.ts';
import { chainNotes, reportParts, verifyAudit } from '../gate/audit-verify.ts';
import { messageOf } from '../pve/error.ts';
import { auditFolder, type Environment } from './config.ts';

export interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: Pick<NodeJS.WritableStream, 'write'>;
}

/**
 * `proxmox-mcp audit …`. Only data goes to stdout.
 * @returns the exit code: 0 all good, 1 something is wrong, 2 not understood
 */
export async function auditCommand(args: readonly string[], env: Environment, streams: Streams): Promise<number> {
  const say = (text: string) => streams.stderr.write(`${text}\n`);
  const call = parseCall(args, env);
  if (typeof call === 'string') {
    say(`${call} --help shows how.`);
    return 2;
  }
  try {
    return call.command === 'verify'
      ? await verify(call.dir, streams, say)
      : await exportTo(call.dir, call.span, streams, say);
  } catch (error) {
    say(`The audit in ${call.dir} cannot be read: ${messageOf(error)}`);
    return 1;
  }
}

type Say = (text: string) => void;

async function verify(dir: string, { stdout }: Streams, say: Say): Promise<number> {
  const reports = await verifyAudit(dir);
  for (const report of reports) stdout.write(`${reportParts(report).join(', ')}\n`);
  if (reports.length === 0) say(`There are no audit files in ${dir}.`);
  else say(chainNotes.join(' '));
  return reports.some(({ problem }) => problem !== undefined) ? 1 : 0;
}

async function exportTo(dir: string, span: Span, { stdout }: Streams, say: Say): Promise<number> {
  let isWhole = true;
  const onProblem = (file: string, what: string) => {
    isWhole = false;
    say(`${file}: ${what}`);
  };
  try {
    await pipeline(Readable.from(exportAudit(dir, { ...span, onProblem })), stdout, { end: false });
  } catch (error) {
    // Who reads may have seen enough, as `head` has.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
  return isWhole ? 0 : 1;
}

type Span = Pick<ExportOptions, 'format' | 'since' | 'until'>;
type Call =
  | { readonly command: 'verify'; readonly dir: string }
  | { readonly command: 'export'; readonly dir: string; readonly span: Span };

/** The call, or what is not understood. */
function parseCall(args: readonly string[], env: Environment): Call | string {
  const [command, ...rest] = args;
  if (command !== 'verify' && command !== 'export') return 'After "audit" comes "verify" or "export".';
  const options = { format: { type: 'string' }, since: { type: 'string' }, until: { type: 'string' } } as const;
  const parsed = parseOrWhy(() =>
    parseArgs({ args: rest, allowPositionals: true, options: command === 'export' ? options : {} }),
  );
  if (typeof parsed === 'string') return parsed;
  const [named, ...more] = parsed.positionals;
  if (more.length > 0) return 'There is one folder at most.';
  const folder = parseOrWhy(() => ({ dir: named ?? auditFolder(env) }));
  if (typeof folder === 'string') return folder;
  const { dir } = folder;
  if (command === 'verify') return { command, dir };
  const span = parseSpan(parsed.values);
  return typeof span === 'string' ? span : { command, dir, span };
}

function parseOrWhy<T>(parse: () => T): T | string {
  try {
    return parse();
  } catch (error) {
    return error instanceof Error ? `${error.message}.` : String(error);
  }
}

function parseSpan(values: Readonly<Record<string, string | undefined>>): Span | string {
  const { format = 'jsonl', since, until } = values;
  const known = exportFormats.find((one) => one === format);
  if (known === undefined) return `"${format}" is no format: ${exportFormats.join(' or ')}.`;
  const from = since === undefined ? undefined : parseDate(since, 0);
  const to = until === undefined ? undefined : parseDate(until, 1);
  if (Number.isNaN(from)) return noDate(since);
  if (Number.isNaN(to)) return noDate(until);
  return {
    format: known,
    ...(from === undefined ? {} : { since: from }),
    ...(to === undefined ? {} : { until: to }),
  };
}

function noDate(text: string | undefined): string {
  return `"${text}" is no date like 2026-01-31 or 2026-01-31T08:00Z.`;
}

const dayMs = 24 * 3_600_000;

/** @param days that are added to a day without a time @returns milliseconds since 1970; NaN for what is no date */
function parseDate(text: string, days: number): number {
  const [, day, time = 'T00:00', zone = 'Z'] =
    /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? [];
  const at = Date.parse(`${day}${time}${zone}`);
  return text === day ? at + days * dayMs : at;
}
