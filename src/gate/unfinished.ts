import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { auditFiles, isLeftBehind } from './audit-files.ts';
import { type AuditRecord, type ReadOptions, recordsOf, requestOf } from './audit-read.ts';

/** A step that was begun by a process that is gone, and of which no end is known (G3). */
export interface Unfinished {
  /** Plan and step. */
  readonly id: string;
  readonly at: string;
  readonly target: string;
  /** `POST /nodes/pve2/qemu/101/status/stop` */
  readonly request: string;
  readonly file: string;
  /** The *before* record. */
  readonly before: AuditRecord;
}

/** What a folder tells of steps without an end. */
export interface LeftOpen {
  readonly steps: readonly Unfinished[];
  /** Tasks that are known to belong to other steps. */
  readonly upids: ReadonlySet<string>;
  /** The files of processes that are gone, as far as they were looked at; and whether all of them could be read. */
  readonly files: readonly string[];
  readonly isWhole: boolean;
}

/**
 * Finds the *before* records without an *after* that processes which are gone have left in the audit folder: the request
 * may or may not have reached Proxmox VE. Files in which everything is known to have ended are not read again.
 * @throws when the folder exists and cannot be read.
 */
export async function findUnfinished(dir: string, onProblem?: ReadOptions['onProblem']): Promise<LeftOpen> {
  const ended = new Set(await readEnded(dir));
  const all = (await auditFiles(dir)).filter((name) => !ended.has(name));
  // Before they are read: what a process that ends meanwhile has written last may be missed.
  const files = all.filter(isLeftBehind);
  const open = new Map<string, Unfinished>();
  const ends = new Set<string>();
  const upids = new Set<string>();
  let isWhole = true;
  const options: ReadOptions = {
    order: 'oldest',
    containing: '"phase":',
    onProblem(file, what) {
      isWhole = false;
      onProblem?.(file, what);
    },
  };
  // The end of a step may stand in another file than its beginning, and be written by a process that lives.
  for (const name of all) {
    for await (const record of recordsOf(dir, name, options)) {
      const { plan, index, phase, upid } = record;
      if (plan === undefined || index === undefined) continue;
      if (upid !== undefined) upids.add(upid);
      const id = `${plan} ${index}`;
      if (phase === 'after') ends.add(id);
      else if (phase === 'before' && files.includes(name)) open.set(id, toUnfinished(id, record));
    }
  }
  return { steps: [...open.values()].filter(({ id }) => !ends.has(id)), upids, files, isWhole };
}

function toUnfinished(id: string, before: AuditRecord): Unfinished {
  const { at, target = '', operation, file } = before;
  return { id, at, target, request: operation === undefined ? '' : requestOf(operation), file, before };
}

/** Names of files that need not be read again. It only saves time: without it, everything is read. */
const endedFile = 'ended.json';
const endedSchema = z.array(z.string());

async function readEnded(dir: string): Promise<readonly string[]> {
  try {
    return endedSchema.parse(JSON.parse(await readFile(join(dir, endedFile), 'utf8')));
  } catch {
    return [];
  }
}

/** Notes that all steps of these files, and of those noted before, have ended. Only while no other process does the same. */
export async function noteEnded(dir: string, files: readonly string[]): Promise<void> {
  const known = await readEnded(dir);
  const there = new Set(await auditFiles(dir));
  const names = [...new Set([...known, ...files])].filter((name) => there.has(name));
  const temporary = join(dir, `${endedFile}.tmp`);
  await writeFile(temporary, JSON.stringify(names), { mode: 0o600 });
  await rename(temporary, join(dir, endedFile));
}
