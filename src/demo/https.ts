import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { authenticate } from './access.ts';
import { answer, errorBody, isOpen } from './api.ts';
import { apidoc, apidocPath } from './apidoc.ts';
import { serveConsole } from './console.ts';
import { ApiError } from './errors.ts';
import { misbehave, type Troubles, takeFault } from './faults.ts';
import { boundaryOf, readUpload, type UploadedFile } from './multipart.ts';
import type { RawParameters } from './parameters.ts';
import { nobody, type Principal } from './permissions.ts';
import { isUpload } from './routes/uploads.ts';
import type { World } from './state.ts';

/** A write that arrived from somebody who is logged in. */
export interface ReceivedWrite {
  readonly method: string;
  /** Below `/api2/json`, as it was sent. */
  readonly path: string;
  readonly params: RawParameters;
}

export interface ServerOptions {
  readonly world: World;
  readonly troubles: Troubles;
  readonly onWrite: (write: ReceivedWrite) => void;
}

interface Answer {
  readonly status: number;
  readonly reason: string;
  /** JSON, or nothing at all. */
  readonly body?: unknown;
  /** Sent as it is, in place of JSON. */
  readonly script?: string;
  readonly gzip?: boolean;
}

const base = '/api2/json';
const maxBody = 512 * 1024;
const requestsPerConnection = 100;
const idleMs = 5000;
const refusalMs = 3000; // how long every 401 takes
const leastPauseMs = 50;

/** PVE's API daemon on one node: logs in, reads forms, answers, and closes connections when PVE does. */
export function createDemoServer(options: ServerOptions): Server {
  const counts = new WeakMap<Socket, number>();
  const server = createServer({ ...identity(options.world), keepAliveTimeout: 0 }, ({ socket }, response) => {
    const count = (counts.get(socket) ?? 0) + 1;
    counts.set(socket, count);
    socket.setTimeout(0);
    response.on('finish', () => socket.setTimeout(idleMs)); // Node's own keep-alive time-out adds a second
    serve(options, response, count >= requestsPerConnection);
  });
  server.on('secureConnection', (socket) => socket.setTimeout(idleMs));
  server.on('upgrade', (request, socket) => {
    request.socket.setTimeout(0);
    serveConsole(options.world, request, socket);
  });
  return server;
}

/** The certificate and key of the node that answers, as TLS takes them. */
export function identity({ cluster, local }: World): { readonly key: string; readonly cert: string } {
  const { keys, leaves } = cluster.certificates;
  return { key: keys.get(local) ?? '', cert: leaves.get(local)?.pem ?? '' };
}

async function serve(options: ServerOptions, response: ServerResponse, last: boolean): Promise<void> {
  const { troubles, world } = options;
  const { method = '', url = '' } = response.req;
  const path = url.startsWith(base) ? url.slice(base.length) : url;
  const fault = takeFault(troubles, method, path, world.local);
  if (troubles.latencyMs > 0) await new Promise((done) => setTimeout(done, troubles.latencyMs));
  if (fault !== undefined && !fault.performed) {
    response.req.resume();
    return misbehave(fault, response, '{"data":null}');
  }
  const result = await handle(options, response.req).catch(internalError);
  if (fault === undefined) send(response, result, last);
  else misbehave(fault, response, result.script ?? JSON.stringify(result.body ?? null));
}

