import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parseApidoc } from './apidoc.ts';
import type { Auth } from './auth.ts';
import { classify } from './classify.ts';
import { PveError } from './error.ts';
import { type Exchange, tooLarge } from './exchange.ts';
import { networkError } from './network-error.ts';
import { describeRequest, isSchemaRequest, type PveReply, type PveRequest } from './request.ts';

export interface AnswerContext {
  readonly request: PveRequest;
  /** The endpoint's origin. */
  readonly url: string;
  readonly auth: Pick<Auth, 'tokenId' | 'user'>;
  readonly maxBytes: number;
}

/** PVE's envelope, out of what came of an exchange. @throws PveError for everything else */
export async function toReply(result: Exchange, context: AnswerContext): Promise<PveReply> {
  const { request, url, auth } = context;
  if (result.kind === 'broken') throw networkError(result.cause, { url, request, sent: result.sent });
  const body = await unpack(result, context);
  const { status, statusText } = result;
  if (status < 200 || status > 299)
    throw classify({ status, statusText, body, request, tokenId: auth.tokenId, user: auth.user });
  if (isSchemaRequest(request)) return { data: readDocument(body, request, url) };
  const envelope = parseEnvelope(body);
  if (envelope === undefined) throw networkError(notProxmox(status, request, url), { url, request, sent: true });
  const total = Number(envelope.total ?? Number.NaN);
  return {
    data: envelope.data,
    ...(Number.isFinite(total) ? { total } : {}),
    ...(typeof envelope.changes === 'string' && envelope.changes !== '' ? { changes: envelope.changes } : {}),
  };
}

/** Only what is needed of it goes on: the text has megabytes. */
function readDocument(body: string, request: PveRequest, url: string): unknown {
  try {
    return parseApidoc(body);
  } catch (problem) {
    throw networkError(problem, { url, request, sent: true });
  }
}

/** Some answers come packed whatever was asked for (the journal); unpacking obeys the size limit too. */
async function unpack(
  { encoding, body }: Extract<Exchange, { kind: 'answer' }>,
  context: AnswerContext,
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

function parseEnvelope(
  body: string,
): { readonly data: unknown; readonly total?: unknown; readonly changes?: unknown } | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && 'data' in parsed ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function notProxmox(status: number, request: PveRequest, url: string): PveError {
  return new PveError({
    code: 'not_proxmox',
    message: `What answered ${describeRequest(request)} (status ${status}) at ${new URL(url).host} is not the API of Proxmox VE`,
    hint: 'Check address and port; the API of Proxmox VE listens on port 8006. It may be the login page of a proxy in between.',
    reason: [],
  });
}
