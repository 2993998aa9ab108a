import type { Call, Sight } from './call.ts';
import type { Denial } from './denial.ts';
import { stepText } from './question.ts';
import { questionFacts } from './question-facts.ts';
import type { Assessment, Foreseen, Outcome } from './types.ts';

/** Whether it is only to be told what would happen, and something would: plain reads have nothing to foresee, and run. */
export function isOnlyForeseen({ proposal }: Call, steps: readonly Assessment[]): boolean {
  const isPlain = steps.every(
    ({ operation, risk, sensitive }) => operation.kind === 'api' && risk === 'read' && !sensitive,
  );
  return proposal.dryRun === true && !isPlain;
}

/**
 * What would happen, step by step, with the facts of a question and what would be decided. Sends nothing but plain reads,
 * asks nobody and records nothing.
 * @param because why it would run without a question; absent where a person would be asked
 */
export async function foresee(call: Call, { send, steps }: Sight, because: string | undefined): Promise<Outcome[]> {
  const { signal, clock } = call;
  return planned(await questionFacts(send, steps, { signal, clock }), foreseen(call, steps, because));
}

/** What would be refused, and by whom. */
export function foreseeDenial(steps: readonly Assessment[], denial: Denial): Outcome[] {
  return planned(steps, { kind: 'deny', ...denial });
}

function foreseen({ origin, denials }: Call, steps: readonly Assessment[], because: string | undefined): Foreseen {
  if (because !== undefined) return { kind: 'run', because };
  const before = origin.who === 'agent' ? denials.find(steps) : undefined;
  if (before === undefined) return { kind: 'ask' };
  const { note } = before;
  const why = 'A person said no to the same a few minutes ago.';
  return { kind: 'deny', by: 'person', why, ...(note === undefined ? {} : { note }), next: 'Ask what they want.' };
}

function planned(steps: readonly Assessment[], decision: Foreseen): Outcome[] {
  return steps.map((step) => ({ status: 'planned', step: stepText(step), decision }));
}
