import { withoutArguments } from './task-lines.ts';
import { copies } from './task-words/copies.ts';
import { locks } from './task-words/locks.ts';
import { moves } from './task-words/moves.ts';
import { starts } from './task-words/starts.ts';
import { stored } from './task-words/stored.ts';
import { symptoms } from './task-words/symptoms.ts';

/** What words of Proxmox VE mean, and what one usually does then. */
export interface Meaning {
  /** One clause without a full stop. */
  readonly means: string;
  /** One or more whole sentences, for people and agents alike. */
  readonly next: string;
}

/** Words of Proxmox VE, what they mean, and the usual next step. */
export type WordRow = readonly [words: RegExp, means: string, next: string];

/**
 * What a failed task, or a request that was refused, says by its words: exit status, log and reason, in any order.
 * Nothing for words that are not known.
 */
export function meaningOf(words: readonly string[]): Meaning | undefined {
  const all = words.map(withoutArguments).join('\n');
  const found = rows.find(([pattern]) => pattern.test(all));
  return found === undefined ? undefined : { means: found[1], next: found[2] };
}

/** The same as a hint: what it means, and the next step. */
export function usualStep(words: readonly string[]): string | undefined {
  const meaning = meaningOf(words);
  return meaning === undefined ? undefined : `${meaning.means}. ${meaning.next}`;
}

/** Every row in the order in which they are tried; what tells the cause stands before what merely follows from it. */
export const rows: readonly WordRow[] = [...stored, ...copies, ...moves, ...starts, ...locks, ...symptoms];
