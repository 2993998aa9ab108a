import { randomUUID } from 'node:crypto';
import { toPveError } from '../pve/error.ts';
import { answerMinutesOf } from './answer-time.ts';
import { askOnce, moment } from './approval.ts';
import { stepsText } from './assess.ts';
import { type Call, digestOf, look, type Sight } from './call.ts';
import { answered, type Denial } from './denial.ts';
import type { RecentDenial } from './denials.ts';
import { editableSteps, editedCommands, risen, withEdits } from './edit.ts';
import { targetName } from './labels.ts';
import { printable } from './printable.ts';
import { questionFacts } from './question-facts.ts';
import { differs, noLongerStands, unreadable } from './recheck.ts';
import { refusalOf } from './refusal.ts';
import { type Performed, runAnswered } from './run-answered.ts';
import { safeguardOf } from './safeguard.ts';
import { askSecrets } from './secret-ask.ts';
import { denyAll } from './steps.ts';
import {
  type ApprovalAnswer,
  type ApprovalRequest,
  type Assessment,
  type CommandEdit,
  type Operation,
  type PlanDigest,
  risks,
  type Safeguard,
} from './types.ts';
import type { Place } from './waiting.ts';

/** How often a question is asked anew because the cluster changed under it. */
const mostQuestions = 3;

/**
 * Asks, reads every target again past every cache, and asks anew when anything has changed, or when what the person has
 * edited does more than what they were shown (G2).
 */
export async function askAndRun(call: Call, first: Sight): Promise<Performed> {
  let sight = first;
  let changed = '';
  let changes = 0;
  const deny = async (denial: Denial) => ({ outcomes: await denyAll(call, sight.profile, sight.steps, denial) });
  while (changes < mostQuestions) {
    const answer = await ask(call, { sight, first, changed });
    if ('by' in answer) return deny(answer);
    const filledIn = await askSecrets(call, sight, noLongerStands);
    if ('why' in filledIn) return deny(filledIn);
    const answeredAt = moment(call.clock);
    const { edits = [], safeguard } = answer;
    const now = await lookAgain(call, sight, edits);
    if ('why' in now) return deny(now);
    const isAsShown = targetsOf(now, edits, sight) === sight.digest;
    const more = risen(edits, sight.steps, now.steps);
    if (isAsShown && more.length === 0) {
      const granted = answer.grant === true ? await grant(call, now) : '';
      return runAnswered(call, { now, first, answeredAt, filledIn, granted, safeguard });
    }
    const differences = now.steps.flatMap((step, index) => differs(sight.steps[index] ?? step, step, true) ?? []);
    changed = [...differences, ...more].join(' ');
    sight = now;
    if (!isAsShown) changes += 1;
  }
  return deny({
    by: 'changed',
    why: `The target kept changing while a person was asked. ${changed}`,
    next: 'Look at it again before you propose anything.',
  });
}

/** Everything as it was shown, but for the words that the person has put in place of others. */
function targetsOf(now: Sight, edits: readonly CommandEdit[], shown: Sight): PlanDigest {
  const isEdited = (index: number) => edits.some(({ step }) => step === index);
  return digestOf(
    now.steps.map((step, at) => (isEdited(at) ? { ...step, digest: shown.steps[at]?.digest ?? step.digest } : step)),
  );
}

/** What is asked about. */
interface Asking {
  readonly sight: Sight;
  /** As it was proposed, before anybody edited it. */
  readonly first: Sight;
  readonly changed: string;
}

/** A yes, with what is to be done first. */
type Yes = Extract<ApprovalAnswer, { kind: 'run' }> & { readonly safeguard?: Safeguard | undefined };

/** One question, unless too many wait or a person has just denied the same (G11). */
async function ask(call: Call, asking: Asking): Promise<Yes | Denial> {
  const { origin, waiting, denials } = call;
  const { sight, first } = asking;
  const before = origin.who === 'agent' ? denials.find(sight.steps) : undefined;
  if (before !== undefined) return deniedAgain(before);
  const place = waiting.enter(origin, () => noLongerStands(call, sight));
  if (place === undefined) return tooMany;
  try {
    const answer = await askAt(place, call, asking);
    const voided = place.voided();
    if (voided !== undefined) return voided;
    if (answer.kind === 'run') return answer;
    if (answer.by === 'person' && origin.who === 'agent') denials.remember(asProposed(sight, first), answer.note);
    return answered(answer);
  } finally {
    place.leave();
  }
}

/** A denial is of what the agent has proposed, not of what a person made of it. */
function asProposed({ steps }: Sight, first: Sight): readonly Assessment[] {
  return editedCommands(first.steps, steps).length > 0 ? first.steps : steps;
}

