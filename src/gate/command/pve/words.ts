import type { Word } from '../types.ts';

/** One way in which the option parser of Proxmox VE's programs may take the words behind a subcommand. */
export interface Reading {
  readonly operands: readonly Word[];
  /** In their order; one that stands alone has the value `1`, as Proxmox VE gives it. */
  readonly options: readonly (readonly [name: string, value: Word])[];
}

/**
 * Every way in which the words can be read: whether `--a --b` is two flags, or `--b` the value of `--a`, only Proxmox VE knows.
 * @returns nothing where a word is no option that can be told, or where there are too many ways.
 */
export function readings(words: readonly Word[]): readonly Reading[] | undefined {
  if (words.length > mostWords) return undefined;
  // From the last word to the first, so that each rest is read once.
  const from: (readonly Reading[] | undefined)[] = [[{ operands: [], options: [] }]];
  for (let at = words.length - 1; at >= 0; at -= 1) from.unshift(readFrom(words.slice(at), from));
  return from[0];
}

const mostWords = 200;
const most = 8;

/** @param behind the readings of what is left after one word, after two, … */
function readFrom(
  [word, ...rest]: readonly Word[],
  behind: readonly (readonly Reading[] | undefined)[],
): readonly Reading[] | undefined {
  if (word === '--') return [{ operands: rest, options: [] }];
  if (!looksLikeOption(word))
    return behind[0]?.map(({ operands, options }) => ({ operands: [word, ...operands], options }));
  const [, name, given] = option.exec(word) ?? [];
  if (name === undefined) return undefined;
  const found: Reading[] = [];
  for (const { value, taken } of values(given, rest)) {
    // A way that cannot be told is not left out: it may be the one.
    const others = behind[taken];
    if (others === undefined) return undefined;
    found.push(...others.map((it) => ({ ...it, options: [[name, value] as const, ...it.options] })));
  }
  return found.length > most ? undefined : found;
}

const option = /^--?([A-Za-z0-9][\w-]*)(?:=(.*))?$/s;

function looksLikeOption(word: Word): word is string {
  return word !== undefined && word !== '-' && word.startsWith('-');
}

/** What an option may have for a value, and how many of the next words that takes. */
function values(given: string | undefined, [next, ...more]: readonly Word[]): { value: Word; taken: number }[] {
  if (given !== undefined) return [{ value: given, taken: 0 }];
  if (next === undefined && more.length === 0) return [{ value: '1', taken: 0 }];
  const taken = { value: next, taken: 1 };
  return looksLikeOption(next) ? [{ value: '1', taken: 0 }, taken] : [taken];
}
