import { startOf } from '../arg.ts';
import { type Rule, readsOnly, says } from '../rule.ts';
import type { RuleVerdict } from '../types.ts';

/** The objects of `ip`, in the order in which it takes abbreviations. */
const objects =
  'address addrlabel maddress route rule neighbor neighbour ntable ntbl link l2tp fou ila macsec tunnel tunl tuntap tap token tcpmetrics tcp_metrics monitor xfrm mroute mrule netns netconf vrf sr nexthop mptcp ioam help stats'.split(
    ' ',
  );

/** Options before the object: flags, and those with a word of their own. */
const flag =
  /^(-[46BMD0IsdhrojpNao]|-s+|-(V(ersion)?|h(uman(-readable)?)?|s(tat(istic)?s)?|d(etails)?|r(esolve)?|o(neline)?|ts|ts(hort)?|t(imestamp)?|br(ief)?|j(son)?|p(retty)?|N(umeric)?|a(ll)?|iec|c(olor)?(=\w+)?|human|0|4|6))$/;
const valued = /^-(f(amily)?|l(oops)?|rc(vbuf)?|n(etns)?)$/;

/** `ip`: showing, changing, and cutting a network off. */
export const judgeIp: Rule = ({ args }) => {
  let at = 0;
  for (; at < args.length; at++) {
    const word = startOf(args[at] ?? '');
    if (valued.test(word)) at++;
    else if (/^-b(atch)?$|^-force$/.test(word)) return says('configure', 'It runs what a file says.');
    else if (!flag.test(word)) break;
  }
  const words = args.slice(at);
  const texts = words.map((word) => (typeof word === 'string' ? word : undefined));
  const [object, verb = 'show'] = texts;
  if (words.length === 0) return readsOnly;
  if (object === undefined || (words.length > 1 && texts[1] === undefined))
    return says('configure', 'Only the run will tell what ip does.');
  const name = objects.find((one) => one.startsWith(object));
  if (name === undefined) return says('configure', `ip ${object} is not known.`);
  if (name === 'help' || name === 'monitor') return readsOnly;
  // For network cards the shortest form of a verb is `set`.
  const long = name === 'link' && verb === 's' ? 'set' : verbOf(verb);
  if (long === 'show') return readsOnly;
  if (name === 'route' && long === 'get') return readsOnly;
  if (name === 'netns' && /^(list|identify|pids|monitor|list-id)$/.test(verb)) return readsOnly;
  return changes(
    name,
    long,
    texts.slice(2).map((text) => text ?? ''),
  );
};

/** `show`, under each of its names, and other verbs by what they begin with. */
function verbOf(verb: string): string {
  if (/^(s|sh|sho|show|l|ls|li|lis|list|lst|help)$/.test(verb)) return 'show';
  return (
    ['add', 'change', 'replace', 'append', 'prepend', 'delete', 'flush', 'set', 'get', 'save', 'restore', 'exec'].find(
      (one) => one.startsWith(verb),
    ) ?? verb
  );
}

function changes(object: string, verb: string, words: readonly string[]): RuleVerdict {
  const device =
    words.find((_, index) => words[index - 1] === 'dev') ??
    words.find((word) => word !== 'dev' && word !== 'group') ??
    '';
  switch (object) {
    case 'link':
      if (
        verb === 'delete' ||
        (verb === 'set' && words.some((word) => /^(down|nomaster|netns|master)$/.test(word)) && !words.includes('up'))
      )
        return takesNetwork(device);
      return says('configure', 'It changes a network card.');
    case 'address':
      if (verb === 'delete' || verb === 'flush') return takesNetwork(device || 'vmbr0');
      return says('configure', 'It changes an address.');
    case 'route':
      if (
        verb === 'flush' ||
        ((verb === 'delete' || verb === 'replace' || verb === 'change') &&
          words.some((word) => /^(default|0\.0\.0\.0\/0|::\/0)$/.test(word)))
      )
        return says('destroy', 'It takes away how the machine is reached.');
      return says('configure', 'It changes a route.');
    case 'rule':
      return verb === 'flush'
        ? says('destroy', 'It takes away how the machine is reached.')
        : says('configure', 'It changes a rule of routing.');
    case 'netns':
      return verb === 'exec'
        ? says('configure', 'It runs something in another network.')
        : says('configure', 'It changes a network space.');
    default:
      return says('configure', `It changes ${object}.`);
  }
}

/** Taking a network card away: one of a guest is its own trouble, any other may cut the machine off. */
export function takesNetwork(device: string): RuleVerdict {
  return /^(tap|veth|fwbr|fwln|fwpr|dummy|ifb|docker|br-|virbr|lxcbr|test|wg|tun)\w*/.test(device)
    ? says('configure', `It takes ${device} away.`)
    : says('destroy', `It takes ${device || 'a network'} away, and may cut the machine off.`);
}
