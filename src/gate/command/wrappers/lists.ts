import { type Arg, anything, startOf, textOf } from '../arg.ts';
import { given, optionTable } from '../options.ts';
import { judgeFind } from '../programs/find.ts';
import { says } from '../rule.ts';
import { holdsSecrets } from '../secret-paths.ts';
import { type Inner, runsIt, runsRest, spaced, type Wrapper } from './unwrap.ts';

const xargsOptions = optionTable(
  '-0prtxo -n: -P: -I: -i? -L: -l? -d: -a: -E: -e? -s: -J: -R: --null --no-run-if-empty --verbose --interactive --exit --max-args: --max-procs: --replace? --max-lines? --delimiter: --arg-file: --eof? --max-chars: --open-tty --show-limits',
);

/** Each word that it reads is put behind the command, or in place of a mark in it. */
const xargs: Wrapper = (call, around) => {
  const found = given(call.args, xargsOptions, true);
  const [unknown] = found.unknown;
  const own = unknown === undefined ? runsIt : says('configure', `xargs ${unknown} is not known.`);
  const marked = found.options.filter(([name]) => ['-I', '-J', '-i', '--replace'].includes(name)).at(-1);
  const mark = marked === undefined ? undefined : (textOf(marked[1]) ?? '{}');
  const words = around.input.text?.split(/\s+/).filter((word) => word !== '');
  const command = found.operands.length === 0 ? ['echo'] : found.operands;
  // What follows may be nothing: then the last word that is known is the last.
  const size = Number(textOf(found.options.findLast(([name]) => name === '-n' || name === '--max-args')?.[1]));
  if (mark === undefined && words !== undefined && size > 0 && words.length <= 16 * size)
    return {
      own,
      inner: [...chunks(words, size).map((some) => ({ argv: [...command, ...some] })), { argv: command, guess: true }],
    };
  // What was looked for below a folder may be a secret of it.
  const below = around.input.hints?.find((hint) => /^[/~]/.test(hint) && holdsSecrets(hint));
  const read = below === undefined ? anything : { ...anything, pattern: `${below.replace(/\/$/, '')}/**` };
  if (mark === undefined)
    return { own, inner: [{ argv: [...command, ...(words ?? [read])] }, { argv: command, guess: true }] };
  const unknownWords = command.map((arg) => filled(arg, mark, undefined));
  const guesses = (words ?? []).slice(0, 8).map((word) => command.map((arg) => filled(arg, mark, word)));
  const readWhole = around.input.text?.trim();
  const lines = readWhole === undefined ? [] : [command.map((arg) => filled(arg, mark, readWhole))];
  return {
    own,
    inner: [{ argv: unknownWords }, ...[...guesses, ...lines].map((argv) => ({ argv, guess: true as const }))],
  };
};

function chunks(words: readonly string[], size: number): (readonly string[])[] {
  const count = Math.max(1, Math.ceil(words.length / size));
  return Array.from({ length: count }, (_, index) => words.slice(index * size, (index + 1) * size));
}

function filled(arg: Arg, mark: string, word: string | undefined): Arg {
  const text = textOf(arg);
  if (text === undefined || !text.includes(mark)) return arg;
  return word === undefined
    ? { starts: text.slice(0, text.indexOf(mark)), splits: false }
    : text.replaceAll(mark, () => word);
}

/** GNU parallel: a text for a shell, with each word of the lists after `:::` or of what it reads behind it. */
const parallel: Wrapper = (call, around) => {
  const line =
    '-0XmkqutN: -j: -n: -I: -a: -d: -S: -L: -P: --jobs: --keep-order --dry-run --bar --progress --null --colsep: --arg-file: --halt: --delay: --timeout: --retries: --lb --line-buffer --tag --will-cite --no-notice --ungroup --quote --max-args: --no-run-if-empty';
  const found = given(call.args, optionTable(line), true);
  const [unknown] = found.unknown;
  const own = unknown === undefined ? runsIt : says('configure', `parallel ${unknown} is not known.`);
  const at = found.operands.findIndex((arg) => /^:::/.test(startOf(arg)));
  const command = at < 0 ? found.operands : found.operands.slice(0, at);
  const listed = (at < 0 ? [] : found.operands.slice(at)).filter((arg) => !/^:::/.test(startOf(arg)));
  const read = around.input.text?.split('\n').filter((word) => word !== '') ?? [];
  const values = [...listed, ...read]
    .map(textOf)
    .filter((text) => text !== undefined)
    .slice(0, 8);
  const sure =
    command.length === 0 || at < 0 || listed.length === 0
      ? anything
      : spaced(command.map((arg) => filled(arg, '{}', 'x')));
  const guesses = values.map((value) => ({
    script: `${textOf(spaced(command)) ?? ''} ${value}`,
    input: around.carried,
    guess: true as const,
  }));
  return { own, inner: [{ script: sure, input: { from: 'local' } }, { argv: command, guess: true }, ...guesses] };
};

/** `find … -exec command ;`: for every file that it finds. */
const find: Wrapper = (call) => {
  const inner: Inner[] = [];
  for (let at = 0; at < call.args.length; at++) {
    if (!/^-(exec|execdir|ok|okdir)$/.test(textOf(call.args[at]) ?? '')) continue;
    const start = at + 1;
    while (
      at < call.args.length &&
      textOf(call.args[at]) !== ';' &&
      !(textOf(call.args[at]) === '+' && textOf(call.args[at - 1]) === '{}')
    )
      at++;
    inner.push({ argv: call.args.slice(start, at).map((arg) => filled(arg, '{}', undefined)) });
  }
  const places = call.args.slice(
    0,
    Math.max(
      0,
      call.args.findIndex((arg) => /^[-(!]/.test(startOf(arg))),
    ),
  );
  const from = places.map(startOf).find(holdsSecrets);
  // A file that is found has a name that begins with where it was looked for: it is no option.
  const starts = from === undefined ? './' : `${from.replace(/\/$/, '')}/`;
  return inner.length === 0
    ? undefined
    : { own: judgeFind(call) ?? runsIt, inner: inner.map((one) => found(one, starts)) };
};

/** Whole names that `{}` stands for begin with a folder. */
function found(inner: Inner, starts: string): Inner {
  if (!('argv' in inner)) return inner;
  return {
    ...inner,
    argv: inner.argv.map((arg) =>
      typeof arg !== 'string' && arg.starts === '' && !arg.splits
        ? { starts, splits: false, pattern: `${starts}**` }
        : arg,
    ),
  };
}

const busybox: Wrapper = (call) => {
  const [applet] = call.args;
  if (applet === undefined || startOf(applet).startsWith('-')) return undefined;
  // An applet takes other options than the program of its name: what it reads may be more than a read.
  return { own: says('configure', 'Programs of busybox have options of their own.'), inner: [{ argv: call.args }] };
};

/** Programs that run something for each of many words. */
export const lists: Readonly<Record<string, Wrapper>> = {
  xargs,
  find,
  parallel,
  busybox,
  toybox: busybox,
  entr: runsRest('-acdnprsxz', { own: says('configure', 'It runs it whenever a file changes.') }),
};
