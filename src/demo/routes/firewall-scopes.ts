import { type Firewall, firewallOf } from '../firewall.ts';
import { flag, type ParameterSpecs, text, whole } from '../parameters.ts';
import { type Call, guestOf, nodeOf } from '../route.ts';

/** Where there is a firewall. */
export interface Scope {
  readonly kind: 'cluster' | 'node' | 'qemu' | 'lxc';
  readonly base: string;
  readonly looks: { readonly at: string; readonly any: readonly string[] };
  readonly changes: { readonly at: string; readonly any: readonly string[] };
  readonly subdirs: readonly string[];
  readonly optionSpecs: ParameterSpecs;
}

const policies = ['ACCEPT', 'REJECT', 'DROP'];
const levels = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug', 'nolog'];
const level = { ...text, values: levels };
const changed: ParameterSpecs = { delete: text, digest: { ...text, maxLength: 64 } };
const policy = { ...text, values: policies };
const guestOptions: ParameterSpecs = {
  ...changed,
  enable: flag,
  dhcp: flag,
  ipfilter: flag,
  macfilter: flag,
  ndp: flag,
  radv: flag,
  policy_in: policy,
  policy_out: policy,
  log_level_in: level,
  log_level_out: level,
};

const guestScope = (kind: 'qemu' | 'lxc'): Scope => ({
  kind,
  base: `/nodes/{node}/${kind}/{vmid}/firewall`,
  looks: { at: '/vms/{vmid}', any: ['VM.Audit'] },
  changes: { at: '/vms/{vmid}', any: ['VM.Config.Network'] },
  subdirs: ['rules', 'aliases', 'ipset', 'refs', 'options'],
  optionSpecs: guestOptions,
});

/** The cluster first. */
export const scopes: readonly Scope[] = [
  {
    kind: 'cluster',
    base: '/cluster/firewall',
    looks: { at: '/', any: ['Sys.Audit'] },
    changes: { at: '/', any: ['Sys.Modify'] },
    subdirs: ['aliases', 'rules', 'options', 'groups', 'ipset', 'macros', 'refs'],
    optionSpecs: {
      ...changed,
      enable: whole,
      ebtables: flag,
      policy_in: policy,
      policy_out: policy,
      policy_forward: policy,
      log_ratelimit: text,
    },
  },
  {
    kind: 'node',
    base: '/nodes/{node}/firewall',
    looks: { at: '/nodes/{node}', any: ['Sys.Audit'] },
    changes: { at: '/nodes/{node}', any: ['Sys.Modify'] },
    subdirs: ['rules', 'options', 'log'],
    optionSpecs: {
      ...changed,
      enable: flag,
      ndp: flag,
      nosmurfs: flag,
      tcpflags: flag,
      nftables: flag,
      log_level_in: level,
      log_level_out: level,
    },
  },
  guestScope('qemu'),
  guestScope('lxc'),
];

export const ruleSpecs: ParameterSpecs = {
  ...Object.fromEntries(
    'action comment dest dport icmp-type iface log macro proto source sport type'
      .split(' ')
      .map((name) => [name, text]),
  ),
  enable: whole,
  digest: { ...text, maxLength: 64 },
};

/** The firewall that the path names. */
export function firewallAt(call: Call, { kind }: Scope): Firewall {
  const { cluster } = call.world;
  if (kind === 'cluster') return firewallOf(cluster, 'cluster');
  if (kind === 'node') return firewallOf(cluster, `node/${nodeOf(call).name}`);
  return firewallOf(cluster, `guest/${guestOf(call, kind).vmid}`);
}
