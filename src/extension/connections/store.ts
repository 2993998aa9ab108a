import { randomUUID } from 'node:crypto';
import { mkdirSync, watch } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatProfiles, type Profile, parseProfiles } from './profile.ts';
import { keepSecrets, type SecretKeeper, type Secrets } from './secrets.ts';

/** All connections: one file that every window reads anew, and one secret each (gate.md G9). */
export interface ConnectionStore {
  /** As they are on disk now. @throws Error in words for a person, when the file cannot be read or understood. */
  read(): Promise<readonly Profile[]>;
  /** Replaces the file by what `change` makes of it. @throws the same; then nothing is written. */
  update(change: (profiles: readonly Profile[]) => readonly Profile[]): Promise<void>;
  readonly secrets: Omit<SecretKeeper, 'delete'>;
  /** Removes a connection and its secret. @throws Error in words for a person, when one of them is still there. */
  remove(id: string): Promise<void>;
  /** Calls back when this or another window has changed the file. */
  onChange(listener: () => void): void;
  dispose(): void;
}

const fileName = 'connections.json';

/**
 * @param dir the extension's global storage folder; made when it is missing
 * @param onFault told when the secret storage fails, in words for the log
 */
export function openConnectionStore(dir: string, storage: Secrets, onFault: (what: string) => void): ConnectionStore {
  const secrets = keepSecrets(storage, onFault);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, fileName);
  const listeners = new Set<() => void>();
  const watcher = watch(dir, (_event, name) => {
    if (name === fileName) for (const listener of listeners) listener();
  });
  let last: Promise<void> = Promise.resolve();

  const read = async (): Promise<readonly Profile[]> => {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new Error(`The stored connections cannot be read: ${error.message}`);
    });
    return text === undefined ? [] : parseProfiles(text);
  };
  const update: ConnectionStore['update'] = (change) => {
    // One after the other within a window; between windows the file is replaced whole, so it is never half of each.
    const turn = last.then(async () => replace(file, formatProfiles(change(await read()))));
    last = turn.catch(() => {});
    return turn;
  };

  return {
    read,
    update,
    secrets,
    async remove(id) {
      await update((profiles) => profiles.filter((profile) => profile.id !== id));
      await secrets.delete(id);
    },
    onChange: (listener) => void listeners.add(listener),
    dispose: () => watcher.close(),
  };
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
    throw new Error(`The connections cannot be stored: ${error instanceof Error ? error.message : String(error)}`);
  }
}
