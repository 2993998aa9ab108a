import { isDeepStrictEqual } from 'node:util';
import { type Policy, policiesSchema, type Verdict, verdicts } from '../../gate/policy.ts';

/** What a rule goes by; what is absent may be anything. */
export type Conditions = Omit<Policy, 'verdict'>;
export type Condition = keyof Conditions;

/** How many rules a connection can have. */
export const mostPolicies = 100;

/** What a rule of this verdict may go by: what loosens, by nothing that agents can change (gate.md G14). */
export function conditionsFor(verdict: Verdict): readonly Condition[] {
  return verdict === 'allow' ? ['node', 'vmids'] : ['node', 'vmids', 'pool', 'tag'];
}

/** A rule of these parts; conditions that its verdict may not go by are left out. */
export function policyOf(verdict: Verdict, conditions: Conditions): Policy {
  const kept = conditionsFor(verdict).flatMap((name) =>
    conditions[name] === undefined ? [] : [[name, conditions[name]] as const],
  );
  return { verdict, ...Object.fromEntries(kept) };
}

/** One edit of the list: a rule added, put in the place of another, or removed. */
export interface PolicyEdit {
  readonly before: readonly Policy[];
  readonly after: readonly Policy[];
  readonly removed?: Policy;
  readonly added?: Policy;
}

/** @param old the rule that goes; without it `added` is one more */
export function policyEdit(before: readonly Policy[], old: Policy | undefined, added: Policy | undefined): PolicyEdit {
  const after =
    old === undefined ? [...before, ...list(added)] : before.flatMap((one) => (one === old ? list(added) : [one]));
  return { before, after, ...(old === undefined ? {} : { removed: old }), ...(added === undefined ? {} : { added }) };
}

/**
 * The rules after an edit, as they are stored.
 * @throws ZodError for what could not be read again
 */
export function storable({ after }: PolicyEdit) {
  return policiesSchema.parse(after);
}

/** Whether the very same rule is there already. */
export function hasPolicy(policies: readonly Policy[], wanted: Policy): boolean {
  return policies.some((one) => isDeepStrictEqual(one, wanted));
}

/**
 * Whether an edit gives agents more room, whatever guests there are now: a rule that held them back is gone and no other one
 * holds as much, or one lets them do more.
 */
export function isLoosening({ before, after }: Pick<PolicyEdit, 'before' | 'after'>): boolean {
  const holdsStill = (gone: Policy) => after.some((one) => one.verdict !== 'allow' && holdsAll(one, gone));
  const wasAllowed = (added: Policy) => before.some((one) => one.verdict === 'allow' && catchesAll(one, added));
  return (
    before.some((one) => one.verdict !== 'allow' && !holdsStill(one)) ||
    after.some((one) => one.verdict === 'allow' && !wasAllowed(one))
  );
}

/** Whether a rule holds agents back wherever the other one does. `never-destroy` and `ask` do not stand for each other. */
function holdsAll(one: Policy, other: Policy): boolean {
  return (one.verdict === other.verdict || one.verdict === verdicts[0]) && catchesAll(one, other);
}

function catchesAll(wide: Policy, narrow: Policy): boolean {
  const isInside =
    wide.vmids === undefined ||
    (narrow.vmids !== undefined && wide.vmids[0] <= narrow.vmids[0] && narrow.vmids[1] <= wide.vmids[1]);
  return isInside && (['node', 'pool', 'tag'] as const).every((name) => (wide[name] ?? narrow[name]) === narrow[name]);
}

function list(policy: Policy | undefined): readonly Policy[] {
  return policy === undefined ? [] : [policy];
}
