import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { messageOf } from '../pve/error.ts';
import { auditFiles, isLeftBehind } from './audit-files.ts';
import { type Line, linesForward } from './audit-lines.ts';
import { type Canonical, canonicalJson } from './canonical.ts';
import { printable } from './printable.ts';

/** What became of the chain of one file. */
export interface FileReport {
  readonly file: string;
  /** Those that are as they were written, the header included. */
  readonly records: number;
  /** When the first and the last of them were written, ISO 8601. */
  readonly from?: string;
  readonly to?: string;
  /** The hash of the last of them. */
  readonly head?: string;
  /** Its process is alive: more may follow. */
  readonly isOpen: boolean;
  readonly problem?: { readonly line: number; readonly what: string };
}

/**
 * Checks the chains of all files of a folder, and that the files which one process has written one after the other are all
 * there (G10). What is wrong with one file hides nothing of the others.
 * @throws when the folder cannot be read.
 */
export async function verifyAudit(dir: string): Promise<readonly FileReport[]> {
  const seen: Seen[] = [];
  for (const file of await auditFiles(dir)) seen.push(await verifyFile(dir, file));
  return linked(seen);
}

/** What a chain cannot show, for whoever reads a report; a sentence each. */
export const chainNotes: readonly string[] = [
  'A chain shows a change inside a file.',
  'It cannot show that the same user has written a whole file anew or removed the last ones.',
  'Keep the heads somewhere else and compare them.',
  'The independent record is the task log of Proxmox VE itself.',
];

/** A file in a few words: how it is, what it holds, its head. */
export function reportParts({ file, records, from, to, head, isOpen, problem }: FileReport): readonly string[] {
  const state = problem === undefined ? 'ok' : `WRONG at line ${problem.line}: ${problem.what}`;
  const span = from === undefined ? '' : `, ${printable(from, 40)} to ${printable(to ?? from, 40)}`;
  return [
    `${file}: ${state}${isOpen ? ' (in use)' : ''}`,
    `${records} record${records === 1 ? '' : 's'}${span}`,
    ...(head === undefined ? [] : [`head ${head}`]),
  ];
}

interface Seen {
  readonly report: FileReport;
  /** The file that the same process wrote before, with its head, as the header has it. */
  readonly previous?: { readonly file: string; readonly head: string };
  /** Its last line has no end. */
  readonly isCut: boolean;
}

async function verifyFile(dir: string, file: string): Promise<Seen> {
  const chain = { records: 0, head: '0'.repeat(64) };
  let at: { from?: string; to?: string } = {};
  let previous: Seen['previous'];
  const done = (problem?: string): Seen => {
    const { records, head } = chain;
    const isOpen = !isLeftBehind(file);
    const isCut = problem === cutLine;
    const wrong = problem === undefined || (isCut && isOpen) ? {} : { problem: { line: records + 1, what: problem } };
    const report = { file, records, ...at, ...(records === 0 ? {} : { head }), isOpen, ...wrong };
    return { report, isCut, ...(previous === undefined ? {} : { previous }) };
  };
  try {
    for await (const line of linesForward(join(dir, file))) {
      const link = readLink(line, chain);
      if (typeof link === 'string') return done(link);
      if (chain.records === 0) previous = link.previous;
      at = { from: at.from ?? link.at, to: link.at };
      chain.records += 1;
      chain.head = link.hash;
    }
  } catch (error) {
    return done(`cannot be read: ${messageOf(error)}`);
  }
  return done(chain.records === 0 && isLeftBehind(file) ? 'the file is empty' : undefined);
}

const cutLine = 'the line is cut off';
const linkSchema = z.looseObject({
  seq: z.int(),
  prev: z.string(),
  phase: z.string(),
  at: z.string(),
  hash: z.string(),
  previous: z.object({ file: z.string(), head: z.string() }).optional(),
});

/** The record of a line that continues the chain, or what is wrong with it. */
function readLink(
  { text, cut }: Line,
  { records, head }: { readonly records: number; readonly head: string },
): z.infer<typeof linkSchema> | string {
  if (cut) return cutLine;
  try {
    const json: unknown = JSON.parse(text);
    const link = linkSchema.safeParse(json).data;
    // What reads the same and is written in another way was written by somebody else.
    if (link === undefined || JSON.stringify(json) !== text) return 'it is no record';
    if (link.seq !== records) return `it has number ${link.seq} in place of ${records}: records are missing or moved`;
    if (link.prev !== head) return 'it does not continue the record before it';
    if ((link.phase === 'header') !== (records === 0)) return 'the header is missing or repeated';
    const { hash, ...body } = json as { readonly [key: string]: Canonical };
    if (createHash('sha256').update(canonicalJson(body)).digest('hex') !== hash) return 'it was changed';
    return link;
  } catch {
    return 'it is no record';
  }
}

/** A whole file that is missing between others, and records that are missing at the end of one, show in the file after it. */
function linked(all: readonly Seen[]): readonly FileReport[] {
  const names = new Set(all.map(({ report }) => report.file));
  return all.map(({ report, previous, isCut }) => {
    const { problem: own, ...sound } = report;
    const next = all.find((other) => other.previous?.file === report.file)?.previous;
    // A line that a full disk has cut is none of the record: what was to stand there was refused.
    const isExplained = isCut && next?.head === report.head;
    const isShort = next !== undefined && next.head !== report.head;
    const isAlone = previous !== undefined && !names.has(previous.file);
    const problem =
      (isExplained ? undefined : own) ??
      (isShort
        ? { line: report.records + 1, what: 'records are missing: the next file names another head' }
        : undefined) ??
      (isAlone ? { line: 1, what: `the file before it, ${printable(previous.file, 80)}, is missing` } : undefined);
    return problem === undefined ? sound : { ...sound, problem };
  });
}
