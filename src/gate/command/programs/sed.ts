import { type Arg, startOf, textOf } from '../arg.ts';
import { given, optionTable } from '../options.ts';
import { minding, type Rule, readsOnly, says } from '../rule.ts';
import { isDangerousWrite } from '../secret-paths.ts';
import type { RuleVerdict } from '../types.ts';
import { worstScript } from './within.ts';

const options = optionTable(
  '-nErsuz -e: -f: -l: -i? --quiet --silent --regexp-extended --separate --unbuffered --null-data --zero-terminated --posix --debug --sandbox --expression: --file: --line-length: --in-place? --follow-symlinks',
);

/** sed only reads, as long as its script neither runs nor writes, and no file is changed in place. */
export const judgeSed: Rule = minding(({ args }) => {
  const found = given(args, options);
  const has = (...names: string[]) => found.options.filter(([name]) => names.includes(name));
  const expressions = has('-e', '--expression').map(([, value]) => value);
  const fromFile = has('-f', '--file').length > 0;
  const scripts = expressions.length > 0 || fromFile ? expressions : found.operands.slice(0, 1);
  const files = expressions.length > 0 || fromFile ? found.operands : found.operands.slice(1);
  const [unknown] = found.unknown;
  const inPlace = has('-i', '--in-place').length > 0 || (unknown !== undefined && '--in-place'.startsWith(unknown));
  const texts = scripts.map(textOf);
  const script = texts.join('\n');
  const told = judgeText(script);
  if (told.risk === 'destroy') return told;
  if (inPlace) return rewrites(files);
  if (unknown !== undefined || fromFile) return says('configure', `sed ${unknown ?? '-f'} is not known to only read.`);
  if (found.unsure || texts.includes(undefined)) return says('configure', 'Only the run will tell the script of sed.');
  return told;
});

function rewrites(files: readonly Arg[]): RuleVerdict {
  const paths = files.map(startOf);
  const worst = paths.find((path) => isDangerousWrite(path));
  return worst === undefined
    ? says('configure', 'It rewrites files in place.', { writes: paths })
    : says('destroy', `It rewrites ${worst}, which decides how the machine works.`, { writes: paths });
}

/** Reads a script of sed command by command; what is not understood counts as a change. */
function judgeText(script: string): RuleVerdict {
  let at = 0;
  let worst: RuleVerdict = readsOnly;
  const peek = () => script[at] ?? '';
  const rest = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(script)?.[0] ?? '';
    at += found.length;
    return found;
  };
  while (at < script.length && worst.risk === 'read') {
    rest(/[\s;]*/y);
    if (at >= script.length) break;
    if (!addresses()) return says('configure', 'The script of sed is not understood.');
    rest(/[\s!]*/y);
    worst = command();
  }
  return worst;

  function addresses(): boolean {
    for (let count = 0; count < 2; count++) {
      if (rest(/\d+(?:~\d+)?|\$|[+~]\d+/y) === '') {
        const isRegex = peek() === '/' || peek() === '\\';
        if (!isRegex) return true;
        if (peek() === '\\') at++;
        const mark = peek();
        at++;
        if (until(mark) === undefined) return false;
        rest(/[IM]*/y);
      }
      rest(/[ \t]*/y);
      if (peek() !== ',') return true;
      at++;
      rest(/[ \t]*/y);
    }
    return true;
  }

  /** What stands before the next mark; undefined where there is none. */
  function until(mark: string): string | undefined {
    const start = at;
    for (; at < script.length; at++) {
      if (script[at] === '\\') at++;
      else if (script[at] === mark) return script.slice(start, at++);
    }
    return undefined;
  }

  function command(): RuleVerdict {
    const name = peek();
    at++;
    if ('{}=dDgGhHnNpPxzF'.includes(name)) return readsOnly;
    if ('lqQL'.includes(name)) {
      rest(/[ \t]*\d*/y);
      return readsOnly;
    }
    if ('btT:'.includes(name)) {
      rest(/[^;}\n]*/y);
      return readsOnly;
    }
    if (name === '#') {
      rest(/[^\n]*/y);
      return readsOnly;
    }
    if ('aic'.includes(name)) {
      rest(/(?:\\\n|[^\n])*/y);
      return readsOnly;
    }
    if (name === 'y') {
      const mark = peek();
      at++;
      return until(mark) !== undefined && until(mark) !== undefined
        ? readsOnly
        : says('configure', 'The script of sed is not understood.');
    }
    if (name === 's') return substitution();
    if (name === 'e') return runs(rest(/[^\n]*/y));
    if (name === 'w' || name === 'W') return writesFile(rest(/[^\n]*/y).trim());
    return says('configure', `The command ${name} of sed is not known to only read.`);
  }

  function substitution(): RuleVerdict {
    const mark = peek();
    at++;
    const from = until(mark);
    const to = from === undefined ? undefined : until(mark);
    if (to === undefined) return says('configure', 'The script of sed is not understood.');
    const flags = rest(/[gpiImMe\d]*/y);
    if (flags.includes('e')) return runs(to);
    if (peek() === 'w') {
      at++;
      return writesFile(rest(/[^\n]*/y).trim());
    }
    return /[\s;}]|^$/.test(peek()) ? readsOnly : says('configure', 'The script of sed is not understood.');
  }

  function runs(text: string): RuleVerdict {
    return worstScript([text.trim()]) === 'destroy'
      ? says('destroy', 'Its script runs something that destroys.')
      : says('configure', 'Its script runs commands.');
  }

  function writesFile(path: string): RuleVerdict {
    if (/^\/dev\/(stdout|stderr)$/.test(path)) return readsOnly;
    return isDangerousWrite(path)
      ? says('destroy', `Its script writes ${path}.`, { writes: [path] })
      : says('configure', `Its script writes ${path}.`, { writes: [path] });
  }
}
