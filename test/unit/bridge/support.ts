import { connect, type Socket } from 'node:net';
import type { LaunchHandle } from '../../../src/bridge/host.ts';
import { newNonce, prove } from '../../../src/bridge/proof.ts';
import { protocolVersion } from '../../../src/bridge/protocol.ts';
import type { ConnectionInfo, Gate, Origin, PlanResult, Progress, Proposal } from '../../../src/gate/types.ts';
import type { Clock } from '../../../src/pve/clock.ts';

export interface ManualClock extends Clock {
  /** Moves both clocks and wakes whoever slept until then. */
  advance(ms: number): void;
  /** Moves one clock only, as a suspended machine or a corrected date does; nobody wakes. */
  jump(which: 'wall' | 'monotonic', ms: number): void;
}

export function manualClock(): ManualClock {
  let wall = 1_700_000_000_000;
  let monotonic = 0;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => wall,
    monotonic: () => monotonic,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { at: monotonic + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
    advance(ms) {
      wall += ms;
      monotonic += ms;
      for (const sleeper of [...sleepers].filter(({ at }) => at <= monotonic)) {
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
    jump(which, ms) {
      if (which === 'wall') wall += ms;
      else monotonic += ms;
    },
  };
}

export interface GateCall {
  readonly proposal: Proposal;
  readonly origin: Origin;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  readonly finish: (result: PlanResult) => void;
}

/** A gate that only records; each call stays open until the test finishes it. */
export function recordingGate() {
  const calls: GateCall[] = [];
  const waiting: ((call: GateCall) => void)[] = [];
  let taken = 0;
  const gate: Gate = {
    perform: (proposal, origin, { signal, onProgress }) =>
      new Promise((finish) => {
        const call = { proposal, origin, signal, progress: onProgress, finish };
        calls.push(call);
        waiting.shift()?.(call);
      }),
  };
  /** The next call that no one has taken yet. */
  function next(): Promise<GateCall> {
    const call = calls[taken];
    taken += 1;
    return call === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(call);
  }
  return { gate, calls, next };
}

export type Frame = Readonly<Record<string, unknown>>;

/** The other end of a socket, speaking bare frames: what a hostile or broken program could send. */
export interface RawPeer {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  write(bytes: string | Uint8Array): void;
  send(message: unknown): void;
  /** The next message; rejects when the socket closes before it. */
  next(): Promise<Frame>;
}

export function rawPeer(target: string | Socket): RawPeer {
  const socket = typeof target === 'string' ? connect(target) : target;
  const frames: Frame[] = [];
  const waiting: { readonly resolve: (frame: Frame) => void; readonly reject: (error: Error) => void }[] = [];
  let bytes = Buffer.alloc(0);
  let ended = false;
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (let frame = takeFrame(); frame !== undefined; frame = takeFrame()) {
      const waiter = waiting.shift();
      if (waiter === undefined) frames.push(frame);
      else waiter.resolve(frame);
    }
  });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      ended = true;
      for (const waiter of waiting) waiter.reject(new Error('closed'));
      resolve();
    });
  });

  function takeFrame(): Frame | undefined {
    const start = bytes.indexOf('\r\n\r\n') + 4;
    const length = Number(/^Content-Length: (\d+)\r\n/.exec(bytes.toString('latin1'))?.[1]);
    if (start < 4 || bytes.length < start + length) return undefined;
    const frame: Frame = JSON.parse(bytes.toString('utf8', start, start + length));
    bytes = bytes.subarray(start + length);
    return frame;
  }

  return {
    socket,
    closed,
    write: (data) => void socket.write(data),
    send: (message) => void socket.write(frameOf(message)),
    next: () =>
      new Promise((resolve, reject) => {
        const frame = frames.shift();
        if (frame !== undefined) resolve(frame);
        else if (ended) reject(new Error('closed'));
        else waiting.push({ resolve, reject });
      }),
  };
}

export function frameOf(message: unknown): Buffer {
  const body = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]);
}

/** A right Hello for that challenge. */
export function helloFor({ launch, key }: Pick<LaunchHandle, 'launch' | 'key'>, challenge: Frame, id = 0) {
  const childNonce = newNonce();
  const handshake = { launch, hostNonce: nonceOf(challenge), childNonce };
  const proof = prove(Buffer.from(key, 'base64url'), 'child', handshake);
  return {
    jsonrpc: '2.0',
    id,
    method: 'hello',
    params: { protocol: protocolVersion, launch, nonce: childNonce, proof },
  };
}

function nonceOf({ params }: Frame): string {
  if (typeof params === 'object' && params !== null && 'nonce' in params) return String(params.nonce);
  throw new Error('This frame is no challenge');
}

/** A connection that was accepted and has its challenge, but has proven nothing. */
export async function stranger(path: string): Promise<RawPeer & { readonly challenge: Frame }> {
  const peer = rawPeer(path);
  return { ...peer, challenge: await peer.next() };
}

/** A raw connection that has proven the key. */
export async function provenPeer(handle: LaunchHandle): Promise<RawPeer> {
  const peer = await stranger(handle.path);
  peer.send(helloFor(handle, peer.challenge));
  await peer.next();
  return peer;
}

export const shutdown: Proposal = {
  connection: 'c1',
  operations: [{ kind: 'api', method: 'POST', segments: ['nodes', 'pve1', 'qemu', '101', 'status', 'shutdown'] }],
  tool: 'pve_power_guest',
  wait: true,
};
export const reading: Proposal = {
  connection: 'c1',
  operations: [{ kind: 'api', method: 'GET', segments: ['cluster', 'resources'], params: { type: 'vm' } }],
  tool: 'pve_list_guests',
  wait: false,
};
export const cluster: ConnectionInfo = { id: 'c1', name: 'Home', level: 'read-execute' };
export const done: PlanResult = { plan: 'p1', outcomes: [{ status: 'done', data: null, ms: 3 }] };

export function performing(proposal: unknown, extra: Readonly<Record<string, unknown>> = {}) {
  return { jsonrpc: '2.0', id: 7, method: 'perform', params: { proposal, client: 'Copilot', progress: 1, ...extra } };
}
