import { isOver, type Moment, moment, notInTime } from '../../gate/approval.ts';
import { type Question, questionText } from '../../gate/question.ts';
import type { ApprovalAnswer, ApprovalRequest, CommandEdit } from '../../gate/types.ts';
import type { Clock } from '../../pve/clock.ts';
import { isOffered } from './offers.ts';

/** A yes counts when its buttons could be seen for at least this long, milliseconds (gate.md G18). */
export const readMs = 500;

/** How a question ended. */
export type End =
  | { readonly kind: 'run'; readonly grant: boolean; readonly first: boolean; readonly edited: boolean }
  | { readonly kind: 'deny'; readonly note?: string }
  | { readonly kind: 'withdrawn'; readonly why: string }
  | { readonly kind: 'expired'; readonly minutes: number };

/** A question to a person, from its arrival until it is forgotten. */
export interface Entry {
  readonly request: ApprovalRequest;
  readonly question: Question;
  readonly asked: Moment;
  /** How long it may wait, milliseconds. */
  readonly answerMs: number;
  /** Hands the answer to the gate. */
  readonly resolve: (answer: ApprovalAnswer) => void;
  /** `held`: more may come at the same time. */
  place: 'held' | 'dialog' | 'card';
  /** Those that came together share it. */
  stack: string;
  /** Since when its buttons can be seen, by the monotonic clock. */
  seenSince?: number | undefined;
  /** The whole request was opened. */
  opened: boolean;
  end?: End;
  /** Wall clock, milliseconds. */
  endedAt?: number;
  /** It was answered after it had been withdrawn or had expired. */
  late: boolean;
}

/** What a person answers on a card. */
export type CardAnswer =
  | {
      readonly kind: 'run';
      readonly typed?: string | undefined;
      readonly grant?: true | undefined;
      readonly first?: true | undefined;
      readonly edits?: readonly CommandEdit[] | undefined;
    }
  | { readonly kind: 'deny'; readonly note?: string | undefined };

export function newEntry(request: ApprovalRequest, resolve: Entry['resolve'], clock: Clock): Entry {
  return {
    request,
    question: questionText(request),
    asked: moment(clock),
    answerMs: request.expiresAt - clock.now(),
    resolve,
    place: 'held',
    stack: request.id,
    opened: false,
    late: false,
  };
}

export function isWaiting({ end }: Readonly<Entry>): boolean {
  return end === undefined;
}

/** Nobody waits for it any more, and no answer was given. */
export function isVoid({ end }: Readonly<Entry>): boolean {
  return end?.kind === 'withdrawn' || end?.kind === 'expired';
}

/** What a person started, as opposed to an agent. */
export function isOwn({ request }: Readonly<Entry>): boolean {
  return request.origin.who === 'person';
}

/** What a dialog shows whole, and has a button to run (gate.md G18). */
export function fitsDialog({ request, question }: Readonly<Entry>): boolean {
  return request.mustType === undefined && !question.tooLong;
}

/** The calls of one agent stack. What wants more than a tick in a box, and what a person started, is a card of its own. */
export function stackKey(entry: Readonly<Entry>): string {
  const { origin, id } = entry.request;
  return origin.who === 'agent' && fitsDialog(entry) ? origin.launch : id;
}

/** Whether it could be seen long enough for a yes. */
export function isArmed({ seenSince }: Readonly<Entry>, { monotonic }: Clock): boolean {
  return seenSince !== undefined && monotonic() - seenSince >= readMs;
}

/** Whether a yes says everything that this question wants. The gate looks at it again. */
export function isWhole({ request, question, opened }: Readonly<Entry>, answer: CardAnswer & { kind: 'run' }): boolean {
  const { typed } = answer;
  return (
    (request.mustType === undefined || typed === request.mustType) &&
    isOffered(request, answer) &&
    (!question.tooLong || opened)
  );
}

/** What is done first, and other words for a command, belong to one question alone. */
export function isForOne(answer: CardAnswer): boolean {
  return answer.kind === 'run' && (answer.first !== undefined || answer.edits !== undefined);
}

/** An answer in the gate's words. */
export function answerOf(answer: CardAnswer): ApprovalAnswer {
  if (answer.kind === 'run') {
    const { typed, grant, first, edits } = answer;
    return {
      kind: 'run',
      ...(typed === undefined ? {} : { typed }),
      ...(grant === undefined ? {} : { grant }),
      ...(first === undefined ? {} : { first }),
      ...(edits === undefined ? {} : { edits }),
    };
  }
  const note = answer.note?.trim() ?? '';
  return { kind: 'deny', by: 'person', ...(note === '' ? {} : { note }) };
}

/** How a question has ended by this answer: a person's, or the lack of one. */
export function endOf(answer: ApprovalAnswer, entry: Readonly<Entry>, why: string): End {
  if (answer.kind === 'run') {
    const { grant, first, edits } = answer;
    return { kind: 'run', grant: grant === true, first: first === true, edited: edits !== undefined };
  }
  const { by, note } = answer;
  if (by === 'person') return { kind: 'deny', ...(note === undefined ? {} : { note }) };
  if (by === 'timeout') return { kind: 'expired', minutes: Math.round(entry.answerMs / 60_000) };
  return { kind: 'withdrawn', why };
}

/** The answer that a withdrawn question gets. The gate has its own already; this one only ends the waiting. */
export function withdrawalOf(reason: unknown): ApprovalAnswer {
  return { kind: 'deny', by: reason === notInTime ? 'timeout' : 'cancelled' };
}

/** Whether its time is over, by whichever clock says so first. */
export function isLate({ asked, answerMs }: Readonly<Entry>, clock: Clock): boolean {
  return isOver(asked, answerMs, clock);
}
