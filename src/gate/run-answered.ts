import type { Moment } from './approval.ts';
import { type Call, digestOf, type Sight } from './call.ts';
import { editedCommands } from './edit.ts';
import type { FilledIn } from './secret-ask.ts';
import { runSteps } from './steps.ts';
import type { PlanResult, Safeguard } from './types.ts';

/** What became of the steps of a plan, and what the person made of it. */
export type Performed = Omit<PlanResult, 'plan'>;

/** A plan that was answered, as it is about to run. */
export interface Answered {
  readonly now: Sight;
  /** As the agent has proposed it. */
  readonly first: Sight;
  readonly answeredAt: Moment;
  readonly filledIn: FilledIn;
  /** What to add to the decision. */
  readonly granted: string;
  readonly safeguard?: Safeguard | undefined;
}

/** Runs it, the safeguard before everything else, and tells what the person made of it. */
export async function runAnswered(
  call: Call,
  { now, first, answeredAt, filledIn, granted, safeguard }: Answered,
): Promise<Performed> {
  const edited = editedCommands(first.steps, now.steps);
  const yes = `run: a person said yes (asked in the ${call.approver.name})${edited.length > 0 ? ', and edited the command' : ''}`;
  const leave = { answeredAt, decision: `${yes}${granted}` };
  const asEdited = new Set(edited.map(({ step }) => step));
  const told = edited.length === 0 ? {} : { edited };
  if (safeguard === undefined) {
    const outcomes = await runSteps(call, now, { ...leave, filledIn, edited: asEdited });
    return edited.length === 0 ? { outcomes } : { outcomes, byPerson: told };
  }
  const { kind, step } = safeguard;
  const what = `${step.verb} ${step.facts.label}`;
  const steps = [step, ...now.steps];
  const [outcome, ...outcomes] = await runSteps(
    call,
    { ...now, steps, digest: digestOf(steps) },
    {
      ...leave,
      decision: `${leave.decision}, with this first: ${what}`,
      filledIn: [{}, ...filledIn],
      safeguard: kind,
      edited: new Set([...asEdited].map((index) => index + 1)),
    },
  );
  if (outcome === undefined) throw new Error('No outcome of the first step');
  return { outcomes, byPerson: { ...told, safeguard: { kind, what, outcome } } };
}
