import { createConnection, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Client } from 'ssh2';
import { startDeadline, waitFor } from '../pve/deadline.ts';
import { messageOf, PveError } from '../pve/error.ts';
import type { Credentials } from './credentials.ts';
import { describeHost, describeKey, type Expected, type HostKey, type HostKeys, type SshHost } from './host-keys.ts';
import { connectError, lostError, tooLate } from './ssh-error.ts';

export interface ConnectOptions {
  readonly host: SshHost;
  readonly user: string;
  readonly credentials: Credentials;
  readonly hostKeys: HostKeys;
  /** Milliseconds until it is ready; a person's thinking does not count. */
  readonly timeoutMs: number;
  /** Opens the way through a jump host, where there is one. */
  readonly through: (() => Promise<Duplex>) | undefined;
  readonly signal: AbortSignal;
}

/** A client that is logged in, and what its bytes go through. */
export interface Connected {
  readonly client: Client;
  readonly socket: Duplex;
}

/**
 * Connects and logs in. A host that is not known is left alone while a person is asked, and connected to anew after a
 * yes: nobody has to be quicker than the server's time for a login.
 * @throws PveError `unreachable`, `timeout`, `host_key`, `unauthenticated`, `cancelled`
 */
export async function connect(options: ConnectOptions): Promise<Connected> {
  const { host, hostKeys, signal } = options;
  const first = await attempt(options, await hostKeys.expect(host));
  if ('client' in first) return first;
  const agreed = first.unknown;
  await hostKeys.ask(host, agreed, signal);
  const second = await attempt(options, {
    types: [agreed.type],
    judge: (shown) => (shown.key === agreed.key ? 'trusted' : 'unknown'),
  });
  if ('client' in second) return second;
  throw new PveError({
    code: 'host_key',
    message: `${describeHost(host)} showed another unknown host key after the first one was trusted`,
    hint: 'Check what answers at this address.',
    reason: [`trusted: ${agreed.sha256}`, `shown: ${second.unknown.sha256}`],
  });
}

async function attempt(
  options: ConnectOptions,
  expected: Expected,
): Promise<Connected | { readonly unknown: HostKey }> {
  const { host, user, credentials, timeoutMs } = options;
  const deadline = startDeadline(options.signal, { ms: timeoutMs, late: () => tooLate(host, timeoutMs) });
  let socket: Duplex | undefined;
  try {
    socket = await openSocket(options, deadline.signal);
    return await logIn(socket, options, expected, deadline.signal);
  } catch (cause) {
    socket?.destroy();
    throw connectError(cause, host, user, credentials);
  } finally {
    deadline.clear();
  }
}

/** Negotiates, has the host key judged, and only then sends the one configured way of logging in. */
function logIn(
  socket: Duplex,
  { host, user, credentials }: ConnectOptions,
  expected: Expected,
  signal: AbortSignal,
): Promise<Connected | { readonly unknown: HostKey }> {
  const client = new Client();
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      reject(cause);
      client.destroy();
    };
    let accepted: string | undefined;
    let isAsked = false;
    client.on('error', fail);
    client.on('change password', () => fail(expired(host, user)));
    client.once('close', () => fail(lostError(describeHost(host), false)));
    client.once('ready', () => {
      signal.removeEventListener('abort', onAbort);
      resolve({ client, socket });
    });
    const onAbort = (): void => fail(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    client.connect({
      username: user,
      sock: socket,
      // The deadline above is the one limit.
      readyTimeout: 0,
      keepaliveInterval: 10_000,
      keepaliveCountMax: 3,
      algorithms: { serverHostKey: hostKeyAlgorithms(expected.types) },
      hostVerifier: (blob: Buffer) => {
        const shown = describeKey(blob);
        // Asked again whenever the keys of the connection are renewed: it must stay the same host.
        if (accepted !== undefined) return accepted === shown.key;
        const verdict = expected.judge(shown);
        if (verdict === 'trusted') accepted = shown.key;
        else if (verdict === 'unknown') resolve({ unknown: shown });
        else fail(verdict);
        return verdict === 'trusted';
      },
      // One try, of the configured kind. Without this ssh2 would also try to get in without any credential.
      authHandler: (_left, _partial, next) => {
        if (isAsked) return false;
        isAsked = true;
        next(credentials.method);
        return undefined;
      },
    });
  });
}

/** Those of known keys first. Signatures with SHA-1 are not offered. */
function hostKeyAlgorithms(types: readonly string[]): Algorithm[] {
  const rank = ({ type }: { readonly type: string }): number => (types.includes(type) ? 0 : 1);
  return algorithms.toSorted((a, b) => rank(a) - rank(b)).map(({ algorithm }) => algorithm);
}

const algorithms = [
  { type: 'ssh-ed25519', algorithm: 'ssh-ed25519' },
  { type: 'ecdsa-sha2-nistp256', algorithm: 'ecdsa-sha2-nistp256' },
  { type: 'ecdsa-sha2-nistp384', algorithm: 'ecdsa-sha2-nistp384' },
  { type: 'ecdsa-sha2-nistp521', algorithm: 'ecdsa-sha2-nistp521' },
  { type: 'ssh-rsa', algorithm: 'rsa-sha2-512' },
  { type: 'ssh-rsa', algorithm: 'rsa-sha2-256' },
] as const;
type Algorithm = (typeof algorithms)[number]['algorithm'];

function openSocket({ host, through }: ConnectOptions, signal: AbortSignal): Promise<Duplex> {
  return through === undefined ? openTcp(host, signal) : openThrough(through, host, signal);
}

function openTcp({ address, port }: SshHost, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: address, port, noDelay: true });
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', reject);
      joinWrites(socket);
      resolve(socket);
    });
  });
}

/** ssh2 writes each packet in three pieces; what is written in one go becomes one call into the kernel and one segment. */
function joinWrites(socket: Socket): void {
  const write: (chunk: Uint8Array) => boolean = socket.write.bind(socket);
  let isHeld = false;
  socket.write = (chunk: Uint8Array) => {
    if (!isHeld) {
      isHeld = true;
      socket.cork();
      process.nextTick(() => {
        isHeld = false;
        socket.uncork();
      });
    }
    return write(chunk);
  };
}

async function openThrough(open: () => Promise<Duplex>, host: SshHost, signal: AbortSignal): Promise<Duplex> {
  const opened = open();
  try {
    return await waitFor(opened, signal);
  } catch (cause) {
    // Nobody waits for it any more.
    opened.then(
      (channel) => channel.destroy(),
      () => {},
    );
    throw signal.aborted || cause instanceof PveError ? cause : notForwarded(host, cause);
  }
}

function expired(host: SshHost, user: string): PveError {
  return new PveError({
    code: 'unauthenticated',
    message: `The password of ${user} on ${describeHost(host)} has expired`,
    hint: 'Set a new one on the node: passwd.',
    reason: [],
  });
}

function notForwarded(host: SshHost, cause: unknown): PveError {
  return new PveError(
    {
      code: 'unreachable',
      message: `The jump host could not connect to ${describeHost(host)}`,
      hint: 'Check that the jump host reaches the node and allows forwarding (AllowTcpForwarding).',
      reason: [messageOf(cause)],
    },
    { cause },
  );
}
