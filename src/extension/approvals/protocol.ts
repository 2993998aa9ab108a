// What the approvals page and the window say to each other. The page imports types only.
import * as z from 'zod';

const id = z.string().min(1).max(64);
const ids = z.array(id).max(64);

/** Everything that the page may say (gate.md G13). */
export const pageMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({
    type: z.literal('run'),
    ids,
    typed: z.string().max(256).exactOptional(),
    grant: z.literal(true).exactOptional(),
  }),
  z.strictObject({ type: z.literal('deny'), ids, note: z.string().max(500).exactOptional() }),
  z.strictObject({ type: z.literal('show'), id }),
  z.strictObject({ type: z.literal('shown'), ids }),
  z.strictObject({ type: z.literal('revoke'), id }),
  z.strictObject({ type: z.literal('askAgain'), id }),
  z.strictObject({ type: z.literal('freeze') }),
  z.strictObject({ type: z.literal('lift') }),
]);
export type PageMessage = z.infer<typeof pageMessageSchema>;

/** Everything that the page shows. */
export interface PageState {
  readonly words: Words;
  /** Wall clock, milliseconds; absent while nothing is frozen. */
  readonly frozenSince?: number;
  /** Cards, then lines. */
  readonly items: readonly (Card | Line)[];
  readonly granted: readonly Kept[];
  readonly denied: readonly Kept[];
  readonly recent: readonly Line[];
}

/** One question, or several that came together. */
export interface Card {
  readonly kind: 'card';
  /** Of the stack. */
  readonly id: string;
  readonly questions: readonly CardQuestion[];
}

export interface CardQuestion {
  readonly id: string;
  readonly title: string;
  /** For a button: `Stop web-01`. */
  readonly act: string;
  readonly risk: string;
  readonly changed: readonly string[];
  readonly steps: readonly CardStep[];
  readonly claims: readonly string[];
  /** The name to type before it can be run. */
  readonly mustType?: string;
  readonly offersGrant: boolean;
  readonly offersFreeze: boolean;
  /** A person started it: it is called off, not denied. */
  readonly own: boolean;
  /** It is too long to be run before the whole request was opened. */
  readonly mustOpen: boolean;
  /** It could be seen long enough for a yes. */
  readonly armed: boolean;
  /** Milliseconds. */
  readonly remaining: number;
}

export interface CardStep {
  readonly what: string;
  /** `, running → stopped` */
  readonly change: string;
  readonly state: readonly string[];
  readonly effect: string;
  /** Worst first. */
  readonly hazards: readonly string[];
  readonly notes: readonly string[];
  readonly undo: readonly string[];
  readonly request: string;
}

/** A question that has ended. */
export interface Line {
  readonly kind: 'line';
  /** Of the question. */
  readonly id: string;
  readonly act: string;
  readonly end: 'run' | 'deny' | 'withdrawn' | 'expired';
  /** How it ended, in words. */
  readonly text: string;
  /** Wall clock, milliseconds. */
  readonly at: number;
}

/** A grant, or a denial that holds. */
export interface Kept {
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  /** Wall clock, milliseconds. */
  readonly until: number;
}

/** The page's own words, in the person's language; `{0}` and `{1}` are filled in by `fill`. */
export type Words = Readonly<Record<(typeof wordNames)[number], string>>;
export const wordNames = [
  'approvals',
  'empty',
  'frozen',
  'lift',
  'newQuestion',
  'several',
  'severalHint',
  'undo',
  'showRequest',
  'mustOpen',
  'typeName',
  'note',
  'grant',
  'freezeOffer',
  'freeze',
  'runSome',
  'deny',
  'denyAll',
  'callOff',
  'timeLeft',
  'granted',
  'until',
  'revoke',
  'deniedAgain',
  'askAgain',
  'recent',
  'ended',
  'ran',
  'ranAndGranted',
  'denied',
  'calledOff',
  'deniedWithNote',
  'withdrawn',
  'expired',
  'tooLate',
] as const;
