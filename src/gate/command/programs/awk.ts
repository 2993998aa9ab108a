import { startOf, textOf } from '../arg.ts';
import { given, optionTable } from '../options.ts';
import { minding, type Rule, readsOnly, says } from '../rule.ts';
import { isDangerousWrite } from '../secret-paths.ts';
import type { RuleVerdict } from '../types.ts';
import { worstScript } from './within.ts';

const options = optionTable(
  '-F: -v: -W: -e: --field-separator: --assign: --source: --re-interval --posix --traditional --sandbox --csv -c -P -r -S -t -k',
);

/** awk only reads, as long as its program neither runs, pipes, nor writes. */
export const judgeAwk: Rule = minding(({ args, input }) => {
  const found = given(args, options, true);
  const [unknown] = found.unknown;
  const sources = found.options.filter(([name]) => name === '-e' || name === '--source').map(([, value]) => value);
  const fromFile = unknown !== undefined && /^(-f|-E|--f|--exec)/.test(unknown);
  const programs = [
    ...(sources.length > 0 ? sources : found.operands.slice(0, 1)),
    ...(fromFile && input?.text !== undefined ? [input.text] : []),
  ];
  const verdicts = programs.map((program) => judgeProgram(textOf(program) ?? startOf(program ?? '')));
  const worst = verdicts.find(({ risk }) => risk === 'destroy') ?? verdicts.find(({ risk }) => risk !== 'read');
  if (worst !== undefined) return worst;
  if (unknown !== undefined)
    return /^-i|^--inc/.test(unknown) && args.some((arg) => startOf(arg).includes('inplace'))
      ? found.operands.some((arg) => isDangerousWrite(startOf(arg)))
        ? says('destroy', 'It rewrites a file that decides how the machine works.')
        : says('configure', 'It rewrites files in place.')
      : says('configure', `awk ${unknown} is not known to only read.`);
  if (found.unsure || programs.some((program) => textOf(program) === undefined))
    return says('configure', 'Only the run will tell the program of awk.');
  return verdicts.find(({ sensitive }) => sensitive === true) ?? readsOnly;
});

function judgeProgram(program: string): RuleVerdict {
  const strings = [...program.matchAll(/"((?:[^"\\]|\\[\s\S])*)"/g)].map(([, inner = '']) =>
    inner.replace(/\\(.)/g, '$1'),
  );
  const code = bare(program);
  const runs = /\bsystem\b|\bgetline\b|\|/.test(code.replaceAll('||', '')) || /@/.test(code);
  if (runs || /\bsystem\b/.test(program)) {
    const worst = worstScript(strings);
    return worst === 'destroy'
      ? says('destroy', 'Its program runs something that destroys.')
      : says('configure', 'Its program may run commands.');
  }
  if (writes(code)) {
    const target = strings.find((text) => isDangerousWrite(text));
    return target === undefined
      ? says('configure', 'Its program may write files.')
      : says('destroy', `Its program writes ${target}.`, { writes: [target] });
  }
  return /\bARGV\b/.test(code) ? { ...readsOnly, sensitive: true, why: 'Its program names what it reads.' } : readsOnly;
}

/** The program without what stands in strings, regular expressions and comments. */
function bare(program: string): string {
  let code = '';
  for (let at = 0; at < program.length; at++) {
    const char = program[at] ?? '';
    if (char === '"') at = endOf(program, at, '"');
    else if (char === '#') at = Math.max(at, endOf(program, at, '\n') - 1);
    else if (char === '/' && mayBeRegex(code)) {
      const end = endOf(program, at, '/');
      // Behind a closing parenthesis or a count it may be a division: then nothing is hidden.
      if (/(\)|\+\+|--)\s*$/.test(code)) code += program.slice(at, end);
      // A slash within brackets ends it for some and not for others: then nothing is sure.
      code += /\[[^\]]*$/.test(program.slice(at, end)) ? ' getline ' : ' r ';
      at = end;
    } else code += char;
  }
  return code;
}

function endOf(text: string, start: number, mark: string): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === mark) return at;
  }
  return text.length;
}

/** A slash divides behind a name, a number or a closing bracket. */
function mayBeRegex(code: string): boolean {
  const before = code.trimEnd();
  return !/[\w\]$]$/.test(before) || /(^|[^\w$])(return|in|print|printf|case)$/.test(before);
}

/** `>` behind a print, and not within parentheses, writes a file; anywhere else it compares. */
function writes(code: string): boolean {
  return code.split(/[;{}\n]/).some((statement) => {
    const print = /\b(print|printf)\b([\s\S]*)$/.exec(statement)?.[2];
    if (print === undefined) return false;
    let depth = 0;
    for (const char of print) {
      if (char === '(') depth++;
      if (char === ')') depth--;
      if (char === '>' && depth <= 0) return true;
    }
    return false;
  });
}
