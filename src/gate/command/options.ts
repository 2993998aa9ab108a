import { type Arg, mayBeOption, textOf } from './arg.ts';

/**
 * The options that a program may be given, as one line: `-abc` three flags, `-n:` takes a value, `-j?` may have one glued to
 * it, `-#` is `-5`; `--all`, `--lines:`, `--color?` likewise. With `words`, one dash begins a whole name (`-maxdepth:`).
 */
export interface OptionTable {
  readonly names: ReadonlyMap<string, 'flag' | 'value' | 'maybe'>;
  readonly words: boolean;
}

export interface Given {
  /** The options of the table, by name with dashes, and their values in order. */
  readonly options: readonly (readonly [name: string, value: Arg | undefined])[];
  /** What looks like an option and is not in the table, without its value. */
  readonly unknown: readonly string[];
  /** A word that is not literal stands where an option could: nothing after it is sure. */
  readonly unsure: boolean;
  readonly operands: readonly Arg[];
  /** Where in the words each operand stands. */
  readonly places: readonly number[];
}

export function optionTable(line: string, words = false): OptionTable {
  const names = new Map<string, 'flag' | 'value' | 'maybe'>();
  for (const token of line.split(/\s+/).filter((one) => one !== '')) {
    if (words || token.startsWith('--')) names.set(token.replace(/[:?]$/, ''), kind(token.at(-1)));
    else
      for (const [, letter = '', mark] of token.slice(1).matchAll(/([^:?])([:?])?/g))
        names.set(`-${letter}`, kind(mark));
  }
  return { names, words };
}

function kind(mark: string | undefined): 'flag' | 'value' | 'maybe' {
  return mark === ':' ? 'value' : mark === '?' ? 'maybe' : 'flag';
}

/**
 * Sorts the words after a program's name as getopt does.
 * @param stop the first operand ends the options, as it does for programs that run others
 */
export function given(args: readonly Arg[], { names, words }: OptionTable, stop = false): Given {
  const options: (readonly [string, Arg | undefined])[] = [];
  const [unknown, operands, places]: [string[], Arg[], number[]] = [[], [], []];
  let unsure = false;
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at];
    const text = textOf(arg);
    if (arg === undefined || text === '--') break;
    if (text !== undefined && /^-./.test(text)) option(text);
    else {
      unsure ||= mayBeOption(arg);
      operand(at);
      if (stop) break;
    }
  }
  // What ended the options is an operand that was taken, or `--`.
  for (at++; at < args.length; at++) operand(at);
  return { options, unknown, unsure, operands, places };

  function operand(index: number): void {
    operands.push(args[index] ?? '');
    places.push(index);
  }

  function option(text: string): void {
    if (words || text.startsWith('--')) {
      const [, name = text, value] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
      const takes = names.get(name);
      if (takes === undefined || (takes === 'flag' && value !== undefined)) unknown.push(name);
      else options.push([name, value ?? (takes === 'value' ? next() : undefined)]);
    } else if (/^-\d+$/.test(text) && names.has('-#')) options.push(['-#', text.slice(1)]);
    else bundle(text);
  }

  function bundle(text: string): void {
    for (let index = 1; index < text.length; index++) {
      const name = `-${text[index]}`;
      const takes = names.get(name);
      const rest = text.slice(index + 1);
      if (takes === undefined) unknown.push(name);
      else if (takes === 'flag') {
        options.push([name, undefined]);
        continue;
      } else options.push([name, rest !== '' ? rest : takes === 'value' ? next() : undefined]);
      return;
    }
  }

  function next(): Arg | undefined {
    at++;
    const value = args[at];
    // Of several words the first alone is the value.
    unsure ||= splits(value);
    return value;
  }
}

/** Whether a word may become several. */
export function splits(arg: Arg | undefined): boolean {
  return arg !== undefined && typeof arg !== 'string' && arg.splits;
}

/** Whether an option that was given may mean one of these: itself, a bundle that holds it, or an abbreviation. */
export function mayMean(text: string, names: readonly string[]): boolean {
  const name = text.replace(/=[\s\S]*$/, '');
  return names.some((one) => {
    if (one === name) return true;
    if (one.startsWith('--')) return name.length > 3 && one.startsWith(name);
    return one.length === 2 && /^-[^-]/.test(text) && text.includes(one.slice(1));
  });
}
