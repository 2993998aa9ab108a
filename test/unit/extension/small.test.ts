import { expect, test } from 'vitest';
import { applicable, powerOperation, targetsOf } from '../../../src/extension/commands/power.ts';
import { smallerToken, tokenReach } from '../../../src/extension/connections/privileges.ts';
import { definitionVersion, launchEnvironment } from '../../../src/extension/mcp/definition.ts';
import { refreshMs } from '../../../src/extension/tree/live.ts';
import type { GuestTarget } from '../../../src/extension/tree/row.ts';

const guest: GuestTarget = {
  connection: 'c',
  connectionName: 'home',
  node: 'pve1',
  type: 'lxc',
  vmid: 102,
  name: 'web',
  status: 'running',
};

test('a power action is one request on the guest’s own path', () => {
  expect(powerOperation('shutdown', guest)).toEqual({
    kind: 'api',
    method: 'POST',
    segments: ['nodes', 'pve1', 'lxc', '102', 'status', 'shutdown'],
  });
});

test('pickers offer the guests that an action applies to', () => {
  expect(applicable('start', [guest])).toEqual([]);
  expect(applicable('stop', [guest])).toEqual([guest]);
});

test('of several selected guests those are meant that the action applies to', () => {
  const stopped = { ...guest, vmid: 103, status: 'stopped' };
  expect(targetsOf('start', [guest, stopped])).toEqual([stopped]);
  expect(targetsOf('start', [guest])).toEqual([guest]);
});

test.each([
  ['as set', 10, 10_000],
  ['too short', 0, 2000],
  ['negative', -5, 2000],
  ['too long', 1e9, 300_000],
  ['no number', 'often', 5000],
])('the refresh interval, %s', (_what, seconds, ms) => {
  expect(refreshMs(seconds)).toBe(ms);
});

test.each([
  ['nothing', {}, 'read-only', false],
  ['audit only', { '/': { 'VM.Audit': true, 'Sys.Syslog': true } }, 'read-only', true],
  ['power', { '/vms': { 'VM.Audit': true, 'VM.PowerMgmt': true } }, 'read-execute', true],
  [
    'one configuring privilege somewhere',
    { '/': { 'VM.Audit': true }, '/vms/101': { 'VM.Config.Disk': false } },
    'full',
    true,
  ],
])('a token with %s reaches what it reaches', (_what, permissions, level, canRead) => {
  expect(tokenReach(permissions)).toMatchObject({ level, canRead });
});

test('the lines for a smaller token hold no more privileges than the level', () => {
  expect(smallerToken('read-only')).not.toContain('PowerMgmt');
  expect(smallerToken('read-execute')).toContain('VM.PowerMgmt VM.Migrate');
  expect(smallerToken('read-execute')).not.toContain('Modify');
});

const offer = { toolsets: ['guests', 'plan'], answerCharacters: '9000' };

test('the definition’s version follows what shapes the tools', () => {
  const home = { id: 'a', name: 'home', level: 'read-only' } as const;
  const version = definitionVersion('1.0.0', [home], offer);
  expect(version).toBe(definitionVersion('1.0.0', [{ ...home }], offer));
  expect(version).not.toBe(definitionVersion('1.0.1', [home], offer));
  expect(version).not.toBe(definitionVersion('1.0.0', [{ ...home, level: 'full' }], offer));
  expect(version).not.toBe(definitionVersion('1.0.0', [home, { ...home, id: 'b' }], offer));
  expect(version).not.toBe(definitionVersion('1.0.0', [home], { ...offer, toolsets: ['guests'] }));
  expect(version).not.toBe(definitionVersion('1.0.0', [home], { ...offer, answerCharacters: '' }));
});

test('a start inherits nothing that leads the server elsewhere', () => {
  const env = launchEnvironment({ path: '/run/x', launch: 'l', key: 'k' }, offer, [
    'PATH',
    'NODE_OPTIONS',
    'PVE_TOKEN_SECRET',
    'SSH_AUTH_SOCK',
  ]);
  expect(env).toMatchObject({
    NODE_OPTIONS: null,
    PVE_TOKEN_SECRET: null,
    SSH_AUTH_SOCK: null,
    ELECTRON_RUN_AS_NODE: '1',
    PROXMOX_TOOLSETS: 'guests,plan',
    PROXMOX_ANSWER_CHARACTERS: '9000',
  });
  expect(env).not.toHaveProperty('PATH');
});
