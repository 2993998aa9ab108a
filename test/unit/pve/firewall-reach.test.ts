import { describe, expect, it } from 'vitest';
import { type FirewallRule, readFirewallRules } from '../../../src/pve/firewall.ts';
import { type HostRules, locksOut, reachOf } from '../../../src/pve/firewall-reach.ts';

const rules = (...all: readonly Record<string, unknown>[]): FirewallRule[] =>
  readFirewallRules(all.map((rule, pos) => ({ type: 'in', enable: 1, action: 'ACCEPT', ...rule, pos })));
const host = (given: Partial<HostRules> = {}): HostRules => ({ node: [], cluster: [], groups: {}, ...given });
const verdict = (port: number, given: Partial<HostRules>) => locksOut(reachOf(port, host(given)));

describe('who reaches a port of a node once the firewall is on', () => {
  it('without any rule the local network and the management set do, and nobody else', () => {
    expect(reachOf(8006, host())).toEqual({
      port: 8006,
      admits: [],
      stops: [],
      rest: { open: false, by: 'the default policy DROP' },
      management: true,
    });
    expect(verdict(8006, {})).toBe('nobody');
  });

  it('an accepting default policy lets everybody in', () => {
    expect(reachOf(22, host({ policyIn: 'ACCEPT' })).rest).toEqual({ open: true, by: 'the default policy ACCEPT' });
  });

  it.each<[string, Record<string, unknown>, number, boolean]>([
    ['the port itself', { proto: 'tcp', dport: '8006' }, 8006, true],
    ['a range', { proto: 'tcp', dport: '8000:9000' }, 8006, true],
    ['a list', { proto: 'tcp', dport: '22,8006' }, 22, true],
    ['the name of the service', { proto: 'tcp', dport: 'ssh' }, 22, true],
    ['the macro', { macro: 'SSH' }, 22, true],
    ['the macro in other letters', { macro: 'ssh' }, 22, true],
    ['all of TCP', { proto: 'tcp' }, 8006, true],
    ['everything', {}, 8006, true],
    ['another port', { proto: 'tcp', dport: '80' }, 8006, false],
    ['another protocol', { proto: 'udp', dport: '8006' }, 8006, false],
    ['a macro of something else', { macro: 'HTTPS' }, 8006, false],
    ['a rule that is off', { enable: 0 }, 8006, false],
    ['a rule for what goes out', { type: 'out' }, 8006, false],
  ])('%s: %j decides about %i: %s', (_what, rule, port, decides) => {
    expect(reachOf(port, host({ cluster: rules(rule) })).rest.by).toBe(
      decides ? 'cluster rule 0' : 'the default policy DROP',
    );
  });

  it('what stops everybody before the own rule of Proxmox VE locks out', () => {
    expect(verdict(8006, { cluster: rules({ action: 'DROP' }) })).toBe('everybody');
    expect(verdict(8006, { cluster: rules({ action: 'REJECT', proto: 'tcp', dport: '8006' }) })).toBe('everybody');
    expect(verdict(8006, { cluster: rules({ source: '10.0.0.0/8' }, { action: 'DROP' }) })).toBe('most');
    expect(verdict(8006, { cluster: rules({}, { action: 'DROP' }) })).toBe('nobody');
  });

  it('rules of the node come before those of the cluster', () => {
    const given = { node: rules({}), cluster: rules({ action: 'DROP' }) };
    expect(reachOf(22, host(given)).rest).toEqual({ open: true, by: 'node rule 0' });
  });

  it('a rule with conditions decides in part; the order of what admits and stops is kept', () => {
    const cluster = rules(
      { action: 'DROP', source: 'dc/office' },
      { source: '+management', iface: 'vmbr1', dest: '10.0.0.1', sport: '1:2' },
    );
    const reach = reachOf(22, host({ cluster }));
    expect(reach.stops).toEqual([{ by: 'cluster rule 0', only: 'source dc/office' }]);
    expect(reach.admits[0]?.only).toBe('source +management, destination 10.0.0.1, interface vmbr1, source port 1:2');
    expect(reach.management).toBe(true);
  });

  it('a group stands in the place of the rule that names it, within its interface', () => {
    const groups = { closed: rules({ action: 'DROP' }), shell: rules({ macro: 'SSH' }) };
    const naming = (action: string, more = {}) => rules({ type: 'group', action, ...more });
    expect(verdict(8006, { groups, cluster: naming('closed') })).toBe('everybody');
    expect(verdict(8006, { groups, cluster: naming('closed', { enable: 0 }) })).toBe('nobody');
    expect(verdict(8006, { groups, cluster: naming('closed', { iface: 'vmbr1' }) })).toBe('nobody');
    expect(reachOf(22, host({ groups, cluster: naming('shell') })).rest).toEqual({
      open: true,
      by: 'cluster rule 0 (group shell)',
    });
    expect(verdict(8006, { groups, cluster: naming('unknown') })).toBe('nobody');
  });
});
