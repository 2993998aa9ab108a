import type { Duplex } from 'node:stream';
import type { Clock } from '../pve/clock.ts';
import { startDeadline, waitFor } from '../pve/deadline.ts';
import { PveError } from '../pve/error.ts';
import { connect } from './connect.ts';
import { type Connection, createConnection, NotSent } from './connection.ts';
import { readyCredentials } from './credentials.ts';
import { exec } from './exec.ts';
import { describeHost, type HostKeys, type SshHost } from './host-keys.ts';
import { notOpened } from './ssh-error.ts';
import { openTerminal } from './terminal.ts';
import type { NodeShell, SshLogin, SshPool, SshTerminals } from './types.ts';

export interface SshPoolOptions {
  readonly login: SshLogin;
  readonly hostKeys: HostKeys;
  readonly clock: Clock;
  /** Milliseconds until a connection is ready, 15,000 when absent. A person who is asked about a key does not count. */
  readonly readyMs?: number;
  /** Milliseconds after which a connection that gives no sign of life is replaced, 8,000 when absent. */
  readonly silenceMs?: number;
}

/** Keeps one connection to each node, and one to the jump host; a lost one is replaced at its next use. */
export function createSshPool(options: SshPoolOptions): SshPool & SshTerminals {
  const { login, hostKeys, clock, readyMs = 15_000, silenceMs = 8_000 } = options;
  const kept = new Map<string, Promise<Connection>>();
  /** Those of them that stand: nothing has to be waited for. */
  const ready = new Map<string, Connection>();
  const closed = new AbortController();

  /** Those who want the same connection share it, and the way to it. */
  const shared = (key: string, begin: () => Promise<Connection>): Promise<Connection> => {
    const there = kept.get(key);
    if (there !== undefined) return there;
    const made = begin();
    kept.set(key, made);
    const forget = (): void => {
      if (kept.get(key) !== made) return;
      kept.delete(key);
      ready.delete(key);
    };
    made.then((connection) => {
      if (connection.lost.aborted) return forget();
      ready.set(key, connection);
      connection.lost.addEventListener('abort', forget);
    }, forget);
    return made;
  };
  const make = async (host: SshHost, user: string, hop: SshLogin['jump']): Promise<Connection> => {
    closed.signal.throwIfAborted();
    const credentials = await readyCredentials(login.auth, { user, address: host.address, port: host.port });
    const through = hop && (await wayThrough(hop, host));
    const { signal } = closed;
    const connection = createConnection(
      await connect({ host, user, credentials, hostKeys, timeoutMs: readyMs, through, signal }),
      silenceMs,
    );
    if (signal.aborted) connection.close();
    signal.addEventListener('abort', connection.close);
    connection.lost.addEventListener('abort', () => signal.removeEventListener('abort', connection.close));
    return connection;
  };
  const toJump = ({ host, port, user }: NonNullable<SshLogin['jump']>): Promise<Connection> =>
    shared('jump', () => make({ role: 'jump', name: host, address: host, port }, user, undefined));
  /** The jump host is ready when this is; a connection to it that has died since is made anew. */
  const wayThrough = async (hop: NonNullable<SshLogin['jump']>, { address, port }: SshHost) => {
    await toJump(hop);
    return async (): Promise<Duplex> => {
      const jump = await toJump(hop);
      return jump.forward(address, port).catch(async (cause) => {
        if (jump.lost.aborted) return (await toJump(hop)).forward(address, port);
        throw cause;
      });
    };
  };
  const toNode = async (host: SshHost, signal: AbortSignal): Promise<Connection> => {
    const key = JSON.stringify([host.name, host.address]);
    const caller = startDeadline(signal);
    try {
      return await waitFor(
        shared(key, () => make(host, login.user, login.jump)),
        caller.signal,
      );
    } finally {
      caller.clear();
    }
  };

  const shell = (host: SshHost): NodeShell => {
    const place = describeHost(host);
    return {
      user: login.sudo ? 'root' : login.user,
      sudo: login.sudo,
      exec: (command, options) =>
        exec(command, options, { place, connection: () => toNode(host, options.signal), sudo: login.sudo, clock }),
      async sftp(signal) {
        const caller = startDeadline(signal);
        const open = async () => (await toNode(host, signal)).sftp(caller.signal);
        try {
          const channel = await open().catch((cause) => (cause instanceof NotSent ? open() : Promise.reject(cause)));
          if (!caller.signal.aborted) return channel;
          channel.end();
          throw caller.signal.reason;
        } catch (cause) {
          throw notOpened(place, 'files', cause);
        } finally {
          caller.clear();
        }
      },
    };
  };
  return {
    async node({ node, address }, signal) {
      const host: SshHost = { role: 'node', name: node, address, port: login.port };
      await toNode(host, signal);
      return shell(host);
    },
    async terminal({ node, address }, options, signal) {
      const host: SshHost = { role: 'node', name: node, address, port: login.port };
      const caller = startDeadline(signal);
      const made = make(host, login.user, login.jump);
      try {
        const connection = await waitFor(made, caller.signal);
        return await openTerminal(connection, options, { place: describeHost(host), sudo: login.sudo });
      } catch (cause) {
        // Nobody waits for it any more.
        made.then(
          (connection) => connection.close(),
          () => {},
        );
        throw cause;
      } finally {
        caller.clear();
      }
    },
    async close() {
      closed.abort(isClosed());
      await Promise.allSettled(kept.values());
    },
  };
}

function isClosed(): PveError {
  return new PveError({
    code: 'cancelled',
    message: 'The SSH connections were closed',
    hint: 'Connect again.',
    reason: [],
  });
}
