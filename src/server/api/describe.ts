import { forModel } from '../../gate/printable.ts';
import type { ApiMethod, ApiParameter } from '../../pve/schema.ts';
import { type Column, rows } from '../text/rows.ts';
import { count } from '../text/units.ts';

/** Several methods, one a line. */
export function methodList(methods: readonly ApiMethod[]): readonly string[] {
  return rows(columns, methods);
}

const columns: readonly Column<ApiMethod>[] = [
  { head: 'METHOD', cell: ({ method }) => method },
  { head: 'PATH', cell: ({ path }) => path, whole: true },
  { head: 'WHAT', cell: ({ description }) => firstSentence(description, 64), whole: true },
];

/** One method: who may call it, and its parameters, required ones first. @param words show only what fits them */
export function methodText(method: ApiMethod, words: string | undefined, budget: number): string {
  const { path, description, open, tokens, permissions } = method;
  const variables = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
  const own = Object.entries(method.parameters)
    .filter(([name]) => !variables.includes(name))
    .map(([name, parameter]) => ({ name, ...parameter }));
  const required = own.filter(({ optional }) => optional !== true);
  const fitting = matching(own, words);
  const narrowed = fitting.length < own.length;
  const shown = [...fitting].sort((a, b) => Number(a.optional === true) - Number(b.optional === true));
  const head = [
    `${method.method} ${forModel(path)}: ${forModel(firstSentence(description, 160))}`,
    `Needs: ${forModel(firstLine(permissions, 240))}${tokens ? '' : ' (API tokens are refused: it needs a login with a password)'}`,
    `${count(own.length, 'parameter')} beside those of the path, ${required.length} required (*)${open === true ? '; others pass too' : ''}.${narrowed ? ` ${fitting.length} fit the query.` : ''}`,
  ];
  if (shown.length === 0) return head.join('\n');
  const isShort = shown.length <= described;
  const lines = rows(parameterColumns(isShort), shown);
  return [...head, ...within(lines, budget - head.join('\n').length)].join('\n');
}

interface Named extends ApiParameter {
  readonly name: string;
}

/** Up to so many parameters are shown with what they do. */
const described = 30;

/** Those whose name, else whose description, holds the words; all where none does. */
function matching(parameters: readonly Named[], words: string | undefined): readonly Named[] {
  const wanted = (words ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (wanted.length === 0) return parameters;
  const by = (text: (parameter: Named) => string) =>
    parameters.filter((parameter) => wanted.some((word) => text(parameter).toLowerCase().includes(word)));
  const named = by(({ name }) => name);
  const found = named.length > 0 ? named : by(({ description = '' }) => description);
  return found.length > 0 ? found : parameters;
}

function parameterColumns(withText: boolean): readonly Column<Named>[] {
  return [
    { head: 'NAME', cell: ({ name, optional }) => (optional === true ? name : `${name}*`), whole: true },
    ...(withText
      ? [{ head: 'WHAT', cell: ({ description = '' }: Named) => firstSentence(description, 64), whole: true }]
      : []),
    // Last, for it may be long.
    { head: 'VALUE', cell: (parameter) => valueText(parameter, withText), whole: true },
  ];
}

/** What may stand in it: `integer 1..128`, `a|b|c`, `text {model*,bridge,tag}`. */
function valueText(parameter: ApiParameter, whole: boolean): string {
  const { type = 'text', enum: values, format, items, minimum, maximum, minLength, maxLength } = parameter;
  const usual = parameter.default === undefined ? '' : ` (default ${cut(parameter.default, 24)})`;
  const needs = parameter.requires === undefined ? '' : ` (with ${parameter.requires})`;
  if (values !== undefined && values.length > 0) return `${cut(choices(values), whole ? 160 : 60)}${usual}${needs}`;
  if (type === 'boolean') return `0|1${usual}${needs}`;
  if (type === 'array') return `list of ${items === undefined ? 'text' : valueText(items, whole)}`;
  if (format !== undefined && typeof format !== 'string')
    return `text {${cut(keysText(format), whole ? 400 : 60)}}${needs}`;
  const named = format ?? (type === 'string' ? 'text' : type);
  const bounds = range(minimum, maximum) ?? (type === 'string' ? lengths(minLength, maxLength) : undefined);
  return `${named}${bounds === undefined ? '' : ` ${bounds}`}${usual}${needs}`;
}

/** `ide0..ide3|scsi0..scsi30`: what is numbered on end is one. */
function choices(values: readonly string[]): string {
  const runs: { first: string; last: string; length: number }[] = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (run !== undefined && follows(run.last, value)) Object.assign(run, { last: value, length: run.length + 1 });
    else runs.push({ first: value, last: value, length: 1 });
  }
  return runs
    .map(({ first, last, length }) => (length === 1 ? first : `${first}${length === 2 ? '|' : '..'}${last}`))
    .join('|');
}

function follows(before: string, value: string): boolean {
  const [, name, number] = /^(.*\D)(\d+)$/.exec(before) ?? [];
  return number !== undefined && value === `${name}${Number(number) + 1}`;
}

/** The keys of a property string; the one that stands without its name comes in brackets. */
function keysText(keys: Readonly<Record<string, ApiParameter>>): string {
  const real = Object.entries(keys).filter(([, { alias }]) => alias === undefined);
  const text = ([name, key]: readonly [string, ApiParameter]) =>
    `${key.default_key === true ? `[${name}=]` : name}${key.optional === true ? '' : '*'}`;
  return [...real]
    .sort(([, a], [, b]) => order(a) - order(b))
    .map(text)
    .join(',');
}

function order({ default_key, optional }: ApiParameter): number {
  return default_key === true ? 0 : optional === true ? 2 : 1;
}

function range(low: number | undefined, high: number | undefined): string | undefined {
  if (low === undefined) return high === undefined ? undefined : `≤${high}`;
  return high === undefined ? `≥${low}` : `${low}..${high}`;
}

function lengths(least: number | undefined, most: number | undefined): string | undefined {
  const between = range(least, most);
  return between === undefined ? undefined : `(${between} characters)`;
}

function within(lines: readonly string[], budget: number): readonly string[] {
  const note = '… more parameters: name some in query.';
  let used = note.length;
  const end = lines.findIndex((line) => {
    used += line.length + 1;
    return used > budget;
  });
  return end < 0 ? lines : [...lines.slice(0, end), note];
}

function firstSentence(text: string, most: number): string {
  const [sentence = ''] = firstLine(text, 400).split(/(?<=[a-z)])\. /);
  return cut(sentence.replace(/\.$/, ''), most);
}

function firstLine(text: string, most: number): string {
  return cut(text.replaceAll(/\s+/g, ' ').trim(), most);
}

function cut(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
