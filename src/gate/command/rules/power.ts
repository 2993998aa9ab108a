import { startOf } from '../arg.ts';
import { given, optionTable } from '../options.ts';
import { each, type Rule, type Rules, readsOnly, says } from '../rule.ts';

/** Turning the machine off, or over. `-w` and `--help` do nothing of the kind. */
const off: Rule = ({ name, args }) => {
  const words = args.map(startOf);
  if (words.some((word) => /^(-w|--wtmp-only)$/.test(word))) return says('configure', 'It only writes a record.');
  if (words.some((word) => word === '--help' || word === '--show') && !words.includes('--')) return readsOnly;
  if (name === 'shutdown' && words.includes('-c')) return says('operate', 'It calls a shutdown off.');
  return says('destroy', `${name} takes the machine away.`);
};

const runlevel: Rule = ({ args }) =>
  args.some((arg) => /^[06sS1qQ]$/.test(startOf(arg)) || typeof arg !== 'string')
    ? says('destroy', 'It takes the machine away.')
    : says('configure', 'It changes what runs.');

/** Power of the machine itself. */
export const power: Rules = {
  ...each('reboot poweroff halt shutdown kexec pm-suspend pm-hibernate rtcwake', off),
  ...each('init telinit', runlevel),
  ipmitool: ({ args }) => {
    const words = args.map(startOf).join(' ');
    if (
      /\b(power|chassis power)\s+(off|cycle|reset|soft|diag)\b|\bmc reset|\bsel clear|\bbootdev|\bfru (write|edit)|\buser set|\blan set|\bhpm\b|\braw\b/.test(
        words,
      )
    )
      return /raw|user set|lan set|bootdev|fru|hpm/.test(words)
        ? says('configure', 'It changes the management controller.')
        : says('destroy', 'It takes the machine or its records away.');
    const { options, unknown, operands } = given(
      args,
      optionTable('-cvg -I: -H: -U: -P: -f: -E -p: -L: -o: -t: -C:'),
      true,
    );
    const rest = operands.map(startOf).join(' ');
    const shows =
      /^(chassis (status|power status|restart_cause|poh)|power status|sel|sel (info|list|elist|get \w+)( \w+)*|sdr|sdr (list|elist|info|type|get)( [\w -]+)?|sensor|sensor (list|get)( .+)?|fru|fru (print|list)( \d+)?|mc (info|guid|getenables|selftest)|bmc info|lan print( \d+)?|user (list|summary)( \d+)?|channel (info|getaccess)( \d+)*|session info \w+|sol info( \d+)?|dcmi (power reading|discover|sensors)|pef (info|status|list)|sel time get)$/;
    return shows.test(rest) && unknown.length === 0
      ? { ...readsOnly, sensitive: options.some(([name]) => name === '-H') }
      : says('configure', 'It may change the management controller.');
  },
};
