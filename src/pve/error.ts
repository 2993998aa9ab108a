import type { Upid } from './upid.ts';

/** Every way in which talking to Proxmox VE goes wrong. Closed: callers switch over it. */
export type PveErrorCode =
  | 'unauthenticated'
  | 'forbidden'
  | 'ticket_required'
  | 'root_only'
  | 'invalid_argument'
  | 'not_found'
  | 'ambiguous'
  | 'exists'
  | 'locked'
  | 'wrong_state'
  | 'changed'
  | 'no_quorum'
  | 'node_offline'
  | 'agent_unavailable'
  | 'not_implemented'
  | 'not_proxmox'
  | 'unreachable'
  | 'timeout'
  | 'certificate'
  | 'host_key'
  | 'too_large'
  | 'task_failed'
  | 'denied'
  | 'gate_unavailable'
  | 'cancelled'
  | 'server_error';

/** A certificate that is not the trusted one, as SHA-256 fingerprints `AA:BB:…`. */
export interface ChangedCertificate {
  readonly shown: string;
  readonly trusted: readonly string[];
  /**
   * `same-ca`: renewed by the cluster's own CA, as healthy clusters do. `other-issuer`: alarming, somebody else may be
   * answering. `unknown`: nothing to compare with is stored.
   */
  readonly change: 'same-ca' | 'other-issuer' | 'unknown';
}

/** The plain form of a `PveError`; it crosses the bridge. */
export interface PveErrorData {
  readonly code: PveErrorCode;
  /** What happened, to what. One sentence without a final full stop. */
  readonly message: string;
  /** The next step for the reader. */
  readonly hint: string;
  /** PVE's own words, all lines; empty when PVE said nothing. */
  readonly reason: readonly string[];
  readonly status?: number;
  /** Parameter name → what PVE says of it. */
  readonly fields?: Readonly<Record<string, string>>;
  /** "GET /nodes/pve1"; never parameters. */
  readonly request?: string;
  readonly upid?: Upid;
  /** A write that was sent and whose answer was lost: it must not be sent again. */
  readonly mayHaveRun?: boolean;
  readonly certificate?: ChangedCertificate;
}

/** The one error class for everything between us and a cluster. */
export class PveError extends Error {
  readonly data: PveErrorData;

  constructor(data: PveErrorData, options?: ErrorOptions) {
    super([data.message, ...data.reason].join(': '), options);
    this.name = 'PveError';
    this.data = data;
  }

  get code(): PveErrorCode {
    return this.data.code;
  }

  toJSON(): PveErrorData {
    return this.data;
  }
}

/** What was thrown, in words; of a `PveError` with PVE's own. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A fault of ours is told like one of the cluster, so that it ends up in an answer and not in a crash. */
export function toPveError(error: unknown): PveError {
  if (error instanceof PveError) return error;
  return new PveError(
    {
      code: 'server_error',
      message: 'Something unexpected went wrong',
      reason: [messageOf(error)],
      hint: 'Try again; the log has the details.',
    },
    { cause: error },
  );
}
