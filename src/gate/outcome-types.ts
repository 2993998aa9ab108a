import type { PveErrorData } from '../pve/error.ts';
import type { Upid } from '../pve/upid.ts';
import type { StepText } from './question.ts';
import type { CommandEdit } from './question-types.ts';

export interface Progress {
  readonly message: string;
  readonly upid?: Upid;
}

/** What became of one operation. */
export type Outcome =
  | {
      readonly status: 'done';
      readonly data: unknown;
      readonly total?: number;
      readonly changes?: string;
      readonly upid?: Upid;
      readonly warnings?: number;
      /** The size of the file that was uploaded. */
      readonly bytes?: number;
      readonly ms: number;
    }
  | { readonly status: 'started'; readonly upid: Upid }
  | { readonly status: 'failed'; readonly error: PveErrorData }
  | { readonly status: 'unknown'; readonly error: PveErrorData; readonly howToLook: string }
  | {
      readonly status: 'denied';
      readonly by: string;
      readonly why: string;
      readonly note?: string;
      readonly next?: string;
    }
  | { readonly status: 'skipped'; readonly why: string }
  /** Of a dry run: what would happen. The decision is one for the whole plan. */
  | { readonly status: 'planned'; readonly step: StepText; readonly decision: Foreseen };

/** What the gate would decide. */
export type Foreseen =
  | { readonly kind: 'run'; readonly because: string }
  | { readonly kind: 'ask' }
  | {
      readonly kind: 'deny';
      readonly by: string;
      readonly why: string;
      readonly note?: string;
      readonly next?: string;
    };

export interface PlanResult {
  /** The plan's id, as it stands in the audit. */
  readonly plan: string;
  /** One for each operation, in the same order. */
  readonly outcomes: readonly Outcome[];
  /** Set where the person who was asked has added something, or changed it. */
  readonly byPerson?: PersonsPart;
}
/** What a person made of a plan: told to whoever proposed it. */
export interface PersonsPart {
  /** What ran before everything else, in words, and what became of it. */
  readonly safeguard?: { readonly kind: 'snapshot' | 'backup'; readonly what: string; readonly outcome: Outcome };
  /** The commands that were edited: the number of the step, and exactly what was to run in its place. */
  readonly edited?: readonly CommandEdit[];
}
export interface PerformOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** What whoever starts it knows of it beside the gate; shown first. Only our own views give it: it crosses no bridge. */
  readonly beforehand?: readonly string[];
}
