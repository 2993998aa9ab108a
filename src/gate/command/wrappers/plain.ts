import { startOf, textOf } from '../arg.ts';
import { given, optionTable } from '../options.ts';
import { says } from '../rule.ts';
import { runsIt, runsRest, type Wrapper } from './unwrap.ts';

const sudo = runsRest(
  '-ABbEHkKnNPSVils -u: -g: -h: -p: -C: -D: -R: -r: -t: -T: -U: -c: --askpass --background --bell --preserve-env? --set-home --non-interactive --preserve-groups --stdin --user: --group: --host: --prompt: --chdir: --chroot: --role: --type: --login --reset-timestamp --shell --list --validate --version',
  // In another folder or under another root, names mean other files.
  { assigns: true, acts: '-R -D --chroot --chdir' },
);

/** `env -S` splits its value into words, which nobody else does. */
const env: Wrapper = (call, around) => {
  const found = given(
    call.args,
    optionTable(
      '-i0v -u: -C: -S: -P: -a: --ignore-environment --null --unset: --chdir: --split-string: --argv0: --debug',
    ),
    true,
  );
  const split = found.options.find(([name]) => name === '-S' || name === '--split-string');
  if (split === undefined)
    return runsRest('-i0v -u: -C: -P: -a: --ignore-environment --null --unset: --chdir: --argv0: --debug', {
      assigns: true,
      acts: '-C -P --chdir',
      bare: runsIt,
    })(call, around);
  const rest = found.operands.map((arg) => textOf(arg) ?? '').join(' ');
  const text = textOf(split[1]);
  const script = text === undefined ? { starts: '', splits: true } : `${text} ${rest}`;
  return { own: says('configure', 'env -S takes a text apart.'), inner: [{ script, input: around.carried }] };
};

/** `exec` alone changes what the shell reads and writes; its redirections are judged by themselves. */
const exec = runsRest('-cl -a:', { bare: says('read', 'It redirects what follows.') });

/** `command -v` only tells where a program is. */
const command: Wrapper = (call, around) =>
  call.args.some((arg) => /^-[pvV]*[vV]/.test(startOf(arg))) ? undefined : runsRest('-p')(call, around);

