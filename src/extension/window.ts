import { join } from 'node:path';
import { createBridgeHost } from '../bridge/host.ts';
import { type Audit, openAudit } from '../gate/audit.ts';
import { type Closed, closeUnfinished } from '../gate/close-unfinished.ts';
import { createRedactor } from '../gate/redact.ts';
import type { Approver, ConnectionInfo, Gate } from '../gate/types.ts';
import { openUndoStore, type UndoStore } from '../gate/undo-store.ts';
import { systemClock } from '../pve/clock.ts';
import type { ProxySettings } from '../pve/proxy.ts';
import { createDemoCluster } from './connections/demo-cluster.ts';
import type { Secrets } from './connections/secrets.ts';
import { createSession, type Session } from './connections/session.ts';
import { type ConnectionStore, openConnectionStore } from './connections/store.ts';
import { wayOfStep } from './connections/way-of-step.ts';
import { type Log, redactedLog } from './log.ts';
import { definitionVersion, launchEnvironment, type OfferSettings } from './mcp/definition.ts';

export interface WindowOptions {
  readonly storageDir: string;
  readonly secrets: Secrets;
  readonly approver: Approver;
  /** Asks for the code of the second factor, for a login to the connection of this name. */
  readonly askCode: (connectionName: string) => Promise<string | undefined>;
  /** The editor's own setting, as it is now. */
  readonly proxy: () => ProxySettings;
  /** The folders of this window that the person trusts, as they are now. */
  readonly folders: () => readonly string[];
  /** What the person has set of the tools, as it is now. */
  readonly offer: () => OfferSettings;
  readonly log: Log;
  /** `dist/demo.js` */
  readonly demoScript: string;
  /** This or another window has changed the connections. */
  readonly onConnections: () => void;
  /** The tools have changed, and no call of an agent is under way. */
  readonly onTools: () => void;
}

/** Everything behind this window that is too heavy for its start: connections, gate, demo cluster, bridge. */
export interface Window {
  readonly store: ConnectionStore;
  readonly session: Session;
  readonly audit: Pick<Audit, 'console'>;
  /** What was before changes of guests' configs. */
  readonly undo: UndoStore;
  readonly proxy: () => ProxySettings;
  /** Takes secrets out of what it is given. */
  readonly log: Log;
  /** What shapes the MCP server's tools now. */
  readonly tools: () => Promise<{ readonly version: string; readonly connections: number }>;
  /** The person has changed what is offered. */
  readonly offerChanged: () => void;
  /** A new way in for a server that is about to start; the one before it is void. */
  readonly launch: () => Promise<Record<string, string | null>>;
  /** Gives an end to the steps that editors which are gone have left open. */
  readonly closeUnfinished: () => Promise<readonly Closed[]>;
  dispose(): Promise<void>;
}

/** Opens audit, store, gate and bridge; no cluster is asked. @throws Error when the storage folder or the socket cannot be made */
export async function openWindow(options: WindowOptions): Promise<Window> {
  const { storageDir, secrets, demoScript, proxy, offer } = options;
  const clock = systemClock;
  const redactor = createRedactor();
  const log = redactedLog(options.log, redactor);
  const auditDir = join(storageDir, 'audit');
  const audit = openAudit({ dir: auditDir, clock, redactor });
  const undo = openUndoStore({ dir: join(storageDir, 'undo'), clock });
  const store = openConnectionStore({
    dir: storageDir,
    secrets,
    onFault: log.error,
    record: audit.change,
    onRemoved: undo.forget,
  });
  const demo = createDemoCluster(demoScript);
  const session = createSession({ ...options, store, demo, clock, redactor, audit, undo });
  const infos = async (): Promise<readonly ConnectionInfo[]> =>
    (await store.read()).map(({ id, name, level, commands }) => ({
      ...{ id, name, level },
      ...(commands?.host ? { host: true } : {}),
    }));
  const calls = countCalls(session.gate);
  const host = await createBridgeHost({ gate: calls.gate, clock, connections: infos });

  const version = async () => definitionVersion(__VERSION__, await infos(), offer());
  let announced = await version().catch(() => '');
  store.onChange(() => {
    options.onConnections();
    void session.gate.recheck();
    void announce().catch(() => {});
  });
  const announce = async () => {
    const now = await version();
    if (now === announced) return;
    announced = now;
    // A server that runs learns it at once; VS Code is told between calls, for it ends the server then.
    await host.notifyConnections();
    calls.whenIdle(options.onTools);
  };

  return {
    store,
    session,
    audit,
    undo,
    proxy,
    log,
    offerChanged: () => void announce().catch(() => {}),
    tools: async () => ({ version: await version(), connections: (await infos()).length }),
    launch: async () => launchEnvironment(await host.open(), offer(), Object.keys(process.env)),
    closeUnfinished: () =>
      closeUnfinished({
        dir: auditDir,
        audit,
        clock,
        reach: wayOfStep(store, session),
        onProblem: (file, what) => log.error(`Audit file ${file}: ${what}`),
      }),
    async dispose() {
      store.dispose();
      await host.close();
      demo.stop();
      await session.dispose();
      await audit.close();
    },
  };
}

/** The same gate, and what to do when none of its calls is under way. */
function countCalls(gate: Gate): { readonly gate: Gate; whenIdle(then: () => void): void } {
  let running = 0;
  let waiting: (() => void) | undefined;
  return {
    gate: {
      async perform(proposal, origin, options) {
        running += 1;
        try {
          return await gate.perform(proposal, origin, options);
        } finally {
          running -= 1;
          const then = running === 0 ? waiting : undefined;
          if (then !== undefined) waiting = undefined;
          then?.();
        }
      },
    },
    whenIdle(then) {
      if (running === 0) then();
      else waiting = then;
    },
  };
}
