import { readdir } from 'node:fs/promises';
import { auditFileName, isOwnFile } from './audit.ts';

/**
 * The names of the audit files of a folder, the one begun first at first; none when there is no folder.
 * @throws when the folder cannot be read.
 */
export async function auditFiles(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => auditFileName.test(name)).sort();
}

/** Whether the process that has begun the file is gone. One of the same number as this process is, unless it is this one. */
export function isLeftBehind(name: string): boolean {
  if (isOwnFile(name)) return false;
  const pid = Number(auditFileName.exec(name)?.groups?.pid);
  return pid === process.pid || !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
