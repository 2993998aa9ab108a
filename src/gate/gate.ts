import { randomUUID } from 'node:crypto';
import { PveError } from '../pve/error.ts';
import { askOnce, moment } from './approval.ts';
import { assess } from './assess.ts';
import { type Call, type GateOptions, isUnchanged, look, profileOf, type Sight } from './call.ts';
import { decide } from './decide.ts';
import { plainFacts } from './facts.ts';
import { issueText, maxSteps, proposalSchema, toOperation } from './operation.ts';
import { toPveError } from './run.ts';
import { connectionChanged, type Denial, denyAll, differs, runSteps, unreadable } from './steps.ts';
import {
  type ApprovalAnswer,
  type Assessment,
  type Gate,
  type GateProfile,
  type Outcome,
  type Progress,
  risks,
} from './types.ts';

/** How often a question is asked anew because the cluster changed under it. */
const mostQuestions = 3;
const answerMsDefault = 5 * 60_000;

/** The single place that performs operations: assess → decide → ask → recheck → audit → run → audit (G3). */
export function createGate(options: GateOptions): Gate {
  return {
    async perform(proposal, origin, { signal, onProgress }) {
      const plan = randomUUID();
      // A person's own view shows the person's own data; an agent's answer leaves for the model's provider (G15).
      const forReader = <T>(value: T) => (origin.who === 'agent' ? (options.redactor.value(value) as T) : value);
      const tell = (progress: Progress): void => {
        try {
          onProgress(forReader(progress));
        } catch {
          // A view that is gone changes nothing of what becomes of a write.
        }
      };
      const outcomes = await performPlan({ ...options, signal, onProgress: tell, plan, proposal, origin }).catch(
        (error: unknown) => {
          const failed: Outcome = { status: 'failed', error: toPveError(error).data };
          const steps = Array.isArray(proposal.operations) ? Math.min(proposal.operations.length, maxSteps) : 1;
          return Array.from({ length: Math.max(1, steps) }, () => failed);
        },
      );
      return { plan, outcomes: forReader(outcomes) };
    },
  };
}

async function performPlan(given: Call): Promise<Outcome[]> {
  const { success, data: proposal, error } = proposalSchema.safeParse(given.proposal);
  if (!success) throw malformed(error.issues.map(issueText));
  // From here on the copy that was checked; who proposed it may have kept the other one.
  const call = { ...given, proposal };
  const profile = await profileOf(call);
  const operations = proposal.operations.map((operation) => toOperation(operation, profile));

  // What a level or a rule refuses is refused before the cluster is asked for facts.
  const refused = refusal(
    call,
    profile,
    operations.map((operation) => assess(operation, plainFacts(operation))),
  );
  if (refused !== undefined) return denyAll(call, profile, refused.steps, refused.denial);

  const sight = await look(call, profile, operations);
  // The facts may tell of more than the request alone did.
  const refusedNow = refusal(call, profile, sight.steps);
  if (refusedNow !== undefined) return denyAll(call, profile, refusedNow.steps, refusedNow.denial);
  const decisions = sight.steps.map((step) => decide(step, call.origin, profile, sight.steps.length));
  if (decisions.every(({ kind }) => kind === 'allow'))
    return runSteps(call, sight, { decision: 'allowed: a person did it' });
  return askAndRun(call, sight);
}

function refusal(
  call: Call,
  profile: GateProfile,
  steps: readonly Assessment[],
): { steps: readonly Assessment[]; denial: Denial } | undefined {
  for (const step of steps) {
    const decision = decide(step, call.origin, profile, steps.length);
    if (decision.kind === 'deny') return { steps, denial: decision };
  }
  if (steps.length === 1 || steps.every(({ risk }) => risk !== 'destroy')) return undefined;
  const why = 'What destroys is asked about alone, one target at a time.';
  return { steps, denial: { by: 'policy', why, next: 'Propose it as a call of its own.' } };
}

