import { type Cancel, seconds } from './clock.ts';
import { TaskFailure } from './errors.ts';
import { type Principal, principalId } from './permissions.ts';
import { findNode, type Guest, type Task, type World } from './state.ts';

/** What a worker does. Times are milliseconds of cluster time. */
export interface TaskPlan {
  readonly node: string;
  /** PVE's worker type, such as `qmstart`. */
  readonly type: string;
  /** Mostly a VMID. */
  readonly id: string;
  readonly who: Principal;
  /** Its lock is taken first and held to the end. */
  readonly guest?: Guest;
  readonly takes: number;
  readonly lines?: readonly { readonly at: number; readonly text: () => string }[];
  /** The lock that the guest's config carries meanwhile. */
  readonly lock?: string;
  /** Takes back what was there before the effect, when there is no effect. */
  readonly undo?: () => void;
  /** Runs once the lock is held; a `TaskFailure` ends the task. */
  readonly check?: () => void;
  /** The change itself, at the end; a `TaskFailure` ends the task without it. */
  readonly effect: () => void;
}

const forkDelay = 100; // a worker needs a moment before it can fail
const lockTimeout = 10_000;

/** Starts a worker and answers its UPID at once; whether it succeeds shows in its status. */
export function startTask(world: World, plan: TaskPlan): string {
  const task = newTask(world, plan);
  world.cluster.tasks.push(task);
  const timers: Cancel[] = [];
  let release = (): void => undefined;
  let unlock = (): void => undefined;

  const end = (exitStatus: string): void => {
    for (const cancel of timers) cancel();
    task.interrupt = undefined;
    task.exitStatus = exitStatus;
    task.endtime = seconds(world.clock.now());
    task.log.push(exitStatus === 'OK' ? 'TASK OK' : `TASK ERROR: ${exitStatus}`);
    unlock();
    if (exitStatus !== 'OK') plan.undo?.();
    release();
  };
  const attempt = (step: () => void): boolean => {
    try {
      step();
      return true;
    } catch (error) {
      if (!(error instanceof TaskFailure)) throw error;
      end(error.message);
      return false;
    }
  };
  const work = (): void => {
    if (!attempt(() => plan.check?.())) return;
    const { guest, lock } = plan;
    if (guest !== undefined && lock !== undefined) {
      guest.config.lock = lock;
      unlock = () => void delete guest.config.lock;
    }
    for (const { at, text } of plan.lines ?? []) timers.push(world.clock.after(at, () => task.log.push(text())));
    timers.push(world.clock.after(plan.takes, () => attempt(plan.effect) && end('OK')));
  };

  task.interrupt = () => end('received interrupt');
  timers.push(
    world.clock.after(forkDelay, () => {
      const { guest } = plan;
      if (guest === undefined) return work();
      const waiting = world.clock.after(lockTimeout, () => end(`can't lock file '${lockFile(guest)}' - got timeout`));
      timers.push(waiting);
      const turn = (): void => {
        waiting();
        work();
      };
      release = () => leaveQueue(guest, turn);
      guest.lockQueue.push(turn);
      if (guest.lockQueue.length === 1) turn();
    }),
  );
  return task.upid;
}

/** Gives the guest's lock to the next in the queue, or only the place in the queue back. */
function leaveQueue(guest: Guest, turn: () => void): void {
  const place = guest.lockQueue.indexOf(turn);
  guest.lockQueue.splice(place, 1);
  if (place === 0) guest.lockQueue[0]?.();
}

function lockFile({ kind, vmid }: Guest): string {
  return kind === 'qemu' ? `/var/lock/qemu-server/lock-${vmid}.conf` : `/run/lock/lxc/pve-config-${vmid}.lock`;
}

function newTask(world: World, { node, type, id, who }: TaskPlan): Task {
  const { cluster, clock } = world;
  const now = clock.now();
  const pid = 5000 + cluster.tasks.length;
  const pstart = Math.floor((now - findNode(world, node).bootedAt) / 10);
  const starttime = seconds(now);
  return {
    upid: makeUpid({ node, pid, pstart, starttime, type, id, owner: principalId(who) }),
    node,
    type,
    id,
    user: who.user,
    token: who.token,
    pid,
    pstart,
    starttime,
    endtime: undefined,
    exitStatus: undefined,
    log: [],
    interrupt: undefined,
  };
}

/** `UPID:node:pid:pstart:starttime:type:id:owner:`, the numbers as eight upper-case hexadecimal digits. */
export function makeUpid(parts: {
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  readonly starttime: number;
  readonly type: string;
  readonly id: string;
  readonly owner: string;
}): string {
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');
  const { node, pid, pstart, starttime, type, id, owner } = parts;
  return `UPID:${node}:${hex(pid)}:${hex(pstart)}:${hex(starttime)}:${type}:${id}:${owner}:`;
}
