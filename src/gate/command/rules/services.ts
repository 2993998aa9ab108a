import { type Arg, startOf, textOf } from '../arg.ts';
import { given, mayMean, optionTable } from '../options.ts';
import { each, free, here, type Rule, type Rules, reads, readsOnly, says, verbs } from '../rule.ts';
import type { RuleVerdict } from '../types.ts';
import { isCritical } from './critical.ts';

const options = optionTable(
  '-alqrT -t: -p: -P: -n: -o: -s: --no-pager --all --full --type: --state: --property: --value --failed --no-legend --plain --lines: --output: --user --system --quiet --recursive --reverse --after --before --with-dependencies --legend: --timestamp: --show-types --job-mode: --no-block --no-ask-password --wait --version --help --what: --show-transaction --now --force -f --signal: --kill-who: --kill-whom: --kill-value: --runtime --global --dry-run --no-warn --message: --when: --no-wall --check-inhibitors: -i --mkdir --marked',
);

const looks =
  /^(status|show|cat|list-units|list-unit-files|list-timers|list-sockets|list-dependencies|list-jobs|list-machines|list-automounts|list-paths|is-active|is-enabled|is-failed|is-system-running|get-default|show-environment|help|whoami|log-level|log-target|service-log-level|service-watchdogs|)$/;
const ends =
  /^(poweroff|reboot|halt|kexec|soft-reboot|rescue|emergency|isolate|suspend|hibernate|hybrid-sleep|suspend-then-hibernate|sleep|default|exit|switch-root)$/;

/** systemctl: looking, running ordinary services, changing units, and what takes the machine or its safety away. */
const systemctl: Rule = ({ args }) => {
  const found = given(args, options);
  const verb = found.operands.length === 0 ? '' : textOf(found.operands[0]);
  const units = found.operands.slice(1);
  const names = units.map(startOf);
  const services = names.filter((name) => name !== '');
  const now = args.some((arg) => mayMean(startOf(arg), ['--now']));
  const [unknown] = found.unknown;
  if (verb === undefined) return says('configure', 'Only the run will tell what systemctl does.');
  if (ends.test(verb)) return says('destroy', `systemctl ${verb} takes the machine away.`);
  if (looks.test(verb)) {
    if (/^(log-level|log-target|service-)/.test(verb) && units.length > 0)
      return says('configure', 'It changes what is logged.');
    if (unknown !== undefined) return says('configure', `systemctl ${unknown} is not known to only look.`);
    if (found.unsure) return says('configure', 'A word of systemctl may turn out to be any option.');
    return readsOnly;
  }
  const critical = units.find(
    (unit: Arg) =>
      isCritical(startOf(unit)) ||
      (typeof unit !== 'string' && 'pve'.startsWith(startOf(unit).slice(0, 3)) && startOf(unit) !== '') ||
      /[*?]/.test(startOf(unit)),
  );
  const of = critical === undefined ? '' : startOf(critical);
  if (/^(stop|kill|clean|freeze)$/.test(verb) || (now && /^(disable|mask)$/.test(verb)))
    return critical !== undefined
      ? says('destroy', `${of} holds the machine or the cluster together.`, { services })
      : says('operate', `It stops ${services.join(', ')}.`, { services });
  if (/^(disable|mask)$/.test(verb) && critical !== undefined)
    return says('destroy', `Without ${of} the machine or the cluster loses its safety.`, { services });
  if (
    /^(start|restart|reload|try-restart|condrestart|force-reload|reload-or-restart|try-reload-or-restart|reset-failed|thaw)$/.test(
      verb,
    )
  )
    return says(
      critical === undefined && unknown === undefined ? 'operate' : 'configure',
      `It runs ${verb} on ${services.join(', ') || 'units'}.`,
      { services },
    );
  if (verb === 'set-default' || (verb === 'revert' && critical !== undefined))
    return says(
      /(poweroff|reboot|rescue|emergency|halt)/.test(names.join()) ? 'destroy' : 'configure',
      'It changes what is started.',
      { services },
    );
  return says('configure', `systemctl ${verb} changes units.`, { services });
};

