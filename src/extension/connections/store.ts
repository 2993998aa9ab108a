import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditChange } from '../../gate/audit.ts';
import { whileLocked } from '../../gate/lock.ts';
import type { Freeze, Standing } from '../../gate/types.ts';
import { messageOf } from '../../pve/error.ts';
import { storedChanges } from './changes.ts';
import { formatStored, gateProfile, nothingStored, type Profile, parseStored, type Stored } from './profile.ts';
import { keepSecrets, type SecretKeeper, type SecretPlace, type Secrets, sshSecretOf } from './secrets.ts';
import { onFileChange } from './watch-file.ts';

/** All connections: one file that every window reads anew, and one secret each (gate.md G9). */
export interface ConnectionStore {
  /** As they are on disk now. @throws Error in words for a person, when the file cannot be read or understood. */
  read(): Promise<readonly Profile[]>;
  /** The same file as the gate sees it, and whether everything is frozen. @throws the same */
  standing(): Promise<Standing>;
  /** Freezes or lifts, for all windows. @throws the same; then nothing is written. */
  setFrozen(frozen: boolean): Promise<void>;
  /** Replaces the file by what `change` makes of it. @throws the same; then nothing is written. */
  update(change: (profiles: readonly Profile[]) => readonly Profile[]): Promise<void>;
  /** The same together with one secret: both are stored, or neither. @returns where the secret is */
  updateWithSecret(
    id: string,
    secret: string,
    change: (profiles: readonly Profile[]) => readonly Profile[],
  ): Promise<SecretPlace>;
  readonly secrets: SecretKeeper;
  /** Removes a connection and its secrets. @throws Error in words for a person, when one of them is still there. */
  remove(id: string): Promise<void>;
  /** Calls back when this or another window has changed the file. */
  onChange(listener: () => void): void;
  dispose(): void;
}

const fileName = 'connections.json';

export interface StoreOptions {
  /** The extension's global storage folder; made when it is missing. */
  readonly dir: string;
  readonly secrets: Secrets;
  /** Told when the secret storage fails, in words for the log. */
  readonly onFault: (what: string) => void;
  /** Records an update before it is made; what cannot be recorded is not made (gate.md G10). */
  readonly record: (change: AuditChange) => Promise<void>;
  /** Forgets what else is kept of a connection that was removed. */
  readonly onRemoved?: (id: string) => Promise<void>;
}

/** Makes the folder when it is missing, and watches it until `dispose`. @throws Error when it cannot be made */
export function openConnectionStore({
  dir,
  secrets: storage,
  onFault,
  record,
  onRemoved,
}: StoreOptions): ConnectionStore {
  const secrets = keepSecrets(storage, onFault);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, fileName);
  const listeners = new Set<() => void>();
  const watcher = onFileChange(dir, fileName, () => {
    for (const listener of listeners) listener();
  });
  let last: Promise<void> = Promise.resolve();

  const read = async (): Promise<Stored> => {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new Error(`The stored connections cannot be read: ${error.message}`);
    });
    return text === undefined ? nothingStored : parseStored(text);
  };
  const change = (edit: (before: Stored) => Stored): Promise<void> => {
    // One after the other, in this window and between windows: what one has lowered the next must not put back.
    const turn = last.then(() =>
      whileLocked(`${file}.lock`, 'The connections cannot be stored', async (held) => {
        const before = await read();
        const after = edit(before);
        for (const one of storedChanges(before, after)) await record(one);
        await held();
        await replace(file, formatStored(after));
      }),
    );
    last = turn.catch(() => {});
    return turn;
  };
  const update: ConnectionStore['update'] = (edit) =>
    change((before) => ({ ...before, profiles: edit(before.profiles) }));

  return {
    read: async () => (await read()).profiles,
    async standing() {
      const { profiles, freeze } = await read();
      return { profiles: profiles.map(gateProfile), freeze };
    },
    setFrozen: (frozen) => change((before) => ({ ...before, freeze: nextFreeze(before.freeze, frozen) })),
    update,
    async updateWithSecret(id, secret, change) {
      const before = await secrets.get(id);
      // The secret first: no window is to meet the connection without it.
      const place = await secrets.set(id, secret);
      try {
        await update(change);
        return place;
      } catch (error) {
        const putBack = before === undefined ? secrets.delete(id) : secrets.set(id, before);
        await putBack.catch((fault: unknown) => onFault(String(fault)));
        throw error;
      }
    },
    secrets,
    async remove(id) {
      await update((profiles) => profiles.filter((profile) => profile.id !== id));
      await secrets.delete(id);
      await secrets.delete(sshSecretOf(id));
      await onRemoved?.(id);
    },
    onChange: (listener) => void listeners.add(listener),
    dispose: () => watcher.close(),
  };
}

/** Each freeze counts, so that one that was lifted again has still ended what waited. */
function nextFreeze({ count, since }: Freeze, frozen: boolean): Freeze {
  if (!frozen) return { count };
  return since === undefined ? { count: count + 1, since: new Date().toISOString() } : { count, since };
}

async function replace(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new Error(`The connections cannot be stored: ${messageOf(error)}`);
  }
}