async function handle(options: ServerOptions, request: IncomingMessage): Promise<Answer> {
  const { method = '' } = request;
  const { world } = options;
  if (!['GET', 'POST', 'PUT', 'DELETE'].includes(method)) return refusal(`method '${method}' not available`);
  if (request.headers['transfer-encoding'] !== undefined) return refusal('chunked transfer encoding not supported');
  if (method === 'GET' && request.url === apidocPath)
    return { status: 200, reason: 'OK', script: apidoc(), gzip: true };
  const { directory } = world.cluster;
  const known = authenticate({ directory, ...world }, method, request.headers);
  const [path = ''] = (request.url ?? '').slice(base.length).split('?', 1);
  const who = typeof known === 'string' && isOpen(method, path) ? nobody : known;
  if (typeof who === 'string') {
    await pause(world, refusalMs);
    return { status: 401, reason: who };
  }
  const length = Number(request.headers['content-length'] ?? 0);
  const isForm = method === 'POST' || method === 'PUT';
  if (length > 0 && !isForm) return refusal(`Unexpected content for method '${method}'`);
  const received = { who, method, url: request.url ?? '' };
  const boundary = isUpload(method, path) ? boundaryOf(request.headers['content-type']) : undefined;
  if (boundary !== undefined) {
    const upload = await readUpload(request, boundary).catch(() => undefined);
    return upload === undefined ? refusal('upload failed') : respond(options, { ...received, ...upload });
  }
  if (length > maxBody) return refusal('for data too large');
  return respond(options, { ...received, parameters: parseForm(await readBody(request)) });
}

interface Received {
  readonly who: Principal;
  readonly method: string;
  readonly url: string;
  /** Of the body. */
  readonly parameters: RawParameters;
  readonly file?: UploadedFile;
}

async function respond(
  { world, onWrite }: ServerOptions,
  { who, method, url, parameters: sent, ...more }: Received,
): Promise<Answer> {
  const [raw = '', query = ''] = url.split('?', 2);
  if (raw !== base && !raw.startsWith(`${base}/`)) return refusal(`no such file '${raw}'`);
  const parameters = { ...sent, ...parseForm(query) };
  const path = raw.slice(base.length);
  if (method !== 'GET' && who !== nobody) onWrite({ method, path, params: parameters });
  try {
    const {
      takes = 0,
      gzip = false,
      ...reply
    } = answer(world, {
      method,
      path: decodePath(path),
      parameters,
      who,
      ...more,
    });
    if (takes > 0) await pause(world, takes);
    return { status: 200, reason: 'OK', body: reply, gzip };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.takes > 0) await pause(world, error.takes);
    const [reason = ''] = error.message.split('\n');
    return { status: error.status, reason, ...(error.status > 501 ? {} : { body: errorBody(error) }) };
  }
}

/** PVE decodes the whole path before it looks for the method, so an encoded slash separates like a plain one. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function parseForm(form: string): RawParameters {
  const pairs = new URLSearchParams(form);
  const values = [...new Set(pairs.keys())].map((key) => {
    const [first = '', ...more] = pairs.getAll(key);
    return [key, more.length === 0 ? first : [first, ...more]] as const;
  });
  return Object.fromEntries(values);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

function send(response: ServerResponse, { status, reason, body, script, gzip }: Answer, last: boolean): void {
  const text = script ?? (body === undefined ? '' : JSON.stringify(body));
  const bytes = gzip === true ? gzipSync(text) : Buffer.from(text);
  response.sendDate = true;
  response.writeHead(status, reason.replace(/[^\t\x20-\x7e]/g, '?'), {
    'cache-control': 'max-age=0',
    pragma: 'no-cache',
    server: 'pve-api-daemon/3.0',
    connection: last || status >= 400 ? 'close' : 'Keep-Alive',
    ...(body === undefined ? {} : { 'content-type': 'application/json;charset=UTF-8' }),
    ...(script === undefined ? {} : { 'content-type': 'application/javascript' }),
    ...(gzip === true ? { 'content-encoding': 'gzip' } : {}),
    'content-length': bytes.length,
  });
  response.end(bytes);
}

function pause({ clock }: World, ms: number): Promise<void> {
  const least = new Promise<void>((resolve) => setTimeout(resolve, leastPauseMs));
  const scaled = new Promise<void>((resolve) => clock.after(ms, resolve));
  return Promise.all([least, scaled]).then(() => undefined);
}

function refusal(reason: string): Answer {
  return { status: 501, reason };
}

function internalError(error: unknown): Answer {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return { status: 500, reason: 'internal error of the demo cluster' };
}
