import { type Arg, anything, startOf, textOf } from '../arg.ts';
import { type Given, given, optionTable, splits } from '../options.ts';
import { type Call, says } from '../rule.ts';
import type { Input } from '../session.ts';
import type { CommandPlace, RuleVerdict } from '../types.ts';

/** One thing that a program runs: words, or a text for a shell. */
export type Inner = ({ readonly argv: readonly Arg[] } | { readonly script: Arg; readonly input: Input }) & {
  readonly place?: CommandPlace;
  /** It only may be what is run: it raises the verdict, and never lowers it. */
  readonly guess?: true;
  readonly variables?: readonly { readonly name: string; readonly value?: string }[];
};

export interface Unwrapped {
  /** What the program is and does itself. */
  readonly own: RuleVerdict;
  readonly inner: readonly Inner[];
}

/** What comes to a program beside its words. */
export interface Around {
  readonly input: Input;
  readonly carried: Input;
}

/** What a program runs; undefined: it runs nothing here, and a rule may know it. */
export type Wrapper = (call: Call, around: Around) => Unwrapped | undefined;

export const runsIt: RuleVerdict = { risk: 'read', why: 'It runs what follows.' };

interface Shape {
  /** So many words stand before the command. */
  readonly before?: number;
  /** `NAME=value` may stand before the command. */
  readonly assigns?: boolean;
  readonly place?: CommandPlace;
  readonly own?: RuleVerdict;
  /** What it is when no command follows; undefined: a rule may know. */
  readonly bare?: RuleVerdict;
  /** Options that do something themselves, names with blanks between. */
  readonly acts?: string;
  /** The words make a text for a shell. */
  readonly joins?: boolean;
  /** Options whose value is a text for a shell, names with blanks between. */
  readonly scripts?: string;
}

/** A program that runs the words after its options. */
export function runsRest(line: string, shape: Shape = {}): Wrapper {
  const table = optionTable(line);
  return (call, around) => {
    const found = given(call.args, table, true);
    const start = shape.before ?? 0;
    const { variables, rest } =
      shape.assigns === true ? assigned(found.operands) : { variables: [], rest: found.operands.slice(start) };
    const own = ownOf(call.name, found, shape, found.operands.slice(0, start));
    const more = {
      ...(shape.place === undefined ? {} : { place: shape.place }),
      ...(variables.length === 0 ? {} : { variables }),
    };
    const scripts = found.options.filter(([name]) => words(shape.scripts).includes(name));
    if (scripts.length > 0)
      return {
        own,
        inner: scripts.map(([, value]) => ({ script: value ?? anything, input: around.carried, ...more })),
      };
    if (rest.length === 0) {
      if (variables.length > 0) return { own: worse(own, says('configure', 'It sets variables.')), inner: [] };
      const bare = shape.bare;
      return bare === undefined ? undefined : { own: worse(own, bare), inner: [] };
    }
    if (shape.joins === true) return { own, inner: [{ script: spaced(rest), input: around.carried, ...more }] };
    return { own, inner: [{ argv: rest, ...more }] };
  };
}

function ownOf(name: string, found: Given, shape: Shape, before: readonly Arg[]): RuleVerdict {
  const [unknown] = found.unknown;
  const acting = found.options.find(([option]) => words(shape.acts).includes(option));
  if (unknown !== undefined) return says('configure', `${name} ${unknown} is not known.`);
  if (acting !== undefined) return says('configure', `${name} ${acting[0]} changes something itself.`);
  if (
    found.options.some(([, value]) => splits(value)) ||
    (before.some((word) => textOf(word) === undefined) && found.unsure)
  )
    return says('configure', `A word of ${name} may turn out to be anything.`);
  return shape.own ?? runsIt;
}

function worse(a: RuleVerdict, b: RuleVerdict): RuleVerdict {
  return a.risk === 'read' ? b : a;
}

function assigned(operands: readonly Arg[]) {
  const count = operands.findIndex((arg) => !/^[^=-][^=]*=/.test(startOf(arg)));
  const assignments = count < 0 ? operands : operands.slice(0, count);
  const variables = assignments.map((arg) => {
    const [, name = '', value] = /^([^=]+)=([\s\S]*)$/.exec(startOf(arg)) ?? [];
    return textOf(arg) === undefined || value === undefined ? { name } : { name, value };
  });
  return { variables, rest: count < 0 ? [] : operands.slice(count) };
}

/** Words joined by blanks, as `eval` and `ssh` do; unknown where one is. */
export function spaced(args: readonly Arg[]): Arg {
  const texts = args.map(textOf);
  return texts.includes(undefined) ? anything : texts.join(' ');
}

function words(line: string | undefined): readonly string[] {
  return line === undefined ? [] : line.split(' ');
}
