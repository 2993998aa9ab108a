import { open, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../pve/error.ts';

/** How long one process waits for another, and when a lock counts as left behind by one that is gone, milliseconds. */
const patience = 5000;
const abandoned = 10_000;

/**
 * Runs `work` while no other process does the same: the lock is a file that exists. Work takes seconds at most.
 * @param problem what a person is told when that fails: "The connections cannot be stored"
 * @throws Error that begins with it, when another process holds the lock for too long or it cannot be made.
 */
export async function whileLocked<T>(lock: string, problem: string, work: () => Promise<T>): Promise<T> {
  const until = performance.now() + patience;
  while (!(await take(lock, problem))) {
    if (performance.now() > until) throw new Error(`${problem}: another window or server is at it.`);
    await delay(20);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string, problem: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', 0o600)).close();
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
