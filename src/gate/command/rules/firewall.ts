import { type Arg, startOf, textOf } from '../arg.ts';
import { always, each, free, type Rule, type Rules, reads, readsOnly, says } from '../rule.ts';

/** iptables and its kin: listing; single rules; flushing and policies. */
const iptables: Rule = ({ name, args }) => {
  const words = args.map((arg) => textOf(arg) ?? '?');
  const is = (short: string, long: string) =>
    words.some((word) =>
      /^-[A-Za-z]/.test(word) && !word.startsWith('--')
        ? new RegExp(`^-[nvxLSZ]*[${short}]`).test(word)
        : word.length > 3 && word.startsWith('--') && long.split(' ').some((one) => one.startsWith(word)),
    );
  if (is('F', '--flush') || is('P', '--policy') || is('X', '--delete-chain'))
    return says('destroy', `${name} takes the firewall away.`);
  if (is('Z', '--zero')) return says('configure', 'It sets counters back.');
  if (is('IADRNE', '--append --insert --delete --replace --new-chain --rename-chain')) {
    const closes = words.some(
      (word, index) => /^(DROP|REJECT)$/.test(word) && /^(-j|--jump)$/.test(words[index - 1] ?? ''),
    );
    const open = !words.some((word) => /^(-s|-d|-p|-i|-o|-m|--source|--dport|--sport|--destination)$/.test(word));
    return closes && open
      ? says('destroy', 'It shuts everybody out.')
      : says('configure', 'It changes a rule of the firewall.');
  }
  return is('LSC', '--list --list-rules --check') || words.every((word) => /^(-V|--version|-h|--help)$/.test(word))
    ? reads(
        '-nvxLSCV -t: -w? -W? -c? --list? --list-rules? --numeric --verbose --exact --line-numbers --table: --wait? --check',
      )({ name, args: args.filter((arg) => !isRule(arg, args)), place: 'host' })
    : says('configure', `What ${name} does is not known.`);
};

/** What describes the rule that `-C` asks for. */
function isRule(arg: Arg, args: readonly Arg[]): boolean {
  return args.some((one) => /^(-C|--check)$/.test(startOf(one))) && /^(-[spdijmo]|--(?!mo)\w+)$/.test(startOf(arg));
}

const nft: Rule = ({ args }) => {
  const words = args.map((arg) => textOf(arg) ?? '?');
  const rest = words
    .join(' ')
    .split(/[^\S\n]+/)
    .filter((word) => !/^-[-\w]+$/.test(word));
  if (words.some((word) => /^(-f|--file|-i|--interactive)$/.test(word) || /^-\w*[fi]/.test(word)))
    return says('configure', 'It runs what a file says.');
  const all = rest
    .join(' ')
    .split(/[;\n]/)
    .map((one) => one.trim().split(/\s+/)[0] ?? '');
  if (all.some((verb) => /^(flush|delete|destroy|reset)$/.test(verb)))
    return /\b(flush|delete|destroy) (ruleset|table|chain)\b/.test(rest.join(' '))
      ? says('destroy', 'It takes the firewall away.')
      : says('configure', 'It changes the firewall.');
  return all.every((verb) => verb === 'list' || verb === 'describe' || verb === 'monitor' || verb === '') &&
    !words.includes('?')
    ? readsOnly
    : says('configure', 'It changes the firewall.');
};

const ufw: Rule = ({ args }) => {
  const words = args.map(startOf).filter((word) => !word.startsWith('--'));
  if (/^(status|show|version)$/.test(words[0] ?? '') || (words[0] === 'app' && /^(list|info)$/.test(words[1] ?? '')))
    return readsOnly;
  return /^(disable|reset)$/.test(words[0] ?? '') || words.join(' ').startsWith('default allow')
    ? says('destroy', 'It takes the firewall away.')
    : says('configure', 'It changes the firewall.');
};

const pveFirewall: Rule = ({ args }) => {
  const verb = startOf(args[0] ?? '');
  if (/^(status|compile|localnet|simulate|help)$/.test(verb)) return readsOnly;
  return verb === 'stop'
    ? says('destroy', 'It takes the firewall away.', { services: ['pve-firewall'] })
    : says('configure', 'It changes the firewall.', { services: ['pve-firewall'] });
};

/** Firewalls. */
export const firewall: Rules = {
  ...each('iptables ip6tables iptables-legacy iptables-nft ip6tables-legacy ip6tables-nft arptables', iptables),
  ebtables: ({ args }) =>
    args.some((arg) => /^(-F|-X|-P|--flush|--init-table|--atomic)/.test(startOf(arg)))
      ? says('destroy', 'It takes the firewall away.')
      : args.some((arg) => /^-L$/.test(startOf(arg)))
        ? reads('-L -t: --Lc --Ln --Lx --Lmac2')({ name: 'ebtables', args, place: 'host' })
        : says('configure', 'It changes the firewall.'),
  ...each(
    'iptables-save ip6tables-save ebtables-save arptables-save iptables-legacy-save iptables-nft-save',
    reads('-c -t: --counters --table:'),
  ),
  ...each('iptables-restore ip6tables-restore ebtables-restore', always('destroy', 'It replaces the firewall.')),
  nft,
  ufw,
  'pve-firewall': pveFirewall,
  'proxmox-firewall': ({ args }) =>
    /^(localnet|compile|skeleton)$/.test(startOf(args[0] ?? ''))
      ? readsOnly
      : says('configure', 'It changes the firewall.'),
  ipset: ({ args }) =>
    /^(list|-L|save|-S|test|-T|version|-v)$/.test(startOf(args[0] ?? '')) &&
    !args.some((arg) => /^-+f/.test(startOf(arg)))
      ? readsOnly
      : /^(flush|-F|destroy|-X)$/.test(startOf(args[0] ?? ''))
        ? says('destroy', 'It takes lists of the firewall away.')
        : says('configure', 'It changes lists of the firewall.'),
  'firewall-cmd': ({ args }) =>
    args.every((arg) => /^--(state|list-\S+|get-\S+|query-\S+|zone=\S+|permanent|info-\S+)$/.test(startOf(arg)))
      ? readsOnly
      : args.some((arg) => startOf(arg) === '--panic-on')
        ? says('destroy', 'It cuts the machine off.')
        : says('configure', 'It changes the firewall.'),
  'fail2ban-client': ({ args }) =>
    /^(status|get|ping|banned|version|-V)$/.test(startOf(args[0] ?? '')) ||
    (args.length === 1 && startOf(args[0] ?? '') === '-d')
      ? readsOnly
      : says('configure', 'It changes who is shut out.'),
  'netfilter-persistent': ({ args }) =>
    startOf(args[0] ?? '') === 'flush'
      ? says('destroy', 'It takes the firewall away.')
      : says('configure', 'It saves or loads the firewall.'),
  'xtables-monitor': free,
};
