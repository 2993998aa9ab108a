import { join } from 'node:path';
import type { Clock } from '../pve/clock.ts';
import { messageOf } from '../pve/error.ts';
import type { TaskInfo } from '../pve/records.ts';
import type { Send } from '../pve/request.ts';
import type { Upid } from '../pve/upid.ts';
import type { Audit, AuditEnd } from './audit.ts';
import type { ReadOptions } from './audit-read.ts';
import { findTasks, taskTraits } from './find-task.ts';
import { whileLocked } from './lock.ts';
import { printable } from './printable.ts';
import { findUnfinished, noteEnded, type Unfinished } from './unfinished.ts';

export interface CloseOptions {
  readonly dir: string;
  readonly audit: Pick<Audit, 'end'>;
  readonly clock: Clock;
  /** The way to the cluster of a step; nothing when its connection is gone for good. @throws when that cannot be told now */
  readonly reach: (step: Unfinished) => Promise<Way | undefined>;
  /** Told of a file or a line of the audit that cannot be read. */
  readonly onProblem: NonNullable<ReadOptions['onProblem']>;
}
export interface Way {
  readonly send: Send;
  /** Whose the tasks of the step are, `user@realm` or `user@realm!token`, where it is sure. */
  readonly user?: string;
}

/** What was learnt of a step: its end, which is recorded now, or why it stays open. */
export interface Closed extends Finding {
  readonly step: Unfinished;
}
interface Finding {
  readonly outcome: AuditEnd['outcome'] | 'open';
  readonly detail: string;
  readonly upid?: Upid;
}

/** A request that left just before its process ended may start its task a moment later, milliseconds. */
const settled = 60_000;
/** What could not be asked for so long is given up, milliseconds. */
const patience = 30 * 24 * 3_600_000;

/**
 * Gives every step that a process which is gone has left open its one end, by asking Proxmox VE for the task that it started
 * (G3). Several processes may do so at once. A step stays open for the next time while its task runs, and while its cluster
 * cannot be asked, which is given up after 30 days.
 * @returns what this process has closed, and what stays open
 * @throws when the folder cannot be read or the ends cannot be recorded.
 */
export async function closeUnfinished(options: CloseOptions): Promise<readonly Closed[]> {
  const { dir, audit, onProblem } = options;
  const { steps, upids, files } = await findUnfinished(dir, onProblem);
  if (files.length === 0) return [];
  // Before the lock, for a cluster may take its time.
  const learnt = withoutSharedTasks(
    await Promise.all(steps.map(async (step) => ({ step, ...(await learn(step, upids, options)) }))),
  );
  return whileLocked(join(dir, 'unfinished.lock'), 'What was left open cannot be closed', async (held) => {
    const now = await findUnfinished(dir);
    const open = new Set(now.steps.map(({ id }) => id));
    const mine = learnt.filter(({ step }) => open.has(step.id));
    for (const { step, outcome, detail, upid } of mine) {
      if (outcome === 'open') continue;
      await held();
      await audit.end({ before: step.before.raw, outcome, detail, ...(upid === undefined ? {} : { upid }) });
      open.delete(step.id);
    }
    if (open.size === 0 && now.isWhole) await noteEnded(dir, now.files);
    return mine;
  });
}

async function learn(step: Unfinished, known: ReadonlySet<string>, { reach, clock }: CloseOptions): Promise<Finding> {
  const at = Date.parse(step.at);
  const age = clock.now() - at;
  try {
    const way = await reach(step);
    if (way === undefined) return unknown('its connection is gone');
    const { operation } = step.before;
    const traits = operation === undefined ? undefined : taskTraits(operation);
    if (traits === undefined) return unknown('it starts no task that could be told from others');
    const tasks = (await findTasks(way.send, traits, at, way.user)).filter(({ upid }) => !known.has(upid));
    const [task, ...others] = tasks;
    if (others.length > 0) return unknown(`${tasks.length} tasks in Proxmox VE's task log fit`);
    if (task !== undefined) return fromTask(task);
    if (age < settled) return { outcome: 'open', detail: 'its task may still start' };
    return unknown("Proxmox VE's task log has no task of it");
  } catch (error) {
    const why = `its cluster cannot be asked: ${printable(messageOf(error), 300)}`;
    return age > patience ? unknown(why) : { outcome: 'open', detail: why };
  }
}

function fromTask({ upid, type, running, exitStatus = 'unknown' }: TaskInfo): Finding {
  if (running) return { outcome: 'open', detail: 'its task runs', upid };
  const found = "closed at the next start: found in Proxmox VE's task log";
  if (exitStatus === 'OK') {
    const detail = type.startsWith('ha') ? `${found}; the task is the request to HA, which carries it out` : found;
    return { outcome: 'ok', detail, upid };
  }
  const outcome = /^WARNINGS: \d+$/.test(exitStatus) ? 'warning' : 'failed';
  return { outcome, detail: `${found}: ${printable(exitStatus, 300)}`, upid };
}

function unknown(why: string): Finding {
  return { outcome: 'unknown', detail: `closed at a later start: ${why}` };
}

/** Which of two steps has started a task is not known when both may have. */
function withoutSharedTasks(learnt: readonly Closed[]): readonly Closed[] {
  return learnt.map(({ step, ...finding }) => {
    const isShared = learnt.some((other) => other.step !== step && other.upid === finding.upid);
    return finding.upid !== undefined && isShared
      ? { step, ...unknown('another step that was left open may have started its task') }
      : { step, ...finding };
  });
}
