import { type Arg, anything, startOf, textOf } from '../arg.ts';
import { given, optionTable } from '../options.ts';
import { says } from '../rule.ts';
import type { Input } from '../session.ts';
import { type Inner, runsIt, runsRest, spaced, type Unwrapped, type Wrapper } from './unwrap.ts';

const options = optionTable(
  '-abefhiklmnprstuvxBCEHPTDc -o: -O: --norc --noprofile --login --posix --restricted --verbose --debug --rcfile: --init-file: --noediting --debugger',
);

/** A shell: its text, the file that it is given, or what it reads. */
const shell: Wrapper = (call, around) => {
  const args = call.args.filter((arg) => !/^\+\w+$/.test(startOf(arg)));
  const found = given(args, options, true);
  const has = (name: string) => found.options.some(([one]) => one === name);
  const [unknown] = found.unknown;
  const own =
    unknown !== undefined || has('--rcfile') || has('--init-file') || has('-i') || has('-O') || has('-o')
      ? says('configure', `${call.name} ${unknown ?? ''} may read more than its text.`)
      : runsIt;
  const [first, ...rest] = found.operands;
  if (has('-c') || unknown?.includes('c')) {
    if (first === undefined) return { own: says('configure', 'There is no text to run.'), inner: [] };
    return { own, inner: [{ script: first, input: around.carried }, ...asCommands(rest)] };
  }
  if (has('-n') && first !== undefined && args.length === call.args.length)
    return { own: says('read', 'It only checks a script.'), inner: [] };
  if (has('-s') || first === undefined || first === '-')
    return { own, inner: [{ script: anything, input: around.input }] };
  return file(first, own, around.carried, around.input);
};

/** The words after a shell's text are its `$0`, `$1`, …, which the text may run. */
function asCommands(rest: readonly Arg[]): Inner[] {
  return rest.length === 0
    ? []
    : [
        { argv: rest, guess: true },
        { argv: rest.slice(1), guess: true },
      ];
}

function file(path: Arg, own: Unwrapped['own'], carried: Input, input: Input): Unwrapped {
  const start = startOf(path);
  if (start.startsWith('/dev/fd/') || start === '/dev/stdin' || start === '/proc/self/fd/0')
    return {
      own,
      inner: [
        { script: anything, input: start.startsWith('/dev/fd/') && carried.from !== 'nothing' ? carried : input },
      ],
    };
  const name = textOf(path) ?? `${start}…`;
  return { own: says('configure', `It runs the script ${name}, which is not looked into.`), inner: [] };
}

const source: Wrapper = (call, around) => {
  const [path] = call.args;
  return path === undefined ? undefined : file(path, runsIt, around.carried, around.input);
};

const asOther =
  (line: string, scripts: string, before: number): Wrapper =>
  (call, around) => {
    // `su - name`: the dash is a word of its own.
    const args = call.args.filter((arg) => arg !== '-');
    const found = given(args, optionTable(line));
    const text = found.options.find(([name]) => scripts.split(' ').includes(name));
    // Another shell could be any program.
    const shell = found.options.find(([name]) => name === '-s' || name === '--shell');
    const other = shell !== undefined && !/^\/bin\/(ba|da)?sh$/.test(textOf(shell[1]) ?? '');
    const unknown = other ? '-s' : found.unknown[0];
    const own = unknown === undefined ? runsIt : says('configure', `${call.name} ${unknown} is not known.`);
    if (text !== undefined) return { own, inner: [{ script: text[1] ?? anything, input: around.carried }] };
    const rest = found.operands.slice(before);
    if (rest.length > 0) return { own, inner: [{ argv: rest }] };
    return { own: says('configure', 'It opens a shell.'), inner: [{ script: anything, input: around.input }] };
  };

/** `trap 'text' SIGNAL`: the text runs later. */
const trap: Wrapper = (call, around) => {
  const args = call.args[0] === '--' ? call.args.slice(1) : call.args;
  const [text, ...signals] = args;
  if (text === undefined || startOf(text).startsWith('-') || signals.length === 0) return undefined;
  return { own: runsIt, inner: text === '' ? [] : [{ script: text, input: around.carried }] };
};

