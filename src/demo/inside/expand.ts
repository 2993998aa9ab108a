import type { List, Part, Word } from './parse.ts';
import type { Scope } from './scope.ts';

/** Runs a list and answers what it has written. */
export type Substitute = (list: List) => Generator<number, string>;

/** Words with everything in them expanded. @param split at blanks, as arguments are and assignments are not */
export function* fields(
  scope: Scope,
  words: readonly Word[],
  output: Substitute,
  split = true,
): Generator<number, string[]> {
  const found: string[] = [];
  for (const word of words) {
    let current: string | undefined;
    for (const part of word) {
      if ('name' in part && part.name === '@' && part.quoted) {
        const [first, ...others] = scope.args;
        if (first === undefined) continue;
        current = (current ?? '') + first;
        for (const other of others) {
          found.push(current);
          current = other;
        }
        continue;
      }
      const text = yield* partText(scope, part, output);
      if (part.quoted || 'text' in part || !split) current = (current ?? '') + text;
      else {
        const [first = '', ...others] = text.trim().split(/\s+/);
        if (first !== '') current = (current ?? '') + first;
        for (const other of others) {
          found.push(current ?? '');
          current = other;
        }
      }
    }
    if (current !== undefined) found.push(current);
  }
  return found;
}

function* partText(scope: Scope, part: Part, output: Substitute): Generator<number, string> {
  if ('text' in part) return part.text;
  if ('list' in part) return yield* output(part.list);
  const value = parameter(scope, part.name);
  if (part.operator === undefined) return value;
  const operand = part.operand ?? '';
  if (part.operator === ':-') return value === '' ? operand : value;
  if (part.operator === ':+') return value === '' ? '' : operand;
  return cut(value, part.operator, operand);
}

/** `${x%pattern}` and its kin; of patterns only text with one `*` before or behind it is known. */
function cut(value: string, operator: string, pattern: string): string {
  const text = pattern.replaceAll('*', '');
  const isEnd = operator.startsWith('%');
  const isLong = operator.length === 2;
  const bare = isEnd ? value.endsWith(text) : value.startsWith(text);
  if (!pattern.includes('*')) {
    if (!bare) return value;
    return isEnd ? value.slice(0, value.length - text.length) : value.slice(text.length);
  }
  const at = isEnd === isLong ? value.indexOf(text) : value.lastIndexOf(text);
  if (at < 0) return value;
  return isEnd ? value.slice(0, at) : value.slice(at + text.length);
}

function parameter(scope: Scope, name: string): string {
  if (name === '?') return String(scope.status);
  if (name === '$') return String(scope.pid);
  if (name === '#') return String(scope.args.length);
  if (name === '@' || name === '*') return scope.args.join(' ');
  if (name === '0') return scope.vars.get('0') ?? 'sh';
  return /^\d+$/.test(name) ? (scope.args[Number(name) - 1] ?? '') : (scope.vars.get(name) ?? '');
}
