import { learnLogin } from '../../gate/learn-login.ts';
import { PveError, type PveErrorData } from '../../pve/error.ts';
import { sharedReads } from '../../pve/reads.ts';
import type { Send } from '../../pve/request.ts';
import { createTransport, type Endpoint, type PveTransport } from '../../pve/transport.ts';
import { isSame, type SignIn, signIn } from './login.ts';
import { type Login, loginName, type Profile } from './profile.ts';
import type { SessionOptions } from './session.ts';

/** Which endpoint of a connection answers, and what is wrong with others. */
export interface Reach {
  /** URL of the one that answered last. */
  readonly serving?: string;
  readonly faults: readonly { readonly url: string; readonly fault: PveErrorData }[];
}

/** A way to a cluster as it is used now. */
interface Way {
  readonly send: Send;
  readonly webSocket: PveTransport['webSocket'];
  readonly login: Login;
}

export interface Ways {
  /** @throws PveError `denied` when there is no such connection of this revision, `unauthenticated` without its secret */
  to(connection: { readonly id: string; readonly revision?: number; readonly name: string }): Promise<Way>;
  reach(connection: string): Reach | undefined;
  forget(connection: string): void;
  adopt(connection: string, signIn: SignIn): void;
  close(): Promise<void>;
}

type WaysOptions = Omit<SessionOptions, 'approver' | 'audit'>;

/** One way for each connection, replaced when its revision, secret, proxy or (for the demo) address is another one. */
export function createWays({ store, demo, askCode, proxy, clock, redactor }: WaysOptions): Ways {
  const open = new Map<
    string,
    Way & { readonly key: string; readonly signIn: SignIn; readonly transport: PveTransport }
  >();
  const signIns = new Map<string, SignIn>();
  /** All of them: one that was replaced goes on for what it had begun, and has no open sockets soon after. */
  const transports = new Set<PveTransport>();

  const codeFor = (id: string) => async () => {
    const profile = (await store.read()).find((one) => one.id === id);
    return profile === undefined ? undefined : askCode(profile.name);
  };
  const signInOf = (id: string, { login, secret }: Access): SignIn => {
    const known = signIns.get(id);
    if (known !== undefined && isSame(known, login, secret)) return known;
    const next = signIn(login, secret, clock, codeFor(id));
    signIns.set(id, next);
    return next;
  };

  return {
    async to({ id, revision, name }) {
      const profile = (await store.read()).find((one) => one.id === id);
      if (profile === undefined || profile.revision !== revision) throw gone(name);
      const access = await accessOf(profile);
      redactor.add(access.secret);
      const settings = proxy();
      const key = JSON.stringify([profile.revision, access.endpoints, settings]);
      const signedIn = signInOf(id, access);
      const known = open.get(id);
      if (known?.key === key && known.signIn === signedIn) return known;
      const { endpoints, login } = access;
      const transport = createTransport({
        endpoints,
        auth: learnLogin(signedIn.auth, redactor),
        clock,
        proxy: settings,
      });
      transports.add(transport);
      const send = sharedReads(transport.send, { clock });
      const { webSocket } = transport;
      const way = { key, signIn: signedIn, transport, send, webSocket, login };
      open.set(id, way);
      return way;
    },
    reach(id) {
      const transport = open.get(id)?.transport;
      if (transport === undefined) return undefined;
      const serving = transport.serving();
      const faults = transport.endpoints().flatMap(({ url, fault }) => (fault === undefined ? [] : [{ url, fault }]));
      return serving === undefined ? { faults } : { serving, faults };
    },
    forget(id) {
      open.delete(id);
      signIns.delete(id);
    },
    adopt(id, signedIn) {
      redactor.add(signedIn.secret);
      signedIn.codesFrom(codeFor(id));
      signIns.set(id, signedIn);
    },
    async close() {
      await Promise.all([...transports].map((transport) => transport.close()));
    },
  };

  async function accessOf(profile: Profile): Promise<Access> {
    if (profile.kind === 'demo') {
      const { url, fingerprint, tokenId, tokenSecret } = await demo.ready();
      const endpoint: Endpoint = { url, trust: { kind: 'pin', sha256: [fingerprint] } };
      return { endpoints: [endpoint], login: { kind: 'token', tokenId }, secret: tokenSecret };
    }
    const secret = await store.secrets.get(profile.id);
    if (secret === undefined) throw withoutSecret(profile.name, profile.login);
    return { endpoints: profile.endpoints, login: profile.login, secret };
  }
}

interface Access {
  readonly endpoints: readonly Endpoint[];
  readonly login: Login;
  readonly secret: string;
}

function withoutSecret(name: string, login: Login): PveError {
  const what = login.kind === 'token' ? 'token secret' : 'password';
  return new PveError({
    code: 'unauthenticated',
    message: `The ${what} of "${name}" (${loginName(login)}) is not stored on this computer`,
    reason: [],
    hint: `Use "Enter ${login.kind === 'token' ? 'token' : 'password'}…" on the connection.`,
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
