import type { Outcome } from '../../gate/types.ts';
import type { ToolContext } from '../define-tool.ts';

/** A way to propose that remembers what became of it, for tools that look at their targets even after a failure. */
export interface Sent extends Pick<ToolContext, 'perform'> {
  /** Whether this operation reached the cluster, or may have, and did not end well. */
  broke(at: number): boolean;
  /** Whether anything reached the cluster, or may have. */
  isAnySent(): boolean;
}

/** @param context whose `perform` is watched */
export function sent({ perform }: Pick<ToolContext, 'perform'>): Sent {
  let outcomes: readonly Outcome[] = [];
  return {
    async perform(operations, request) {
      const result = await perform(operations, request);
      outcomes = result.outcomes;
      return result;
    },
    broke: (at) => ['failed', 'unknown'].includes(outcomes[at]?.status ?? ''),
    isAnySent: () => outcomes.some(({ status }) => status !== 'denied' && status !== 'skipped'),
  };
}
