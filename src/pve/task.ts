import { isClusterFileSystemDown } from './classify.ts';
import { type Clock, systemClock } from './clock.ts';
import { PveError, type PveErrorCode } from './error.ts';
import { readLog, readTask } from './readers.ts';
import type { Send } from './request.ts';
import { isProgress } from './task-lines.ts';
import { parseUpid, type Upid } from './upid.ts';

export interface WaitOptions {
  /** Gives up waiting; the task itself goes on. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** Called once for each line of the task's log, in order. */
  readonly onLine?: (line: string) => void;
  /** Milliseconds to wait at most; for ever when absent. */
  readonly timeoutMs?: number;
}

/** How a task ended. */
export interface TaskEnd {
  /** "OK", "WARNINGS: 1", or PVE's words for what went wrong. */
  readonly exitStatus: string;
  readonly ok: boolean;
  readonly warnings: number;
  /** The last lines of the log that say more than how far it is, at most 20. */
  readonly log: readonly string[];
}

const firstPauseMs = 300;
const longestPauseMs = 2_000;
const pauseGrowth = 1.5;
/** Failed looks in a row before waiting is given up; a node that restarts its API is back within seconds. */
const maxFailures = 5;
const linesPerRead = 500;
const linesKept = 20;

/**
 * Follows a task to its end, its log as it grows. That a write answered 200 with a UPID says only that it started; how the
 * task ended is in its exit status (GET `/nodes/{node}/tasks/{upid}/status` and `/log`).
 * @throws PveError `cancelled` or `timeout` when waiting ended first (the task goes on), or what made looking impossible;
 * each holds the UPID
 */
export async function waitForTask(send: Send, upid: Upid, options: WaitOptions = {}): Promise<TaskEnd> {
  const { signal, clock = systemClock, onLine = () => {}, timeoutMs = Number.POSITIVE_INFINITY } = options;
  const path = taskPath(upid);
  const started = clock.monotonic();
  const log: string[] = [];
  let seen = 0;
  let failures = 0;

  const look = async (): Promise<TaskEnd | undefined> => {
    const sendOptions = signal === undefined ? {} : { signal };
    const status = readTask((await send({ method: 'GET', path: [...path, 'status'] }, sendOptions)).data);
    // The status first: once it says "stopped", the log read after it is whole.
    for (let more = true; more; ) {
      const params = { start: seen, limit: linesPerRead };
      const lines = readLog((await send({ method: 'GET', path: [...path, 'log'], params }, sendOptions)).data);
      seen += lines.length;
      more = lines.length === linesPerRead;
      log.push(...lines.filter((line) => !isProgress(line)));
      log.splice(0, log.length - linesKept);
      for (const line of lines) onLine(line);
    }
    return status.running ? undefined : toEnd(status.exitStatus, log);
  };

  for (let pause = firstPauseMs; ; pause = Math.min(pause * pauseGrowth, longestPauseMs)) {
    if (signal?.aborted) throw stillRunning('cancelled', upid);
    try {
      const end = await look();
      if (end !== undefined) return end;
      failures = 0;
    } catch (cause) {
      if (signal?.aborted) throw stillRunning('cancelled', upid);
      failures += 1;
      if (!isTransient(cause) || failures > maxFailures) throw lookFailed(cause, upid);
    }
    if (clock.monotonic() - started + pause > timeoutMs) throw stillRunning('timeout', upid);
    await clock.sleep(pause, signal).catch((cause: unknown) => {
      throw signal?.aborted ? stillRunning('cancelled', upid) : cause;
    });
  }
}

/** Asks PVE to stop a task (DELETE `/nodes/{node}/tasks/{upid}`); it answers within 5 s. @throws PveError */
export async function stopTask(send: Send, upid: Upid): Promise<void> {
  await send({ method: 'DELETE', path: taskPath(upid) });
}

/** The path of a task, on the node that runs it. @throws PveError `invalid_argument` for what is no task id */
export function taskPath(upid: string): string[] {
  const parts = parseUpid(upid);
  if (parts !== undefined) return ['nodes', parts.node, 'tasks', upid];
  const hint = 'A task id looks like UPID:pve1:00001234:00ABCDEF:6A000000:qmstart:101:root@pam:';
  throw new PveError({
    code: 'invalid_argument',
    message: `${JSON.stringify(upid.slice(0, 100))} is not a task id`,
    hint,
    reason: [],
  });
}

function toEnd(exitStatus = 'unknown', log: readonly string[]): TaskEnd {
  const warnings = Number(/^WARNINGS: (\d+)$/.exec(exitStatus)?.[1] ?? 0);
  return { exitStatus, ok: exitStatus === 'OK' || warnings > 0, warnings, log };
}

/** Whether looking again may help. */
export function isTransient(cause: unknown): boolean {
  if (!(cause instanceof PveError)) return false;
  const passing: readonly PveErrorCode[] = ['unreachable', 'timeout', 'node_offline', 'no_quorum', 'not_proxmox'];
  return passing.includes(cause.code) || isClusterFileSystemDown(cause.data);
}

function lookFailed(cause: unknown, upid: Upid): unknown {
  return cause instanceof PveError ? new PveError({ ...cause.data, upid }, { cause }) : cause;
}

function stillRunning(code: 'cancelled' | 'timeout', upid: Upid): PveError {
  const message =
    code === 'cancelled' ? 'Waiting for the task was cancelled' : 'The task takes longer than the time to wait for it';
  return new PveError({ code, message, hint: 'The task goes on; its status tells how it ends.', reason: [], upid });
}
