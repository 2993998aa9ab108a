import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Clock } from '../pve/clock.ts';
import { messageOf, PveError } from '../pve/error.ts';
import type { Upid } from '../pve/upid.ts';
import { type Canonical, canonicalJson } from './canonical.ts';
import { operationDigest } from './operation.ts';
import type { Redactor } from './redact.ts';
import type { Operation, Origin, Risk } from './types.ts';

/** What happened to one step of a plan; `decided` also stands for denials, which have no `before` (G10). */
export interface AuditEntry {
  readonly phase: 'decided' | 'before' | 'after';
  readonly plan: string;
  /** Index of the step. */
  readonly index: number;
  readonly origin: Origin;
  readonly tool: string;
  readonly connection: { readonly id: string; readonly name: string; readonly revision: number };
  readonly operation: Operation;
  readonly risk: Risk;
  /** "asked: run by a person in the editor", "denied by level", … */
  readonly decision: string;
  /** The person's note. */
  readonly note?: string;
  /** The agent's claims: what it calls the plan, and why. */
  readonly title?: string;
  readonly reason?: string;
  readonly target?: string;
  readonly outcome?: 'ok' | 'warning' | 'failed' | 'unknown' | 'started';
  readonly detail?: string;
  readonly upid?: Upid;
  readonly ms?: number;
  /** The usual next step after this failure. */
  readonly next?: string;
  /** A person had it done before the rest, so that there is a way back. */
  readonly safeguard?: 'snapshot' | 'backup';
  /** A person wrote the command that ran, in place of the agent's. */
  readonly edited?: true;
}

/** What a person changed of what holds agents back: level, policies, trust, login of a connection, a grant, a freeze (G10). */
export interface AuditChange {
  readonly phase: 'changed';
  /** Absent where it is about all of them: a freeze. */
  readonly connection?: AuditEntry['connection'];
  /** One line each: "added", "removed", "level: read-only → full", "frozen". */
  readonly changes: readonly string[];
}

/** A person opened a console: what is typed there is neither checked nor recorded (G10). */
export interface AuditConsole {
  readonly phase: 'console';
  readonly origin: Extract<Origin, { who: 'person' }>;
  readonly connection: AuditEntry['connection'];
  /** `"web-01" (101, VM on pve2)`, or the node's name. */
  readonly target: string;
  /** How: `by SSH: pct enter 102`. */
  readonly detail: string;
}

/** What was learnt later of a step whose process has ended in the middle (see `unfinished.ts`). */
export interface AuditEnd {
  /** The *before* record as it was read back. */
  readonly before: Readonly<Record<string, unknown>>;
  readonly outcome: 'ok' | 'warning' | 'failed' | 'unknown';
  readonly detail: string;
  readonly upid?: Upid;
}

/** An append-only record. When it cannot be written, the gate denies whatever must be recorded. */
export interface Audit {
  /** Resolves when the record is on disk. @throws PveError `denied` when it cannot be written. */
  append(entry: AuditEntry): Promise<void>;
  /** The same for a change of a connection. */
  change(entry: AuditChange): Promise<void>;
  /** The same for a console that is about to open. */
  console(entry: AuditConsole): Promise<void>;
  /** Writes the *after* record of a step of another process, as the *before* record has it. */
  end(end: AuditEnd): Promise<void>;
  /** The file that is being written; empty before the first record. */
  file(): string;
  close(): Promise<void>;
}

export interface AuditOptions {
  /** Created with mode 0700 when it is missing. */
  readonly dir: string;
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** A new file is begun beyond this many bytes. */
  readonly maxBytes?: number;
}

/**
 * Opens the audit of this process: JSON lines, one file per process (several writers would break the chain), each line
 * carrying the SHA-256 of the one before. The file is made with the first record. A file that cannot be made or written
 * fails each `append`; the next one tries again with a new file, so a full disk that was cleared heals.
 */
