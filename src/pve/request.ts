import { PveError } from './error.ts';

/** One request to the PVE API, before it is bound to an endpoint. */
export interface PveRequest {
  readonly method: PveMethod;
  /** Raw segments below `/api2/json`, checked and percent-encoded only when sent (see `requestPath`). */
  readonly path: readonly string[];
  readonly params?: PveParams;
  /** A file that goes with a POST, in a form of several parts; what it holds is never in memory as a whole. */
  readonly file?: PveFile;
}
export interface PveFile {
  /** Under which Proxmox VE stores it. */
  readonly name: string;
  /** Bytes, exactly as many as the stream gives. */
  readonly size: number;
  /** Begins anew each time; read only once the other side is trusted. What it throws ends the request unfinished. */
  readonly stream: () => AsyncIterable<Uint8Array>;
}
export type PveMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type PveParam = string | number | boolean | readonly (string | number)[];
export type PveParams = Readonly<Record<string, PveParam>>;

export interface SendOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole request; the transport's own limit when absent. */
  readonly timeoutMs?: number;
  /** Past every cache (see `sharedReads`). */
  readonly fresh?: boolean;
  /** The largest answer that is taken, bytes; the transport's own limit when absent. */
  readonly maxBytes?: number;
}

/** PVE's envelope: `data`, and beside it `total` for tasks and logs, `changes` for the network devices of a node. */
export interface PveReply {
  readonly data: unknown;
  readonly total?: number;
  /** What waits to be applied, as a unified diff. */
  readonly changes?: string;
}

/** Sends one request; throws `PveError`. The transport, the gate and the bridge all offer this shape. */
export type Send = (request: PveRequest, options?: SendOptions) => Promise<PveReply>;

/**
 * Parameters as they go over the wire: booleans `1`/`0`, numbers as shortest decimals, lists kept as lists.
 * A value that is `undefined` is left out.
 * @throws PveError `invalid_argument` for what cannot be sent unchanged: odd names, NUL, ill-formed Unicode, numbers
 * that a decimal does not hold exactly, empty lists.
 */
export function wireParams(params: PveParams = {}): Record<string, string | string[]> {
  const wire: [string, string | string[]][] = [];
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(name)) throw refused(`Parameter name ${JSON.stringify(name)} is not valid`);
    wire.push([name, isList(value) ? wireList(name, value) : wireScalar(name, value)]);
  }
  return Object.fromEntries(wire);
}

/**
 * Checks the raw segments of a path. PVE decodes a path before it splits it, so a slash inside a segment is let through
 * only in the two places where PVE itself reads the rest of the path as one value: volumes and CIDRs.
 * @throws PveError `invalid_argument`
 */
export function checkSegments(path: readonly string[]): void {
  if (path.length === 0) throw refused('The path is empty');
  for (const [index, segment] of path.entries()) {
    const parts = endsInValue(path) && index === path.length - 1 ? segment.split('/') : [segment];
    if (
      parts.some((part) => part === '' || part === '.' || part === '..' || /[/\p{Cc}]/u.test(part)) ||
      !segment.isWellFormed()
    ) {
      throw refused(`Path segment ${JSON.stringify(segment)} is not valid`);
    }
  }
}

/**
 * A path as people write it, `/nodes/pve1/qemu/101/config`, as raw segments. The rest of the path is one segment where PVE
 * itself reads it as one value (see `checkSegments`).
 * @throws PveError `invalid_argument` for a query, a fragment, an encoding, and for an empty segment.
 */
