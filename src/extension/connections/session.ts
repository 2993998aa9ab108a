import type { Audit } from '../../gate/audit.ts';
import { createGate, type GateKeeper } from '../../gate/gate.ts';
import { readThrough } from '../../gate/read-through.ts';
import type { Redactor } from '../../gate/redact.ts';
import type { Approver } from '../../gate/types.ts';
import { createPveClient, type PveClient } from '../../pve/client.ts';
import type { Clock } from '../../pve/clock.ts';
import type { ProxySettings } from '../../pve/proxy.ts';
import { type CheckedConnection, checkClient } from './check.ts';
import type { DemoCluster } from './demo-cluster.ts';
import type { SignIn } from './login.ts';
import type { ConnectionStore } from './store.ts';
import { createWays, type Reach } from './ways.ts';

/** This window's gate, with the credentials behind it. */
export interface Session {
  readonly gate: GateKeeper;
  readonly redactor: Redactor;
  /** Typed reads of a connection for views, through the gate. */
  client(connection: string): PveClient;
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
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly audit: Audit;
}

/** Connects to nothing yet: the first request of a connection opens its way. */
export function createSession(options: SessionOptions): Session {
  const { store, approver, clock, redactor, audit } = options;
  const ways = createWays(options);

  const gate = createGate({
    standing: store.standing,
    connect: async ({ id, revision, name }) => (await ways.to({ id, revision, name })).send,
    approver,
    audit,
    redactor,
    clock,
  });
  return {
    gate,
    redactor,
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
    dispose: ways.close,
  };
}
