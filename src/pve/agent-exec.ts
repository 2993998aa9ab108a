import { type AgentPlace, agentPath, agentReady, usualPatienceMs } from './agent-ready.ts';
import { type Clock, systemClock } from './clock.ts';
import { PveError } from './error.ts';
import { type Captured, type ExecResult, signalName } from './exec-result.ts';
import { type GuestCommand, guestEnvironment, guestWords, inShell } from './guest-command.ts';
import { flag, type Loose, looseObject, number, unexpected } from './loose.ts';
import type { Send } from './request.ts';
import { isTransient } from './task.ts';

export interface AgentExecOptions {
  /** Ends the command and its children. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Of each stream so much is kept, bytes: half from the beginning, half from the end. The agent itself keeps 16 MiB. */
  readonly maxBytes: number;
  /** Milliseconds to wait for an agent that does not run yet. */
  readonly patienceMs?: number;
  readonly clock?: Clock;
}
/** `stdin`: at most 64 KiB without NUL. */
export type AgentCommand = GuestCommand & { readonly stdin?: Uint8Array };

const firstPauseMs = 40;
const longestPauseMs = 1_000;
const pauseGrowth = 1.4;
/** What was killed has ended by then, milliseconds. */
const afterKillMs = 5_000;
const mostInput = 65_536;
/** Both streams as long as the agent keeps them, with every byte written as `\u0000`. */
const largestAnswer = 200 * 1024 * 1024;

/**
 * Runs a command in a VM by its guest agent (POST `…/agent/exec`, then GET `…/agent/exec-status` until the end). There is no
 * output before the end. In Linux it leads a process group of its own, which is killed after a time-out or a cancel.
 * @param windows it runs as it stands there, a script in PowerShell; no folder and no user can be given
 * @throws PveError as `agentReady` does, when nothing ran; with `mayHaveRun` when the result is lost
 */
export async function execInVm(
  send: Send,
  place: AgentPlace,
  command: AgentCommand,
  { windows, ...options }: AgentExecOptions & { readonly windows: boolean },
): Promise<ExecResult> {
  const { clock = systemClock, signal, patienceMs = usualPatienceMs } = options;
  const words = windows ? windowsWords(command) : linuxWords(command);
  const input = command.stdin === undefined ? {} : { 'input-data': inputData(command.stdin) };
  const commands = await agentReady(send, place, { clock, signal, patienceMs });
  if (!commands.includes('exec')) throw notAllowed(place);
  const started = clock.monotonic();
  const job: Job = { send, place, clock, pid: await start(send, place, { command: words, ...input }) };
  let status = await ended(job, options.timeoutMs, signal);
  let how: ExecResult['ended'] = 'exit';
  if (status === undefined) {
    how = signal.aborted ? 'cancelled' : 'timeout';
    await kill(job, windows);
    status = await ended(job, afterKillMs);
    if (status === undefined) throw stillRuns(place, how);
  }
  return { ...readEnd(status, options.maxBytes), ended: how, ms: clock.monotonic() - started };
}

interface Job {
  readonly send: Send;
  readonly place: AgentPlace;
  readonly clock: Clock;
  readonly pid: number;
}

async function start(
  send: Send,
  place: AgentPlace,
  params: Readonly<Record<string, string | readonly string[]>>,
): Promise<number> {
  try {
    const { data } = await send({ method: 'POST', path: agentPath(place, 'exec'), params });
    const pid = number(looseObject(data, 'a command of the guest agent').pid);
    if (pid === undefined) throw unexpected('a command of the guest agent');
    return pid;
  } catch (cause) {
    if (!(cause instanceof PveError) || !cause.data.reason.some((line) => /failed to execute/i.test(line))) throw cause;
    const message = `VM ${place.vmid} has no such program`;
    throw new PveError(
      { ...cause.data, code: 'not_found', message, hint: 'Nothing ran. Look for it in the guest.' },
      { cause },
    );
  }
}

/**
 * Looks until the command has ended. The agent tells that once, so what was told is kept here, and only here.
 * @returns nothing when it goes on at the end of the time, or is to be cancelled
 */
async function ended(
  { send, place, clock, pid }: Job,
  limitMs: number,
  signal?: AbortSignal,
): Promise<Loose | undefined> {
  const until = clock.monotonic() + limitMs;
  for (let pause = firstPauseMs, failures = 0; ; pause = Math.min(pause * pauseGrowth, longestPauseMs)) {
    try {
      const { data } = await send(
        { method: 'GET', path: agentPath(place, 'exec-status'), params: { pid } },
        { fresh: true, maxBytes: largestAnswer },
      );
      const status = looseObject(data, 'a command of the guest agent');
      if (flag(status.exited) === true) return status;
      failures = 0;
    } catch (cause) {
      failures += 1;
      if (!isTransient(cause) || failures > 5) throw lost(place, cause);
    }
    const left = until - clock.monotonic();
    if (left <= 0 || signal?.aborted) return undefined;
    await clock.sleep(Math.min(pause, left), signal).catch((cause: unknown) => {
      if (!signal?.aborted) throw cause;
    });
  }
}