export function openAudit(options: AuditOptions): Audit {
  const { clock, redactor } = options;
  const maxBytes = options.maxBytes ?? 10 * 1024 * 1024;
  let current: OpenFile | undefined;
  let previous: PreviousFile | undefined;
  let last = Promise.resolve();

  const writeNow = async (record: object): Promise<void> => {
    if (current !== undefined && current.bytes > maxBytes) await retire();
    current ??= await begin(options, previous);
    await write(current, { ...record, at: iso(clock) });
  };
  const redactedEntry = (entry: AuditEntry | AuditChange | AuditConsole): object => ({
    ...(redactor.value(entry) as object),
    ...redactedOperation(entry),
  });
  /** The digest is over what is written here: one over the secrets themselves would let them be guessed. */
  const redactedOperation = (entry: AuditEntry | AuditChange | AuditConsole) => {
    if (!('operation' in entry)) return {};
    const operation = redactor.operation(entry.operation);
    return { operation, digest: operationDigest(operation) };
  };
  const retire = async (): Promise<void> => {
    const old = current;
    current = undefined;
    if (old !== undefined) previous = { file: basename(old.path), head: old.head };
    await old?.handle.close();
  };

  const giveUp = async (cause: unknown): Promise<never> => {
    await retire().catch(() => {});
    throw unwritable(options.dir, cause);
  };

  // One at a time: the chain needs an order, and a failed record must not stop the next one.
  const inTurn = (record: () => object): Promise<void> => {
    const turn = last.then(async () => writeNow(record())).catch(giveUp);
    last = turn.catch(() => {});
    return turn;
  };

  return {
    append: (entry) => inTurn(() => redactedEntry(entry)),
    change: (entry) => inTurn(() => redactedEntry(entry)),
    console: (entry) => inTurn(() => redactedEntry(entry)),
    end: (end) => inTurn(() => redactor.value(laterEnd(end)) as object),
    file: () => current?.path ?? '',
    close: () => last.then(retire),
  };
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly path: string;
  bytes: number;
  seq: number;
  /** Hash of the line before. */
  head: string;
}

/** The file that this process wrote before: it stands in the next header, so that a file that was removed is missed. */
interface PreviousFile {
  readonly file: string;
  readonly head: string;
}

/** `audit-<begun>-<pid>-<number>.jsonl` */
export const auditFileName = /^audit-\d{4}-\d{2}-\d{2}T\d+Z-(?<pid>\d+)-\d+\.jsonl$/;
const filesOfThisProcess = new Set<string>();

/** Whether this very process has begun the file. Its number alone does not tell: processes get the number of an earlier one. */
export function isOwnFile(name: string): boolean {
  return filesOfThisProcess.has(name);
}

async function begin({ dir, clock }: AuditOptions, previous: PreviousFile | undefined): Promise<OpenFile> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const stamp = iso(clock).replaceAll(':', '').replace('.', '');
  const name = `audit-${stamp}-${process.pid}-${filesOfThisProcess.size + 1}.jsonl`;
  filesOfThisProcess.add(name);
  const path = join(dir, name);
  const file: OpenFile = { handle: await open(path, 'ax', 0o600), path, bytes: 0, seq: 0, head: '0'.repeat(64) };
  try {
    await write(file, { phase: 'header', release: __VERSION__, pid: process.pid, at: iso(clock), previous });
    return file;
  } catch (error) {
    await file.handle.close();
    // Nothing stands in it, not even that it is an audit.
    await rm(path, { force: true });
    throw error;
  }
}

async function write(file: OpenFile, record: object): Promise<void> {
  const body: Canonical = JSON.parse(JSON.stringify({ v: 1, seq: file.seq, prev: file.head, ...record }));
  const hash = createHash('sha256').update(canonicalJson(body)).digest('hex');
  const line = Buffer.from(`${JSON.stringify({ ...(body as object), hash })}\n`);
  const { bytesWritten } = await file.handle.write(line);
  if (bytesWritten !== line.length) throw new Error('The disk took only a part of the record');
  await file.handle.datasync();
  file.bytes += line.length;
  file.seq += 1;
  file.head = hash;
}

/** Operation and digest are taken as they stand: both were made when the step was begun. */
function laterEnd({ before, outcome, detail, upid }: AuditEnd): object {
  const { v: _v, seq: _seq, prev: _prev, hash: _hash, at: begunAt, ...rest } = before;
  return { ...rest, phase: 'after', outcome, detail, upid, begunAt };
}

function iso(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}

function unwritable(dir: string, cause: unknown): PveError {
  return new PveError(
    {
      code: 'denied',
      message: `The audit in ${dir} cannot be written, so nothing that must be recorded may run`,
      reason: [messageOf(cause)],
      hint: 'Free disk space or mend the permissions of that folder, then try again.',
    },
    { cause },
  );
}
