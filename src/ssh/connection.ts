import { type EventEmitter, setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientChannel, PseudoTtyOptions, SFTPWrapper } from 'ssh2';
import type { Connected } from './connect.ts';
import { createSlots, type Slots } from './slots.ts';

/** One connection that is logged in, and the channels on it. */
export interface Connection extends Connected {
  /** Aborted when the connection is gone. */
  readonly lost: AbortSignal;
  /**
   * Opens a channel and asks for a command. The signal ends the wait for a channel, not what was sent.
   * @param urgent does not wait behind other commands
   * @throws NotSent when nothing of it left; anything else: it may have run
   */
  exec(line: string, signal: AbortSignal, urgent?: 'urgent'): Promise<Sent>;
  /** A terminal, with a command in it or the user's shell. */
  terminal(line: string | undefined, pty: PseudoTtyOptions, signal: AbortSignal): Promise<Sent>;
  sftp(signal: AbortSignal): Promise<SFTPWrapper>;
  /** A way through to another host. */
  forward(address: string, port: number): Promise<Duplex>;
  close(): void;
}

/** A command that was sent. */
export interface Sent {
  readonly channel: ClientChannel;
  /** How its process has ended, once it has. */
  exit(): { readonly exitCode: number } | { readonly exitSignal: string } | undefined;
}

/** The channel could not be opened, so nothing was asked for on it: to ask on another connection is no repetition. */
export class NotSent extends Error {}

/** sshd allows ten sessions on a connection (MaxSessions); two are left for ending what runs in the others. */
const ordinaryChannels = 8;
const urgentChannels = 2;

/** How often, and after how many milliseconds, a channel is asked for again where no other is open. */
const refusals = 5;
const refusalMs = 100;

/**
 * @param silenceMs a connection of which nothing is heard for so long, while a channel is wanted, is taken for dead;
 * milliseconds
 */
export function createConnection({ client, socket }: Connected, silenceMs: number): Connection {
  const lost = new AbortController();
  // Each channel listens.
  setMaxListeners(0, lost.signal);
  const ordinary = createSlots(ordinaryChannels);
  const urgent = createSlots(urgentChannels);
  let heardAt = performance.now();
  const close = (): void => {
    lost.abort();
    client.destroy();
  };
  client.on('error', close);
  client.on('close', close);
  socket.on('data', () => {
    heardAt = performance.now();
  });

  const ask = <C>(open: Open<C>): Promise<C> => {
    let watch: NodeJS.Timeout | undefined;
    let onLost = (): void => {};
    const asked = new Promise<C>((resolve, reject) => {
      const begun = performance.now();
      watch = setInterval(() => {
        if (performance.now() - Math.max(begun, heardAt) < silenceMs) return;
        reject(new NotSent('nothing was heard from the server'));
        close();
      }, silenceMs / 4);
      // ssh2 tells how far it came when the socket closes; through a jump host it may never do so.
      onLost = () => void setTimeout(() => reject(new Error('the connection was lost')), 200);
      lost.signal.addEventListener('abort', onLost, { once: true });
      try {
        open((error, opened) =>
          error ? reject(isUnopened(error) ? new NotSent(error.message) : error) : resolve(opened),
        );
      } catch (cause) {
        reject(new NotSent('the connection is closed', { cause }));
      }
    });
    return asked.finally(() => {
      clearInterval(watch);
      lost.signal.removeEventListener('abort', onLost);
    });
  };
  const take = async <C extends EventEmitter>(
    slots: Slots,
    signal: AbortSignal,
    open: Open<C>,
    tries = refusals,
  ): Promise<C> => {
    const release = await slots.take(signal);
    try {
      const channel = await ask(open);
      channel.once('close', release);
      return channel;
    } catch (cause) {
      const isRefused = cause instanceof NotSent && !lost.signal.aborted;
      // A server that allows fewer channels than usual: those that are open make room, one that was closed a little later.
      const hasOthers = isRefused && slots.shrink();
      release();
      if (!isRefused || (!hasOthers && tries === 0)) throw cause;
      if (!hasOthers) await delay(refusalMs);
      return take(slots, signal, open, hasOthers ? tries : tries - 1);
    }
  };
  const run = async (slots: Slots, signal: AbortSignal, open: Open<ClientChannel>): Promise<Sent> => {
    let exit: ReturnType<Sent['exit']>;
    const channel = await take<ClientChannel>(slots, signal, (done) =>
      open((error, opened) => {
        // Here and not later: a short command's end may come in the same packet as the answer that it was started.
        opened?.once('exit', (code: number | null, name?: string) => {
          exit = code === null ? { exitSignal: (name ?? '').replace(/^SIG/, '') } : { exitCode: code };
        });
        done(error, opened);
      }),
    );
    return { channel, exit: () => exit };
  };
  return {
    client,
    socket,
    lost: lost.signal,
    exec: (line, signal, isUrgent) => run(isUrgent ? urgent : ordinary, signal, (done) => client.exec(line, done)),
    terminal: (line, pty, signal) =>
      run(ordinary, signal, (done) =>
        line === undefined ? client.shell(pty, done) : client.exec(line, { pty }, done),
      ),
    forward: (address, port) => ask((done) => client.forwardOut('127.0.0.1', 0, address, port, done)),
    sftp: (signal) => take(ordinary, signal, (done) => client.sftp(done)),
    close,
  };
}

type Open<C> = (done: (error: Error | undefined, channel: C) => void) => void;

/** ssh2's ways of saying that the channel itself was not opened (its `onChannelOpenFailure`). */
function isUnopened(error: Error): boolean {
  return 'reason' in error || error.message === 'No response from server';
}