/** `mapfile -C text` runs the text every few lines. */
const perLine: Wrapper = (call, around) => {
  const text = given(call.args, optionTable('-t -d: -n: -O: -s: -u: -C: -c:')).options.find(([name]) => name === '-C');
  if (text === undefined) return undefined;
  return { own: runsIt, inner: [{ script: text[1] ?? anything, input: around.carried }] };
};

const alias: Wrapper = (call, around) => {
  const texts = call.args.map((arg) => textOf(arg) ?? '').filter((text) => text.includes('='));
  if (texts.length === 0) return undefined;
  const inner = texts.map((text) => ({
    script: text.replace(/^[^=]*=/, ''),
    input: around.carried,
    guess: true as const,
  }));
  return { own: says('configure', 'It changes what a name means.'), inner };
};

/** `at`, `batch` and `crontab -` run later what they read. */
const later: Wrapper = (call, around) => {
  if (
    call.args.some(
      (arg) => /^(-[lcqVd]|--help)$/.test(startOf(arg)) && !/^-d/.test(startOf(arg)) && !/^-q/.test(startOf(arg)),
    )
  )
    return undefined;
  if (call.args.some((arg) => /^-[rd]/.test(startOf(arg))))
    return { own: says('destroy', 'It removes jobs.'), inner: [] };
  return {
    own: says('configure', 'It runs later what it reads.'),
    inner: [{ script: anything, input: around.input, guess: true }],
  };
};

/** Shells, and what else runs a text as one. */
export const shells: Readonly<Record<string, Wrapper>> = {
  ...Object.fromEntries(
    ['bash', 'sh', 'dash', 'ash', 'zsh', 'ksh', 'mksh', 'rbash', 'fish'].map((name) => [name, shell]),
  ),
  eval: (call, around) =>
    call.args.length === 0
      ? undefined
      : {
          own: runsIt,
          inner: [{ script: spaced(call.args[0] === '--' ? call.args.slice(1) : call.args), input: around.carried }],
        },
  source,
  '.': source,
  ...Object.fromEntries(['mapfile', 'readarray'].map((name) => [name, perLine])),
  trap,
  alias,
  at: later,
  batch: later,
  su: asOther(
    '-lmpfP -c: -s: -g: -G: -w: -T: --command: --login --shell: --preserve-environment --pty --session-command: --group: --supp-group:',
    '-c --command --session-command',
    1,
  ),
  runuser: (call, around) => {
    const named = call.args.some((arg) => /^(-u|--user)/.test(startOf(arg)));
    return asOther(
      '-lmpfP -u: -c: -s: -g: -G: -w: --user: --command: --login --shell: --group:',
      '-c --command',
      named ? 0 : 1,
    )(call, around);
  },
  sg: asOther('-c:', '-c', 1),
  watch: (call, around) =>
    runsRest(
      '-bcdegptwxCr -n: -q: --differences? --interval: --no-title --errexit --chgexit --color --exec --precise --beep --equexit: --no-wrap --no-rerun',
      {
        joins: !call.args.some((arg) => /^(-[a-z]*x|--exec)$/.test(startOf(arg))),
      },
    )(call, around),
  script: runsRest('-aefqt -c: -E: -I: -B: -O: -T: -m: -o: --command: --append --flush --quiet --return --log-out:', {
    scripts: '-c --command',
    own: says('configure', 'It writes down what is shown.'),
    bare: says('configure', 'It opens a shell and writes down what is shown.'),
  }),
  flock: (call, around) => {
    const line =
      '-exnsuoFv -w: -E: -c: --exclusive --shared --nonblock --nonblocking --unlock --close --no-fork --wait: --timeout: --conflict-exit-code: --verbose --command:';
    const found = given(call.args, optionTable(line), true);
    const [, dash, text] = found.operands;
    if (dash === '-c' && text !== undefined)
      return { own: says('configure', 'It makes a lock file.'), inner: [{ script: text, input: around.carried }] };
    return runsRest(line, {
      before: 1,
      scripts: '-c --command',
      own: says('configure', 'It makes a lock file.'),
      bare: runsIt,
    })(call, around);
  },
};
