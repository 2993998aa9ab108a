import { toPveError } from '../pve/error.ts';
import { isOver, type Moment } from './approval.ts';
import type { AuditEntry } from './audit.ts';
import type { Call, Sight } from './call.ts';
import { endedText, hasSucceeded, isCommandAnswer } from './command-answer.ts';
import { cancelled, type Denial, denialOf } from './denial.ts';
import { quoted } from './printable.ts';
import { afterSafeguard, lookAtStep, noLongerStands } from './recheck.ts';
import { decisionsOn } from './refusal.ts';
import { riskRule } from './risk.ts';
import { type RunOptions, run } from './run.ts';
import type { FilledIn } from './secret-ask.ts';
import { revealSecret } from './secret-reveal.ts';
import { shellOn } from './shell-on.ts';
import { ending, entry } from './step-record.ts';
import type { Approved, Assessment, GateProfile, Operation, Outcome, Safeguard } from './types.ts';

/** The run must start this soon after the answer, milliseconds (G2). */
const startWithin = 30_000;

/** How a plan came to run, for the audit. `answeredAt` is set when a person was asked. */
export interface Leave {
  readonly decision: string;
  readonly answeredAt?: Moment;
  /** What the person filled in, for each step. */
  readonly filledIn?: FilledIn;
  /** The first step is one that the person has put before the plan: nothing else runs unless it succeeds. */
  readonly safeguard?: Safeguard['kind'];
  /** The steps whose command the person has written. */
  readonly edited?: ReadonlySet<number>;
}

/** Runs the steps in order; the first one that does not succeed, or a cancel, stops the rest (G3). */
export async function runSteps(call: Call, sight: Sight, leave: Leave): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const touched = new Set<string>();
  for (const [index, step] of sight.steps.entries()) {
    const why = index === 0 ? undefined : stopped(call, leave, outcomes);
    outcomes.push(
      why === undefined ? await runStep(call, sight, leave, index, step, touched) : { status: 'skipped', why },
    );
    // A snapshot or a backup leaves the guest as it is.
    if (step.risk !== 'read' && !isSafeguard(leave, index)) touched.add(targetOf(step));
  }
  return outcomes;
}

/** A guest is one target, whichever part of it a step is about. */
function targetOf({ facts: { guest, label } }: Assessment): string {
  return guest === undefined ? label : String(guest.vmid);
}

/** Why the next step must not run. One that was only started has succeeded as far as a call that does not wait can know. */
function stopped({ signal, proposal }: Call, leave: Leave, outcomes: readonly Outcome[]): string | undefined {
  if (signal.aborted) return 'The call was cancelled.';
  if (leave.safeguard !== undefined && outcomes[0]?.status !== 'done')
    return `The ${leave.safeguard} that was wanted first did not succeed. Nothing else was sent.`;
  const isFine = (outcome: Outcome) =>
    outcome.status === 'done'
      ? !isCommandAnswer(outcome.data) || hasSucceeded(outcome.data)
      : outcome.status === 'started' && !proposal.wait;
  return outcomes.every(isFine) ? undefined : 'An earlier step did not succeed.';
}

async function runStep(
  call: Call,
  sight: Sight,
  leave: Leave,
  index: number,
  planned: Assessment,
  touched: ReadonlySet<string>,
): Promise<Outcome> {
  const { send, profile } = sight;
  const options = {
    ...call,
    send,
    shellOn: (node: string) => shellOn(call, profile, node),
    wait: call.proposal.wait || isSafeguard(leave, index),
    index,
    secrets: leave.filledIn?.[index] ?? {},
  };
  if (!mustRecord(planned)) return run(planned.operation as Approved<Operation>, planned, options);

  const whole = !touched.has(targetOf(planned)) && planned.facts.guest?.isNew !== true;
  const looked = await lookAtStep(call, sight, planned, index === 0, whole);
  if ('why' in looked) return deny(call, profile, planned, index, looked);
  const step = leave.safeguard !== undefined && whole ? afterSafeguard(planned, looked, sight) : looked;
  if (leave.answeredAt === undefined && !isAllowed(call, sight, step))
    return deny(call, profile, step, index, noLongerAllowed);
  // The limit is for the first step only: later ones start when the earlier ones have ended.
  const veto = () => tooLate(call, index === 0 ? leave.answeredAt : undefined);
  const early = veto();
  if (early !== undefined) return deny(call, profile, step, index, early);
  try {
    const before = { phase: 'before', decision: leave.decision } as const;
    await call.audit.append({ ...entry(call, profile, step, index), ...marks(leave, index), ...before });
  } catch (error) {
    return denied(denialOf('audit', error));
  }
  const outcome = await runUnlessVoid(call, sight, step, options, veto);
  if (outcome.status === 'done') call.onProgress({ message: endText(step, outcome) });
  await recordEnd(call, profile, step, index, leave, outcome);
  return revealSecret(call, step, outcome);
}

