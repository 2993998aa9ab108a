import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { isOffered, isOn, withSwitch } from '../../../src/extension/connections/command-switches.ts';
import {
  type ClusterProfile,
  formatStored,
  gateProfile,
  nothingStored,
  parseStored,
} from '../../../src/extension/connections/profile.ts';
import { overrides, type SshSettings, sshText } from '../../../src/extension/connections/ssh-settings.ts';
import { addressList, jumpText, parseAddressList, parseJump, parsePort } from '../../../src/ssh/written.ts';

const profile: ClusterProfile = {
  kind: 'cluster',
  id: randomUUID(),
  name: 'home',
  revision: 1,
  level: 'full',
  endpoints: [{ url: 'https://pve1.example:8006', trust: { kind: 'system' } }],
  login: { kind: 'token', tokenId: 'editor@pve!vscode' },
};
const ssh: SshSettings = {
  user: 'ops',
  port: 2222,
  auth: { kind: 'key', file: '/home/ops/.ssh/id_ed25519' },
  jump: { host: 'bastion.example', port: 22, user: 'alice' },
  sudo: true,
  addresses: { pve2: '10.0.0.2' },
  hostKeys: [{ role: 'node', name: 'pve1', address: '10.0.0.1', port: 22, key: 'AAAAC3NzaC1lZDI1NTE5AAAA' }],
};
const stored = (fields: object) => JSON.stringify({ version: 1, profiles: [{ ...profile, ...fields }] });

test('SSH settings and switches of commands are stored and read', () => {
  const whole = { ...profile, ssh, commands: { host: true, quietReads: true } } as const;
  expect(parseStored(formatStored({ ...nothingStored, profiles: [whole] })).profiles).toEqual([whole]);
});

test.each([
  ['a host key that is none', { ssh: { ...ssh, hostKeys: [{ ...ssh.hostKeys[0], key: 'any key' }] } }],
  ['a port that is none', { ssh: { ...ssh, port: 70_000 } }],
  ['a password in it', { ssh: { ...ssh, auth: { kind: 'password', password: 'c4n4ry' } } }],
  ['commands: false, which would say nothing', { commands: { host: false } }],
  ['a switch that does not exist', { commands: { writes: true } }],
])('G8, G9: %s is not read', (_what, fields) => {
  expect(() => parseStored(stored(fields))).toThrow(/damaged/);
});

test('the gate sees the switches, and nothing of SSH', () => {
  const seen = gateProfile({ ...profile, ssh, commands: { host: true } });
  expect(seen).toMatchObject({ commands: { host: true } });
  expect(JSON.stringify(seen)).not.toContain('id_ed25519');
});

test('G8: a switch is on or absent, and one leaves the other as it is', () => {
  const both = withSwitch(withSwitch(profile, 'host', true), 'quietReads', true);
  expect(both.commands).toEqual({ host: true, quietReads: true });
  const one = withSwitch(both, 'host', false);
  expect([isOn(one, 'host'), isOn(one, 'quietReads')]).toEqual([false, true]);
  expect(withSwitch(one, 'quietReads', false)).toEqual(profile);
});

test('the demo cluster has no nodes to run commands on', () => {
  const demo = { kind: 'demo', id: randomUUID(), name: 'Demo', revision: 1, level: 'full' } as const;
  expect([isOffered(demo, 'host'), isOffered(demo, 'quietReads'), isOffered(profile, 'host')]).toEqual([
    false,
    true,
    true,
  ]);
});

test('SSH in one line says who logs in, how, through what and where', () => {
  expect(sshText(ssh)).toBe(
    'user ops with sudo, port 2222, key /home/ops/.ssh/id_ed25519, through alice@bastion.example:22, pve2 at 10.0.0.2',
  );
  expect(sshText({ user: 'root', port: 22, auth: { kind: 'agent' }, hostKeys: [] })).toBe('user root, port 22, agent');
});

test.each([
  ['', 'none'],
  ['bastion', { user: 'root', host: 'bastion', port: 22 }],
  ['alice@bastion:2222', { user: 'alice', host: 'bastion', port: 2222 }],
  ['alice@[fd00::1]:2222', { user: 'alice', host: 'fd00::1', port: 2222 }],
  ['alice@bastion:0', undefined],
  ['alice@bastion:99999', undefined],
  ['bastion -oProxyCommand=x', undefined],
  ['a@b@c', undefined],
])('the host in between %j is read as %j', (text, expected) => {
  expect(parseJump(text, 'root')).toEqual(expected);
  if (typeof expected === 'object') expect(parseJump(jumpText(expected), 'other')).toEqual(expected);
});

test.each([
  ['22', 22],
  [' 65535 ', 65_535],
  ['0', undefined],
  ['65536', undefined],
  ['-1', undefined],
  ['2e1', undefined],
])('the port %j is read as %j', (text, expected) => {
  expect(parsePort(text)).toBe(expected);
});

test('addresses that differ from those of the cluster are kept, others are not', () => {
  const ofCluster = [
    { node: 'pve1', address: '10.0.0.1' },
    { node: 'pve2', address: '10.0.0.2' },
  ];
  expect(addressList(ofCluster)).toBe('pve1=10.0.0.1, pve2=10.0.0.2');
  const nodes = ofCluster.map(({ node }) => node);
  expect(parseAddressList(addressList(ofCluster), nodes)).toEqual(ofCluster);
  expect(overrides(ofCluster, ofCluster)).toBeUndefined();
  const wanted = parseAddressList('pve1=192.168.1.1, pve2=10.0.0.2', nodes) ?? [];
  expect(overrides(wanted, ofCluster)).toEqual({ pve1: '192.168.1.1' });
});

test.each([
  ['no address', 'pve1='],
  ['a node that is not there', 'pve9=10.0.0.9'],
  ['a node twice', 'pve1=10.0.0.1, pve1=10.0.0.2'],
  ['a user', 'pve1=root@10.0.0.1'],
  ['no list', '10.0.0.1'],
])('addresses with %s are refused', (_what, text) => {
  expect(parseAddressList(text, ['pve1', 'pve2'])).toBeUndefined();
});
