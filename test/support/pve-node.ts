import type { IncomingMessage, ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { tokenAuth } from '../../src/pve/auth.ts';
import { PveError } from '../../src/pve/error.ts';
import type { PveMethod, PveRequest } from '../../src/pve/request.ts';
import { createTransport, type PveTransport, type TransportLimits } from '../../src/pve/transport.ts';
import { type Listener, makeIdentity, serve } from './https-server.ts';

export const secret = '5ec4e700-0000-4000-8000-00000000cafe';
export const version: PveRequest = { method: 'GET', path: ['version'] };
export const writes: readonly PveMethod[] = ['POST', 'PUT', 'DELETE'];

const identity = makeIdentity();
const opened: { close(): Promise<void> }[] = [];

/** Answers one request; `number` counts from 1. */
export type Handler = (request: IncomingMessage, response: ServerResponse, number: number) => void;

/** What a node was asked. */
export interface Seen {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  body: string;
}

/** A transport to a node that answers as it is told, and what the node was asked. It answers complete requests only. */
export async function node(
  handler: Handler,
  limits?: Partial<TransportLimits>,
): Promise<PveTransport & { readonly seen: Seen[]; readonly server: Listener }> {
  const seen: Seen[] = [];
  const server = await serve(identity, (request, response) => {
    const one: Seen = { line: `${request.method} ${request.url}`, headers: request.headers, body: '' };
    const number = seen.push(one);
    request.on('data', (chunk) => (one.body += chunk));
    request.on('end', () => handler(request, response, number));
  });
  closeLater(server);
  return { ...connectTo(server.url, limits), seen, server };
}

export function connectTo(url: string, limits: Partial<TransportLimits> = {}): PveTransport {
  const endpoints = [{ url, trust: { kind: 'pin', sha256: [identity.fingerprint] } }] as const;
  return closeLater(createTransport({ endpoints, auth: tokenAuth('root@pam!vscode', secret), limits }));
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
