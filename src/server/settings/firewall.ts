import { forModel } from '../../gate/printable.ts';
import { type Loose, number, text } from '../../pve/loose.ts';
import { admission } from './admission.ts';
import type { Act, Kind, Seen } from './kind.ts';
import { toldNow } from './tell.ts';
import { isOff, isOn } from './values.ts';

const tool = 'pve_change_firewall';
const digest: Act = { takes: ['digest'] };
const rules = '/{firewall}/firewall/rules';
const groups = '/cluster/firewall/groups';
const sets = '/{firewall}/firewall/ipset';

/** Firewalls of the cluster, of nodes and of guests. */
export const firewallKinds: readonly Kind[] = [
  {
    name: 'firewall_rule',
    tool,
    id: '{pos}',
    list: rules,
    acts: {
      create: { id: '', takes: ['digest'], after: newRule },
      update: { takes: ['digest', 'delete'], after: movedRule },
      delete: { takes: ['digest'], after: goneRule },
    },
  },
  {
    name: 'firewall_alias',
    tool,
    id: '{name}',
    list: '/{firewall}/firewall/aliases',
    notOfNodes: true,
    acts: { create: {}, update: { takes: ['digest'], keeps: ['cidr'] }, delete: digest },
  },
  {
    name: 'ipset',
    tool,
    id: '{name}',
    list: sets,
    notOfNodes: true,
    acts: {
      create: digest,
      update: { request: `POST ${sets}`, sends: { rename: 'name' }, keeps: ['name'], takes: ['digest'] },
      delete: {},
    },
  },
  {
    name: 'ipset_entry',
    tool,
    id: '{name}/{cidr}',
    list: `${sets}/{name}`,
    notOfNodes: true,
    acts: { create: {}, update: digest, delete: digest },
  },
  {
    name: 'security_group',
    tool,
    id: '{group}',
    list: groups,
    acts: {
      create: digest,
      update: { request: `POST ${groups}`, sends: { rename: 'group' }, keeps: ['group'], takes: ['digest'] },
      delete: {},
    },
  },
  {
    name: 'security_group_rule',
    tool,
    id: '{group}/{pos}',
    list: `${groups}/{group}`,
    acts: {
      create: { id: '{group}', takes: ['digest'], after: newRule },
      update: { takes: ['digest', 'delete'], after: movedRule },
      delete: { takes: ['digest'], after: goneRule },
    },
  },
  {
    name: 'firewall_options',
    tool,
    one: '/{firewall}/firewall/options',
    acts: {
      update: {
        takes: ['digest', 'delete'],
        note: async (seen) => (isOn(seen.set.enable) ? await admission(seen) : undefined),
        raised: {
          tool: 'pve_administer',
          when: ({ enable, policy_in: inwards, policy_forward: through }, gone) => {
            if (isOff(enable) || gone.includes('enable')) return 'Switching a firewall off opens what it protects';
            if (inwards === 'ACCEPT' || through === 'ACCEPT') return 'An accepting policy opens what no rule forbids';
            return gone.includes('policy_in')
              ? 'Without policy_in there is none that this could be compared with'
              : undefined;
          },
        },
      },
    },
  },
];

async function newRule(seen: Seen): Promise<string> {
  const { rows } = await seen.now();
  const at = Number(seen.set.pos ?? 0);
  const row = rows[Math.min(at, rows.length - 1)];
  if (row === undefined) return 'but Proxmox VE does not list it';
  const off = isOn(text(row.enable)) ? '' : '; it is not enabled (enable=1 does that)';
  return `it exists now as rule ${number(row.pos) ?? at} of ${rows.length}${off}: ${ruleText(row)}`;
}

/** A moved rule is found by what it says. */
async function movedRule(seen: Seen): Promise<string> {
  const { set, before, parts } = seen;
  if (set.moveto === undefined || before === undefined) return toldNow(seen);
  const { rows } = await seen.now();
  const at = rows.findIndex((row) => ruleText(row) === ruleText(before));
  return at < 0
    ? `it is no more as it was; rule ${String(parts.pos)} is now: ${ruleText(rows[Number(parts.pos)] ?? {})}`
    : `it is rule ${at} of ${rows.length} now, and was ${String(parts.pos)}: ${ruleText(before)}`;
}

async function goneRule({ before, now }: Seen): Promise<string> {
  const { rows } = await now();
  const was = before === undefined ? '' : `, it said: ${ruleText(before)}`;
  return `it is gone${was}. ${rows.length} rules are left; those after it have moved up by one`;
}

/** `in ACCEPT tcp dport=8006 …`, without what the list adds. */
function ruleText({ digest: _digest, pos: _pos, type, action, enable, ipversion: _version, ...rest }: Loose): string {
  const more = Object.entries(rest).map(([name, value]) => `${name}=${String(value)}`);
  return forModel([type, action, `enable=${String(enable ?? 0)}`, ...more.sort()].map(String).join(' '), 300);
}
