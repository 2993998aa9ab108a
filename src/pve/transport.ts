import type { WebSocket } from 'undici';
import type { Auth } from './auth.ts';
import { type Clock, systemClock } from './clock.ts';
import { startDeadline, waitFor } from './deadline.ts';
import { createWay, type Endpoint, type TransportLimits, tooSlow } from './endpoint.ts';
import { PveError } from './error.ts';
import { createFailover, type EndpointState } from './failover.ts';
import { createManners } from './manners.ts';
import { networkError } from './network-error.ts';
import type { ProxySettings } from './proxy.ts';
import {
  checkSegments,
  isSchemaRequest,
  isWrite,
  type PveReply,
  type PveRequest,
  type Send,
  wireParams,
} from './request.ts';
import type { SendLogin } from './ticket.ts';

export type { Endpoint, TransportLimits } from './endpoint.ts';
export type { EndpointState } from './failover.ts';

export interface TransportOptions {
  /** Nodes of one cluster; the first that answers serves, until it no longer does. */
  readonly endpoints: readonly Endpoint[];
  readonly auth: Auth;
  readonly clock?: Clock;
  readonly limits?: Partial<TransportLimits>;
  /** One proxy for all endpoints, or settings to choose by; a direct way when absent. */
  readonly proxy?: string | ProxySettings | undefined;
}

export interface PveTransport {
  readonly send: Send;
  /** Opens a websocket on the endpoint that answered last. @throws PveError */
  webSocket(request: PveRequest, signal: AbortSignal): Promise<WebSocket>;
  /** The URL of the endpoint that answered last. */
  serving(): string | undefined;
  /** Each endpoint, with the reason why it is passed over; a changed certificate among them should be told to a person. */
  endpoints(): readonly EndpointState[];
  /** Called when another endpoint serves, or one becomes faulty or well; it must not throw. @returns how to stop it */
  onServing(listener: (url: string | undefined) => void): () => void;
  /** Ends at once; what is under way fails with `cancelled`. */
  close(): Promise<void>;
}

const defaultLimits: TransportLimits = {
  connectMs: 10_000,
  headersMs: 60_000,
  bodyMs: 30_000,
  maxBytes: 16 * 1024 * 1024,
};

/**
 * The way to a cluster's API (PVE manual, "Proxmox VE API"). A read is repeated when the connection is lost before an
 * answer, and goes to the next endpoint when one is out of order. A write goes to another endpoint only if no byte of it
 * was sent, and is repeated only when PVE refused its ticket, which it does before anything else.
 * @throws PveError `invalid_argument` when there is no endpoint, or one that cannot be used
 */
export function createTransport(options: TransportOptions): PveTransport {
  const { endpoints, auth, clock = systemClock, limits, proxy } = options;
  const [first] = endpoints;
  if (first === undefined) throw withoutEndpoint();
  const ways = endpoints.map((endpoint) =>
    createWay(endpoint, { auth, clock, limits: { ...defaultLimits, ...limits }, proxy }),
  );
  const failover = createFailover(ways, clock);
  const manners = createManners();

  const pass = (request: PveRequest, signal: AbortSignal, maxBytes?: number): Promise<PveReply> =>
    failover.send({
      request,
      headers: auth.headers(request.method),
      repeatable: !isWrite(request),
      signal,
      maxBytes,
    });
  /** Nobody has to be logged in, so nothing is shown either. */
  const passOpen = (request: PveRequest, signal: AbortSignal): Promise<PveReply> =>
    failover.send({ request, headers: {}, repeatable: true, signal });

  const logIn: SendLogin = (params, once) => {
    const request = { method: 'POST', path: ['access', 'ticket'], params } as const;
    return failover.send({ request, headers: {}, repeatable: !once, signal: new AbortController().signal });
  };

  const passWithTicket = async (
    request: PveRequest,
    signal: AbortSignal,
    login: NonNullable<Auth['login']>,
    maxBytes?: number,
  ) => {
    await waitFor(login.ready(logIn), signal);
    const used = auth.headers(request.method);
    try {
      return await pass(request, signal, maxBytes);
    } catch (error) {
      if (!isTicketRefused(error, request)) throw error;
      login.refused(used);
      await waitFor(login.ready(logIn), signal);
      return pass(request, signal, maxBytes);
    }
  };

  const send: Send = async (request, { signal, timeoutMs, maxBytes } = {}) => {
    checkSegments(request.path);
    wireParams(request.params);
    const url = failover.serving() ?? first.url;
    const limit = timeoutMs === undefined ? undefined : { ms: timeoutMs, late: () => tooSlow(url, timeoutMs) };
    const deadline = startDeadline(signal, limit);
    try {
      if (isSchemaRequest(request)) return await passOpen(request, deadline.signal);
      return await manners.run(request, deadline.signal, () =>
        auth.login === undefined
          ? pass(request, deadline.signal, maxBytes)
          : passWithTicket(request, deadline.signal, auth.login, maxBytes),
      );
    } catch (error) {
      // Ended while it waited for a login or its turn: nothing of it was sent.
      throw error === deadline.signal.reason ? networkError(error, { url, request, sent: false }) : error;
    } finally {
      deadline.clear();
    }
  };

  return {
    send,
    async webSocket(request, signal) {
      const way = ways.find(({ url }) => url === failover.serving()) ?? ways[0];
      if (way === undefined) throw withoutEndpoint();
      await auth.login?.ready(logIn);
      return way.webSocket({ request, headers: auth.headers(), signal });
    },
    serving: failover.serving,
    endpoints: failover.states,
    onServing: (listener) => failover.onServing(() => listener(failover.serving())),
    close: async () => {
      await Promise.all(ways.map((way) => way.close()));
    },
  };
}

/**
 * A 401 of PVE itself, given before anything is run. A write is sent again only when the words are PVE's: what stands in
 * between might refuse with a bare "Unauthorized" after it has passed something on.
 */
function isTicketRefused(error: unknown, request: PveRequest): boolean {
  if (!(error instanceof PveError) || error.code !== 'unauthenticated' || error.data.status !== 401) return false;
  return (
    !isWrite(request) ||
    /no ticket|authentication fail|invalid (pve )?ticket|invalid csrf token/i.test(error.data.reason.join())
  );
}

function withoutEndpoint(): PveError {
  return new PveError({
    code: 'invalid_argument',
    message: 'The connection has no address',
    hint: 'Add the address of a node.',
    reason: [],
  });
}