/** Asks, reads every target again past every cache, and asks anew when anything has changed (G2). */
async function askAndRun(call: Call, first: Sight): Promise<Outcome[]> {
  let sight = first;
  let changed = '';
  for (let asked = 0; asked < mostQuestions; asked += 1) {
    const answer = await ask(call, sight, changed);
    const answeredAt = moment(call.clock);
    if (answer.kind !== 'run') return denyAll(call, sight.profile, sight.steps, denial(answer));
    const now = await lookAgain(call, sight);
    if ('why' in now) return denyAll(call, sight.profile, sight.steps, now);
    const decision = `run: a person said yes (asked in the ${call.approver.name})`;
    if (now.digest === sight.digest) return runSteps(call, now, { decision, answeredAt });
    changed = now.steps.flatMap((step, index) => differs(sight.steps[index] ?? step, step, true) ?? []).join(' ');
    sight = now;
  }
  const why = `The target kept changing while a person was asked. ${changed}`;
  return denyAll(call, sight.profile, sight.steps, {
    by: 'changed',
    why,
    next: 'Look at it again before you propose anything.',
  });
}

/** Reads every target again, then the connection; what cannot be read any more is a denial, so that the audit tells of it. */
async function lookAgain(call: Call, { profile, steps }: Sight): Promise<Sight | Denial> {
  try {
    const operations = steps.map(({ operation }) => operation);
    const now = await look(call, profile, operations);
    return (await isUnchanged(call, profile)) ? now : connectionChanged;
  } catch (error) {
    return unreadable(call, error);
  }
}

function ask(call: Call, { profile, steps }: Sight, changed: string): Promise<ApprovalAnswer> {
  const { approver, clock, answerMs = answerMsDefault, signal, origin, proposal, onProgress } = call;
  const risk = highest(steps);
  onProgress({ message: origin.who === 'agent' ? 'Waiting for a person to answer' : 'Waiting for your answer' });
  return askOnce(
    approver,
    {
      id: randomUUID(),
      connection: profile,
      origin,
      tool: proposal.tool,
      ...(proposal.reason === undefined ? {} : { reason: proposal.reason }),
      assessments: steps,
      risk,
      expiresAt: clock.now() + answerMs,
      ...(risk === 'destroy' ? { mustType: nameToType(steps) } : {}),
      ...(changed === '' ? {} : { changed }),
    },
    { clock, answerMs, signal },
  );
}

function highest(steps: readonly Assessment[]): Assessment['risk'] {
  return steps
    .map(({ risk }) => risk)
    .reduce((most, risk) => (risks.indexOf(risk) > risks.indexOf(most) ? risk : most), 'read');
}

function nameToType([step]: readonly Assessment[]): string {
  return step?.facts.guest?.name ?? step?.operation.segments.at(-1) ?? '';
}

function denial({ by, note }: Extract<ApprovalAnswer, { kind: 'deny' }>): Denial {
  const said = note === undefined || note === '' ? {} : { note };
  switch (by) {
    case 'person':
      return {
        by,
        why: 'A person said no. Nothing was sent.',
        next: 'Do not try another way; ask what they want.',
        ...said,
      };
    case 'timeout':
      return {
        by,
        why: 'Nobody answered in time. Nothing was sent.',
        next: 'Ask the person before you propose it again.',
        ...said,
      };
    case 'cancelled':
      return { by, why: 'The call was cancelled. Nothing was sent.', ...said };
    case 'nobody':
      return {
        by,
        why: 'Nobody could be asked. Nothing was sent.',
        next: 'Ask the person to do it, or to use a client that can ask.',
        ...said,
      };
  }
}

function malformed(issues: readonly string[]): PveError {
  return new PveError({
    code: 'invalid_argument',
    message: 'The proposal is malformed',
    reason: issues,
    hint: 'Correct it and call again.',
  });
}
