import { join } from 'node:path';
import { openAudit } from '../../gate/audit.ts';
import { createGate } from '../../gate/gate.ts';
import { readThrough } from '../../gate/read-through.ts';
import { createRedactor, type Redactor } from '../../gate/redact.ts';
import type { Approver, Gate, GateProfile } from '../../gate/types.ts';
import { tokenAuth } from '../../pve/auth.ts';
import { createPveClient, type PveClient } from '../../pve/client.ts';
import type { Clock } from '../../pve/clock.ts';
import { PveError } from '../../pve/error.ts';
import type { Send } from '../../pve/request.ts';
import { createTransport, type PveTransport, type TransportOptions } from '../../pve/transport.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { gateProfile, type Profile } from './profile.ts';
import type { ConnectionStore } from './store.ts';

/** This window's gate, with the credentials behind it. */
export interface Session {
  readonly gate: Gate;
  readonly redactor: Redactor;
  readonly auditDir: string;
  /** Typed reads of a connection for views, through the gate. */
  client(connection: string): PveClient;
  dispose(): Promise<void>;
}

export interface SessionOptions {
  readonly store: ConnectionStore;
  readonly demo: DemoCluster;
  readonly approver: Approver;
  readonly clock: Clock;
  /** The extension's global storage folder. */
  readonly storageDir: string;
}

export function createSession({ store, demo, approver, clock, storageDir }: SessionOptions): Session {
  const redactor = createRedactor();
  const auditDir = join(storageDir, 'audit');
  const audit = openAudit({ dir: auditDir, clock, redactor });
  /** One transport for each connection, replaced when its key (revision, address of the demo) is another one. */
  const open = new Map<string, { readonly key: string; readonly transport: PveTransport }>();

  const connect = async (profile: GateProfile): Promise<Send> => {
    const stored = (await store.read()).find(({ id, revision }) => id === profile.id && revision === profile.revision);
    if (stored === undefined) throw gone(profile.name);
    const { secret, tokenId, endpoints } = await access(stored, store, demo);
    redactor.add(secret);
    const key = `${stored.revision} ${endpoints.map(({ url }) => url).join(' ')} ${secret}`;
    const known = open.get(profile.id);
    if (known?.key === key) return known.transport.send;
    await known?.transport.close();
    const transport = createTransport({ endpoints, auth: tokenAuth(tokenId, secret), clock });
    open.set(profile.id, { key, transport });
    return transport.send;
  };

  const gate = createGate({
    profiles: async () => (await store.read()).map(gateProfile),
    connect,
    approver,
    audit,
    redactor,
    clock,
  });
  return {
    gate,
    redactor,
    auditDir,
    client: (connection) =>
      createPveClient(
        readThrough((proposal, options) => gate.perform(proposal, { who: 'person', by: 'click' }, options), {
          connection,
          tool: 'explorer',
        }),
      ),
    async dispose() {
      await Promise.all([...open.values()].map(({ transport }) => transport.close()));
      await audit.close();
    },
  };
}

interface Access {
  readonly endpoints: TransportOptions['endpoints'];
  readonly tokenId: string;
  readonly secret: string;
}

async function access(profile: Profile, store: ConnectionStore, demo: DemoCluster): Promise<Access> {
  if (profile.kind === 'demo') {
    const { url, fingerprint, tokenId, tokenSecret } = await demo.ready();
    return { endpoints: [{ url, trust: { kind: 'pin', sha256: [fingerprint] } }], tokenId, secret: tokenSecret };
  }
  const secret = await store.secret(profile.id);
  if (secret !== undefined) return { endpoints: profile.endpoints, tokenId: profile.tokenId, secret };
  throw new PveError({
    code: 'unauthenticated',
    message: `The token secret of "${profile.name}" is not stored on this computer`,
    reason: [],
    hint: 'Use "Enter token…" on the connection.',
  });
}

function gone(name: string): PveError {
  return new PveError({
    code: 'denied',
    message: `The connection "${name}" was edited or removed meanwhile`,
    reason: [],
    hint: 'Try again with the connection as it is now.',
  });
}
