import { isIP } from 'node:net';
import { connect, TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { PveError } from './error.ts';
import { certificateProblem, networkError } from './network-error.ts';

/** Which certificate an endpoint may show. */
export type Trust =
  /** One that this computer's authorities vouch for, made for the host's name. */
  | { readonly kind: 'system' }
  /** One that this authority vouches for (PEM), made for the host's name. */
  | { readonly kind: 'ca'; readonly pem: string }
  /** Exactly one of these leaves, by SHA-256 fingerprint (`AA:BB:…`); name, issuer and validity do not count. */
  | { readonly kind: 'pin'; readonly sha256: readonly string[] };

/** A server certificate as a person compares it. */
export interface CertificateInfo {
  /** This computer trusts it without a pin. */
  readonly trusted: boolean;
  /** Why not, in words. */
  readonly problem?: string;
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601. */
  readonly validFrom: string;
  readonly validTo: string;
  /** `AA:BB:…`, upper case. */
  readonly sha256: string;
}

/**
 * Looks at the certificate of an endpoint by a TLS handshake. Nothing else is sent, so it is safe before any trust exists.
 * @param url `https://host:port`
 * @param options `timeoutMs` in milliseconds, 10,000 when absent
 * @throws PveError `unreachable`, `timeout`, `not_proxmox`, `cancelled`
 */
export function lookAtCertificate(
  url: string,
  options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
): Promise<CertificateInfo> {
  const { hostname, port, host } = new URL(url);
  const address = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: address,
      port: Number(port || 443),
      servername: isIP(address) === 0 ? address : '',
      rejectUnauthorized: false,
    });
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      settle();
    };
    const fail = (cause: unknown) => finish(() => reject(networkError(cause, { url, sent: false })));
    const timer = setTimeout(() => fail(tooSlow(host)), options.timeoutMs ?? 10_000);
    const onAbort = () => fail(cancelled(host));
    if (options.signal?.aborted) return onAbort();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    socket.on('error', fail);
    socket.once('close', () => fail(closedEarly));
    socket.once('secureConnect', () => {
      const info = describeCertificate(socket);
      if (info === undefined) fail(closedEarly);
      else finish(() => resolve(info));
    });
  });
}

/**
 * A connector for undici that hands a socket over only after its certificate was checked, so no byte of a credential
 * reaches anyone else (gate rule G17). Verification is always set explicitly, whatever the environment says, and sessions
 * are never resumed: a resumed one shows no certificate.
 */
export function trustingConnector(trust: Trust, connectMs: number): buildConnector.connector {
  const open = buildConnector({
    rejectUnauthorized: trust.kind !== 'pin',
    ...(trust.kind === 'ca' ? { ca: trust.pem } : {}),
    maxCachedSessions: 0,
    timeout: connectMs,
  });
  return (target, callback) =>
    open(target, (error, socket) => {
      if (error !== null) return callback(error, null);
      const problem =
        trust.kind === 'pin' ? pinProblem(socket, trust.sha256, `${target.hostname}:${target.port || 443}`) : undefined;
      if (problem === undefined) return callback(null, socket);
      socket.destroy();
      callback(problem, null);
    });
}

/**
 * A SHA-256 fingerprint as tools print it, in the one form that is compared here.
 * @returns `AA:BB:…`, or `undefined` when the text is no such fingerprint
 */
export function normaliseFingerprint(text: string): string | undefined {
  const digits = text
    .trim()
    .replace(/^sha-?256\s*(fingerprint)?\s*[=:]?\s*/i, '')
    .replace(/[:\s]/g, '')
    .toUpperCase();
  return /^[0-9A-F]{64}$/.test(digits) ? digits.match(/../g)?.join(':') : undefined;
}

function pinProblem(socket: unknown, pins: readonly string[], host: string): PveError | undefined {
  const shown = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.fingerprint256 : undefined;
  if (shown !== undefined && pins.includes(shown)) return undefined;
  return new PveError({
    code: 'certificate',
    message: `${host} shows the certificate ${shown ?? 'without fingerprint'}, not the trusted ${pins.join(' or ') || 'one: none is trusted'}`,
    hint: 'If it was renewed, compare the shown SHA-256 fingerprint with the one on the node (pvenode cert info) and trust it anew. If not, somebody else may be answering.',
    reason: [],
  });
}

function describeCertificate(socket: TLSSocket): CertificateInfo | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const code = String(socket.authorizationError ?? '');
  const info = {
    subject: certificate.subject.replaceAll('\n', ', '),
    issuer: certificate.issuer.replaceAll('\n', ', '),
    validFrom: new Date(certificate.validFrom).toISOString(),
    validTo: new Date(certificate.validTo).toISOString(),
    sha256: certificate.fingerprint256,
  };
  if (socket.authorized) return { trusted: true, ...info };
  return { trusted: false, problem: certificateProblem(code) ?? `it failed verification (${code})`, ...info };
}

const closedEarly = Object.assign(new Error('closed before the handshake was complete'), { code: 'ECONNRESET' });

function tooSlow(host: string): PveError {
  const hint = 'Check that the node is up and that network and firewall let this computer reach it.';
  return new PveError({ code: 'timeout', message: `${host} did not answer in time`, hint, reason: [] });
}

function cancelled(host: string): PveError {
  return new PveError({
    code: 'cancelled',
    message: `The look at ${host} was cancelled`,
    hint: 'Nothing was sent.',
    reason: [],
  });
}
