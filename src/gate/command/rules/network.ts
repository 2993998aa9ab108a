import { type Arg, startOf, textOf } from '../arg.ts';
import { given, optionTable } from '../options.ts';
import { judgeIp, takesNetwork } from '../programs/ip.ts';
import { always, each, free, plainOperands, type Rule, type Rules, reads, readsOnly, says, verbs } from '../rule.ts';
import type { RuleVerdict } from '../types.ts';

/** What goes out to another machine changes nothing here, and is sensitive. */
const asks: RuleVerdict = { risk: 'read', why: 'It connects to another machine.', sensitive: true };

const bridge: Rule = ({ args }) => {
  const words = args
    .filter(
      (arg) =>
        !/^-(d|s|p|j|n|c|o|compressvlans|details|statistics|json|pretty|oneline|color|color=\w+|t|timestamp|ts)/.test(
          startOf(arg),
        ),
    )
    .map(startOf);
  const [object = '', verb = 'show'] = words;
  if (!/^(l|li|lin|link|f|fd|fdb|m|md|mdb|v|vl|vla|vlan|vni|mst|monitor)$/.test(object))
    return says('configure', 'What bridge does is not known.');
  if (
    /^(sh|sho|show|l|li|lis|list|lst|get|tunnelshow)$/.test(verb) ||
    (verb === 'global' && /^(show|list|)$/.test(words[2] ?? '')) ||
    object === 'monitor'
  )
    return readsOnly;
  return says('configure', 'It changes a bridge.');
};

const ifstate: Rule = ({ name, args }) => {
  const { options, unknown } = given(
    args,
    optionTable('-anvfs -i: -X: -o: --no-act --syntax-check --all --verbose --force'),
  );
  const onlyShows = options.some(([one]) => /^(-n|--no-act|-s|--syntax-check)$/.test(one)) && unknown.length === 0;
  if (name === 'ifquery' || onlyShows) return readsOnly;
  if (name === 'ifdown') return says('destroy', 'It takes a network away.');
  return says('configure', 'It applies the set-up of the network.');
};

/** `ifconfig eth0` shows; anything more sets. */
const ifconfig: Rule = ({ args }) => {
  const words = args.filter((arg) => !/^-(a|s|v)$/.test(startOf(arg)));
  if (words.length <= 1 && words.every((word) => !startOf(word).startsWith('-'))) return readsOnly;
  return words.some((word) => startOf(word) === 'down')
    ? takesNetwork(startOf(words[0] ?? ''))
    : says('configure', 'It changes a network.');
};

const tc: Rule = ({ args }) => {
  const words = args
    .filter((arg) => !/^-(s|d|r|p|i|g|j|n|N|c|color|statistics|details|json|pretty|graph|names)$/.test(startOf(arg)))
    .map(startOf);
  return /^(qdisc|class|filter|action|chain|monitor|exec)$/.test(words[0] ?? '') &&
    /^(show|list|ls|get)?$/.test(words[1] ?? '')
    ? readsOnly
    : says('configure', 'It changes how traffic is shaped.');
};

const ovs: Rule = ({ args }) => {
  const known = plainOperands(
    args,
    '-t: -f: -d: -O: --columns: --format: --timeout: --no-headings --db: --no-wait --if-exists --names --no-names',
  );
  const words = known ?? args.map(startOf).filter((word) => !word.startsWith('-'));
  const verb = words[0] ?? '';
  if (
    /^(show|list|list-br|list-ports|list-ifaces|br-exists|br-to-vlan|br-to-parent|port-to-br|iface-to-br|get|find|get-controller|get-manager|get-fail-mode|get-ssl|dump-\w+|fdb\/show|bond\/show|bond\/list|lacp\/show|coverage\/show|version|list-commands)$/.test(
      verb,
    ) &&
    known !== undefined &&
    !words.some((word) => /^(del|add|set|clear|remove|create|destroy|emer|mod|replace)-?/.test(word))
  )
    return readsOnly;
  return /^(del-br|del-port|emer-reset|del-flows)/.test(verb)
    ? takesNetwork(words[1] ?? 'vmbr0')
    : says('configure', 'It changes a switch.');
};