export function splitPath(text: string): string[] {
  if (!text.startsWith('/')) throw refused('A path begins with /, such as /nodes/pve1/status');
  const strange = /[?#%]/.exec(text)?.[0];
  if (strange !== undefined)
    throw refused(`The path has a ${strange}: parameters are given apart, and nothing is encoded`);
  const parts = text.slice(1).split('/');
  const at = valueAt.map((names) => fits(names, parts)).find((index) => index !== undefined);
  const segments = at === undefined ? parts : [...parts.slice(0, at), parts.slice(at).join('/')];
  checkSegments(segments);
  return segments;
}

/** Reads the document of the whole API (see `apidoc.ts`), which a node serves to whoever asks. */
export const schemaRequest = { method: 'GET', path: ['pve-docs', 'api-viewer', 'apidoc.js'] } as const;

/** Whether it is the one request that goes outside `/api2/json`, without a login. */
export function isSchemaRequest({ method, path }: Pick<PveRequest, 'method' | 'path'>): boolean {
  return method === 'GET' && path.join('/') === schemaRequest.path.join('/');
}

/** What goes behind the address of a node. @throws PveError `invalid_argument` */
export function requestTarget(request: PveRequest): string {
  return isSchemaRequest(request) ? `/${schemaRequest.path.join('/')}` : requestPath(request.path);
}

/** The path of a method: `/api2/json/…`, each segment percent-encoded. @throws PveError `invalid_argument` */
export function requestPath(path: readonly string[]): string {
  checkSegments(path);
  return `/api2/json/${path.map(encodeURIComponent).join('/')}`;
}

/** `application/x-www-form-urlencoded`; also good as a query string. A list repeats its key. */
export function encodeForm(wire: Readonly<Record<string, string | readonly string[]>>): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(wire)) {
    for (const one of typeof value === 'string' ? [value] : value) form.append(name, one);
  }
  return form.toString();
}

/** "GET /nodes/pve1", for messages and logs: method and path, never parameters. */
export function describeRequest(request: PveRequest): string {
  return `${request.method} /${request.path.join('/')}`;
}

/** Whether a request may change something. A login does not: it may be repeated, and fails without consequences. */
export function isWrite({ method, path }: PveRequest): boolean {
  return method !== 'GET' && path.join('/') !== 'access/ticket';
}

/** Where a path ends in a value that may hold slashes: in the segment after these; `undefined` stands for any one. */
const valueAt: readonly (readonly (string | undefined)[])[] = [
  ['nodes', undefined, 'storage', undefined, 'content'],
  ['cluster', 'firewall', 'ipset', undefined],
  ['nodes', undefined, undefined, undefined, 'firewall', 'ipset', undefined],
];

/** The index of the value, where the path goes on behind these names. */
function fits(names: readonly (string | undefined)[], path: readonly string[]): number | undefined {
  const isLonger = path.length > names.length;
  return isLonger && names.every((name, at) => name === undefined || name === path[at]) ? names.length : undefined;
}

function endsInValue(path: readonly string[]): boolean {
  return valueAt.some((names) => fits(names, path) === path.length - 1);
}

function isList(value: PveParam): value is readonly (string | number)[] {
  return Array.isArray(value);
}

function wireList(name: string, list: readonly (string | number)[]): string[] {
  if (list.length === 0) throw refused(`Parameter "${name}" is an empty list, which cannot be sent`);
  return list.map((item) => wireScalar(name, item));
}

function wireScalar(name: string, value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number') return wireNumber(name, value);
  if (typeof value !== 'string')
    throw refused(`Parameter "${name}" is neither text, number, boolean nor a list of them`);
  if (value.includes('\0') || !value.isWellFormed())
    throw refused(`Parameter "${name}" has a NUL or ill-formed Unicode`);
  return value;
}

function wireNumber(name: string, value: number): string {
  const text = String(value);
  const exact = Number.isInteger(value) ? Number.isSafeInteger(value) : /^-?\d+\.\d+$/.test(text);
  if (!exact) throw refused(`Parameter "${name}" is ${text}, which has no exact decimal form`);
  return text;
}

function refused(message: string): PveError {
  return new PveError({
    code: 'invalid_argument',
    message,
    hint: 'Nothing was sent. Correct the request and try again.',
    reason: [],
  });
}