/** The same answer as the person gave, so that the agent reads the note again. */
function deniedAgain({ note }: RecentDenial): Denial {
  return answered({ kind: 'deny', by: 'person', ...(note === undefined ? {} : { note }) });
}

const tooMany: Denial = {
  by: 'flood',
  why: 'Too many questions wait for a person already. Nothing was sent.',
  next: 'Wait until the others are answered; propose several steps as one plan.',
};

async function askAt(
  place: Place,
  call: Call,
  { sight, changed }: Asking,
): Promise<Yes | Exclude<ApprovalAnswer, Yes>> {
  const { profile, send, steps } = sight;
  const { approver, clock, origin, proposal, grants, denials, onProgress } = call;
  const signal = AbortSignal.any([call.signal, place.signal]);
  const [facts, safeguard] = await Promise.all([
    questionFacts(send, steps, { signal, clock }),
    approver.offersMore === true ? safeguardOf(sight, { signal, clock }) : undefined,
  ]);
  const assessments = withBeforehand(facts, call);
  const answerMs = answerMinutesOf(profile) * 60_000;
  const risk = highest(steps);
  const request: ApprovalRequest = {
    id: randomUUID(),
    connection: profile,
    origin,
    tool: proposal.tool,
    ...(proposal.title === undefined ? {} : { title: proposal.title }),
    ...(proposal.reason === undefined ? {} : { reason: proposal.reason }),
    assessments,
    risk,
    expiresAt: clock.now() + answerMs,
    ...(risk === 'destroy' ? { mustType: nameToType(steps) } : {}),
    ...(changed === '' ? {} : { changed }),
    offers: [
      ...(grants.mayGrant(steps, profile, origin) ? (['grant'] as const) : []),
      ...(origin.who === 'agent' && denials.areMany() ? (['freeze'] as const) : []),
    ],
    ...(safeguard === undefined ? {} : { safeguard }),
    ...(approver.offersMore === true ? { editable: editableSteps(steps, origin) } : {}),
  };
  onProgress({ message: waitingText(call) });
  const answer = await askOnce(approver, request, { clock, answerMs, signal });
  return answer.kind === 'run' && answer.first === true ? { ...answer, safeguard } : answer;
}

/** What whoever starts it knows beside the gate stands first. */
function withBeforehand([first, ...others]: readonly Assessment[], { beforehand = [] }: Call): readonly Assessment[] {
  if (first === undefined) return [];
  return [{ ...first, hazards: [...beforehand.map((one) => printable(one)), ...first.hazards] }, ...others];
}

function waitingText({ approver, origin }: Call): string {
  if (origin.who === 'person') return 'Waiting for your answer';
  return approver.name === 'editor' ? 'Waiting for you in Proxmox VE › Approvals' : 'Waiting for a person to answer';
}

/** Reads every target again, then the connection; what cannot be read any more is a denial, so that the audit tells of it. */
async function lookAgain(call: Call, before: Sight, edits: readonly CommandEdit[]): Promise<Sight | Denial> {
  try {
    const now = await look(call, before, withEdits(before.steps, edits, before.profile));
    const refused = refusalOf(call, now, now.steps);
    const asEdited = edits.length > 0 && refused !== undefined ? ofEdit(refused) : refused;
    return (await noLongerStands(call, before)) ?? asEdited ?? now;
  } catch (error) {
    return unreadable(call, error);
  }
}

function ofEdit(denial: Denial): Denial {
  return { ...denial, why: `A person edited the command, and as edited it may not run. ${denial.why}` };
}

/** A grant that cannot be recorded is not given; this one yes still holds. */
async function grant(call: Call, { profile, freeze, steps }: Sight): Promise<string> {
  const { id, name, revision } = profile;
  try {
    await call.audit.change({
      phase: 'changed',
      connection: { id, name, revision },
      changes: [`granted to this start of the server for 15 minutes: ${stepsText(steps)}`],
    });
  } catch (error) {
    call.onProgress({ message: `Not granted: ${toPveError(error).message}` });
    return '';
  }
  return `, and granted the same for 15 minutes (${call.grants.give(steps, call.origin, { profile, freeze }).id})`;
}

function highest(steps: readonly Assessment[]): Assessment['risk'] {
  return steps
    .map(({ risk }) => risk)
    .reduce((most, risk) => (risks.indexOf(risk) > risks.indexOf(most) ? risk : most), 'read');
}

/** As it is shown, so that nothing invisible is to be typed. */
function nameToType([step]: readonly Assessment[]): string {
  return step === undefined ? '' : printable(step.facts.guest?.name ?? nameOf(step.operation));
}

function nameOf(operation: Operation): string {
  return operation.kind === 'api' ? targetName(operation) : operation.target.node;
}
