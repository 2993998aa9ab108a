import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Pool } from 'undici';
import type { Auth } from './auth.ts';
import { classify } from './classify.ts';
import { type Clock, systemClock } from './clock.ts';
import { PveError } from './error.ts';
import { type Exchange, exchange, type Message, tooLarge } from './exchange.ts';
import { isConnectionLoss, networkError } from './network-error.ts';
import {
  describeRequest,
  encodeForm,
  type PveReply,
  type PveRequest,
  requestPath,
  type Send,
  wireParams,
} from './request.ts';
import { type Trust, trustingConnector } from './trust.ts';

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

export interface TransportOptions {
  /** Nodes of one cluster; the first is used. */
  readonly endpoints: readonly Endpoint[];
  readonly auth: Auth;
  readonly clock?: Clock;
  readonly limits?: Partial<TransportLimits>;
}

export interface PveTransport {
  readonly send: Send;
  /** Ends at once; what is under way fails with `cancelled`. */
  close(): Promise<void>;
}

const defaultLimits: TransportLimits = {
  connectMs: 10_000,
  headersMs: 60_000,
  bodyMs: 30_000,
  maxBytes: 16 * 1024 * 1024,
};
const maxConnections = 6;
/** PVE closes an idle connection after 5 s; a request on a connection that is just being closed would be lost. */
const keepAliveMs = 4_000;
/** Before a read is repeated: time to notice that other idle connections are closed too. */
const retryPauseMs = 100;

/**
 * The way to a cluster's API (PVE manual, "Proxmox VE API"). A read is repeated once when the connection is lost before an
 * answer; a write never is.
 * @throws PveError `invalid_argument` when there is no endpoint
 */
export function createTransport({
  endpoints,
  auth,
  clock = systemClock,
  limits: given,
}: TransportOptions): PveTransport {
  const [endpoint] = endpoints;
  if (endpoint === undefined) throw withoutEndpoint();
  const limits = { ...defaultLimits, ...given };
  const pool = new Pool(endpoint.url, {
    connect: trustingConnector(endpoint.trust, limits.connectMs),
    connections: maxConnections,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.bodyMs,
  });

  const send: Send = async (request, options = {}) => {
    const message = toMessage(request, auth);
    const wholeMs = options.timeoutMs ?? limits.connectMs + limits.headersMs + limits.bodyMs;
    const deadline = startDeadline(wholeMs, new URL(endpoint.url).host, options.signal);
    try {
      let result = await exchange(pool, message, limits.maxBytes, deadline.signal);
      if (request.method === 'GET' && wasLost(result)) {
        await clock.sleep(retryPauseMs);
        result = await exchange(pool, message, limits.maxBytes, deadline.signal);
      }
      return await toReply(result, { request, url: endpoint.url, tokenId: auth.tokenId, maxBytes: limits.maxBytes });
    } finally {
      deadline.clear();
    }
  };
  return { send, close: () => pool.destroy() };
}

/** POST and PUT carry a form; PVE refuses a body on DELETE. */
function toMessage(request: PveRequest, auth: Auth): Message {
  const path = requestPath(request.path);
  const form = encodeForm(wireParams(request.params));
  const headers = { accept: 'application/json', 'accept-encoding': 'gzip', ...auth.headers() };
  const { method } = request;
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

interface ReplyContext {
  readonly request: PveRequest;
  readonly url: string;
  readonly tokenId: string | undefined;
  readonly maxBytes: number;
}

async function toReply(result: Exchange, context: ReplyContext): Promise<PveReply> {
  const { request, url, tokenId } = context;
  if (result.kind === 'broken') throw networkError(result.cause, { url, request, sent: result.sent });
  const body = await unpack(result, context);
  const { status, statusText } = result;
  if (status < 200 || status > 299)
    throw classify({ status, statusText, body, request, ...(tokenId === undefined ? {} : { tokenId }) });
  const envelope = parseEnvelope(body);
  if (envelope === undefined) throw networkError(notProxmox(status, request, url), { url, request, sent: true });
  const total = Number(envelope.total ?? Number.NaN);
  return Number.isFinite(total) ? { data: envelope.data, total } : { data: envelope.data };
}

/** Some answers come packed whatever was asked for (the journal); unpacking obeys the size limit too. */
async function unpack(
  { encoding, body }: Extract<Exchange, { kind: 'answer' }>,
  context: ReplyContext,
): Promise<string> {
  if (encoding.toLowerCase() !== 'gzip') return body.toString('utf8');
  try {
    return (await promisify(gunzip)(body, { maxOutputLength: context.maxBytes })).toString('utf8');
  } catch (cause) {
    const isSize = cause instanceof RangeError;
    const problem = isSize ? tooLarge(context.maxBytes) : notProxmox(200, context.request, context.url);
    throw networkError(problem, { url: context.url, request: context.request, sent: true });
  }
}

function parseEnvelope(body: string): { readonly data: unknown; readonly total?: unknown } | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && 'data' in parsed ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Ends a request after `ms` milliseconds, or when its caller gives up. */
function startDeadline(
  ms: number,
  host: string,
  outer: AbortSignal | undefined,
): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(tooSlow(host, ms)), ms);
  const onOuter = () => controller.abort(cancelled());
  if (outer?.aborted) onOuter();
  outer?.addEventListener('abort', onOuter, { once: true });
  const clear = () => {
    clearTimeout(timer);
    outer?.removeEventListener('abort', onOuter);
  };
  return { signal: controller.signal, clear };
}

function withoutEndpoint(): PveError {
  return new PveError({
    code: 'invalid_argument',
    message: 'The connection has no address',
    hint: 'Add the address of a node.',
    reason: [],
  });
}

function tooSlow(host: string, ms: number): PveError {
  const hint = 'The node may be overloaded or waiting for a dead storage. Try again, or look at the node itself.';
  return new PveError({
    code: 'timeout',
    message: `${host} gave no complete answer within ${ms / 1000} s`,
    hint,
    reason: [],
  });
}

function cancelled(): PveError {
  return new PveError({
    code: 'cancelled',
    message: 'The request was cancelled',
    hint: 'Ask again when it is wanted.',
    reason: [],
  });
}

function notProxmox(status: number, request: PveRequest, url: string): PveError {
  return new PveError({
    code: 'not_proxmox',
    message: `What answered ${describeRequest(request)} (status ${status}) at ${new URL(url).host} is not the API of Proxmox VE`,
    hint: 'Check address and port; the API of Proxmox VE listens on port 8006.',
    reason: [],
  });
}
