import type { RecentDenial } from '../../gate/denials.ts';
import type { Grant } from '../../gate/grants.ts';
import type { Freeze } from '../../gate/types.ts';
import type { Clock } from '../../pve/clock.ts';
import type { Desk } from './desk.ts';
import { type Entry, isArmed, isOwn, isWaiting } from './entry.ts';
import { fill } from './fill.ts';
import type { Card, CardQuestion, Kept, Line, PageState, Words } from './protocol.ts';

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
    return { kind: 'card', id, questions: together.map((entry) => questionOf(entry, clock)) };
  });
  const lines = entries.flatMap((entry) => lineOf(entry, words));
  return [...cards, ...lines.sort((a, b) => b.at - a.at)];
}

function questionOf(entry: Readonly<Entry>, clock: Clock): CardQuestion {
  const { request, question, opened } = entry;
  const { title, act, changed, steps, claims, tooLong } = question;
  return {
    ...{ id: request.id, title, act, changed, steps, claims, risk: request.risk },
    ...(request.mustType === undefined ? {} : { mustType: request.mustType }),
    offersGrant: request.offers.includes('grant'),
    offersFreeze: request.offers.includes('freeze'),
    own: isOwn(entry),
    mustOpen: tooLong && !opened,
    armed: isArmed(entry, clock),
    remaining: Math.max(0, request.expiresAt - clock.now()),
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
      return end.grant ? words.ranAndGranted : words.ran;
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

function deniedAgain({ id, title, note, expiresAt }: RecentDenial): Kept {
  return { id, title, ...(note === undefined ? {} : { note }), until: expiresAt };
}