function isSafeguard({ safeguard }: Leave, index: number): boolean {
  return safeguard !== undefined && index === 0;
}

/** What the audit says of a step that a person has added or written. */
function marks(leave: Leave, index: number): Pick<AuditEntry, 'safeguard' | 'edited'> {
  const { safeguard, edited } = leave;
  if (safeguard !== undefined && index === 0) return { safeguard };
  return edited?.has(index) === true ? { edited: true } : {};
}

/** Sends it, unless a freeze, an edit or a cancel came first. A freeze that comes later ends what can be ended. */
async function runUnlessVoid(
  call: Call,
  sight: Sight,
  step: Assessment,
  options: RunOptions,
  veto: () => Denial | undefined,
): Promise<Outcome> {
  const approved = step.operation as Approved<Operation>;
  const { signal, leave } = call.running.enter(sight.freeze);
  try {
    // Writing the record takes a while, and so does looking at what is stored: the cancel is looked at last.
    const voided = (await noLongerStands(call, sight)) ?? veto();
    if (voided !== undefined) return denied(voided);
    if (approved.kind === 'api') return await run(approved, step, options);
    return await run(approved, step, { ...options, signal: AbortSignal.any([options.signal, signal]) });
  } finally {
    leave();
  }
}

/** `"web-01" (101) stopped in 4 s`, so that the last word of a call in progress is what became of it. */
function endText(
  { operation, verb, facts: { guest, label, part } }: Assessment,
  { data, ms }: Extract<Outcome, { status: 'done' }>,
): string {
  if (isCommandAnswer(data)) return `Command on ${label}: ${endedText(data)}`;
  const name = guest === undefined ? label : `${quoted(guest.name)} (${guest.vmid})`;
  const what = part === undefined ? name : `${part} of ${name}`;
  const done = operation.kind === 'api' ? riskRule(operation)?.done : undefined;
  const took = `in ${Math.max(1, Math.round(ms / 1000))} s`;
  return done === undefined ? `${verb} ${what}: done ${took}` : `${what} ${done} ${took}`;
}

/** Whether it may run without a yes of its own: a grant may have ended while earlier steps ran. */
function isAllowed(call: Call, sight: Sight, step: Assessment): boolean {
  return decisionsOn(call, sight, [step]).every(({ kind }) => kind === 'allow');
}

const noLongerAllowed: Denial = {
  by: 'changed',
  why: 'What allowed this without a question has ended. Nothing was sent.',
  next: 'Propose it again: a person will be asked.',
};

function tooLate({ signal, clock }: Call, answeredAt: Moment | undefined): Denial | undefined {
  if (signal.aborted) return cancelled;
  if (answeredAt === undefined || !isOver(answeredAt, startWithin, clock)) return undefined;
  const why = 'The run did not start within 30 seconds of the answer. Nothing was sent.';
  return { by: 'timeout', why, next: 'Propose it again.' };
}

/** An end that cannot be recorded is found at the next start: its *before* record then has no *after*. */
async function recordEnd(
  call: Call,
  profile: GateProfile,
  step: Assessment,
  index: number,
  leave: Leave,
  outcome: Outcome,
): Promise<void> {
  const end: AuditEntry = {
    ...entry(call, profile, step, index),
    ...marks(leave, index),
    phase: 'after',
    decision: leave.decision,
    ...ending(outcome),
  };
  await call.audit.append(end).catch((error: unknown) => call.onProgress({ message: toPveError(error).message }));
}

/** Denies every step and records it. */
export async function denyAll(
  call: Call,
  profile: GateProfile,
  steps: readonly Assessment[],
  denial: Denial,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [index, step] of steps.entries()) outcomes.push(await deny(call, profile, step, index, denial));
  return outcomes;
}

/** Denies one step and records it. The denial stands even where it cannot be recorded. */
async function deny(
  call: Call,
  profile: GateProfile,
  step: Assessment,
  index: number,
  denial: Denial,
): Promise<Outcome> {
  const decision = `denied by ${denial.by}: ${denial.why}`;
  const note = denial.note === undefined ? {} : { note: denial.note };
  await call.audit
    .append({ ...entry(call, profile, step, index), phase: 'decided', decision, ...note })
    .catch((error: unknown) => call.onProgress({ message: toPveError(error).message }));
  return denied(denial);
}

function denied(denial: Denial): Outcome {
  return { status: 'denied', ...denial };
}

function mustRecord({ operation, risk, sensitive }: Assessment): boolean {
  return operation.kind !== 'api' || risk !== 'read' || sensitive;
}
