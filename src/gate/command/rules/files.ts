import { type Arg, startOf, textOf } from '../arg.ts';
import { judgeFind } from '../programs/find.ts';
import { writeTo } from '../redirections.ts';
import { always, each, free, type Rule, type Rules, reads, readsOnly, says } from '../rule.ts';
import { isDangerousWrite } from '../secret-paths.ts';
import { writesBy } from './text.ts';

const removes = always('destroy', 'It removes files.');

/** Places that hold the machine together: a change of rights or owners there takes it away. */
const whole = /^\/(\*|\.|\/)*$|^\/(etc|usr|var|bin|sbin|lib\d*|boot|dev|root|home|opt|srv|proc|sys|run)\/?(\*)?$/;

/** Copies, links and moves: what they write is the last word, or what an option names. */
function writesLast(moves: boolean): Rule {
  return ({ name, args }) => {
    const plain = args.filter((arg) => !/^-./.test(startOf(arg)));
    const target = args
      .map(startOf)
      .find((arg) => /^(-t.+|--target-directory=)/.test(arg))
      ?.replace(/^(-t|--target-directory=)/, '');
    const words = [...(target === undefined ? plain.slice(-1) : [target]), ...(moves ? plain : [])];
    const writes = words.map((word) => writeTo(textOf(word) ?? { starts: startOf(word) }));
    const worst = writes.find(({ risk }) => risk === 'destroy');
    if (worst !== undefined) return worst;
    const taken = moves ? plain.slice(0, -1).find((word) => whole.test(startOf(word))) : undefined;
    if (taken !== undefined) return says('destroy', `It takes ${startOf(taken)} away.`);
    if (plain.some((word) => startOf(word) === '/dev/null') && !moves && name === 'cp')
      return says('destroy', 'It empties a file.', { writes: words.map(startOf) });
    const nowhere = moves && plain.some((word) => startOf(word) === '/dev/null');
    return nowhere
      ? says('destroy', 'What is moved there is lost.')
      : says('configure', `${name} writes files.`, { writes: words.slice(0, 1).map(startOf) });
  };
}

const rights: Rule = ({ name, args }) => {
  const paths = args
    .filter((arg) => !/^-./.test(startOf(arg)))
    .slice(1)
    .map(startOf);
  const worst = paths.find((path) => whole.test(path) || isDangerousWrite(path));
  const recursive = args.some((arg) => /^(-\w*R|--recursive)/.test(startOf(arg)));
  return worst !== undefined && (recursive || whole.test(worst) || /^\/(etc|boot)/.test(worst))
    ? says('destroy', `${name} on ${worst} may lock everybody out.`, { writes: paths })
    : says('configure', `${name} changes rights.`, { writes: paths });
};

/** Truncating to nothing loses what was there; growing does not. */
const truncate: Rule = ({ args }) => {
  const sizes = args.map(startOf).join(' ');
  return /(-s|--size)[= ]?\s*[+%/]/.test(sizes) && !/\/dev\//.test(sizes)
    ? says('configure', 'It makes files longer.')
    : says('destroy', 'It cuts files off.');
};

const dd: Rule = ({ args }) => {
  const outputs = args.filter((arg) => startOf(arg).startsWith('of='));
  const last = outputs.at(-1);
  if (last === undefined)
    return args.every((arg) => /^(if|bs|ibs|obs|cbs|count|skip|seek|status|iflag|conv|oflag)=/.test(startOf(arg)))
      ? readsOnly
      : says('configure', 'A word of dd is not known.');
  const path = startOf(last).slice(3);
  if (path === '/dev/null' && typeof last === 'string') return readsOnly;
  return writeTo(typeof last === 'string' ? path : { starts: path });
};

const install: Rule = (call) => writesLast(false)(call);

/** Files and folders. */
export const files: Rules = {
  ...each(
    'ls dir vdir stat readlink realpath basename dirname du df lsattr getfacl namei pathchk locate which whereis  lslocks fincore',
    free,
  ),
  sync: always('operate', 'It writes to the disk what still waits.'),
  mountpoint: reads('-dqxn --fs-devno --quiet --devno --nofollow'),
  lsof: reads('-abClnNOPRtUvVX -c: -d: -f? -F? -g? -i? -K? -L? -m? -o? -p: -r? -s? -S? -T? -u: -x? -z? -Z?'),
  file: reads(
    '-bchiIkLNnprsSzZ0 -e: -f: -F: -m: -P: --brief --mime --mime-type --mime-encoding --dereference --no-dereference --keep-going --special-files --uncompress --no-sandbox --exclude: --extension',
  ),
  findmnt: reads(
    '-AaCcDeFfiJklmnNPrRsuUvxybh -d: -M: -o: -O: -p? -S: -t: -T: -w: -Q: --all --ascii --df --fstab --json --kernel --list --mtab --noheadings --output: --output-all --options: --pairs --raw --real --pseudo --submounts --source: --target: --mountpoint: --types: --tree --uniq --verify --verbose --bytes --canonicalize --evaluate --first-only --invert --notruncate --nofsroot --direction: --poll? --shadowed --vfs-all --deleted --df-r',
  ),
  tree: writesBy(
    '-o:',
    '-adlfxqNQpugshDFrtvcUiAClnSJX -L: -P: -I: -H: -T: --noreport --charset: --filelimit: --dirsfirst --sort: --si --du --prune --inodes --device --timefmt: --matchdirs --ignore-case --fromfile --gitignore --filesfirst --metafirst --info',
  ),
  find: judgeFind,
  ...each('rm unlink shred wipe srm trash-empty', removes),
  rmdir: always('configure', 'It removes empty folders.'),
  truncate,
  dd,
  ...each('cp ln install', writesLast(false)),
  install,
  mv: writesLast(true),
  rename: always('configure', 'It renames files.'),
  ...each('mkdir touch mkfifo mknod mktemp', ({ name, args }) => {
    const paths = args.filter((arg: Arg) => !/^-/.test(startOf(arg)));
    const worst = paths
      .map((path) => writeTo(textOf(path) ?? { starts: startOf(path) }))
      .find(({ risk }) => risk === 'destroy');
    return worst === undefined
      ? says('configure', `${name} makes files.`, { writes: paths.map(startOf) })
      : { ...worst, risk: name === 'mkdir' ? 'configure' : 'destroy' };
  }),
  ...each('chmod chown chgrp', rights),
  ...each('setfacl chattr setfattr', ({ name, args }) =>
    args.some((arg) => whole.test(startOf(arg)))
      ? says('destroy', `${name} there may lock everybody out.`)
      : says('configure', `${name} changes rights.`),
  ),
  fallocate: ({ args }) =>
    args.some((arg) => /^(-\w*[pzc]|--(punch|zero|coll|dig))/.test(startOf(arg)))
      ? says('destroy', 'It takes parts out of a file.')
      : says('configure', 'It makes a file.'),
  updatedb: always('configure', 'It rebuilds an index.'),
};
