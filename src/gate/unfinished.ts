import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { auditFileName, isOwnFile } from './audit.ts';

/** A step that was begun by a process that is gone, and of which no end is known (G3). */
export interface Unfinished {
  /** Plan and step. */
  readonly id: string;
  readonly at: string;
  readonly target: string;
  /** `POST /nodes/pve2/qemu/101/status/stop` */
  readonly request: string;
  readonly file: string;
}

/**
 * Finds the *before* records without an *after* that processes which are gone have left in the audit folder. Their
 * outcome is unknown: the request may or may not have reached Proxmox VE. They are found each time: who shows them keeps
 * their ids, for when a step was begun does not tell when its process went.
 * @throws when the folder exists and cannot be read.
 */
export async function findUnfinished(dir: string): Promise<readonly Unfinished[]> {
  // One process may have gone on in another file between the two records of a step.
  const begun = new Map<string, Unfinished>();
  const ended = new Set<string>();
  for (const name of await filesIn(dir)) {
    if (!isLeftBehind(name)) continue;
    for (const line of (await readFile(join(dir, name), 'utf8')).split('\n')) {
      const step = parse(line);
      if (step === undefined) continue;
      const id = `${step.plan} ${step.index}`;
      if (step.phase === 'after') ended.add(id);
      else begun.set(id, toUnfinished(id, step, name));
    }
  }
  return [...begun.values()].filter(({ id }) => !ended.has(id));
}

const stepSchema = z.object({
  phase: z.enum(['before', 'after']),
  plan: z.string(),
  index: z.number(),
  at: z.string(),
  target: z.string().optional(),
  operation: z.object({ method: z.string(), segments: z.array(z.string()) }),
});
type Step = z.infer<typeof stepSchema>;

/** Headers, denials and a line that was cut by a crash are not steps. */
function parse(line: string): Step | undefined {
  try {
    return stepSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function toUnfinished(id: string, { at, target = '', operation }: Step, file: string): Unfinished {
  return { id, at, target, request: `${operation.method} /${operation.segments.join('/')}`, file };
}

async function filesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Written by a process that is gone. One of the same number as this process is, unless it is this one. */
function isLeftBehind(name: string): boolean {
  const writer = auditFileName.exec(name)?.groups;
  if (writer === undefined || isOwnFile(name)) return false;
  const pid = Number(writer.pid);
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
