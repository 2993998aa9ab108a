import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Clock } from '../pve/clock.ts';
import { messageOf, PveError } from '../pve/error.ts';
import { type UndoRecord, undoRecordSchema } from './undo-record.ts';

/** One change, by its plan and the step of it. */
export type ChangeId = Pick<UndoRecord, 'plan' | 'index'>;

/**
 * The values before changes of guests' configs: a folder of its own, one file per change, forgotten after 30 days. Several
 * processes may share it: each file is written whole, by one of them.
 */
export interface UndoStore {
  /** Resolves when the record is on disk. @throws PveError `denied` when it cannot be written */
  keep(record: UndoRecord): Promise<void>;
  /** Adds how it was afterwards. @throws PveError `denied` when it cannot be written, `not_found` when it is not kept */
  finish(id: ChangeId, after: NonNullable<UndoRecord['after']>): Promise<void>;
  /** Forgets one: the change never came to be. Never throws. */
  drop(id: ChangeId): Promise<void>;
  /** Nothing when it is not kept, was forgotten, or cannot be read as what it should be. Never throws. */
  read(id: ChangeId): Promise<UndoRecord | undefined>;
  /** Which changes are kept, by the names of the files alone, as `<plan>-<index>`; empty without a folder. Never throws. */
  list(): Promise<ReadonlySet<string>>;
  /** Forgets those of a connection that was removed. */
  forget(connection: string): Promise<void>;
}

/** How long a record is kept, milliseconds. */
const keptFor = 30 * 24 * 60 * 60 * 1000;
/** What is larger is none of ours, bytes: a config has at most some hundred settings. */
const largest = 4 * 1024 * 1024;
const planSchema = z.uuid();
const fileName = /^(?<plan>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(?<index>\d{1,4})\.json$/;
const temporaryName = /^\.[0-9a-f-]{36}\.tmp$/;

/** @param dir made with mode 0700 when the first record is kept; nothing is read before it is asked for */
export function openUndoStore({ dir, clock }: { readonly dir: string; readonly clock: Clock }): UndoStore {
  const write = async (record: UndoRecord): Promise<void> => {
    try {
      await replace(dir, nameOf(record), JSON.stringify(undoRecordSchema.parse(record)));
    } catch (error) {
      throw unwritable(dir, error);
    }
  };

  /** A clock that jumped forward and back again must not lose what is new, so that both times have to be old. */
  const isOld = async (name: string, record: UndoRecord | undefined): Promise<boolean> => {
    const { mtimeMs } = await stat(join(dir, name));
    const oldest = clock.now() - keptFor;
    return mtimeMs < oldest && (record === undefined || Date.parse(record.at) < oldest);
  };

  const prune = async (): Promise<void> => {
    for (const name of await namesIn(dir)) {
      const isOurs = fileName.test(name) || temporaryName.test(name);
      // The time of the file is cheap to have, so that only what is old by it is read.
      if (!isOurs || !(await isOld(name, undefined).catch(() => false))) continue;
      if (await isOld(name, await readRecord(dir, name)).catch(() => false)) await remove(dir, name);
    }
  };

  return {
    async keep(record) {
      await prune();
      await write(record);
    },
    async finish(id, after) {
      const record = await readRecord(dir, nameOf(id));
      if (record === undefined) throw notKept();
      await write({ ...record, after });
    },
    async drop(id) {
      if (isChange(id)) await remove(dir, nameOf(id));
    },
    async read(id) {
      if (!isChange(id)) return undefined;
      const name = nameOf(id);
      const record = await readRecord(dir, name);
      if (record === undefined || (await isOld(name, record).catch(() => true))) return undefined;
      return record;
    },
    async list() {
      await prune();
      return new Set((await namesIn(dir)).filter((name) => fileName.test(name)).map((name) => name.slice(0, -5)));
    },
    async forget(connection) {
      for (const name of await namesIn(dir))
        if ((await readRecord(dir, name))?.connection === connection) await remove(dir, name);
    },
  };
}

/** Plan and step as `list` names them. */
export function changeName({ plan, index }: ChangeId): string {
  return `${plan}-${index}`;
}

/** Only a plan's own id ever becomes a part of a path. */
function isChange(id: ChangeId): boolean {
  return planSchema.safeParse(id.plan).success && fileName.test(`${changeName(id)}.json`);
}

/** @throws PveError `invalid_argument` */
function nameOf(id: ChangeId): string {
  if (isChange(id)) return `${changeName(id)}.json`;
  throw new PveError({
    code: 'invalid_argument',
    message: `${JSON.stringify(changeName(id).slice(0, 100))} is no change`,
    reason: [],
    hint: 'Name the plan and the step as the audit has them.',
  });
}

/** Nothing on disk is trusted: what is not a record of just this change is none. */
async function readRecord(dir: string, name: string): Promise<UndoRecord | undefined> {
  if (!fileName.test(name)) return undefined;
  try {
    const info = await lstat(join(dir, name));
    if (!info.isFile() || info.size > largest) return undefined;
    const record = undoRecordSchema.parse(JSON.parse(await readFile(join(dir, name), 'utf8')));
    return `${changeName(record)}.json` === name ? record : undefined;
  } catch {
    return undefined;
  }
}

async function namesIn(dir: string): Promise<string[]> {
  return readdir(dir).catch(() => []);
}

async function remove(dir: string, name: string): Promise<void> {
  await rm(join(dir, name), { force: true }).catch(() => {});
}

async function replace(dir: string, name: string, text: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const temporary = join(dir, `.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, join(dir, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function unwritable(dir: string, cause: unknown): PveError {
  return new PveError(
    {
      code: 'denied',
      message: `The values before the change cannot be kept in ${dir}`,
      reason: [messageOf(cause)],
      hint: 'Free disk space or mend the permissions of that folder, then try again.',
    },
    { cause },
  );
}

function notKept(): PveError {
  return new PveError({
    code: 'not_found',
    message: 'The values before the change are not kept any more',
    reason: [],
    hint: 'The change stands; it cannot be undone from here.',
  });
}
