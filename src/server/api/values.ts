import type { ApiParameter } from '../../pve/schema.ts';
import { nearest } from '../text/nearest.ts';
import { formatProblem } from './formats.ts';

/**
 * What is wrong with one value of a parameter, in wire form; nothing where it is good, or where that cannot be told: then
 * PVE has the last word.
 */
export function valueProblem(parameter: ApiParameter, value: string | readonly string[]): string | undefined {
  const isList = parameter.type === 'array';
  if (typeof value === 'string') return isList ? itemProblem(parameter, value) : textProblem(parameter, value);
  const [only = '', ...more] = value;
  if (more.length === 0) return valueProblem(parameter, only);
  // Some texts hold a list, and may then be given as one.
  const isListText = typeof parameter.format === 'string' && parameter.format.endsWith('-list');
  if (!isList && !isListText && parameter.type !== undefined) return 'takes one value, not a list';
  return value.map((item) => (isList ? itemProblem(parameter, item) : textProblem(parameter, item))).find(isProblem);
}

function itemProblem({ items }: ApiParameter, item: string): string | undefined {
  return items === undefined ? undefined : textProblem(items, item);
}

function textProblem(parameter: ApiParameter, value: string): string | undefined {
  if (value === '') return undefined;
  const problem = typeProblem(parameter, value) ?? enumProblem(parameter, value) ?? boundProblem(parameter, value);
  if (problem !== undefined) return problem;
  const { format, pattern } = parameter;
  if (typeof format === 'string') return formatProblem(format, value);
  if (format !== undefined) return keysProblem(format, value);
  return pattern === undefined ? undefined : patternProblem(pattern, value);
}

function typeProblem({ type }: ApiParameter, value: string): string | undefined {
  switch (type) {
    case 'boolean':
      return /^[01]$/.test(value) ? undefined : 'is 1 or 0';
    case 'integer':
      return /^[+-]?\d+$/.test(value) ? undefined : 'is a whole number';
    case 'number':
      return Number.isFinite(Number(value)) ? undefined : 'is a number';
    default:
      return undefined;
  }
}

function enumProblem({ enum: values }: ApiParameter, value: string): string | undefined {
  if (values === undefined || values.length === 0 || values.includes(value)) return undefined;
  const meant = nearest(value, values);
  const shown = values.length > shownValues ? `${values.slice(0, shownValues).join(', ')}, …` : values.join(', ');
  return `is one of ${shown}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

const shownValues = 12;

function boundProblem(
  { type, minimum, maximum, minLength, maxLength }: ApiParameter,
  value: string,
): string | undefined {
  if (type === 'integer' || type === 'number') {
    if (minimum !== undefined && Number(value) < minimum) return `is at least ${minimum}`;
    return maximum !== undefined && Number(value) > maximum ? `is at most ${maximum}` : undefined;
  }
  if (type !== 'string') return undefined;
  const { length } = Array.from(value);
  if (minLength !== undefined && length < minLength) return `has at least ${minLength} characters`;
  return maxLength !== undefined && length > maxLength ? `has at most ${maxLength} characters` : undefined;
}

/** A property string: `virtio,bridge=vmbr0` by the keys that it may have. */
function keysProblem(keys: Readonly<Record<string, ApiParameter>>, value: string): string | undefined {
  // Quotes may hold commas.
  if (value.includes('"')) return undefined;
  const given = new Map<string, string>();
  for (const part of value.split(',').filter((each) => each.trim() !== '')) {
    const [, key, text] = /^([^=]+)=(.+)$/s.exec(part) ?? [];
    const pairs = key === undefined || text === undefined ? withoutKey(keys, part) : withKey(keys, key, text);
    if (typeof pairs === 'string') return pairs;
    for (const [name, one] of pairs) {
      if (given.has(name)) return `has ${shown(name)} twice`;
      given.set(name, one);
    }
  }
  const missing = Object.keys(keys).find((name) => isNeeded(keys[name]) && !given.has(name));
  if (missing !== undefined) return `needs ${missing}=…`;
  for (const [name, one] of given) {
    const problem = keyProblem(keys[name] ?? {}, one);
    if (problem !== undefined) return `has ${shown(name)}, which ${problem}`;
  }
  return undefined;
}

type Pairs = readonly (readonly [key: string, value: string])[];

function withoutKey(keys: Readonly<Record<string, ApiParameter>>, part: string): Pairs | string {
  if (part.includes('=')) return `has ${shown(part)}, which is not key=value`;
  const usual = Object.keys(keys).find((name) => keys[name]?.default_key === true);
  return usual === undefined ? `has ${shown(part)} without a key; the keys are ${names(keys)}` : [[usual, part]];
}

function withKey(keys: Readonly<Record<string, ApiParameter>>, key: string, text: string): Pairs | string {
  const declared = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (declared === undefined) {
    const meant = nearest(key, Object.keys(keys));
    return `has no key ${shown(key)}${meant === undefined ? `; the keys are ${names(keys)}` : `; did you mean ${meant}?`}`;
  }
  const { alias, keyAlias } = declared;
  return alias === undefined
    ? [[key, text]]
    : [[alias, text], ...(keyAlias === undefined ? [] : [[keyAlias, key] as const])];
}

function isNeeded(key: ApiParameter | undefined): boolean {
  return key !== undefined && key.optional !== true && key.alias === undefined;
}

/** Within a property string PVE takes more words for a boolean. */
function keyProblem(key: ApiParameter, value: string): string | undefined {
  if (key.type === 'boolean') return /^(?:[01]|on|off|yes|no|true|false)$/i.test(value) ? undefined : 'is 1 or 0';
  return textProblem(key, value);
}

function names(keys: Readonly<Record<string, ApiParameter>>): string {
  return Object.keys(keys)
    .filter((name) => keys[name]?.alias === undefined)
    .join(', ');
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}

/** PVE's patterns are Perl's, and the cluster's: only those that mean the same here and cannot take long are tried. */
function patternProblem(pattern: string, value: string): string | undefined {
  const same = pattern.replaceAll(/\(\?\^u?:/g, '(?:');
  const isForeign = /\(\?\^|\[:|\{,|\\[AzZGhHvVRXKQENpP]/.test(same);
  const isSlow = /\)[*+{]/.test(same) || (same.match(/[*+]|\{\d+,/g) ?? []).length > 3 || value.length > 200;
  if (isForeign || isSlow || same.length > 400) return undefined;
  try {
    return new RegExp(`^${same}\n?$`).test(value) ? undefined : `does not match ${pattern}`;
  } catch {
    return undefined;
  }
}

function isProblem(problem: string | undefined): problem is string {
  return problem !== undefined;
}
