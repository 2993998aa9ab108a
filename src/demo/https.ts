import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { authenticate, type Credential } from './access.ts';
import { answer, errorBody } from './api.ts';
import { ApiError } from './errors.ts';
import type { RawParameters } from './parameters.ts';
import type { Principal } from './permissions.ts';
import { localNode, type World } from './state.ts';

/** A write that arrived from somebody who is logged in. */
export interface ReceivedWrite {
  readonly method: string;
  /** Below `/api2/json`, as it was sent. */
  readonly path: string;
  readonly params: RawParameters;
}

export interface ServerOptions {
  readonly world: World;
  readonly credentials: readonly Credential[];
  readonly onWrite: (write: ReceivedWrite) => void;
}

interface Answer {
  readonly status: number;
  readonly reason: string;
  /** JSON, or nothing at all. */
  readonly body?: unknown;
}

const base = '/api2/json';
const maxBody = 512 * 1024;
const requestsPerConnection = 100;
const idleMs = 5000;
const refusalMs = 3000; // how long every 401 takes
const leastRefusalMs = 50;

/** PVE's API daemon: logs in, reads forms, answers, and closes connections when PVE does. */
export function createDemoServer(options: ServerOptions): Server {
  const { certificates } = options.world.cluster;
  const node = localNode(options.world.cluster).name;
  const counts = new WeakMap<Socket, number>();
  const tls = { key: certificates.keys.get(node), cert: certificates.leaves.get(node)?.pem };
  const server = createServer({ ...tls, keepAliveTimeout: 0 }, ({ socket }, response) => {
    const count = (counts.get(socket) ?? 0) + 1;
    counts.set(socket, count);
    socket.setTimeout(0);
    response.on('finish', () => socket.setTimeout(idleMs)); // Node's own keep-alive time-out adds a second
    handle(options, response.req)
      .catch(internalError)
      .then((result) => send(response, result, count >= requestsPerConnection));
  });
  server.on('secureConnection', (socket) => socket.setTimeout(idleMs));
  return server;
}

async function handle(options: ServerOptions, request: IncomingMessage): Promise<Answer> {
  const { method = '' } = request;
  if (!['GET', 'POST', 'PUT', 'DELETE'].includes(method)) return refusal(`method '${method}' not available`);
  if (request.headers['transfer-encoding'] !== undefined) return refusal('chunked transfer encoding not supported');
  const who = authenticate(request.headers, options.credentials);
  if (typeof who === 'string') {
    await pause(options.world);
    return { status: 401, reason: who };
  }
  const length = Number(request.headers['content-length'] ?? 0);
  const isForm = method === 'POST' || method === 'PUT';
  if (length > 0 && !isForm) return refusal(`Unexpected content for method '${method}'`);
  if (length > maxBody) return refusal('for data too large');
  return respond(options, who, method, request.url ?? '', await readBody(request));
}

function respond({ world, onWrite }: ServerOptions, who: Principal, method: string, url: string, body: string): Answer {
  const [raw = '', query = ''] = url.split('?', 2);
  if (raw !== base && !raw.startsWith(`${base}/`)) return refusal(`no such file '${raw}'`);
  const parameters = { ...parseForm(body), ...parseForm(query) };
  if (method !== 'GET') onWrite({ method, path: raw.slice(base.length), params: parameters });
  try {
    const reply = answer(world, { method, path: decodePath(raw.slice(base.length)), parameters, who });
    return { status: 200, reason: 'OK', body: reply };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const [reason = ''] = error.message.split('\n');
    return { status: error.status, reason, body: errorBody(error) };
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

function send(response: ServerResponse, { status, reason, body }: Answer, last: boolean): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.sendDate = true;
  response.writeHead(status, reason.replace(/[^\t\x20-\x7e]/g, '?'), {
    'cache-control': 'max-age=0',
    pragma: 'no-cache',
    server: 'pve-api-daemon/3.0',
    connection: last || status >= 400 ? 'close' : 'Keep-Alive',
    ...(body === undefined ? {} : { 'content-type': 'application/json;charset=UTF-8' }),
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function pause({ clock }: World): Promise<void> {
  const least = new Promise<void>((resolve) => setTimeout(resolve, leastRefusalMs));
  const scaled = new Promise<void>((resolve) => clock.after(refusalMs, resolve));
  return Promise.all([least, scaled]).then(() => undefined);
}

function refusal(reason: string): Answer {
  return { status: 501, reason };
}

function internalError(error: unknown): Answer {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return { status: 500, reason: 'internal error of the demo cluster' };
}
