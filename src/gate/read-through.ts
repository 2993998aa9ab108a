import { PveError } from '../pve/error.ts';
import type { PveReply, Send } from '../pve/request.ts';
import type { Outcome, PerformOptions, PlanResult, Proposal } from './types.ts';

/** A gate with the origin already stamped: in this process, or behind the bridge. */
export type Perform = (proposal: Proposal, options: PerformOptions) => Promise<PlanResult>;

/**
 * Reads through the gate: each GET becomes a proposal of one operation, so that views and tools use the same typed client
 * as everything else.
 * @throws PveError for every outcome other than an answer.
 */
export function readThrough(
  perform: Perform,
  from: { readonly connection: string; readonly tool: string; readonly signal?: AbortSignal },
): Send {
  return async (request, options = {}) => {
    if (request.method !== 'GET') throw new TypeError('Writes are proposed to the gate, never sent as reads');
    const { method, path: segments, params } = request;
    const operation = { kind: 'api', method, segments, ...(params === undefined ? {} : { params }) } as const;
    const signal = AbortSignal.any([
      ...(from.signal === undefined ? [] : [from.signal]),
      ...(options.signal === undefined ? [] : [options.signal]),
      ...(options.timeoutMs === undefined ? [] : [AbortSignal.timeout(options.timeoutMs)]),
    ]);
    const proposal = { connection: from.connection, operations: [operation], tool: from.tool, wait: false };
    const { outcomes } = await perform(proposal, { signal, onProgress: () => {} });
    return toReply(outcomes[0]);
  };
}

function toReply(outcome: Outcome | undefined): PveReply {
  switch (outcome?.status) {
    case 'done':
      return {
        data: outcome.data,
        ...(outcome.total === undefined ? {} : { total: outcome.total }),
        ...(outcome.changes === undefined ? {} : { changes: outcome.changes }),
      };
    case 'failed':
    case 'unknown':
      throw new PveError(outcome.error);
    case 'denied':
      throw refused(outcome.why, outcome.next ?? 'Tell the user; do not try another way.');
    default:
      throw refused('The read was not performed', 'Try again.');
  }
}

function refused(message: string, hint: string): PveError {
  return new PveError({ code: 'denied', message, hint, reason: [] });
}