/** Kills the group of the command; that it fails shows in the command, which goes on. */
async function kill({ send, place, clock, pid }: Job, windows: boolean): Promise<void> {
  const words = windows ? ['taskkill.exe', '/T', '/F', '/PID', String(pid)] : inShell('kill -KILL "-$1"', String(pid));
  try {
    const killer = await start(send, place, { command: words });
    await ended({ send, place, clock, pid: killer }, afterKillMs);
  } catch (cause) {
    if (!(cause instanceof PveError)) throw cause;
  }
}

/** The process that the agent starts stays the same to the command itself, and leads a group where the guest has `setsid`. */
function linuxWords(command: GuestCommand): string[] {
  const lead = 'command -v setsid >/dev/null 2>&1 && exec setsid "$@"; exec "$@"';
  return ['env', '-i', ...guestEnvironment, ...inShell(lead, ...guestWords(command))];
}

function windowsWords({ run, cwd, user }: GuestCommand): string[] {
  if (cwd !== undefined || user !== undefined)
    throw refused('In a Windows guest a command has no folder and no user of its own');
  if ('argv' in run) {
    if (run.argv.some((word) => word === ''))
      throw refused('The guest agent loses empty words, which a Windows guest cannot be spared');
    return [...run.argv];
  }
  const script = Buffer.from(run.script, 'utf16le').toString('base64');
  return ['powershell.exe', '-NoProfile', '-NonInteractive', '-EncodedCommand', script];
}

/** PVE takes each character for a byte. */
function inputData(bytes: Uint8Array): string {
  if (bytes.length > mostInput || bytes.includes(0))
    throw refused('The guest agent takes at most 64 KiB of standard input, without NUL');
  return Buffer.from(bytes).toString('latin1');
}

function readEnd(status: Loose, maxBytes: number): Omit<ExecResult, 'ended' | 'ms'> {
  const exitCode = number(status.exitcode);
  const signal = number(status.signal);
  const stream = (name: 'out' | 'err'): Captured =>
    cut(readBytes(status[`${name}-data`]), flag(status[`${name}-truncated`]) === true, maxBytes);
  return {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { exitSignal: signalName(signal) }),
    stdout: stream('out'),
    stderr: stream('err'),
  };
}

/** Bytes come as Latin-1 characters; text that holds others was decoded on the way. */
export function readBytes(characters: unknown): Buffer {
  if (typeof characters !== 'string') return Buffer.alloc(0);
  return Buffer.from(characters, /[^\x00-\xff]/.test(characters) ? 'utf8' : 'latin1');
}

function cut(all: Buffer, isPart: boolean, maxBytes: number): Captured {
  const bytes = all.length + Number(isPart);
  if (all.length <= maxBytes) return { head: all, tail: Buffer.alloc(0), bytes };
  const head = all.subarray(0, Math.ceil(maxBytes / 2));
  return { head, tail: all.subarray(all.length - Math.floor(maxBytes / 2)), bytes };
}

function notAllowed({ vmid }: AgentPlace): PveError {
  const hint =
    'In the guest, let qemu-ga run guest-exec and guest-exec-status (BLACKLIST_RPC, allow-rpcs or block-rpcs), and restart it.';
  return new PveError({
    code: 'agent_unavailable',
    message: `VM ${vmid}: its guest agent does not let commands be run`,
    hint,
    reason: [],
  });
}

function lost({ vmid }: AgentPlace, cause: unknown): unknown {
  if (!(cause instanceof PveError)) return cause;
  const message = `How the command in VM ${vmid} ended is not known`;
  return new PveError(
    {
      ...cause.data,
      message,
      hint: 'It ran or still runs: look at what it was to do before anything else.',
      mayHaveRun: true,
    },
    { cause },
  );
}

function stillRuns({ vmid }: AgentPlace, code: 'timeout' | 'cancelled'): PveError {
  const message = `The command in VM ${vmid} was to be ended, and may still run`;
  return new PveError({ code, message, hint: 'Look for it in the guest: ps -ef', reason: [], mayHaveRun: true });
}

function refused(message: string): PveError {
  return new PveError({ code: 'invalid_argument', message, hint: 'Nothing ran. Change the command.', reason: [] });
}