const netcat: Rule = ({ args }) =>
  args.some((arg) => /^-\w*[ec]|^--(exec|sh-exec|lua-exec)/.test(startOf(arg)))
    ? says('destroy', 'It hands a program to another machine.', { sensitive: true })
    : args.some((arg) => /^-\w*l|^--listen/.test(startOf(arg)))
      ? says('configure', 'It listens for other machines.', { sensitive: true })
      : args.some((arg) => /^-\w*z/.test(startOf(arg)))
        ? reads('-z46nuv -w: -p: -s: -i:', { sensitive: true, why: asks.why })({ name: 'nc', args, place: 'host' })
        : says('configure', 'It sends to another machine.', { sensitive: true });

const sets = (line: string, why: string): Rule =>
  reads(line, {
    look: (operands: readonly Arg[]) =>
      operands.every((one) => textOf(one) !== undefined) ? undefined : says('configure', why),
  });

/** Networks: looking at them, asking over them, and what cuts them. */
export const network: Rules = {
  ip: judgeIp,
  bridge,
  ifconfig,
  tc,
  ...each('ifup ifdown ifreload ifquery', ifstate),
  ...each('ovs-vsctl ovs-ofctl ovs-appctl ovs-dpctl', ovs),
  brctl: ({ args }) =>
    /^(show|showmacs|showstp)$/.test(startOf(args[0] ?? ''))
      ? readsOnly
      : /^del/.test(startOf(args[0] ?? ''))
        ? takesNetwork(startOf(args[1] ?? ''))
        : says('configure', 'It changes a bridge.'),
  ss: reads(
    '-46abehHilmnoOpQrsStTuUvVwWxXzZM0E -f: -A: -N: --numeric --resolve --all --listening --options --extended --memory --processes --threads --info --summary --tcp --udp --raw --unix --dccp --sctp --packet --vsock --no-header --oneline --tos --cgroup --ipv4 --ipv6 --family: --query: --socket: --net: --events --bpf --tipcinfo --bound-inactive --no-queues',
    {
      look: (_, { unknown }) =>
        unknown.some((name) => /^(-K|--k)/.test(name)) ? says('configure', 'It closes connections.') : undefined,
    },
  ),
  netstat: free,
  nicstat: free,
  vnstat: reads(
    '-hdwmysltr5q -i: --iface: --hours --days --weeks --months --years --top --live --short --json? --oneline? --style:',
  ),
  lldpcli: ({ args }) =>
    startOf(args.find((arg) => !startOf(arg).startsWith('-')) ?? '') === 'show' &&
    args.every((arg) => /^(-f|[^-].*)$/.test(startOf(arg)))
      ? readsOnly
      : says('configure', 'It changes what is announced.'),
  lldpctl: reads('-f: -a'),
  arp: sets('-anvDe -i: -H:', 'It changes the table of neighbours.'),
  route: reads('-neFCv46 -A:', { most: 0 }),
  conntrack: reads(
    '-LGSCEn -o: -p: -s: -d: -f: -m: --dump --get --stats --count --event --output: --proto: --src: --dst: --sport: --dport: --family: --state: --mark:',
    {
      look: (_, { options }) =>
        options.some(([name]) => /^(-[LGSCE]|--(dump|get|stats|count|event))$/.test(name))
          ? undefined
          : says('configure', 'It changes connections.'),
    },
  ),
  iw: ({ args }) =>
    /\b(info|link|list|dump|get)\b/.test(args.map(startOf).join(' ')) &&
    !/\b(set|del|add|connect|disconnect|trigger|scan|join|leave|start|stop)\b/.test(args.map(startOf).join(' '))
      ? readsOnly
      : says('configure', 'It changes a network.'),
  iwconfig: reads('', { most: 1 }),
  mtr: reads(
    '-46bctnruwze -c: -i: -s: -m: -f: -P: -a: --report --report-wide --no-dns --tcp --udp --json -j --report-cycles:',
    { sensitive: true, why: asks.why },
  ),
  ping: reads('-46AaBbdDhLnOqrRUvV -c: -F: -i: -I: -l: -m: -M: -p: -Q: -s: -S: -t: -T: -w: -W:', {
    sensitive: true,
    why: asks.why,
    look: (_, { options }) => (options.some(([name]) => name === '-l') ? says('configure', 'It floods.') : undefined),
  }),
  ping6: reads('-nqv -c: -i: -I: -s: -w: -W:', { sensitive: true, why: asks.why }),
  fping: reads('-46aAedDegmnqsu -c: -C: -r: -t: -i: -p:', { sensitive: true, why: asks.why }),
  arping: reads('-qbDfU -c: -I: -i: -w: -s:', { sensitive: true, why: asks.why }),
  ...each(
    'traceroute traceroute6 tracepath tracepath6',
    reads('-46dnFITUrbe -f: -m: -q: -w: -p: -s: -i: -N: -l:', { sensitive: true, why: asks.why }),
  ),
  dig: reads('-46mruvh -b: -c: -k: -p: -q: -t: -x: -y:', { sensitive: true, why: asks.why }),
  ...each(
    'host nslookup',
    reads('-aCdlnNrTvVw46 -c: -R: -t: -W: -m: -type? -query? -debug -timeout?', { sensitive: true, why: asks.why }),
  ),
  delv: reads('-46 -t: -q: -x:', { sensitive: true, why: asks.why }),
  whois: reads('-HIaBbdrx -h: -p: -T:', { sensitive: true, why: asks.why }),
  nmap: reads('-sntTPF46v -p: -T4 -T3 --open --top-ports: -Pn -sn -sT -sV', { sensitive: true, why: asks.why }),
  ...each('nc ncat netcat', netcat),
  socat: ({ args }) =>
    /exec:|system:|shell:/i.test(args.map(startOf).join(' '))
      ? says('destroy', 'It hands a program to another machine.', { sensitive: true })
      : says('configure', 'It joins two ends.', { sensitive: true }),
  telnet: always('configure', 'It connects to another machine.', { sensitive: true }),
  tcpdump: reads(
    '-#AdDefhHIJKlLnNOpqStuUvxX -B: -c: -E: -F: -i: -j: -m: -M: -Q: -r: -s: -T: -y: --count --immediate-mode --number --list-interfaces --print --interface:',
    { sensitive: true, why: 'It listens to what others send.' },
  ),
  tshark: reads('-DnqV -i: -c: -f: -Y: -T: -e: -r: -a: -s: -E: -t:', {
    sensitive: true,
    why: 'It listens to what others send.',
  }),
  ...each('iperf iperf3', always('configure', 'It loads the network.', { sensitive: true })),
  vtysh: ({ args }) =>
    args.length > 0 && args.every((arg) => /^(-c$|(show|sh) [^\n]*$)/.test(startOf(arg)))
      ? readsOnly
      : says('configure', 'It may change how traffic goes.'),
  birdc: verbs('-rv -s:', { show: free }),
  wg: verbs('', {
    show: ({ args }) =>
      args.some((arg) => /key|dump/.test(startOf(arg))) ? { ...readsOnly, sensitive: true } : readsOnly,
    '': free,
    showconf: () => ({ ...readsOnly, sensitive: true }),
  }),
  nmcli: ({ args }) => {
    const known = plainOperands(
      args,
      '-aptsh -f: -g: -c: -m: -e: -w: --active --pretty --terse --fields: --get-values: --colors: --mode: --escape: --wait:',
    );
    const words = known ?? args.map(startOf).filter((word) => !word.startsWith('-'));
    return known !== undefined &&
      /^(show|status|list|)$/.test(words[1] ?? '') &&
      /^(d|dev|device|c|con|connection|g|general|n|r|radio|)$/.test(words[0] ?? '')
      ? { ...readsOnly, sensitive: args.some((arg) => /^-[a-z]*s/.test(startOf(arg))) }
      : /^(down|delete|off|disconnect)$/.test(words[1] ?? '')
        ? says('destroy', 'It takes a network away.')
        : says('configure', 'It changes a network.');
  },
  netplan: verbs('', {
    ...each('get status', free),
    ...each('apply try', always('destroy', 'It applies the network.')),
  }),
};
