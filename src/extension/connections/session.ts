import { homedir } from 'node:os';
import type { Audit } from '../../gate/audit.ts';
import { createGate, type GateKeeper } from '../../gate/gate.ts';
import { createLocalFiles } from '../../gate/local-files.ts';
import { readThrough } from '../../gate/read-through.ts';
import type { Redactor } from '../../gate/redact.ts';
import type { Approver } from '../../gate/types.ts';
import type { UndoStore } from '../../gate/undo-store.ts';
import { createPveClient, type PveClient } from '../../pve/client.ts';
import type { Clock } from '../../pve/clock.ts';
import { type ConsolePlace, openConsole } from '../../pve/console.ts';
import type { ProxySettings } from '../../pve/proxy.ts';
import { openSshPool } from '../../ssh/lazy-pool.ts';
import { nodeAddresses } from '../../ssh/places.ts';
import type { ConsoleEvents, ConsoleStream, Size } from '../terminals/console.ts';
import { type CheckedConnection, checkClient } from './check.ts';
import type { DemoCluster } from './demo-cluster.ts';
import type { SignIn } from './login.ts';
import { type ConnectionOf, createShells, type Shells } from './shells.ts';
import type { ConnectionStore } from './store.ts';
import { createWays, type Reach } from './ways.ts';

/** This window's gate, with the credentials behind it. */
export interface Session {
  readonly gate: GateKeeper;
  readonly redactor: Redactor;
  /** Typed reads of a connection for views, through the gate. */
  client(connection: string): PveClient;
  /** The nodes of connections by SSH. */
  readonly shells: Shells;
  /** Opens a text console through the API. @throws PveError */
  openConsole(
    connection: ConnectionOf,
    place: ConsolePlace,
    size: Size,
    events: ConsoleEvents,
    signal: AbortSignal,
  ): Promise<ConsoleStream>;
  /** The text of the user's `known_hosts`. */
  readonly knownHosts: () => Promise<string>;
  /** Which of its nodes answers; nothing before the first request. */
  reach(connection: string): Reach | undefined;
  /** Tries a connection anew, past every cache. @throws PveError */
  check(connection: string, signal: AbortSignal): Promise<CheckedConnection & Reach>;
  /** Forgets login and ways of a connection; its next request begins anew. What is under way goes on to its end. */
  reconnect(connection: string): void;
  /** Goes on with a login that was just tried, so that it need not be done again. */
  adopt(connection: string, signIn: SignIn): void;
  dispose(): Promise<void>;
}

export interface SessionOptions {
  readonly store: ConnectionStore;
  readonly demo: DemoCluster;
  readonly approver: Approver;
  /** Asks for the code of the second factor, for a login to the connection of this name. */
  readonly askCode: (connectionName: string) => Promise<string | undefined>;
  /** The editor's own setting, as it is now. */
  readonly proxy: () => ProxySettings;
  /** The folders that files may go to and come from, as they are now (gate.md G12). */
  readonly folders: () => readonly string[];
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly audit: Audit;
  readonly undo: UndoStore;
}

/** Connects to nothing yet: the first request of a connection opens its way. */
export function createSession(options: SessionOptions): Session {
  const { store, approver, clock, redactor, audit, undo } = options;
  const ways = createWays(options);
  const knownHosts = async () => (await import('../../ssh/known-hosts.ts')).readKnownHosts(homedir());
  const shells = createShells({
    ...{ store, redactor, clock, knownHosts },
    env: process.env,
    async addresses({ id, name, revision }, signal) {
      const { send } = await ways.to({ id, name, revision });
      return nodeAddresses(createPveClient(send), signal);
    },
    openPool: (login, hostKeys) => openSshPool(login, hostKeys, clock),
  });

  const gate = createGate({
    standing: store.standing,
    connect: async ({ id, revision, name }) => (await ways.to({ id, revision, name })).send,
    shell: shells.node,
    files: createLocalFiles({ folders: options.folders, hint: 'Open a folder in this window, and trust it.' }),
    approver,
    audit,
    undo,
    redactor,
    clock,
  });
  return {
    gate,
    redactor,
    shells,
    knownHosts,
    async openConsole(connection, place, ...rest) {
      const { send, webSocket } = await ways.to(connection);
      return openConsole({ send, webSocket, clock }, place, ...rest);
    },
    client: (connection) =>
      createPveClient(
        readThrough((proposal, performing) => gate.perform(proposal, { who: 'person', by: 'click' }, performing), {
          connection,
          tool: 'explorer',
        }),
      ),
    reach: ways.reach,
    async check(connection, signal) {
      const profile = (await store.read()).find(({ id }) => id === connection);
      const { send, login } = await ways.to({ id: connection, name: '', ...profile });
      const checked = await checkClient(createPveClient(send), login, { signal, fresh: true });
      return { ...checked, faults: [], ...ways.reach(connection) };
    },
    reconnect: ways.forget,
    adopt: ways.adopt,
    async dispose() {
      await shells.close();
      await ways.close();
    },
  };
}
