import { Pool, type WebSocket } from 'undici';
import { toReply } from './answer.ts';
import type { Auth } from './auth.ts';
import type { Clock } from './clock.ts';
import { startDeadline } from './deadline.ts';
import { PveError } from './error.ts';
import { type Exchange, exchange, type Message } from './exchange.ts';
import { multipart } from './multipart.ts';
import { isConnectionLoss } from './network-error.ts';
import type { ProxySettings } from './proxy.ts';
import { encodeForm, type PveReply, type PveRequest, requestTarget, wireParams } from './request.ts';
import { type Trust, trustingConnector } from './trust.ts';
import { openWebSocket } from './web-socket.ts';

/** One node of a cluster, as reached from here. */
export interface Endpoint {
  /** `https://host:port` (see `parseAddress`). */
  readonly url: string;
  readonly trust: Trust;
}

export interface TransportLimits {
  /** Milliseconds until a connection stands, TLS included. */
  readonly connectMs: number;
  /** Milliseconds until the head of the answer arrives. */
  readonly headersMs: number;
  /** Milliseconds without a byte of the answer's body. */
  readonly bodyMs: number;
  /** The largest answer, in bytes, packed or not. */
  readonly maxBytes: number;
}

/** What is sent to whichever endpoint serves. */
export interface Outgoing {
  readonly request: PveRequest;
  readonly headers: Readonly<Record<string, string>>;
  /** May be sent a second time when the connection is lost before an answer. */
  readonly repeatable: boolean;
  readonly signal: AbortSignal;
  /** The largest answer, bytes; as the limits say when absent. */
  readonly maxBytes?: number | undefined;
}

/** The way to one endpoint. */
export interface Way {
  readonly url: string;
  /** @throws PveError */
  send(outgoing: Outgoing): Promise<PveReply>;
  /** Opens a websocket, on a connection of its own. @throws PveError */
  webSocket(outgoing: Omit<Outgoing, 'repeatable'>): Promise<WebSocket>;
  /** Ends at once; what is under way fails with `cancelled`. */
  close(): Promise<void>;
}

export interface WayOptions {
  readonly auth: Pick<Auth, 'tokenId' | 'user'>;
  readonly clock: Clock;
  readonly limits: TransportLimits;
  readonly proxy: string | ProxySettings | undefined;
}

const maxConnections = 6;
/** PVE closes an idle connection after 5 s; a request on a connection that is just being closed would be lost. */
const keepAliveMs = 4_000;
/** Before a read is repeated: time to notice that other idle connections are closed too. */
const retryPauseMs = 100;

/** @throws PveError `invalid_argument` for a trust that cannot be used */
export function createWay({ url, trust }: Endpoint, { auth, clock, limits, proxy }: WayOptions): Way {
  const closing = new AbortController();
  const { connectMs, headersMs, bodyMs } = limits;
  const connect = trustingConnector(url, trust, { connectMs, proxy, signal: closing.signal });
  /** What stays open for long takes no place from requests. */
  const sockets = new Pool(url, { connect });
  const pool = new Pool(url, {
    connect,
    connections: maxConnections,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    headersTimeout: headersMs,
    bodyTimeout: bodyMs,
  });
  const wholeMs = connectMs + headersMs + bodyMs;

  return {
    url,
    async send({ request, headers, repeatable, signal, maxBytes = limits.maxBytes }) {
      const message = toMessage(request, headers);
      // A file takes as long as it takes: `headersMs` is then the longest time without a byte on its way.
      const limit = request.file === undefined ? { ms: wholeMs, late: () => tooSlow(url, wholeMs) } : undefined;
      const deadline = startDeadline(signal, limit);
      try {
        let result = await exchange(pool, message, maxBytes, deadline.signal);
        if (repeatable && wasLost(result)) {
          await clock.sleep(retryPauseMs);
          result = await exchange(pool, message, maxBytes, deadline.signal);
        }
        return await toReply(result, { request, url, auth, maxBytes });
      } finally {
        deadline.clear();
      }
    },
    webSocket({ request, headers, signal }) {
      const { target } = toMessage(request, {});
      return openWebSocket(url, target, { dispatcher: sockets, headers, signal });
    },
    async close() {
      closing.abort();
      await Promise.all([pool.destroy(), sockets.destroy()]);
    },
  };
}

/** @param ms milliseconds that have passed */
export function tooSlow(url: string, ms: number): PveError {
  const hint = 'The node may be overloaded or waiting for a dead storage. Try again, or look at the node itself.';
  return new PveError({
    code: 'timeout',
    message: `${new URL(url).host} gave no complete answer within ${ms / 1000} s`,
    hint,
    reason: [],
  });
}

/** POST and PUT carry a form; PVE refuses a body on DELETE. */
function toMessage(request: PveRequest, credentials: Readonly<Record<string, string>>): Message {
  const path = requestTarget(request);
  const wire = wireParams(request.params);
  const headers = { accept: 'application/json', 'accept-encoding': 'gzip', ...credentials };
  const { method, file } = request;
  if (file !== undefined) {
    const { contentType, length, body } = multipart(wire, file);
    const own = { 'content-type': contentType, 'content-length': String(length) };
    return { method, target: path, headers: { ...headers, ...own }, body };
  }
  const form = encodeForm(wire);
  if (form === '') return { method, target: path, headers };
  if (method === 'GET' || method === 'DELETE') return { method, target: `${path}?${form}`, headers };
  return {
    method,
    target: path,
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: form,
  };
}

function wasLost(result: Exchange): boolean {
  return result.kind === 'broken' && result.sent && !result.answered && isConnectionLoss(result.cause);
}
