import type { Arg } from './arg.ts';
import type { Piece } from './braces.ts';

/** A word that is being put together. */
interface Growing {
  text: string;
  /** What is known of its start, once something unknown has followed. */
  starts: string | undefined;
  splits: boolean;
  /** More than globs is not known. */
  dark: boolean;
  /** It is there even when it is empty. */
  present: boolean;
}

/** The words that the pieces of one word become: none, one, or several where an expansion without quotes splits. */
export function joined(pieces: readonly Piece[]): Arg[] {
  const done: Growing[] = [];
  let word: Growing = { text: '', starts: undefined, splits: false, dark: false, present: false };
  for (const piece of pieces) {
    if ('text' in piece) add(piece.text, piece.quoted);
    else if ('raw' in piece) unknown(piece.raw, false);
    else if ('words' in piece && piece.starts !== undefined) begins(piece.starts);
    else if ('words' in piece) expansion(piece.words, piece.quoted);
  }
  return [...done, word].filter(({ present }) => present).map(finished);

  function add(text: string, quoted: boolean): void {
    word.text += text;
    word.present ||= quoted || text !== '';
  }

  function unknown(text: string, splits: boolean): void {
    word.starts ??= word.text;
    word.text += text;
    word.splits ||= splits;
    word.present = true;
  }

  function begins(starts: string): void {
    if (word.starts === undefined) word.text += starts;
    unknown('', false);
    word.dark = true;
  }

  function expansion(words: readonly string[] | undefined, quoted: boolean): void {
    if (words === undefined) {
      unknown('', !quoted);
      word.dark = true;
      return;
    }
    if (quoted && words.length === 1) {
      add(words[0] ?? '', true);
      return;
    }
    for (const [index, text] of words.entries()) {
      if (index > 0) {
        done.push(word);
        word = { text: '', starts: undefined, splits: false, dark: false, present: false };
      }
      if (/[*?[]/.test(text) && !quoted) unknown(text, false);
      else add(text, quoted);
    }
  }
}

function finished({ text, starts, splits, dark }: Growing): Arg {
  if (starts === undefined) return text;
  return dark ? { starts, splits } : { starts, splits, pattern: text };
}
