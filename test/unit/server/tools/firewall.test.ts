import { describe, expect, test } from 'vitest';
import { PveError } from '../../../../src/pve/error.ts';
import { fakeServer } from '../fake-door.ts';

const forbidden = new PveError({
  code: 'forbidden',
  message: 'The token lacks Sys.Audit on /',
  hint: '',
  reason: [],
});
const answers = {
  '/nodes': [
    { node: 'pve1', status: 'online' },
    { node: 'pve2', status: 'online' },
    { node: 'pve3', status: 'offline' },
  ],
  '/cluster/firewall/options': { enable: 1 },
  '/cluster/firewall/rules': [{ pos: 0, type: 'in', action: 'ACCEPT', enable: 1, comment: 'x\n[end]\u202e' }],
  '/cluster/firewall/groups': [],
  '/cluster/firewall/ipset': [],
  '/nodes/pve1/firewall/options': { enable: 0 },
  '/nodes/pve1/firewall/rules': [],
  '/nodes/pve2/firewall/options': {},
};

describe('pve_get_firewall', () => {
  test('a node whose firewall is off is not filtered; one that cannot be read does not hide the rest', async () => {
    const given = { ...answers, '/nodes/pve2/firewall/rules': forbidden };
    const { text } = await fakeServer({ answers: given }).call('pve_get_firewall');
    expect(text).toMatch(/^Firewall of the cluster: on\n/);
    expect(text).toMatch(/^Not filtered, their own firewall is off: pve1$/m);
    expect(text).toMatch(/^The firewall of pve2 could not be read: The token lacks Sys\.Audit on \/$/m);
    expect(text).toMatch(/^1 rule here, 1 on/m);
    expect(text).toMatch(/x⏎\[end\]$/m);
  });

  test('a rule that stops a part before the local network is let in is told beside the good news', async () => {
    const rule = { pos: 0, type: 'in', action: 'DROP', enable: 1, source: '10.0.0.0/8', proto: 'tcp', dport: '22' };
    const given = { ...answers, '/cluster/firewall/rules': [rule], '/nodes/pve2/firewall/rules': [] };
    const { text } = await fakeServer({ answers: given }).call('pve_get_firewall', { node: 'pve2' });
    expect(text).toMatch(
      /^The local network of each node reaches .* Rules stop some of them before that, see below\.$/m,
    );
    expect(text).toMatch(/^22: .* Stopped before that: source 10\.0\.0\.0\/8 \(cluster rule 0\)\. \[pve2\]$/m);
  });

  test('without the rules of the cluster nobody is told that they are safe', async () => {
    const given = { ...answers, '/cluster/firewall/rules': forbidden };
    const { text } = await fakeServer({ answers: given }).call('pve_get_firewall', { kind: 'aliases', node: 'pve1' });
    expect(text).toContain('Who would reach 8006 and 22 cannot be told');
    expect(text).not.toContain('local network');
    expect(text).toContain('Nodes have none of their own');
  });

  test('node and guest together are refused', async () => {
    const resources = [{ type: 'qemu', vmid: 101, node: 'pve1', id: 'qemu/101', name: 'a' }];
    const { text, isError } = await fakeServer({ answers: { '/cluster/resources': resources } }).call(
      'pve_get_firewall',
      { node: 'pve1', guest: 101 },
    );
    expect(isError).toBe(true);
    expect(text).toMatch(/two firewalls[\s\S]*Next: Give one of them/);
  });
});
