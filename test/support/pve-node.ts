import type { IncomingMessage, ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { tokenAuth } from '../../src/pve/auth.ts';
import { PveError } from '../../src/pve/error.ts';
import type { PveMethod, PveRequest } from '../../src/pve/request.ts';
import {
  createTransport,
  type PveTransport,
  type TransportLimits,
  type TransportOptions,
} from '../../src/pve/transport.ts';
import { type Listener, makeIdentity, serve } from './https-server.ts';

export const secret = '5ec4e700-0000-4000-8000-00000000cafe';
export const version: PveRequest = { method: 'GET', path: ['version'] };
export const writes: readonly PveMethod[] = ['POST', 'PUT', 'DELETE'];

const identity = makeIdentity();
const opened: { close(): Promise<void> }[] = [];

/** Answers one request; `number` counts from 1, `body` is whole. */
export type Handler = (request: IncomingMessage, response: ServerResponse, number: number, body?: string) => void;

/** What a node was asked. */
export interface Seen {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  body: string;
}

/** A node that answers as it is told, and what it was asked. It answers complete requests only. */
export interface FakeNode {
  readonly url: string;
  readonly seen: Seen[];
  readonly server: Listener;
}

export async function startNode(handler: Handler, port = 0): Promise<FakeNode> {
  const seen: Seen[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const one: Seen = { line: `${request.method} ${request.url}`, headers: request.headers, body: '' };
    const number = seen.push(one);
    request.on('data', (chunk) => (one.body += chunk));
    request.on('end', () => handler(request, response, number, one.body));
  };
  const server = closeLater(await serve(identity, answer, port));
  return { url: server.url, seen, server };
}

/** A node with a transport to it. */
export async function node(handler: Handler, limits?: Partial<TransportLimits>): Promise<PveTransport & FakeNode> {
  const it = await startNode(handler);
  return { ...connectTo(it.url, limits), ...it };
}

export function connectTo(url: string, limits: Partial<TransportLimits> = {}): PveTransport {
  return connect([url], { limits });
}

/** A transport that trusts what `startNode` starts; with an API token, unless told otherwise. */
export function connect(urls: readonly string[], options: Partial<TransportOptions> = {}): PveTransport {
  const endpoints = urls.map((url) => ({ url, trust: { kind: 'pin', sha256: [identity.fingerprint] } }) as const);
  return closeLater(createTransport({ endpoints, auth: tokenAuth('root@pam!vscode', secret), ...options }));
}

/** What a node knows of its one user, `alice@pve`, whose password is `secret`. Tests change it as they go. */
export interface Realm {
  /** The forms of all logins, renewals among them. */
  readonly logins: URLSearchParams[];
  /** How many tickets were given out; the first is number 1. */
  issued: number;
  /** No ticket up to this number is good any more. */
  revoked: number;
  /** What the second factor is asked with; its code is 123456. */
  challenge?: string;
}

export const newRealm = (): Realm => ({ logins: [], issued: 0, revoked: 0 });

/** PVE's tickets have characters that a cookie must not have. */
export const ticketOf = (number: number): string => `PVE:alice@pve:${number}::a+/;= b`;

/** Answers logins, and whatever comes with a good ticket as `answer` does; a write wants its CSRF token too. */
export function withLogin(realm: Realm, answer: Handler = ok): Handler {
  const isGood = (ticket: string) => {
    const number = Number(ticket.split(':')[2] ?? 0);
    return ticket === ticketOf(number) && number > realm.revoked && number <= realm.issued;
  };
  const logIn = (form: URLSearchParams, response: ServerResponse) => {
    realm.logins.push(form);
    const password = form.get('password') ?? '';
    const isSecond = form.get('tfa-challenge') === realm.challenge && password === 'totp:123456';
    const isFirst = !form.has('tfa-challenge') && (password === secret || isGood(password));
    if (form.get('username') !== 'alice@pve' || !(isFirst || isSecond))
      return refuse(response, 'authentication failure');
    const needsCode = realm.challenge !== undefined && password === secret;
    realm.issued += needsCode ? 0 : 1;
    const data = needsCode
      ? { NeedTFA: 1, ticket: realm.challenge, CSRFPreventionToken: 'none' }
      : { ticket: ticketOf(realm.issued), CSRFPreventionToken: `csrf-${realm.issued}` };
    response.end(JSON.stringify({ data: { username: 'alice@pve', ...data } }));
  };
  return (request, response, number, body) => {
    const { method, url, headers } = request;
    if (`${method} ${url}` === 'POST /api2/json/access/ticket') return logIn(new URLSearchParams(body), response);
    const ticket = decodeURIComponent(/^PVEAuthCookie=([^;]*)$/.exec(headers.cookie ?? '')?.[1] ?? '');
    if (ticket === '') return refuse(response, 'No ticket');
    if (!isGood(ticket)) return refuse(response, 'permission denied - invalid PVE ticket');
    if (method !== 'GET' && headers.csrfpreventiontoken !== `csrf-${ticket.split(':')[2]}`)
      return refuse(response, 'Permission denied - invalid csrf token');
    return answer(request, response, number, body);
  };
}

/** A 401 as PVE gives it, without a body. */
export function refuse(response: ServerResponse, reason: string): void {
  response.writeHead(401, reason).end();
}

export const ok: Handler = (_request, response) => response.end('{"data":"fine"}');

export function write(method: PveMethod): PveRequest {
  return { method, path: ['nodes', 'pve1', 'qemu', '101', 'status', 'start'] };
}

/** The error of a call. @throws Error when it succeeds, or when the token's secret is anywhere in the error */
export async function failure(promise: Promise<unknown>): Promise<PveError> {
  const error = await promise.then(
    (reply) => new Error(`it succeeded: ${inspect(reply)}`),
    (cause: unknown) => cause,
  );
  if (!(error instanceof PveError)) throw error;
  if (inspect(error, { depth: 10 }).includes(secret)) throw new Error('the error holds the secret');
  return error;
}

export function closeLater<T extends { close(): Promise<void> }>(it: T): T {
  opened.push(it);
  return it;
}

/** For `afterEach`: closes what the test opened, the last first. */
export async function closeAll(): Promise<void> {
  for (const it of opened.splice(0).reverse()) await it.close();
}
