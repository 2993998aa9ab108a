import { type Arg, mayBeOption, startOf, textOf } from '../arg.ts';
import { obeyed } from '../obeyed.ts';
import { worstScript } from '../programs/within.ts';
import { always, each, free, minding, type Rule, type Rules, reads, readsOnly, says } from '../rule.ts';

/** A name is worked out by bash: what stands in its brackets is run. */
function worksOut(args: readonly Arg[]) {
  const inner = args
    .map(startOf)
    .flatMap((text) => [...text.matchAll(/\$\(([^()]*)\)|`([^`]*)`/g)].map(([, dollar, tick]) => dollar ?? tick ?? ''));
  return worstScript(inner) === 'destroy'
    ? says('destroy', 'A name is worked out, which runs something that destroys.')
    : says('configure', 'A name is worked out, and may run something.');
}

/** `set -e` and its kin change how the text is read, not what is there. */
const set: Rule = ({ args }) => {
  const words = args.map(textOf);
  const isPlain = words.every(
    (word) =>
      word !== undefined &&
      /^([-+][euxvfCnbhm]+|[-+][euxvfCnbhm]*o|pipefail|errexit|nounset|xtrace|noglob|--|posix)$/.test(word),
  );
  return isPlain && !words.some((word) => word === '--')
    ? readsOnly
    : says('configure', 'It changes what the words of the text are.');
};

/** Names alone: what stands in brackets behind one would be worked out. */
const names: Rule = ({ args }) =>
  args.every((arg) => typeof arg === 'string' && !arg.includes('[') && !obeyed.test(arg)) ? readsOnly : worksOut(args);

/** `export`, `declare` and their kin: an exported variable reaches every program after it. */
const declares: Rule = ({ name, args }) => {
  if (args.some((arg) => startOf(arg).split('=')[0]?.includes('['))) return worksOut(args);
  const flags = args.map(startOf).filter((arg) => /^[-+]/.test(arg));
  // What a number is given later is worked out too.
  if (flags.some((flag) => /^-\w*i/.test(flag))) return worksOut(args);
  if (flags.some((flag) => /^-\w*[nx]/.test(flag)) || (name === 'export' && !flags.some((flag) => flag === '-p')))
    return exported(args.filter((arg) => !startOf(arg).startsWith('-')));
  return args.some((arg) => mayBeOption(arg))
    ? says('configure', `A word of ${name} may turn out to be anything.`)
    : readsOnly;
};

const shown = /^(LC_\w+|LANG|LANGUAGE|TZ|COLUMNS|LINES|NO_COLOR|TERM)(=|$)/;

function exported(args: readonly Arg[]) {
  return args.every((arg) => shown.test(startOf(arg)))
    ? readsOnly
    : says('configure', 'It changes what programs after it do.');
}

/** `test` and `[`: `-v` and `-R` work out what stands in a name, and one word without quotes may become both. */
const test: Rule = minding(({ args }) => {
  const words = args.filter((arg) => arg !== ']' && arg !== '!');
  const splits =
    words.length === 1 && words.some((word) => typeof word !== 'string' && word.splits && word.starts === '');
  return splits || words.some((word) => /^-[vR]$/.test(startOf(word))) ? worksOut(args) : readsOnly;
});

/** What the shell does itself. */
export const builtins: Rules = {
  ...each(
    ': true false echo pwd type hash times break continue return exit shift sleep usleep dirs caller logout umask cd pushd popd local disown',
    free,
  ),
  hash: reads('-ltr'),
  // With a name to set, or a command to run, these do more.
  jobs: reads('-lnprs'),
  wait: reads('-fn'),
  umask: ({ args }) =>
    args.length === 0 || args.every((arg) => /^-[Sp]$/.test(startOf(arg)))
      ? readsOnly
      : says('configure', 'It changes which rights new files get.'),
  printf: minding(({ args }) =>
    startOf(args[0] ?? '').startsWith('-v') || (args[0] !== undefined && mayBeOption(args[0]))
      ? worksOut(args)
      : readsOnly,
  ),
  read: ({ args }) => {
    const words = args.filter((arg) => !/^-/.test(startOf(arg)));
    return words.every((word) => /^[\w./:,;|-]*$/.test(textOf(word) ?? '[')) &&
      !words.some((word) => obeyed.test(startOf(word)))
      ? readsOnly
      : worksOut(args);
  },
  ...each(
    'mapfile readarray',
    reads('-t -d: -n: -O: -s: -u:', {
      most: 1,
      look: (operands) => names({ name: 'mapfile', args: operands, place: 'host' }),
    }),
  ),
  ...each('unset getopts', (call) =>
    call.args.some((arg) => /^(PATH|IFS|LD_|BASH|ENV$|HOME$)/.test(startOf(arg)))
      ? says('configure', 'It changes how programs are found or words are read.')
      : names(call),
  ),
  let: ({ args }) => worksOut(args),
  set,
  shopt: reads('-pqs -u', {
    look: (operands) =>
      operands.every((one) =>
        /^(nullglob|extglob|globstar|dotglob|nocaseglob|failglob|lastpipe)$/.test(textOf(one) ?? ''),
      )
        ? undefined
        : says('configure', 'It changes how bash reads the text.'),
  }),
  ...each('export declare typeset readonly', declares),
  local: declares,
  ...each('test [', test),
  ...each('command builtin', reads('-vVp')),
  trap: reads('-lp', {
    look: (operands) => (operands.length > 1 ? says('configure', 'It changes what happens on a signal.') : undefined),
  }),
  alias: reads('-p', { most: 0 }),
  unalias: always('configure', 'It changes what a name means.'),
  kill: ({ args }) => {
    const words = args.map((arg) => textOf(arg) ?? '?');
    // Only the first word is an option for sure: behind a process, `-l` and `-0` are processes too.
    if (/^(-l|-L|--list|--table)$/.test(words[0] ?? '')) return readsOnly;
    if (/^(-0|-s 0|-n 0)( \d+| %\S+| \?)*$/.test(words.join(' '))) return readsOnly;
    const targets = words.filter(
      (word, index) => !/^-[A-Za-z]/.test(word) && !(index === 0 && /^-\d+$/.test(word)) && word !== '--',
    );
    return targets.some((word) => word === '-1' || word === '1' || word === '0')
      ? says('destroy', 'It ends everything, or the first process.')
      : says('operate', 'It sends a signal to processes.');
  },
  ulimit: ({ args }) =>
    args.every((arg) => /^-[A-Za-z]+$/.test(startOf(arg))) ? readsOnly : says('configure', 'It changes limits.'),
  history: always('configure', 'It may change the history.'),
  enable: always('configure', 'It changes what the shell does itself.'),
  exec: always('read', 'It redirects what follows.'),
  sudo: reads('-lnkKvV -U: -u: --list --version', { most: 0 }),
  doas: always('configure', 'It is given nothing to run.'),
};
