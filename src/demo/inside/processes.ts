import type { Cancel, DemoClock } from '../clock.ts';
import { createFiles, type Files } from './files.ts';
import { Exit, type Run, type Scope } from './scope.ts';
import { runWords } from './shell.ts';

/** The inside of a running demo guest: its files, and the processes that its agent has started. */
export interface Inside {
  readonly hostname: string;
  readonly files: Files;
  /** Milliseconds since 1970. */
  now(): number;
  /** Starts words as the agent does; answers their pid. */
  start(words: readonly string[], input: Buffer): number;
  /** How a process that the agent started does; that it has ended is told once, and then forgotten. `undefined` for a pid that it does not know. */
  outcome(pid: number): Outcome | undefined;
  /** Goes on with work of a process beside it, in its group. */
  fork(scope: Scope, work: (own: Scope) => Run): void;
  hasForked(pid: number): boolean;
  /** Makes a process the leader of a group. */
  lead(pid: number): void;
  /** @param target a pid, or a group below 0. @returns whether there was one */
  kill(target: number, signal: string): boolean;
}
export interface Outcome {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
  readonly out: Buffer;
  readonly err: Buffer;
  readonly truncated: boolean;
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  group: number;
  readonly job: Job;
  stop: Cancel;
}
/** What the agent started: it has ended when nothing holds its output any more. */
interface Job {
  readonly running: Set<Process>;
  readonly out: Buffer[];
  readonly err: Buffer[];
  bytes: number;
  exitcode?: number;
  signal?: number;
}

/** The agent keeps so much of each stream. */
const mostOutput = 16 * 1024 * 1024;
const mostProcesses = 500;
const signals: Readonly<Record<string, number>> = { HUP: 1, INT: 2, KILL: 9, TERM: 15, '9': 9, '15': 15 };

/** @param files what is already there: they outlive a restart, processes do not */
export function createInside(hostname: string, clock: DemoClock, files = createFiles(hostname)): Inside {
  const jobs = new Map<number, Job>();
  const processes = new Map<number, Process>();
  let lastPid = 1200;

  function drive(process: Process, run: Run, ended: (code: number) => void): void {
    processes.set(process.pid, process);
    process.job.running.add(process);
    const end = (code: number): void => {
      forget(process);
      ended(code);
    };
    const step = (): void => {
      try {
        const { value, done } = run.next();
        if (!processes.has(process.pid)) return;
        if (done === true) end(value);
        else process.stop = clock.after(value, step);
      } catch (error) {
        if (!(error instanceof Exit)) throw error;
        end(error.code);
      }
    };
    step();
  }
  function forget(process: Process): void {
    process.stop();
    processes.delete(process.pid);
    process.job.running.delete(process);
  }
  const append = (job: Job, pieces: Buffer[]) => (bytes: Buffer | string) => {
    if (job.bytes > mostOutput) return;
    const piece = Buffer.from(bytes as Buffer);
    job.bytes += piece.length;
    pieces.push(piece);
  };

  const inside: Inside = {
    hostname,
    files,
    now: () => clock.now(),
    start(words, input) {
      lastPid += 1;
      const pid = lastPid;
      const job: Job = { running: new Set(), out: [], err: [], bytes: 0 };
      jobs.set(pid, job);
      const scope: Scope = {
        inside,
        pid,
        vars: new Map([['PATH', '/usr/bin:/bin']]),
        args: [],
        status: 0,
        cwd: '/',
        user: 'root',
      };
      let left = input;
      const read = (): Buffer => {
        const all = left;
        left = Buffer.alloc(0);
        return all;
      };
      const io = { read, out: append(job, job.out), err: append(job, job.err) };
      drive({ pid, parent: 1, group: 1, job, stop: () => {} }, runWords(scope, words, io), (code) => {
        if (job.signal === undefined) job.exitcode = code;
      });
      return pid;
    },
    outcome(pid) {
      const job = jobs.get(pid);
      if (job === undefined) return undefined;
      const { exitcode, signal } = job;
      const exited = job.running.size === 0;
      if (exited) jobs.delete(pid);
      const whole = { out: Buffer.concat(job.out), err: Buffer.concat(job.err), truncated: job.bytes > mostOutput };
      return {
        exited,
        ...(exitcode === undefined ? {} : { exitcode }),
        ...(signal === undefined ? {} : { signal }),
        ...whole,
      };
    },
    fork(scope, work) {
      const from = processes.get(scope.pid);
      if (from === undefined || processes.size >= mostProcesses) return;
      lastPid += 1;
      const own: Scope = { ...scope, pid: lastPid, vars: new Map(scope.vars) };
      drive({ pid: lastPid, parent: from.pid, group: from.group, job: from.job, stop: () => {} }, work(own), () => {});
    },
    hasForked: (pid) => [...processes.values()].some(({ parent }) => parent === pid),
    lead(pid) {
      const process = processes.get(pid);
      if (process !== undefined) process.group = pid;
    },
    kill(target, signal) {
      const hit = [...processes.values()].filter(({ pid, group }) => (target < 0 ? group === -target : pid === target));
      for (const process of hit) {
        forget(process);
        if (jobs.get(process.pid) === process.job) process.job.signal = signals[signal] ?? 15;
      }
      return hit.length > 0;
    },
  };
  return inside;
}
