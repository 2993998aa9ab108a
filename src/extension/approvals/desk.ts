import type { Question } from '../../gate/question.ts';
import type { ApprovalAnswer, ApprovalRequest, Approver } from '../../gate/types.ts';
import type { Clock } from '../../pve/clock.ts';
import {
  answerOf,
  type CardAnswer,
  type Entry,
  endOf,
  fitsDialog,
  isArmed,
  isForOne,
  isLate,
  isOwn,
  isVoid,
  isWaiting,
  isWhole,
  newEntry,
  readMs,
  stackKey,
  withdrawalOf,
} from './entry.ts';

/** Questions that arrive within this time of the first are shown together, milliseconds. */
const stackMs = 300;
/** How long a question that has ended stays among the cards as one line, milliseconds. */
const lineMs = 30_000;
const mostRecent = 20;

/** What is pressed in a modal dialog. */
export type Pressed = 'review' | 'run' | 'deny' | 'freeze';

export interface DeskOptions {
  readonly clock: Clock;
  /** Whether the person is at this window, so that a modal dialog is where they look. */
  readonly isFocused: () => boolean;
  /** Asks one question in a modal dialog. No code can close it, so its answer may come late. */
  readonly dialog: (request: ApprovalRequest, question: Question) => Promise<Pressed>;
  /** The person wants to see the cards. */
  readonly review: () => void;
  /** The person wants everything frozen. */
  readonly freeze: () => void;
  /** A dialog was answered when it no longer mattered. */
  readonly tooLate: () => void;
}

/** Where questions wait for a person: one alone in a modal dialog, everything else as cards (gate.md G18). */
export interface Desk extends Approver {
  /** Questions that wait as cards and, for a while, those that have ended. Oldest first. */
  cards(): readonly Readonly<Entry>[];
  /** The last that have ended and are no cards any more. Newest first. */
  recent(): readonly Readonly<Entry>[];
  /** An answer given on a card, to all or some of its questions. One that is late, too soon or not whole does nothing. */
  answer(ids: readonly string[], answer: CardAnswer): void;
  /** The cards whose buttons can be seen now; those that are not named cannot. */
  shown(ids: readonly string[]): void;
  /** The whole request was opened. */
  opened(id: string): void;
  onChange(listener: () => void): void;
}

export function createDesk(options: DeskOptions): Desk {
  const { clock } = options;
  const entries = new Map<string, Entry>();
  const listeners = new Set<() => void>();
  let recent: readonly Entry[] = [];
  let arriving: Entry[] = [];
  let isDialogOpen = false;

  const all = (): Entry[] => [...entries.values()];
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const later = (ms: number, then: () => void): void => void clock.sleep(ms).then(then);
  /** Cards have come, gone or moved: what is pressed in the next moment may be meant for what stood there before. */
  const moved = (): void => {
    const now = clock.monotonic();
    const inSight = all().filter(({ seenSince }) => seenSince !== undefined);
    for (const entry of inSight) entry.seenSince = now;
    changed();
    if (inSight.length > 0) tellWhenArmed();
  };
  // A timer may fire a moment early by the other clock.
  const tellWhenArmed = (): void => later(readMs + 10, changed);

  const hold = (entry: Entry): void => {
    arriving.push(entry);
    if (arriving.length > 1) return;
    later(stackMs, () => {
      const arrived = arriving;
      arriving = [];
      place(arrived);
    });
  };

  const place = (arrived: readonly Entry[]): void => {
    const open = arrived.filter(isWaiting);
    const [first] = open;
    if (open.length === 1 && first !== undefined && belongsInDialog(first)) void askInDialog(first);
    else toCards(open);
  };

  const belongsInDialog = (entry: Entry): boolean => {
    const isAlone = !all().some((other) => isWaiting(other) && other.place === 'card');
    return fitsDialog(entry) && options.isFocused() && !isDialogOpen && (isAlone || isOwn(entry));
  };

  const toCards = (open: readonly Entry[]): void => {
    const stacks = new Map<string, string>();
    for (const entry of open) {
      entry.place = 'card';
      entry.stack = stacks.get(stackKey(entry)) ?? entry.request.id;
      stacks.set(stackKey(entry), entry.stack);
    }
    moved();
  };

  const askInDialog = async (entry: Entry): Promise<void> => {
    entry.place = 'dialog';
    isDialogOpen = true;
    // A dialog that cannot be shown leaves the question to its card.
    const pressed = await options.dialog(entry.request, entry.question).catch((): Pressed => 'review');
    isDialogOpen = false;
    if (!isWaiting(entry)) {
      if (pressed !== 'deny') options.tooLate();
      return;
    }
    if (pressed === 'run' || pressed === 'deny') return finish(entry, answerOf({ kind: pressed }));
    toCards([entry]);
    if (pressed === 'freeze') options.freeze();
    else options.review();
  };

  /** The first end counts, and the gate hears of it once. */
  const finish = (entry: Entry, wanted: ApprovalAnswer, why = ''): void => {
    if (!isWaiting(entry)) return;
    const answer: ApprovalAnswer = isLate(entry, clock) ? { kind: 'deny', by: 'timeout' } : wanted;
    entry.end = endOf(answer, entry, why);
    entry.endedAt = clock.now();
    entry.resolve(answer);
    later(lineMs, () => forget(entry));
    moved();
  };

  const forget = (entry: Entry): void => {
    entries.delete(entry.request.id);
    if (entry.place !== 'held') recent = [entry, ...recent].slice(0, mostRecent);
    moved();
  };

  return {
    name: 'editor',
    offersMore: true,
    ask: (request, signal) =>
      new Promise((resolve) => {
        const entry = newEntry(request, resolve, clock);
        const withdraw = (): void => finish(entry, withdrawalOf(signal.reason), String(signal.reason));
        if (signal.aborted) return withdraw();
        signal.addEventListener('abort', withdraw, { once: true });
        entries.set(request.id, entry);
        // What a person has just started keeps nobody waiting.
        if (isOwn(entry)) place([entry]);
        else hold(entry);
      }),
    // One that was asked in a dialog gets its line here when it has ended.
    cards: () => all().filter((one) => one.place === 'card' || (one.place === 'dialog' && !isWaiting(one))),
    recent: () => recent,
    answer(ids, answer) {
      const answered = ids.flatMap((id) => entries.get(id) ?? []).filter(({ place }) => place === 'card');
      if (new Set(answered.map(({ stack }) => stack)).size !== 1) return;
      if (isForOne(answer) && answered.length > 1) return;
      for (const entry of answered.filter(isVoid)) entry.late = true;
      const isTaken = (one: Entry) => answer.kind === 'deny' || (isArmed(one, clock) && isWhole(one, answer));
      // All are judged before the first is answered, for the others begin anew with that.
      for (const entry of answered.filter(isTaken)) finish(entry, answerOf(answer));
      changed();
    },
    shown(ids) {
      const now = clock.monotonic();
      for (const entry of all())
        entry.seenSince = ids.includes(entry.request.id) ? (entry.seenSince ?? now) : undefined;
      changed();
      if (all().some(({ seenSince }) => seenSince === now)) tellWhenArmed();
    },
    opened(id) {
      const entry = entries.get(id);
      if (entry === undefined) return;
      entry.opened = true;
      changed();
    },
    onChange: (listener) => void listeners.add(listener),
  };
}
