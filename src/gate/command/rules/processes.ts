import { startOf } from '../arg.ts';
import { given, optionTable } from '../options.ts';
import { each, free, minding, type Rule, type Rules, reads, readsOnly, says, verbs } from '../rule.ts';
import { isCritical } from './critical.ts';

/** `killall` and `pkill` end processes by name: some of them hold the node together. */
const byName: Rule = ({ name, args }) => {
  const words = args.map(startOf);
  // Behind `--` these are names, and behind a signal they are none.
  const asks = words.some((word) => /^(-l|--list|-0|-V)$/.test(word));
  if (
    asks &&
    !words.some((word) => word === '--' || (/^-(\d{1,2}|[A-Z]{2,}\d*|s|-signal\b.*)$/.test(word) && word !== '-0'))
  )
    return readsOnly;
  const named = words.filter((word) => !word.startsWith('-'));
  const all =
    named.some((word) => isCritical(word) || /^(\.|\.\*|\^|kvm|qemu|lxc-start|systemd|init|sshd?)/.test(word)) ||
    words.some((word) => /^(-u|-U|--uid|--euid)/.test(word));
  return all
    ? says('destroy', `${name} ends what the node or its guests need.`)
    : says('operate', `${name} ends processes.`);
};

/** Letters without a dash, an `e` among them, show the environment of every process, where secrets stand. */
const ps: Rule = minding(({ args }) => {
  const line = '-AadefFHjlLMNnVwyZTmc -C: -g: -G: -o: -O: -p: -q: -s: -t: -u: -U:';
  const shows = given(args, optionTable(line)).operands.some((word) => /^[A-Za-z]*e[A-Za-z]*$/.test(startOf(word)));
  return shows ? { ...readsOnly, sensitive: true, why: 'It shows what programs were given in secret.' } : readsOnly;
});

/** Processes and load. */
export const processes: Rules = {
  ...each('pstree pgrep pidof  mpstat lsfd pwdx   tload atopsar', free),
  ps,
  pmap: reads('-xXdqp -A: --extended --device --quiet --show-path --range:'),
  iostat: free,
  pidstat: reads('-dHhIlRrstUuVvw -C: -G: -p: -T: --human --dec:'),
  dstat: reads(
    '-acCdDgiIlmnNpqrsStTvVy -C: -D: -N: -I: -S: --nocolor --full --bits --float --integer --noheaders --noupdate',
  ),
  top: reads('-bcHiSs1eE -n: -d: -o: -p: -u: -U: -w?', {
    look: (_, { options }) =>
      options.some(([name]) => name === '-b') ? undefined : says('configure', 'It can end processes.'),
  }),
  htop: () => says('configure', 'It can end processes.'),
  atop: () => says('configure', 'It can end processes.'),
  iotop: reads(
    '-boPaktq -n: -d: -p: -u: --batch --only --processes --accumulated --kilobytes --time --quiet --iter: --delay: --pid: --user:',
    {
      look: (_, { options }) =>
        options.some(([name]) => /^(-b|--batch)$/.test(name))
          ? undefined
          : says('configure', 'It can change priorities.'),
    },
  ),

  sar: reads('-ABbdFHhpqrSuVvWwyz -i: -f: -s? -e? -P: -n: -m: -I: -j: -t'),

  // Words without a dash are a command that both would run.
  cpupower: verbs('', {
    ...each('frequency-info idle-info info', free),
    monitor: reads('-lc -i: -m:', { most: 0 }),
  }),
  turbostat: reads('-qSJs -n: -i: --quiet --Summary --show: --hide: --num_iterations: --interval:', { most: 0 }),
  perf: ({ args }) =>
    /^(list|report|script|stat|top|version)$/.test(startOf(args[0] ?? '')) && args.length < 2
      ? readsOnly
      : says('configure', 'It measures, and may run something.'),
  ...each('killall pkill skill killall5', byName),
  killall5: () => says('destroy', 'It ends every process.'),
  renice: () => says('configure', 'It changes priorities.'),
  fuser: ({ args }) =>
    args.some((arg) => /^(-\w*k|--kill)/.test(startOf(arg)))
      ? says('destroy', 'It ends whatever uses a file.')
      : reads('-acfimMnsuvVw4 -n: --all --verbose --user --mount --namespace: --silent')({
          name: 'fuser',
          args,
          place: 'host',
        }),
};