/** `service NAME action`. */
const service: Rule = ({ args }) => {
  const [name = '', action] = args.map(startOf);
  if (!/^-|^[\w.@-]+$/.test(name)) return says('configure', 'It may run any program.');
  if (name === '--status-all' || /^(status)$/.test(action ?? '')) return readsOnly;
  const verdict: RuleVerdict | undefined = systemctl({
    name: 'systemctl',
    args: [action ?? '', name ?? ''],
    place: 'host',
  });
  return /^(start|stop|restart|reload|force-reload|try-restart)$/.test(action ?? '')
    ? verdict
    : says('configure', `It runs ${action ?? 'something'} of ${name ?? 'a service'}.`, { services: [name ?? ''] });
};

const bus = here(
  verbs('--no-pager --system --user --json: -j -q --no-legend --list --full -l --acquired --activatable --unique', {
    ...each('list status tree introspect get-property', free),
    '': free,
  }),
);

function poweredOff(args: readonly Arg[]): boolean {
  return args.some((arg) => /\b(Reboot|PowerOff|Halt|KExec|Suspend|Hibernate)/.test(startOf(arg)));
}

/** Services and what starts them. */
export const services: Rules = {
  systemctl,
  service,
  'invoke-rc.d': service,
  'rc-service': service,
  'rc-status': free,
  'rc-update': ({ args }) =>
    /^(show|-v|)$/.test(startOf(args[0] ?? '')) ? readsOnly : says('configure', 'It changes what is started.'),
  initctl: ({ args }) =>
    /^(list|status|version)$/.test(startOf(args[0] ?? '')) ? readsOnly : says('configure', 'It changes what runs.'),
  supervisorctl: verbs('-u: -p:', {
    ...each('status avail version pid', free),
    ...each('start stop restart', () => says('operate', 'It starts or stops programs.')),
  }),
  'systemd-analyze': here(
    verbs(
      '--no-pager --user --system --global --order --require --fuzz: --iterations: --json: --quiet -q --no-legend --man: --recursive-errors:',
      {
        ...each(
          'time blame critical-chain dump plot dot cat-config unit-files unit-paths exit-status capability syscall-filter filesystems calendar timestamp timespan security verify condition inspect-elf malloc fdstore image-policy',
          free,
        ),
        '': free,
      },
    ),
  ),
  'systemd-cgls': here(free),
  'systemd-cgtop': reads('-bn: -d: -p -t -c -m -i -kPr --batch --iterations: --delay: --depth: --raw --cpu? --order:'),
  'systemd-path': free,
  'systemd-delta': free,
  'systemd-escape': free,
  'systemd-resolve': reads('-46 --status --statistics', { most: 0 }),
  resolvectl: verbs('-46 -i: -t: -c: --no-pager --legend: --cache:', {
    ...each('status statistics dns domain llmnr mdns', reads('', { most: 1 })),
    ...each('query service', reads('', { sensitive: true, why: 'It asks another machine.' })),
    ...each('status statistics', free),
    '': free,
  }),
  busctl: (call) => (poweredOff(call.args) ? says('destroy', 'It takes the machine away.') : bus(call)),
  ...each('dbus-send gdbus', (call) =>
    poweredOff(call.args)
      ? says('destroy', 'It takes the machine away.')
      : says('configure', 'It asks a service to do something.'),
  ),
  networkctl: here(
    verbs('-al --no-pager --all --no-legend --full --stats -s -n: --lines:', {
      ...each('list status lldp label', free),
      '': free,
      ...each('down delete', () => says('destroy', 'It takes a network away.')),
    }),
  ),
  machinectl: here(
    verbs('--no-pager --all -al -n: -o: --no-legend', {
      ...each('list status show list-images image-status show-image', free),
      '': free,
      ...each('remove poweroff terminate', () => says('destroy', 'It ends or removes a machine.')),
    }),
  ),
  coredumpctl: here(
    verbs('--no-pager -1 -n: -r -S: -U: --since: --until: --no-legend -q', {
      ...each('list info', free),
      '': free,
    }),
  ),
  'systemd-tmpfiles': ({ args }) =>
    args.some((arg) => /^--(remove|clean|purge)/.test(startOf(arg)))
      ? says('destroy', 'It removes files.')
      : args.some((arg) => startOf(arg) === '--cat-config')
        ? readsOnly
        : says('configure', 'It makes files.'),
};
