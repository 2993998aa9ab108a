import { PveError, type PveErrorCode, type PveErrorData } from './error.ts';
import { describeRequest, isWrite, type PveRequest } from './request.ts';

/** What is known of the exchange that failed. */
export interface FailedExchange {
  /** The endpoint's origin, `https://host:port`. */
  readonly url: string;
  /** Absent for a mere look at the certificate. */
  readonly request?: PveRequest;
  /** Some byte of the request may have left. */
  readonly sent: boolean;
}

/** Turns what sockets, TLS and the HTTP parser throw into a `PveError` that names host and port and the next step. */
export function networkError(cause: unknown, failed: FailedExchange): PveError {
  const { host } = new URL(failed.url);
  const { code, message, hint, certificate } = cause instanceof PveError ? cause.data : explain(errorCode(cause), host);
  const request = failed.request && describeRequest(failed.request);
  const mayHaveRun = failed.sent && failed.request !== undefined && isWrite(failed.request);
  return new PveError(
    {
      code,
      message,
      hint: mayHaveRun ? `It may have run all the same: look at the task list before trying again. ${hint}` : hint,
      reason: [],
      ...(request === undefined ? {} : { request }),
      ...(mayHaveRun ? { mayHaveRun } : {}),
      ...(certificate === undefined ? {} : { certificate }),
    },
    { cause },
  );
}

/** The connection broke before or while it was used; another one may work. */
export function isConnectionLoss(cause: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET'].includes(errorCode(cause));
}

/** Why a certificate is not trusted, in words; `undefined` for codes that are not about certificates. */
export function certificateProblem(code: string): string | undefined {
  const known = certificateProblems[code];
  if (known !== undefined) return known;
  return /^(CERT|CRL|UNABLE_TO|ERR_TLS_CERT)_/.test(code) ? `it failed verification (${code})` : undefined;
}

const certificateProblems: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'it is signed by an authority that this computer does not know',
  UNABLE_TO_GET_ISSUER_CERT: 'it is signed by an authority that this computer does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'it is signed by an authority that this computer does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'it is signed by an authority that this computer does not know',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_REVOKED: 'it was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it was made for another host name',
};

type Explanation = Pick<PveErrorData, 'code' | 'message' | 'hint' | 'certificate'>;

function explain(code: string, host: string): Explanation {
  const problem = certificateProblem(code);
  if (problem !== undefined) {
    return {
      code: 'certificate',
      message: `The certificate of ${host} is not trusted: ${problem}`,
      hint: isAboutTime(code) ? checkClock : checkFingerprint,
    };
  }
  const known = explanations[code];
  if (known !== undefined) return { code: known[0], message: known[1].replace('{host}', host), hint: known[2] };
  if (/^(HPE_|UND_ERR_HEADERS_OVERFLOW|ERR_SSL_|EPROTO)/.test(code)) {
    return {
      code: 'not_proxmox',
      message: `What answers at ${host} does not speak HTTPS as Proxmox VE does`,
      hint: checkAddress,
    };
  }
  return { code: 'unreachable', message: `The connection to ${host} failed (${code})`, hint: checkNetwork };
}

function isAboutTime(code: string): boolean {
  return code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID';
}

const checkClock =
  'Check date and time of this computer and of the node: a wrong clock looks the same. If both are right, the certificate has to be renewed on the node.';
const checkFingerprint =
  'Compare its SHA-256 fingerprint with the one on the node (pvenode cert info) and trust that, or use a name that the certificate holds.';
const checkAddress = 'Check address and port; the API of Proxmox VE listens on port 8006.';
const checkNetwork = 'Check that the node is up and that network and firewall let this computer reach it.';
const slow = 'The node may be overloaded or waiting for a dead storage. Try again, or look at the node itself.';

const explanations: Readonly<Record<string, readonly [PveErrorCode, string, string]>> = {
  ECONNREFUSED: [
    'unreachable',
    '{host} refused the connection',
    `${checkAddress} On the node: systemctl status pveproxy`,
  ],
  ENOTFOUND: ['unreachable', 'The host name of {host} is not known', 'Check the spelling, or use the IP address.'],
  EAI_AGAIN: [
    'unreachable',
    'The host name of {host} could not be looked up',
    'Check the name service of this computer, or use the IP address.',
  ],
  EHOSTUNREACH: ['unreachable', 'There is no route to {host}', checkNetwork],
  ENETUNREACH: ['unreachable', 'The network of {host} cannot be reached', checkNetwork],
  ECONNRESET: ['unreachable', '{host} closed the connection without a complete answer', checkNetwork],
  EPIPE: ['unreachable', '{host} closed the connection without a complete answer', checkNetwork],
  UND_ERR_SOCKET: ['unreachable', '{host} closed the connection without a complete answer', checkNetwork],
  ETIMEDOUT: ['timeout', '{host} did not answer in time', checkNetwork],
  UND_ERR_HEADERS_TIMEOUT: ['timeout', '{host} took the request but did not answer in time', slow],
  UND_ERR_BODY_TIMEOUT: ['timeout', '{host} stopped in the middle of its answer', slow],
  UND_ERR_DESTROYED: ['cancelled', 'The connection to {host} was closed', 'Connect again.'],
  UND_ERR_CLOSED: ['cancelled', 'The connection to {host} was closed', 'Connect again.'],
};

function errorCode(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : cause instanceof Error ? cause.name : 'unknown';
}
