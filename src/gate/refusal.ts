import type { Call, Sight } from './call.ts';
import { decide } from './decide.ts';
import type { Denial } from './denial.ts';
import { secretRefusal } from './secret-refusal.ts';
import type { Assessment, Decision } from './types.ts';

/** The decision on each step of a plan. */
export function verdictsOn(
  { origin, grants, approve }: Call,
  { profile, freeze }: Pick<Sight, 'profile' | 'freeze'>,
  steps: readonly Assessment[],
): Decision[] {
  return steps.map((step) =>
    decide(step, {
      origin,
      profile,
      freeze,
      steps: steps.length,
      grant: grants.find(step, origin, { profile, freeze }),
      approve,
    }),
  );
}

/** Why the whole plan is refused, whoever would be asked: what one step is refused for, all of them are. */
export function refusalOf(
  call: Call,
  standing: Pick<Sight, 'profile' | 'freeze'>,
  steps: readonly Assessment[],
): Denial | undefined {
  for (const verdict of verdictsOn(call, standing, steps)) {
    if (verdict.kind !== 'deny') continue;
    const { by, why, next } = verdict;
    return { by, why, next };
  }
  return secretRefusal(call, steps) ?? (hasOneTarget(steps) ? undefined : manyTargets);
}

/** What destroys is approved by typing one name, so a plan that does has one target (G3). */
function hasOneTarget(steps: readonly Assessment[]): boolean {
  return steps.every(({ risk }) => risk !== 'destroy') || new Set(steps.map(({ facts }) => facts.label)).size === 1;
}

const manyTargets: Denial = {
  by: 'policy',
  why: 'What destroys is asked about alone, one target at a time.',
  next: 'Propose it as a call of its own.',
};
