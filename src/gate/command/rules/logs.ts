import { startOf } from '../arg.ts';
import { always, each, type Rules, reads, readsOnly, says } from '../rule.ts';

/** Logs, and how far they may be touched. */
export const logs: Rules = {
  journalctl: reads(
    '-aefklmqrx -# -b? -n? -o: -p: -u: -t: -S: -U: -g: -c: -D: -i: -N -F: -T: -I -M: --no-pager --all --follow --pager-end --full --no-full --lines? --output: --output-fields: --priority: --unit: --user-unit: --identifier: --exclude-identifier: --since: --until: --grep: --case-sensitive? --boot? --list-boots --dmesg --reverse --quiet --utc --no-hostname --catalog --disk-usage --header --verify --field: --fields --merge --system --user --directory: --file: --cursor: --after-cursor: --show-cursor --no-tail --facility: --list-catalog --dump-catalog --truncate-newline --invocation: --list-invocations --lines: --boot:',
    {
      look: (_, { unknown }) =>
        unknown.some((name) => /^--v(ac.*)?$/.test(name)) ? says('destroy', 'It throws logs away.') : undefined,
    },
  ),
  dmesg: reads(
    '-dePHkLprSTtuwWx -f: -l: -F: -s: -J --ctime --human --level: --facility: --kernel --userspace --decode --follow --follow-new --notime --nopager --reltime --show-delta --time-format: --color? --raw --syslog --since: --until: --json --file: --noescape --buffer-size:',
    {
      look: (_, { unknown }) =>
        unknown.some((name) => /^(-C|--cl)/.test(name))
          ? says('configure', 'It clears the messages of the kernel.')
          : undefined,
    },
  ),
  logger: always('configure', 'It writes to the log.'),
  logrotate: reads('-dvf -s: --debug --verbose --force --state:', {
    look: (_, { options }) =>
      options.some(([name]) => /^(-d|--debug)$/.test(name))
        ? undefined
        : says('configure', 'It turns logs over, and may drop old ones.'),
  }),
  ...each('multitail lnav', always('configure', 'It can run commands.')),
  ausearch: reads('-i -m: -k: -ts: -te: -ua: -ue: -x: -sv: -p: -f: --start: --end: --message: --key:', { words: true }),
  aureport: reads('-i -m -l -f -x -u -au -k -ts: -te: --summary --start: --end: --login --failed --success', {
    words: true,
  }),
  auditctl: ({ args }) =>
    args.every((arg) => /^-[slv]$/.test(startOf(arg)))
      ? readsOnly
      : args.some((arg) => startOf(arg) === '-D')
        ? says('destroy', 'It drops every rule of the audit.')
        : says('configure', 'It changes what is audited.'),
};
