import type { Call, Sight } from './call.ts';
import { decide } from './decide.ts';
import type { Denial } from './denial.ts';
import { secretRefusal } from './secret-refusal.ts';
import type { Assessment, Decision } from './types.ts';

/** The decision on each step of a plan. */
export function decisionsOn(
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
  for (const decision of decisionsOn(call, standing, steps)) {
    if (decision.kind !== 'deny') continue;
    const { by, why, next } = decision;
    return { by, why, next };
  }
  return secretRefusal(call, steps) ?? (hasOneTarget(steps) ? undefined : manyTargets);
}

/** What destroys is approved by typing one name, so a plan that does has one target (G3). */
function hasOneTarget(steps: readonly Assessment[]): boolean {
  return steps.every(({ risk }) => risk !== 'destroy') || new Set(steps.map(targetOf)).size === 1;
}

/** A parameter may name the target: beside guests, which their VMID names, only the same request has the same. */
function targetOf({ operation }: Assessment): string {
  if (operation.kind !== 'api')
    return operation.target.at === 'host' ? JSON.stringify(operation) : String(operation.target.vmid);
  const { segments, params } = operation;
  const [root, , kind, vmid] = segments;
  const isOfGuest = root === 'nodes' && (kind === 'qemu' || kind === 'lxc') && vmid !== undefined;
  return isOfGuest ? vmid : JSON.stringify([segments, params]);
}

const manyTargets: Denial = {
  by: 'policy',
  why: 'What destroys is asked about alone, one target at a time.',
  next: 'Propose it as a call of its own.',
};
