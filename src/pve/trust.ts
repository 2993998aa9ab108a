import * as tls from 'node:tls';
import type { buildConnector } from 'undici';
import { certificatesIn, changedCertificate, leadsTo } from './certificate.ts';
import { PveError } from './error.ts';
import { handshake } from './handshake.ts';
import { certificateProblem, networkError } from './network-error.ts';
import { type ProxySettings, proxyFor } from './proxy.ts';

export { normaliseFingerprint } from './certificate.ts';

/** Which certificate an endpoint may show. */
export type Trust =
  /** One that this computer's authorities vouch for, made for the host's name. */
  | { readonly kind: 'system' }
  /** One that this authority vouches for (PEM), made for the host's name; for any name only after a person agreed. */
  | { readonly kind: 'ca'; readonly pem: string; readonly anyName?: true }
  /**
   * Exactly one of these leaves, by SHA-256 fingerprint (`AA:BB:…`); name, issuer and validity do not count. `ca` (PEM of
   * the cluster's CA) only helps to tell what changed; nothing is accepted because of it.
   */
  | { readonly kind: 'pin'; readonly sha256: readonly string[]; readonly ca?: string };

/** A server certificate as a person compares it. */
export interface CertificateInfo {
  /** This computer, or the authority that was asked about, vouches for it. */
  readonly trusted: boolean;
  /** Why not, in words. */
  readonly problem?: string;
  /** Everything is right but the host's name. */
  readonly wrongName?: true;
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601. */
  readonly validFrom: string;
  readonly validTo: string;
  /** `AA:BB:…`, upper case. */
  readonly sha256: string;
  readonly pem: string;
}

export interface LookOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds, 10,000 when absent. */
  readonly timeoutMs?: number;
  /** PEM of an authority that is asked about instead of this computer's own. */
  readonly ca?: string;
  /** One proxy, or settings to choose by; a direct way when absent. */
  readonly proxy?: string | ProxySettings | undefined;
}

/**
 * Looks at the certificate of an endpoint by a TLS handshake. Nothing else is sent, so it is safe before any trust exists.
 * @param url `https://host:port`
 * @throws PveError `unreachable`, `timeout`, `not_proxmox`, `cancelled`
 */
export async function lookAtCertificate(url: string, options: LookOptions = {}): Promise<CertificateInfo> {
  try {
    const { signal, timeoutMs = 10_000, ca = systemAuthorities() } = options;
    const socket = await handshake(url, { timeoutMs, signal, ca, proxy: chosenProxy(url, options.proxy) });
    const info = describeCertificate(socket);
    socket.destroy();
    return info;
  } catch (cause) {
    throw networkError(cause, { url, sent: false });
  }
}

export interface ConnectorOptions {
  /** Milliseconds until a verified connection stands. */
  readonly connectMs: number;
  readonly proxy: string | ProxySettings | undefined;
  /** Ends what is being connected. */
  readonly signal: AbortSignal;
}

/**
 * A connector for undici that hands a socket over only after its certificate was checked, so no byte of a credential
 * reaches anyone else (gate rule G17).
 * @param url `https://host:port`; every connection goes there
 * @throws PveError `invalid_argument` when the CA is no certificate
 */
export function trustingConnector(
  url: string,
  trust: Trust,
  { connectMs: timeoutMs, proxy, signal }: ConnectorOptions,
): buildConnector.connector {
  if (trust.kind === 'ca' && certificatesIn(trust.pem).length === 0) throw noCertificate();
  const way = { timeoutMs, signal, proxy: chosenProxy(url, proxy) };
  const connect = async () => {
    const socket = await handshake(url, { ...way, ...authorities(trust) });
    const problem = refusal(socket, trust, new URL(url).host);
    if (problem === undefined) return socket;
    socket.destroy();
    throw problem;
  };
  return (_target, callback) => {
    connect().then(
      (socket) => callback(null, socket),
      (cause) => callback(cause instanceof Error ? cause : new Error(String(cause)), null),
    );
  };
}

function authorities(trust: Trust): {
  readonly ca?: string | readonly string[] | undefined;
  readonly anyName?: boolean;
} {
  if (trust.kind === 'ca') return { ca: trust.pem, anyName: trust.anyName === true };
  return trust.kind === 'system' ? { ca: systemAuthorities() } : {};
}

/** Why this certificate is not the one to trust; only what is decided here makes a connection usable. */
function refusal(socket: tls.TLSSocket, trust: Trust, host: string): Error | undefined {
  const shown = socket.getPeerX509Certificate();
  if (trust.kind === 'pin') {
    const isPinned = shown !== undefined && trust.sha256.includes(shown.fingerprint256);
    return isPinned ? undefined : changedCertificate(shown, { host, trusted: trust.sha256, ca: trust.ca });
  }
  if (shown !== undefined && socket.authorized) return undefined;
  if (trust.kind === 'ca') {
    const known = certificatesIn(trust.pem);
    const trusted = known.map(({ fingerprint256 }) => fingerprint256);
    if (shown === undefined || !leadsTo(shown, known))
      return changedCertificate(shown, { host, trusted, ca: trust.pem });
  }
  return Object.assign(new Error('not verified'), { code: problemCode(socket) });
}

/** Node's own authorities and this computer's, where Node can read them (from 22.15 on); `undefined`: Node's own. */
function systemAuthorities(): readonly string[] | undefined {
  known ??= { list: readSystemAuthorities() };
  return known.list;
}

let known: { readonly list: readonly string[] | undefined } | undefined;

function readSystemAuthorities(): readonly string[] | undefined {
  if (!('getCACertificates' in tls) || typeof tls.getCACertificates !== 'function') return undefined;
  const { getCACertificates } = tls;
  return ['default', 'system'].flatMap((store): string[] => getCACertificates(store));
}

function chosenProxy(url: string, proxy: string | ProxySettings | undefined): string | undefined {
  return typeof proxy === 'object' ? proxyFor(url, proxy) : proxy;
}

function describeCertificate(socket: tls.TLSSocket): CertificateInfo {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) throw Object.assign(new Error('no certificate'), { code: 'EPROTO' });
  const info = {
    subject: certificate.subject.replaceAll('\n', ', '),
    issuer: certificate.issuer.replaceAll('\n', ', '),
    validFrom: new Date(certificate.validFrom).toISOString(),
    validTo: new Date(certificate.validTo).toISOString(),
    sha256: certificate.fingerprint256,
    pem: certificate.toString(),
  };
  if (socket.authorized) return { trusted: true, ...info };
  const code = problemCode(socket);
  const problem = certificateProblem(code) ?? `it failed verification (${code})`;
  return { trusted: false, problem, ...(code === wrongName ? { wrongName: true } : {}), ...info };
}

const wrongName = 'ERR_TLS_CERT_ALTNAME_INVALID';

function problemCode({ authorizationError }: tls.TLSSocket): string {
  return String(authorizationError ?? 'CERT_UNTRUSTED');
}

function noCertificate(): PveError {
  return new PveError({
    code: 'invalid_argument',
    message: 'The trusted CA is not a certificate',
    hint: 'Give a PEM file, or trust the connection anew.',
    reason: [],
  });
}