/** Programs that run the words after their options as they are. */
export const plain: Readonly<Record<string, Wrapper>> = {
  sudo: (call, around) => {
    const first = call.args.map(startOf).find((arg) => !/^-[nSHAkE]+$/.test(arg));
    if (first === '-l' || first === '--list' || first === '-v' || first === '-V') return undefined;
    if (first !== undefined && /^(-\w*e|--edit)/.test(first)) return undefined;
    const unwrapped = sudo(call, around);
    const isShell = call.args.some((arg) => /^(-\w*[si]|--shell|--login)$/.test(startOf(arg)));
    if (unwrapped !== undefined || !isShell) return unwrapped;
    return { own: runsIt, inner: [{ script: { starts: '', splits: true }, input: around.input }] };
  },
  doas: runsRest('-nLs -u: -C: -a:'),
  env,
  exec,
  command,
  builtin: runsRest(''),
  nice: runsRest('-n: -# --adjustment:', { bare: says('read', 'It prints the niceness.') }),
  ionice: runsRest('-t -c: -n: -p: -P: -u: --class: --classdata: --ignore --pid:', { acts: '-p -P -u --pid' }),
  chrt: runsRest(
    '-abdforiRmv -T: -P: -D: -p --all-tasks --batch --deadline --fifo --idle --other --rr --reset-on-fork --verbose --pid --max',
    {
      before: 1,
      acts: '-p --pid',
    },
  ),
  taskset: (call, around) => {
    const line = '-acp --all-tasks --cpu-list --pid';
    return runsRest(line, { before: 1, acts: '-p --pid' })(call, around);
  },
  timeout: runsRest('-vfp -k: -s: --foreground --preserve-status --verbose --kill-after: --signal:', { before: 1 }),
  nohup: runsRest(''),
  setsid: runsRest('-cfw --ctty --fork --wait'),
  stdbuf: runsRest('-i: -o: -e: --input: --output: --error:'),
  unbuffer: runsRest('-p'),
  time: runsRest('-apvqV -f: -o: --portability --format: --output: --append --verbose --quiet', {
    acts: '-o --output',
  }),
  setarch: runsRest('-BFILRSTXZv3 --3gb --addr-no-randomize --verbose', { before: 1 }),
  linux64: runsRest('-BFILRSTXZv3'),
  linux32: runsRest('-BFILRSTXZv3'),
  setpriv: runsRest(
    '-d --reuid: --regid: --clear-groups --keep-groups --init-groups --groups: --inh-caps: --ambient-caps: --bounding-set: --no-new-privs --reset-env --pdeathsig:',
  ),
  prlimit: runsRest(
    '-c? -d? -e? -f? -i? -l? -m? -n? -q? -r? -s? -t? -u? -v? -x? -y? -p: --pid: --nofile? --core? --nproc? --as? --data? --cpu? --rss? --stack? --memlock? --noheadings --raw --verbose -o: --output:',
    {
      acts: '-p --pid',
    },
  ),
  numactl: runsRest(
    '-aln -m: -i: -N: -C: -p: -P: --interleave: --membind: --cpunodebind: --physcpubind: --localalloc --preferred: --all --balancing',
  ),
  cpulimit: runsRest('-bflz -c: -e: -l: -p: -P: --limit: --background --foreground', { acts: '-e -p -P' }),
  // What stands under another root is not this machine's programs.
  chroot: (call, around) => {
    const own = call.args.includes('/') ? runsIt : says('configure', 'It runs a program of another system.');
    const bare = says('configure', 'It opens a shell.');
    return runsRest('--groups: --userspec: --skip-chdir', { before: 1, own, bare })(call, around);
  },
  nsenter: runsRest(
    '-aFeZ -t: -m? -u? -i? -n? -p? -U? -C? -T? -r? -w? -W: -S? -G? -c --all --target: --mount? --uts? --ipc? --net? --pid? --cgroup? --user? --user-parent --time? --root? --wd? --wdns: --setuid? --setgid? --preserve-credentials --no-fork --follow-context --env --keep-caps --join-cgroup',
    // With the files of another, its programs are run.
    { acts: '-a -m -r -w -W --all --mount --root --wd --wdns', bare: says('configure', 'It opens a shell.') },
  ),
  unshare: runsRest(
    '-fcrR -muinpUCT -w: -S: -G: --fork --map-root-user --map-current-user --map-auto --map-users: --map-groups: --mount --uts --ipc --net --pid --user --cgroup --time --mount-proc? --propagation: --kill-child? --root: --wd: --setgroups: --keep-caps --setuid: --setgid:',
    { acts: '-R -w --root --wd', bare: says('configure', 'It opens a shell.') },
  ),
  fakeroot: runsRest('-uh -l: -s: -i: -b: --unknown-is-real', { acts: '-l -s -b' }),
  'systemd-cat': runsRest('-t: -p: --identifier: --priority: --stderr-priority: --level-prefix: --namespace:', {
    bare: says('configure', 'It writes to the journal.'),
    own: says('configure', 'It writes to the journal.'),
  }),
  'systemd-inhibit': runsRest('--what: --who: --why: --mode: --no-pager --no-legend --list --no-ask-password'),
  'systemd-run': runsRest(
    '-tPqrGSdM -u: -p: -E: -H: --scope --user --system --unit: --property: --description: --slice: --slice-inherit --remain-after-exit --send-sighup --service-type: --uid: --gid: --nice: --working-directory: --same-dir --setenv: --pty --pipe --quiet --on-active: --on-boot: --on-startup: --on-unit-active: --on-unit-inactive: --on-calendar: --on-clock-change --on-timezone-change --timer-property: --path-property: --socket-property: --no-block --wait --collect --no-ask-password --shell --expand-environment: --background: --job-mode:',
    { own: says('configure', 'It makes a unit that runs it.') },
  ),
  'dbus-run-session': runsRest(''),
  strace: runsRest(
    '-cCdfFhiknqrtTvVwxyYzZ -I: -b: -e: -a: -D -E: -o: -O: -p: -P: -s: -S: -u: -U: -X: --follow-forks --output:',
    { acts: '-E -O -X -b -e -o -p --output' },
  ),
  ltrace: runsRest('-bcCfhiLrStTV -a: -A: -D: -e: -F: -l: -n: -o: -p: -s: -u: -w: -x:', { acts: '-F -l -o -p' }),
  chronic: runsRest('-ve'),
  ifne: runsRest('-n'),
  gosu: runsRest('', { before: 1 }),
  'su-exec': runsRest('', { before: 1 }),
  ip: (call) => {
    const at = call.args.findIndex(
      (arg, index) =>
        /^e(x|xe|xec)?$/.test(startOf(arg)) && /^(netn|netns|vr|vrf)$/.test(startOf(call.args[index - 1] ?? '')),
    );
    const all = call.args.slice(0, at).some((arg) => /^-a/.test(startOf(arg)));
    return at < 0 ? undefined : { own: runsIt, inner: [{ argv: call.args.slice(at + (all ? 1 : 2)) }] };
  },
};
