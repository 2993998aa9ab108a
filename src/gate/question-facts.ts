import type { Clock } from '../pve/clock.ts';
import type { Send } from '../pve/request.ts';
import type { Assessment } from './types.ts';

/** The steps with what a person should know before a yes, worst first, and the gate does not need for itself. */
export async function questionFacts(
  _send: Send,
  steps: readonly Assessment[],
  _options: { readonly signal: AbortSignal; readonly clock: Clock },
): Promise<readonly Assessment[]> {
  return steps;
}
