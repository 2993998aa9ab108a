import { finished, Readable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { PveError } from '../pve/error.ts';
import { capture } from './capture.ts';
import type { Connection, Sent } from './connection.ts';
import { endRun } from './end-run.ts';
import { lostError } from './ssh-error.ts';
import { startLine } from './start-line.ts';
import type { Captured, ExecOptions, ExecResult, RemoteCommand } from './types.ts';

export interface Run extends Sent {
  /** 32 hexadecimal digits that stand in its first line of output and in its environment. */
  readonly mark: string;
  readonly connection: Connection;
  readonly sudo: boolean;
}

export interface FollowOptions {
  /** Ends the command. */
  readonly signal: AbortSignal;
  /** The node in words, for errors. */
  readonly place: string;
}

/** How long start files may take when a command has to end before it has begun, milliseconds. */
const startMs = 3000;

/** Takes in what a command says until it has ended, or ends it. @throws PveError with `mayHaveRun` */
export async function follow(
  run: Run,
  { stdin }: RemoteCommand,
  options: ExecOptions,
  { signal, place }: FollowOptions,
): Promise<Omit<ExecResult, 'ms'>> {
  const { channel, connection, exit } = run;
  const start = startLine(run.mark);
  const kept = { stdout: capture(options.maxBytes), stderr: capture(options.maxBytes) };
  const take = (stream: 'stdout' | 'stderr', chunk: Buffer | undefined): void => {
    if (chunk === undefined || chunk.length === 0) return;
    kept[stream].add(chunk);
    options.onOutput?.(stream, chunk);
  };
  channel.on('data', (chunk: Buffer) => take('stdout', start.own(chunk)));
  channel.stderr.on('data', (chunk: Buffer) => take('stderr', chunk));
  const closed = whenClosed(channel);
  const stop = new AbortController();
  const inputError = feed(channel, stdin, stop);

  const ended = await first(closed, connection.lost, [signal, stop.signal]);
  if (ended === 'lost') throw lostError(place, true);
  let leftRunning = false;
  if (ended === 'stopped') {
    // A command that was sent a moment ago is on its way still, and cannot be found yet.
    await first(Promise.race([closed, start.seen]), connection.lost, [AbortSignal.timeout(startMs)]);
    // After its exit the number of the leader may belong to another process.
    const leader = exit() === undefined ? start.pid() : undefined;
    leftRunning = !(await endRun(run, leader));
    await first(closed, connection.lost, [AbortSignal.timeout(1000)]);
    channel.close();
  }
  if (ended === 'closed' && start.pid() === undefined) throw notBegun(place, start.rest(), kept.stderr.result());
  // A server tells how a command ended before it closes the channel; where it did not, the connection broke.
  if (ended === 'closed' && exit() === undefined) throw lostError(place, true);
  take('stdout', start.rest());
  const failure = inputError();
  if (failure !== undefined) throw failure;
  return {
    ...exit(),
    ended: ended === 'closed' ? 'exit' : options.signal.aborted ? 'cancelled' : 'timeout',
    ...(leftRunning ? { leftRunning } : {}),
    stdout: kept.stdout.result(),
    stderr: kept.stderr.result(),
  };
}

/** Gives a command its input. @returns what tells whether that went wrong */
function feed(
  channel: ClientChannel,
  stdin: RemoteCommand['stdin'],
  stop: AbortController,
): () => PveError | undefined {
  // The program may end before it has read everything; that is for its exit code to tell.
  channel.on('error', () => {});
  if (!(stdin instanceof Readable)) {
    channel.end(stdin);
    return () => undefined;
  }
  let failure: PveError | undefined;
  let isOver = false;
  channel.once('close', () => {
    isOver = true;
    stdin.destroy();
  });
  finished(stdin, { writable: false }, (cause) => {
    if (!cause || isOver) return;
    failure = inputFailed(cause);
    stop.abort();
  });
  stdin.pipe(channel);
  return () => failure;
}

/** Both streams were taken in to their end. */
function whenClosed(channel: ClientChannel): Promise<void> {
  return new Promise((resolve) => {
    channel.once('close', () => {
      if (channel.stderr.readableEnded) resolve();
      else channel.stderr.once('end', resolve);
    });
  });
}

/** Without `AbortSignal.any`, which alone would make a short command noticeably slower. */
function first(
  closed: Promise<void>,
  lost: AbortSignal,
  stops: readonly AbortSignal[],
): Promise<'closed' | 'lost' | 'stopped'> {
  return new Promise((resolve) => {
    const onLost = (): void => end('lost');
    const onStop = (): void => end('stopped');
    const end = (how: 'closed' | 'lost' | 'stopped'): void => {
      lost.removeEventListener('abort', onLost);
      for (const stop of stops) stop.removeEventListener('abort', onStop);
      resolve(how);
    };
    closed.then(() => end('closed'));
    if (lost.aborted) return onLost();
    if (stops.some(({ aborted }) => aborted)) return onStop();
    lost.addEventListener('abort', onLost);
    for (const stop of stops) stop.addEventListener('abort', onStop);
  });
}

/** The first words of the line never ran: a forced command, or a login shell like `nologin`. */
function notBegun(place: string, stdout: Buffer, stderr: Captured): PveError {
  const said = Buffer.concat([stdout, stderr.head]).toString('utf8').slice(0, 1000);
  return new PveError({
    code: 'forbidden',
    message: `The login shell on ${place} did not begin the command`,
    hint: 'Look at the shell of this user on the node, and for ForceCommand in sshd_config or command= in authorized_keys: what stands there may have run instead.',
    reason: said.split('\n').filter((line) => line.trim() !== ''),
    mayHaveRun: true,
  });
}

function inputFailed(cause: Error): PveError {
  return new PveError(
    {
      code: 'server_error',
      message: 'What was to go into the command could not be read to its end; the command was ended',
      hint: 'It has run with a part of its input: look at the node before trying again.',
      reason: [cause.message],
      mayHaveRun: true,
    },
    { cause },
  );
}
