import { randomBytes, randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { PveError } from '../pve/error.ts';
import { after } from './channel.ts';
import { type Endpoint, openEndpoint } from './endpoint.ts';
import type { BridgeHostOptions } from './host.ts';
import { isProof, prove } from './proof.ts';
import { bridgeLimits, type Hello } from './protocol.ts';
import { type Session, serve } from './session.ts';

/** What the extension hands to the server that it starts. The key is void once used, and after 30 seconds. */
export interface LaunchHandle {
  readonly launch: string;
  readonly path: string;
  /** 32 bytes as base64url; never written to a log. */
  readonly key: string;
  /** Voids the launch: nobody connects any more, an open connection is closed and its calls are aborted. */
  revoke(): Promise<void>;
}

/** `expired`: no server proved the key in time. `closed`: the server went away, or the launch was replaced or revoked. */
export type LaunchState = 'waiting' | 'connected' | 'expired' | 'closed';

export interface Launch {
  open(): Promise<LaunchHandle>;
  announce: Session['announce'];
  end(state: 'expired' | 'closed'): Promise<void>;
}

/** One start of the MCP server: a key, a socket of its own, and at most one connection that proves the key. */
export function createLaunch({ gate, clock, connections, onState }: BridgeHostOptions): Launch {
  const launch = randomUUID();
  const key = randomBytes(32);
  const born = { wall: clock.now(), monotonic: clock.monotonic() };
  const strangers = new Set<Session>();
  const expiry = new AbortController();
  let state: LaunchState = 'waiting';
  let proven: Session | undefined;
  let endpoint: Endpoint | undefined;

  async function open(): Promise<LaunchHandle> {
    const handle = { launch, key: key.toString('base64url'), revoke: () => end('closed') };
    const opened = await openEndpoint(welcomeStranger);
    endpoint = opened;
    if (state !== 'waiting') {
      await opened.close();
      throw replaced();
    }
    after(clock, bridgeLimits.keyMs, expiry.signal, () => void end('expired'));
    onState?.(launch, state);
    return { ...handle, path: opened.path };
  }

  function welcomeStranger(socket: Socket): void {
    if (state !== 'waiting') {
      socket.destroy();
      return;
    }
    // The oldest goes, so that silent connections cannot keep the right one out.
    const [oldest] = strangers;
    if (oldest !== undefined && strangers.size >= bridgeLimits.strangers) oldest.end();
    const session = serve(socket, {
      gate,
      clock,
      connections,
      launch,
      admit: (hello, hostNonce) => admit(session, hello, hostNonce),
      onEnd: () => leave(session),
    });
    strangers.add(session);
  }

  /** Only a proven connection uses up the launch; from here on the key is good for nothing. */
  function admit(session: Session, hello: Hello, hostNonce: string): string | undefined {
    if (state !== 'waiting' || isExpired()) return undefined;
    const handshake = { launch, hostNonce, childNonce: hello.nonce };
    if (hello.launch !== launch || !isProof(hello.proof, key, 'child', handshake)) return undefined;
    const proof = prove(key, 'host', handshake);
    strangers.delete(session);
    proven = session;
    settle('connected');
    return proof;
  }

  function leave(session: Session): void {
    strangers.delete(session);
    if (session === proven) void end('closed');
  }

  async function end(last: 'expired' | 'closed'): Promise<void> {
    if (state === 'waiting' || state === 'connected') settle(last);
    proven?.end();
    await endpoint?.close();
  }

  /** Leaves the state `waiting`, in which alone somebody may connect. */
  function settle(next: Exclude<LaunchState, 'waiting'>): void {
    state = next;
    key.fill(0);
    expiry.abort();
    for (const stranger of strangers) stranger.end();
    void endpoint?.close();
    onState?.(launch, next);
  }

  /** By the clock that says so first: one may stop while the machine sleeps, the other may jump. */
  function isExpired(): boolean {
    const age = Math.max(clock.now() - born.wall, clock.monotonic() - born.monotonic);
    return age > bridgeLimits.keyMs;
  }

  return { open, announce: (list) => proven?.announce(list), end };
}

function replaced(): PveError {
  return new PveError({
    code: 'gate_unavailable',
    message: 'This start of the MCP server was replaced by a newer one',
    hint: 'Use the newer one.',
    reason: [],
  });
}
