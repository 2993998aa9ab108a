import { open, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** How long one window waits for another, and when a lock counts as left behind by one that is gone, milliseconds. */
const patience = 5000;
const abandoned = 10_000;

/**
 * Runs `work` while no other window does the same: the lock is a file that exists.
 * @throws Error in words for a person, when another window holds it for too long or it cannot be made.
 */
export async function whileLocked<T>(lock: string, work: () => Promise<T>): Promise<T> {
  const until = performance.now() + patience;
  while (!(await take(lock))) {
    if (performance.now() > until)
      throw new Error('The connections cannot be stored: another window is changing them.');
    await delay(20);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new Error(`The connections cannot be stored: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const { mtimeMs } = await stat(lock).catch(() => ({ mtimeMs: Date.now() }));
  if (Date.now() - mtimeMs > abandoned) await rm(lock, { force: true });
  return false;
}
