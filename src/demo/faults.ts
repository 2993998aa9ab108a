import type { ServerResponse } from 'node:http';

/** What is wrong on purpose, for tests. */
export interface Troubles {
  readonly faults: Fault[];
  /** Before each answer, real milliseconds. */
  latencyMs: number;
}

/** One way to fail, for the next requests that it fits. */
export interface Fault {
  /**
   * `hang` never answers · `reset` closes at once · `cut` closes in the middle of the body · `slow` sends a byte at a
   * time · `html` is a proxy's login page · `oversized` never ends · `garbled` is no JSON · else a status and a reason,
   * such as `595 No route to host`.
   */
  readonly kind: string;
  /** The beginning of the path below `/api2/json`. */
  readonly path: string;
  readonly method: string | undefined;
  /** Only at the endpoint of this node. */
  readonly node: string | undefined;
  /** Whether the request is carried out although its answer is lost. */
  readonly performed: boolean;
  /** How many requests more. */
  left: number;
}

const namedFaults = ['hang', 'reset', 'cut', 'slow', 'html', 'oversized', 'garbled'];
const slowMs = 100; // between two bytes
const oversizedMiB = 256;
const megabyte = Buffer.alloc(1024 * 1024, 'x');

/** Whether there is such a fault. */
export function isFault(kind: string): boolean {
  return namedFaults.includes(kind) || /^[45]\d\d( [\x20-\x7e]*)?$/.test(kind);
}

/** The fault that this request meets, which is then used up by one. */
export function takeFault({ faults }: Troubles, method: string, path: string, node: string): Fault | undefined {
  const found = faults.find(
    (fault) =>
      path.startsWith(fault.path) &&
      // The document of the API is read beside other requests: it fails only where it is named.
      (fault.path !== '' || !path.startsWith('/pve-docs/')) &&
      (fault.method === undefined || fault.method === method) &&
      (fault.node === undefined || fault.node === node),
  );
  if (found === undefined) return undefined;
  found.left -= 1;
  if (found.left <= 0) faults.splice(faults.indexOf(found), 1);
  return found;
}

/** Fails in the way asked for instead of sending the answer. @param body what would have been sent */
export function misbehave({ kind }: Fault, response: ServerResponse, body: string): void {
  const json = { 'content-type': 'application/json;charset=UTF-8', 'content-length': Buffer.byteLength(body) };
  const half = body.slice(0, Math.ceil(body.length / 2));
  if (kind === 'hang') return;
  if (kind === 'reset') response.socket?.destroy();
  else if (kind === 'cut') response.writeHead(200, 'OK', json).write(half, () => response.socket?.destroy());
  else if (kind === 'slow') drip(response.writeHead(200, 'OK', json), body);
  else if (kind === 'garbled') response.writeHead(200, 'OK', { 'content-type': json['content-type'] }).end(half);
  else if (kind === 'html')
    response.writeHead(200, 'OK', { 'content-type': 'text/html; charset=utf-8' }).end(loginPage);
  else if (kind === 'oversized') flood(response.writeHead(200, 'OK', { 'content-type': json['content-type'] }));
  else refuse(response, kind);
}

const loginPage =
  '<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>\n';

function drip(response: ServerResponse, body: string): void {
  if (response.destroyed) return;
  if (body === '') return void response.end();
  response.write(body.slice(0, 1));
  setTimeout(() => drip(response, body.slice(1)), slowMs).unref();
}

function flood(response: ServerResponse, sent = 0): void {
  if (response.destroyed || sent === oversizedMiB) return void response.end();
  response.write(sent === 0 ? '{"data":"' : megabyte, () => flood(response, sent + 1));
}

// The errors of PVE's proxy, and every 401 of its daemon, have no body.
function refuse(response: ServerResponse, kind: string): void {
  const [, status = '500', reason = ''] = /^(\d+) ?(.*)$/.exec(kind) ?? [];
  const empty = status === '401' || Number(status) > 500;
  const body = empty ? '' : JSON.stringify({ data: null, message: `${reason}\n` });
  const type = empty ? {} : { 'content-type': 'application/json;charset=UTF-8' };
  const headers = { ...type, connection: 'close', 'content-length': Buffer.byteLength(body) };
  response.writeHead(Number(status), reason === '' ? 'Error' : reason, headers).end(body);
}
