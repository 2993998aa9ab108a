import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../pve/error.ts';

/** How long one process waits for another, and when a lock counts as left behind by one that is gone, milliseconds. */
const patience = 5000;
const abandoned = 10_000;

/**
 * Runs `work` while no other process does the same: the lock is a file that exists and names its holder. Work takes seconds
 * at most; one that slept longer may have lost its lock, so it calls `held` right before what cannot be taken back.
 * @param problem what a person is told when that fails: "The connections cannot be stored"
 * @throws Error that begins with it, when another process holds the lock for too long, it cannot be made, or it was lost.
 */
export async function whileLocked<T>(
  lock: string,
  problem: string,
  work: (held: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const until = performance.now() + patience;
  const holder = randomUUID();
  while (!(await take(lock, holder, problem))) {
    if (performance.now() > until) throw new Error(`${problem}: another window or server is at it.`);
    await delay(20);
  }
  const isHeld = async () => (await readFile(lock, 'utf8').catch(() => '')) === holder;
  try {
    return await work(async () => {
      if (!(await isHeld())) throw new Error(`${problem}: it took too long, and another window or server went on.`);
    });
  } finally {
    if (await isHeld()) await rm(lock, { force: true });
  }
}

async function take(lock: string, holder: string, problem: string): Promise<boolean> {
  try {
    await writeFile(lock, holder, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new Error(`${problem}: ${messageOf(error)}`);
    }
  }
  const { mtimeMs } = await stat(lock).catch(() => ({ mtimeMs: Date.now() }));
  if (Date.now() - mtimeMs > abandoned) await rm(lock, { force: true });
  return false;
}
