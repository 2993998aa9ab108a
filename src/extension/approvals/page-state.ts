import type { RecentDenial } from '../../gate/denials.ts';
import type { Grant } from '../../gate/grants.ts';
import { printable } from '../../gate/printable.ts';
import { factText, requestLine } from '../../gate/question.ts';
import type { Fact, Freeze, Safeguard } from '../../gate/types.ts';
import type { Clock } from '../../pve/clock.ts';
import type { Desk } from './desk.ts';
import { type End, type Entry, isArmed, isOwn, isWaiting } from './entry.ts';
import { fill } from './fill.ts';
import { editableCommands } from './offers.ts';
import type {
  Card,
  CardFact,
  CardQuestion,
  CardSafeguard,
  CardStep,
  Kept,
  Line,
  PageState,
  Words,
} from './protocol.ts';

/** What the approvals page is made of. */
export interface Sources {
  readonly desk: Pick<Desk, 'cards' | 'recent'>;
  readonly grants: readonly Grant[];
  readonly denials: readonly RecentDenial[];
  readonly freeze: Freeze;
  readonly words: Words;
  readonly clock: Clock;
}

/** Everything that the page shows now: it keeps nothing itself but what is being typed. */
export function pageState({ desk, grants, denials, freeze, words, clock }: Sources): PageState {
  return {
    words,
    ...(freeze.since === undefined ? {} : { frozenSince: Date.parse(freeze.since) }),
    items: itemsOf(desk.cards(), words, clock),
    granted: grants.map(({ id, title, expiresAt }) => ({ id, title, until: expiresAt })),
    denied: denials.map(deniedAgain),
    recent: desk.recent().flatMap((entry) => lineOf(entry, words)),
  };
}

/** How many questions wait as cards. */
export function countWaiting({ cards }: Pick<Desk, 'cards'>): number {
  return cards().filter(isWaiting).length;
}

/** What waits comes first, the oldest on top; below it what has just ended, the newest on top. */
function itemsOf(entries: readonly Readonly<Entry>[], words: Words, clock: Clock): (Card | Line)[] {
  const waiting = entries.filter(isWaiting);
  const cards = [...new Set(waiting.map(({ stack }) => stack))].map((id): Card => {
    const together = waiting.filter(({ stack }) => stack === id);
    return { kind: 'card', id, questions: together.map((entry) => questionOf(entry, words, clock)) };
  });
  const lines = entries.flatMap((entry) => lineOf(entry, words));
  return [...cards, ...lines.sort((a, b) => b.at - a.at)];
}

function questionOf(entry: Readonly<Entry>, words: Words, clock: Clock): CardQuestion {
  const { request, question, opened } = entry;
  const { title, act, changed, claims, tooLong } = question;
  const { safeguard } = request;
  return {
    ...{ id: request.id, title, act, changed, claims, risk: request.risk },
    steps: stepsOf(entry),
    actEdited: actEdited(entry, words),
    ...(safeguard === undefined ? {} : { safeguard: safeguardOf(safeguard, words) }),
    ...(request.mustType === undefined ? {} : { mustType: request.mustType }),
    offersGrant: request.offers.includes('grant'),
    offersFreeze: request.offers.includes('freeze'),
    own: isOwn(entry),
    mustOpen: tooLong && !opened,
    armed: isArmed(entry, clock),
    remaining: Math.max(0, request.expiresAt - clock.now()),
  };
}

function stepsOf({ request, question }: Readonly<Entry>): CardStep[] {
  const texts = editableCommands(request);
  return question.steps.flatMap((step, index) => {
    const assessment = request.assessments[index];
    if (assessment === undefined) return [];
    const text = texts.get(index);
    return {
      ...step,
      hazards: assessment.hazards.map(factOf),
      notes: assessment.notes.map(factOf),
      ...(text === undefined ? {} : { editable: text }),
    };
  });
}

function factOf(fact: Fact): CardFact {
  return { text: factText(fact), ...(typeof fact === 'string' ? {} : { source: printable(fact.source.what, 60) }) };
}

function actEdited({ request: { assessments } }: Readonly<Entry>, words: Words): string {
  const [one] = assessments;
  if (assessments.length !== 1 || one === undefined) return fill(words.runStepsEdited, assessments.length);
  return fill(words.runEdited, printable(one.facts.guest?.name ?? one.facts.label, 64));
}

function safeguardOf({ kind, step }: Safeguard, words: Words): CardSafeguard {
  const { operation, effect, hazards } = step;
  const storage = operation.kind === 'api' ? [operation.params.storage ?? []].flat().join(', ') : '';
  return {
    label: kind === 'snapshot' ? words.snapshotFirst : fill(words.backupFirst, printable(storage, 64)),
    effect,
    hazards: hazards.map(factText),
    request: requestLine(step),
  };
}

function lineOf(entry: Readonly<Entry>, words: Words): Line[] {
  const { request, question, end, endedAt, late } = entry;
  if (end === undefined || endedAt === undefined) return [];
  const text = [endText(entry, words), ...(late ? [words.tooLate] : [])].join(' ');
  return [{ kind: 'line', id: request.id, act: question.act, end: end.kind, text, at: endedAt }];
}

function endText(entry: Readonly<Entry>, words: Words): string {
  const { end } = entry;
  switch (end?.kind) {
    case 'run':
      return ranText(entry, end, words);
    case 'deny':
      if (isOwn(entry)) return words.calledOff;
      return end.note === undefined ? words.denied : fill(words.deniedWithNote, end.note);
    case 'withdrawn':
      return fill(words.withdrawn, end.why);
    case 'expired':
      return fill(words.expired, end.minutes);
    case undefined:
      return '';
  }
}

function ranText({ request }: Readonly<Entry>, end: Extract<End, { kind: 'run' }>, words: Words): string {
  const first = request.safeguard?.kind === 'backup' ? words.ranAfterBackup : words.ranAfterSnapshot;
  return [
    end.grant ? words.ranAndGranted : words.ran,
    ...(end.first ? [first] : []),
    ...(end.edited ? [words.ranEdited] : []),
  ].join(' · ');
}

function deniedAgain({ id, title, note, expiresAt }: RecentDenial): Kept {
  return { id, title, ...(note === undefined ? {} : { note }), until: expiresAt };
}
