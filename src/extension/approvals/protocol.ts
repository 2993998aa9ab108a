// What the approvals page and the window say to each other. The page imports types only.
import * as z from 'zod';

const id = z.string().min(1).max(64);
const ids = z.array(id).max(64);
/** The number of a step: a plan has at most 50 (gate.md G3). */
const step = z.number().int().min(0).max(49);
const mostBytes = 64 * 1024;
const edit = z.strictObject({
  step,
  text: z
    .string()
    .min(1)
    .refine((text) => new TextEncoder().encode(text).length <= mostBytes),
});

/** Everything that the page may say (gate.md G13). */
export const pageMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({
    type: z.literal('run'),
    ids,
    typed: z.string().max(256).exactOptional(),
    grant: z.literal(true).exactOptional(),
    first: z.literal(true).exactOptional(),
    edits: z.array(edit).min(1).max(50).exactOptional(),
  }),
  z.strictObject({ type: z.literal('deny'), ids, note: z.string().max(500).exactOptional() }),
  z.strictObject({ type: z.literal('show'), id }),
  z.strictObject({
    type: z.literal('source'),
    id,
    step,
    list: z.enum(['hazards', 'notes']),
    at: z.number().int().min(0).max(999),
  }),
  z.strictObject({ type: z.literal('shown'), ids }),
  z.strictObject({ type: z.literal('revoke'), id }),
  z.strictObject({ type: z.literal('askAgain'), id }),
  z.strictObject({ type: z.literal('freeze') }),
  z.strictObject({ type: z.literal('lift') }),
]);
export type PageMessage = z.infer<typeof pageMessageSchema>;
/** Which fact of a question: a place in it, never a path of the cluster. */
export type FactPlace = Omit<Extract<PageMessage, { type: 'source' }>, 'type' | 'id'>;

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
  /** The same, when a command of it was edited. */
  readonly actEdited: string;
  readonly risk: string;
  readonly changed: readonly string[];
  readonly steps: readonly CardStep[];
  readonly claims: readonly string[];
  /** The name to type before it can be run. */
  readonly mustType?: string;
  readonly offersGrant: boolean;
  readonly offersFreeze: boolean;
  readonly safeguard?: CardSafeguard;
  /** A person started it: it is called off, not denied. */
  readonly own: boolean;
  /** It is too long to be run before the whole request was opened. */
  readonly mustOpen: boolean;
  /** It could be seen long enough for a yes. */
  readonly armed: boolean;
  /** Milliseconds. */
  readonly remaining: number;
}

/** What can be done first, so that there is a way back. */
export interface CardSafeguard {
  /** For the box. */
  readonly label: string;
  readonly effect: string;
  readonly hazards: readonly string[];
  readonly request: string;
}

/** Something to know, with a link to where it comes from, if there is one. */
export interface CardFact {
  readonly text: string;
  /** The name of the link. */
  readonly source?: string;
}

export interface CardStep {
  readonly what: string;
  /** `, running → stopped` */
  readonly change: string;
  readonly state: readonly string[];
  readonly effect: string;
  /** Worst first. */
  readonly hazards: readonly CardFact[];
  readonly notes: readonly CardFact[];
  readonly undo: readonly string[];
  readonly request: string;
  /** The command's text, where a person may run other words. */
  readonly editable?: string;
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
  'snapshotFirst',
  'backupFirst',
  'edit',
  'editStep',
  'editedCommand',
  'editedStep',
  'editHint',
  'editBad',
  'discardEdit',
  'runEdited',
  'runStepsEdited',
  'showSource',
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
  'ranAfterSnapshot',
  'ranAfterBackup',
  'ranEdited',
  'denied',
  'calledOff',
  'deniedWithNote',
  'withdrawn',
  'expired',
  'tooLate',
] as const;
