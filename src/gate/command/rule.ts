import type { Risk } from '../types.ts';
import { type Arg, mayBeOption, startOf, textOf } from './arg.ts';
import { type Given, given, mayMean, type OptionTable, optionTable } from './options.ts';
import type { Input } from './session.ts';
import type { CommandPlace, RuleVerdict } from './types.ts';

/** What the rules of a program get to see. */
export interface Call {
  readonly name: string;
  readonly args: readonly Arg[];
  readonly place: CommandPlace;
  /** What it reads, or what a substitution in its words gives it. */
  readonly input?: Input;
}

/** What one rule says of a call; undefined: it does not know it. */
export type Rule = (call: Call) => RuleVerdict | undefined;
export type Rules = Readonly<Record<string, Rule>>;

/** Says something of the operands of a read; undefined: they are fine. */
export type Look = (operands: readonly Arg[], found: Given) => RuleVerdict | undefined;

interface ReadWords {
  /** One dash begins a whole name. */
  readonly words?: boolean;
  /** At most so many operands. */
  readonly most?: number;
  readonly look?: Look;
  /** Options that destroy, whichever else there are; names with blanks between. */
  readonly destroys?: string;
  readonly sensitive?: boolean;
  /** What it is when an option is not allowed in a read. */
  readonly else?: Risk;
  readonly why?: string;
}

export function says(risk: Risk, why: string, more: Partial<RuleVerdict> = {}): RuleVerdict {
  return { risk, why, ...more };
}

export const readsOnly: RuleVerdict = { risk: 'read', why: 'It only reads.' };

/** Rules that say themselves what a word means that only the run will tell. */
const aware = new WeakSet<Rule>();

/** Marks a rule that minds words that are not literal. */
export function minding(rule: Rule): Rule {
  aware.add(rule);
  return rule;
}

/** What a rule says. Where a word may turn out to be any option, it is a read only for rules that mind such words. */
export function ask(rule: Rule, call: Call): RuleVerdict | undefined {
  const told = rule(call);
  const doubtful = told?.risk === 'read' && !aware.has(rule) && call.args.some(mayBeOption);
  return doubtful ? { ...told, risk: 'configure', why: `A word of ${call.name} may turn out to be anything.` } : told;
}

/** The operands as text, where every option is in the table and every word is literal enough; undefined otherwise. */
export function plainOperands(args: readonly Arg[], line: string): readonly string[] | undefined {
  const found = given(args, optionTable(line));
  return found.unknown.length > 0 || found.unsure ? undefined : found.operands.map(startOf);
}

/** A program none of whose options or operands change anything: any word will do. */
export const free: Rule = minding(() => readsOnly);

/** A read, as long as every option is in the table. */
export function reads(line: string, more: ReadWords = {}): Rule {
  const table = optionTable(line, more.words);
  const destroying = (more.destroys ?? '').split(' ').filter((name) => name !== '');
  return minding(({ name, args }) => {
    const destroyed = args.map(textOf).find((text) => text?.startsWith('-') && mayMean(text, destroying));
    if (destroyed !== undefined) return says('destroy', `${name} ${destroyed} loses data or takes something away.`);
    const found = given(args, table);
    const other = more.else ?? 'configure';
    const sensitive = more.sensitive === true ? { sensitive: true } : {};
    const [unknown] = found.unknown;
    const looked = more.look?.(found.operands, found);
    if (looked !== undefined && looked.risk !== 'read') return { ...sensitive, ...looked };
    if (unknown !== undefined) return says(other, `${name} ${unknown} is not known to only read.`, sensitive);
    if (found.unsure) return says(other, `A word of ${name} may turn out to be any option.`, sensitive);
    if (found.operands.length > (more.most ?? Number.POSITIVE_INFINITY))
      return says(other, `${name} does more than read when it is given so many words.`, sensitive);
    return { ...readsOnly, ...(more.why === undefined ? {} : { why: more.why }), ...sensitive, ...looked };
  });
}

/** A read, unless it is told to look at another machine: the way there may be a program. */
export function here(rule: Rule): Rule {
  const away = ['-H', '-M', '--host', '--machine', '--address', '--image', '--root'];
  return minding((call) => {
    const told = ask(rule, call);
    return told?.risk === 'read' && call.args.some((arg) => mayMean(startOf(arg), away))
      ? says('configure', `${call.name} is told to look at another machine.`, { sensitive: true })
      : told;
  });
}

/** Always of one risk. */
export function always(risk: Risk, why: string, more: Partial<RuleVerdict> = {}): Rule {
  return () => says(risk, why, more);
}

/** The first operand picks the rule; `''` is for none. The words before it must be in the table of options. */
export function verbs(line: string, rules: Rules, more: { words?: boolean; else?: Risk; short?: boolean } = {}): Rule {
  const table: OptionTable = optionTable(line, more.words);
  return minding((call) => {
    const { name, args } = call;
    const found = given(args, table, true);
    const verb = found.operands.length === 0 ? '' : textOf(found.operands[0]);
    const doubt = unsureOf(name, found, more.else);
    const rest = args.slice((found.places[0] ?? args.length) + (found.operands.length === 0 ? 0 : 1));
    const full = verb === undefined ? undefined : more.short === true ? longer(verb, Object.keys(rules)) : verb;
    const rule = full === undefined || !Object.hasOwn(rules, full) ? undefined : rules[full];
    const told =
      rule === undefined ? undefined : ask(rule, { ...call, name: verb === '' ? name : `${name} ${verb}`, args: rest });
    if (told === undefined) return says(more.else ?? 'configure', `${name} ${verb ?? '…'} is not known to only read.`);
    return doubt !== undefined && told.risk === 'read' ? doubt : told;
  });
}

function unsureOf(name: string, found: Given, risk: Risk = 'configure'): RuleVerdict | undefined {
  const [unknown] = found.unknown;
  if (unknown !== undefined) return says(risk, `${name} ${unknown} is not known to only read.`);
  return found.unsure ? says(risk, `A word of ${name} may turn out to be anything.`) : undefined;
}

/** A verb that may be written short: the first name that begins so, in the order of the program. */
function longer(verb: string, names: readonly string[]): string | undefined {
  if (verb === '' || names.includes(verb)) return verb;
  return names.find((name) => name.startsWith(verb));
}

/** The same rule for several names, with blanks between. */
export function each(names: string, rule: Rule): Rules {
  return Object.fromEntries(
    names
      .split(/\s+/)
      .filter((name) => name !== '')
      .map((name) => [name, rule]),
  );
}
