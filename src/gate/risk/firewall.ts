import { names, off, only, type Raise } from './raise.ts';
import { configure, destroy, type RiskRule } from './rule.ts';

const undo = 'Set the former values.';
const ruleSettings = `action comment dest digest dport enable icmp-type iface log macro pos proto source sport type`;
const open = 'what no rule names is let through.';
const switchedOff = 'the firewall is off, and everything is let through.';
const cluster = '/cluster/firewall' as const;
const guest = '/nodes/{node}/{guest}/{vmid}/firewall' as const;

/** A place that has rules, what stands behind "firewall rule 3", and its options. */
const placesOfRules = [
  [cluster, ' of the cluster', 'ebtables log_ratelimit policy_forward policy_in policy_out'],
  [
    '/nodes/{node}/firewall',
    ' of {node}',
    `log_level_forward log_level_in log_level_out log_nf_conntrack ndp nf_conntrack_allow_invalid nf_conntrack_helpers
      nf_conntrack_max nf_conntrack_tcp_timeout_established nf_conntrack_tcp_timeout_syn_recv nftables nosmurfs
      protection_synflood protection_synflood_burst protection_synflood_rate smurf_log_level tcp_flags_log_level tcpflags`,
  ],
  [guest, '', 'dhcp ipfilter log_level_in log_level_out macfilter ndp policy_in policy_out radv'],
  ['/cluster/sdn/vnets/{vnet}/firewall', ' of virtual network {vnet}', 'log_level_forward policy_forward'],
] as const;
/** The same of sets of addresses. */
const placesOfSets = [
  [cluster, ' of the cluster'],
  [guest, ''],
] as const;

/** Firewall of the cluster, of nodes, guests and virtual networks. */
export const firewall: readonly RiskRule[] = [
  ...placesOfRules.flatMap(([place, where, options]) => [
    configure(
      `PUT ${place}/options`,
      `firewall options${where}`,
      'Change the',
      'changed',
      'They hold at once. With the firewall on, what no rule lets in is cut off.',
      { params: `${options} delete digest enable`, raises: raisesOf(options), undo },
    ),
    ...rules(`${place}/rules`, where),
  ]),
  ...rules(`${cluster}/groups/{group}`, ' of security group {group}'),
  configure(
    `POST ${cluster}/groups`,
    'security group {group}',
    'Create',
    'created',
    'It holds no rules yet; one that is renamed keeps its own.',
    { params: 'comment digest group rename', undo: 'Delete it.' },
  ),
  destroy(
    `DELETE ${cluster}/groups/{group}`,
    'security group {group}',
    'Delete',
    'deleted',
    'What its rules let in or keep out is decided by others.',
  ),
  ...placesOfSets.flatMap(([place, where]) => sets(place, where)),
];

function raisesOf(options: string): Raise[] {
  const policies = options.split(/\s+/).filter((name) => name.startsWith('policy_'));
  return [
    off('enable', switchedOff),
    names('delete', /^enable$/, switchedOff),
    ...policies.map((policy) => only(policy, ['DROP', 'REJECT'], open)),
    names('delete', /^policy_/, open),
  ];
}

function rules(path: string, where: string): RiskRule[] {
  return [
    configure(
      `POST /${path.slice(1)}`,
      `firewall rule${where}`,
      'Add a',
      'added',
      (_facts, { enable }) =>
        enable === undefined || enable === '0'
          ? 'The rule is written, and not in force before it is enabled.'
          : 'The rule is in force at once, where the firewall is on.',
      { params: ruleSettings, undo: 'Delete the rule.' },
    ),
    configure(
      `PUT /${path.slice(1)}/{pos}`,
      `firewall rule {pos}${where}`,
      'Change',
      'changed',
      'It is in force at once; the order of the rules counts.',
      {
        params: `${ruleSettings} delete moveto`,
        raises: [off('enable', 'what the rule kept out or let in is decided by others.')],
        undo,
      },
    ),
    destroy(
      `DELETE /${path.slice(1)}/{pos}`,
      `firewall rule {pos}${where}`,
      'Delete',
      'deleted',
      'What it let in or kept out is decided by the others; their numbers move up.',
    ),
  ];
}

function sets(place: string, where: string): RiskRule[] {
  const alias = `firewall alias {name}${where}`;
  const set = `IP set {name}${where}`;
  const entry = `address {cidr} in IP set {name}${where}`;
  return [
    configure(`POST ${root(place)}/aliases`, alias, 'Create', 'created', 'Rules can name this address.', {
      params: 'cidr comment name',
      undo: 'Delete it.',
    }),
    configure(
      `PUT ${root(place)}/aliases/{name}`,
      alias,
      'Change',
      'changed',
      'Rules that name it go by the new address.',
      { params: 'cidr comment digest rename', undo },
    ),
    destroy(`DELETE ${root(place)}/aliases/{name}`, alias, 'Delete', 'deleted', 'Rules that name it do not work.'),
    configure(`POST ${root(place)}/ipset`, set, 'Create', 'created', 'Rules can name this set.', {
      params: 'comment digest name rename',
      undo: 'Delete it.',
    }),
    destroy(`DELETE ${root(place)}/ipset/{name}`, set, 'Delete', 'deleted', 'Rules that name it do not work.'),
    configure(`POST ${root(place)}/ipset/{name}`, entry, 'Add', 'added', 'Rules that name the set count it.', {
      params: 'cidr comment nomatch',
      undo: 'Delete it.',
    }),
    configure(`PUT ${root(place)}/ipset/{name}/{cidr}`, entry, 'Change', 'changed', 'Rules go by it at once.', {
      params: 'comment digest nomatch',
      undo,
    }),
    destroy(
      `DELETE ${root(place)}/ipset/{name}/{cidr}`,
      entry,
      'Delete',
      'deleted',
      'Rules that name the set do not count it any more.',
    ),
  ];
}

function root(place: string): `/${string}` {
  return `/${place.slice(1)}`;
}
