import { randomUUID } from 'node:crypto';
import { toPveError } from '../pve/error.ts';
import { answerMinutesOf } from './answer-time.ts';
import { askOnce, moment } from './approval.ts';
import { stepsText } from './assess.ts';
import { type Call, look, type Sight } from './call.ts';
import { answered, type Denial } from './denial.ts';
import type { RecentDenial } from './denials.ts';
import { targetName } from './labels.ts';
import { printable } from './printable.ts';
import { questionFacts } from './question-facts.ts';
import { refusalOf } from './refusal.ts';
import { askSecrets } from './secret-ask.ts';
import { denyAll, differs, noLongerStands, runSteps, unreadable } from './steps.ts';
import {
  type ApprovalAnswer,
  type ApprovalRequest,
  type Assessment,
  type Operation,
  type Outcome,
  risks,
} from './types.ts';
import type { Place } from './waiting.ts';

/** How often a question is asked anew because the cluster changed under it. */
const mostQuestions = 3;

/** Asks, reads every target again past every cache, and asks anew when anything has changed (G2). */
export async function askAndRun(call: Call, first: Sight): Promise<Outcome[]> {
  let sight = first;
  let changed = '';
  for (let asked = 0; asked < mostQuestions; asked += 1) {
    const answer = await ask(call, sight, changed);
    if ('by' in answer) return denyAll(call, sight.profile, sight.steps, answer);
    const filledIn = await askSecrets(call, sight, noLongerStands);
    if ('why' in filledIn) return denyAll(call, sight.profile, sight.steps, filledIn);
    const answeredAt = moment(call.clock);
    const now = await lookAgain(call, sight);
    if ('why' in now) return denyAll(call, sight.profile, sight.steps, now);
    if (now.digest === sight.digest) {
      const granted = answer.grant === true ? await grant(call, now) : '';
      const decision = `run: a person said yes (asked in the ${call.approver.name})${granted}`;
      return runSteps(call, now, { decision, answeredAt, filledIn });
    }
    changed = now.steps.flatMap((step, index) => differs(sight.steps[index] ?? step, step, true) ?? []).join(' ');
    sight = now;
  }
  return denyAll(call, sight.profile, sight.steps, {
    by: 'changed',
    why: `The target kept changing while a person was asked. ${changed}`,
    next: 'Look at it again before you propose anything.',
  });
}

/** One question, unless too many wait or a person has just denied the same (G11). */
async function ask(
  call: Call,
  sight: Sight,
  changed: string,
): Promise<Extract<ApprovalAnswer, { kind: 'run' }> | Denial> {
  const { origin, waiting, denials } = call;
  const before = origin.who === 'agent' ? denials.find(sight.steps) : undefined;
  if (before !== undefined) return deniedAgain(before);
  const place = waiting.enter(origin, () => noLongerStands(call, sight));
  if (place === undefined) return tooMany;
  try {
    const answer = await askAt(place, call, sight, changed);
    const voided = place.voided();
    if (voided !== undefined) return voided;
    if (answer.kind === 'run') return answer;
    if (answer.by === 'person' && origin.who === 'agent') denials.remember(sight.steps, answer.note);
    return answered(answer);
  } finally {
    place.leave();
  }
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
  { profile, send, steps }: Sight,
  changed: string,
): Promise<ApprovalAnswer> {
  const { approver, clock, origin, proposal, grants, denials, onProgress } = call;
  const signal = AbortSignal.any([call.signal, place.signal]);
  const assessments = await questionFacts(send, steps, { signal, clock });
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
  };
  onProgress({ message: waitingText(call) });
  return askOnce(approver, request, { clock, answerMs, signal });
}

function waitingText({ approver, origin }: Call): string {
  if (origin.who === 'person') return 'Waiting for your answer';
  return approver.name === 'editor' ? 'Waiting for you in Proxmox VE › Approvals' : 'Waiting for a person to answer';
}

/** Reads every target again, then the connection; what cannot be read any more is a denial, so that the audit tells of it. */
async function lookAgain(call: Call, before: Sight): Promise<Sight | Denial> {
  try {
    const operations = before.steps.map(({ operation }) => operation);
    const now = await look(call, before, operations);
    return (await noLongerStands(call, before)) ?? refusalOf(call, now, now.steps) ?? now;
  } catch (error) {
    return unreadable(call, error);
  }
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
