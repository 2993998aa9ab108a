import type { WordPart } from 'unbash';
import { mostValues } from './limits.ts';
import { outputOf } from './output.ts';
import { changed } from './parameter.ts';
import { type Expand, textValue } from './words.ts';

/** What bash itself sets. A text may use it to spell what it does not want to say. */
const given: readonly (readonly [string, readonly string[]])[] = [
  ['IFS', [' ']],
  ['HOME', ['/root']],
  ['PWD', ['/root']],
  ['PATH', ['/usr/sbin:/usr/bin:/sbin:/bin']],
  ['SHELL', ['/bin/bash']],
  ['BASH', ['/bin/bash']],
];

/**
 * What a text gives its variables, without regard to order. `sure` is what they can only be. `guess` is what they may be: it
 * serves to raise a verdict, never to lower one, and takes a variable that the text does not set for an empty one, as
 * `re${nothing}boot` counts on.
 */
export class Variables {
  readonly #values = new Map<string, (readonly string[])[]>();
  readonly #unknown = new Set<string>();
  /** What was surely set before the place that is looked at. */
  #settled = new Set<string>();
  readonly #starts = new Map<string, string | undefined>();
  /** What may be anything else than a number. */
  readonly #free = new Set<string>();
  readonly #node: string;

  /** @param node the name of the machine, as `hostname` says it */
  constructor(node = 'this-node') {
    this.#node = node;
  }

  /** Notes a value: one word, or several of an array. */
  set(name: string, words: readonly string[]): void {
    const known = this.#values.get(name) ?? [];
    if (known.some((one) => one.join('\0') === words.join('\0'))) return;
    if (known.length >= mostValues) this.#unknown.add(name);
    else this.#values.set(name, [...known, words]);
  }

  /** Only the run will tell what it is, beside the values that are known. @param starts yet it is one word, which begins so */
  doubt(name: string, starts?: string, isNumber = false): void {
    if (!isNumber) this.#free.add(name);
    const before = this.#unknown.has(name) ? this.#starts.get(name) : starts;
    this.#unknown.add(name);
    this.#starts.set(name, before === undefined || starts === undefined ? undefined : common(before, starts));
  }

  /** From here on it is surely set. @returns whether it was before */
  settle(name: string): boolean {
    const before = this.#settled.has(name);
    this.#settled.add(name);
    return before;
  }

  /** From here on nobody knows whether it is set. */
  unsettle(name: string): void {
    this.#settled.delete(name);
  }

  /** Looks at a text that begins with no variable set, as a shell of its own does. */
  anew(look: () => void): void {
    const outer = this.#settled;
    this.#settled = new Set();
    try {
      look();
    } finally {
      this.#settled = outer;
    }
  }

  /** How many turns show every value. */
  get turns(): number {
    return Math.max(1, ...[...this.#values.values()].map(({ length }) => length));
  }

  /** Every text that the variables hold. */
  get texts(): readonly string[] {
    return [...this.#values.values()].flat(2);
  }

  /** What was noted of it last. */
  last(name: string): readonly string[] {
    return this.#values.get(name)?.at(-1) ?? [];
  }

  /** Whether a variable that the text sets can hold nothing but a number. */
  isNumber(name: string): boolean {
    const values = this.#values.get(name);
    // What the text does not set at all is empty, unless it is a variable of the machine.
    if (values === undefined && !this.#unknown.has(name)) return /^[a-z][a-z\d_]*$/.test(name);
    return !this.#free.has(name) && (values ?? []).flat().every((word) => /^-?\d*$/.test(word));
  }

  /** What can be told for sure, with the values that come at this turn. */
  sure(turn: number): Expand {
    return (part, quoted) => {
      if (isHostname(part)) return [this.#node];
      const name = plainName(part);
      if (name === undefined || !this.#settled.has(name)) return undefined;
      const values = this.#unknown.has(name) ? undefined : this.#values.get(name);
      if (values !== undefined) return this.#split(values[Math.min(turn, values.length - 1)] ?? [], quoted);
      if (this.#values.has('IFS')) return undefined;
      const known = (this.#values.get(name) ?? []).flat();
      const starts = this.#starts.get(name);
      return starts === undefined || this.#unsplit(known) === undefined
        ? undefined
        : { starts: known.reduce(common, starts) };
    };
  }

  #split(words: readonly string[], quoted: boolean): readonly string[] {
    if (quoted) return words;
    const marks = (this.#values.get('IFS') ?? []).flat().join('');
    const blank = (char: string) => /[ \t\n]/.test(char) || marks.includes(char);
    return words.flatMap((word) =>
      [...word]
        .map((char) => (blank(char) ? '\0' : char))
        .join('')
        .split(/\0+/),
    );
  }

  #unsplit(words: readonly string[]): readonly string[] | undefined {
    return words.some((word) => /\s/.test(word)) ? undefined : words;
  }

  guess(turn: number): Expand {
    return (part, quoted) => {
      const words = this.#words(part, turn);
      return words === undefined ? this.sure(turn)(part, quoted) : this.#split(words, quoted);
    };
  }

  #words(part: WordPart, turn: number): readonly string[] | undefined {
    const guess = this.guess(turn);
    switch (part.type) {
      case 'SimpleExpansion':
        return this.#value(part.text.slice(1), turn);
      case 'ParameterExpansion': {
        const list = part.index?.value === '@' || part.index?.value === '*';
        const at = part.index === undefined || list ? undefined : Number(part.index.value);
        const whole = this.#value(part.parameter, turn);
        const picked = at === undefined ? whole : whole?.slice(at, at + 1);
        const name = part.prefix === '!' ? picked?.[0] : undefined;
        const words = name === undefined ? picked : this.#value(name, turn);
        return words && changed(words, part, (word) => textValue(word, guess));
      }
      case 'CommandExpansion': {
        const output = outputOf(part.script, guess);
        return output === undefined ? undefined : [output.replace(/\n+$/, '')];
      }
      case 'ArithmeticExpansion':
        return part.expression?.type === 'ArithmeticWord' ? [part.expression.value] : undefined;
      default:
        return undefined;
    }
  }

  #value(name: string, turn: number): readonly string[] | undefined {
    const values = this.#values.get(name === '*' ? '@' : name);
    if (values === undefined)
      return this.#unknown.has(name) ? undefined : (given.find(([one]) => one === name)?.[1] ?? ['']);
    return values[Math.min(turn, values.length - 1)];
  }
}

/** `$(hostname)`: the name of the node, which is one plain word. */
function isHostname(part: WordPart): boolean {
  return (
    part.type === 'CommandExpansion' &&
    /^(\$\(|`) *(hostname( -s)?|uname -n|cat \/etc\/hostname) *(\)|`)$/.test(part.text)
  );
}

/** The variable of `$x` and `${x}`, and of nothing that does more. */
function plainName(part: WordPart): string | undefined {
  if (part.type === 'SimpleExpansion') return part.text.slice(1);
  const bare =
    part.type === 'ParameterExpansion' && [part.prefix, part.index, part.operation].every((one) => one === undefined);
  return bare ? part.parameter : undefined;
}

/** What two texts begin with alike. */
function common(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
