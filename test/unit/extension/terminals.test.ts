import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ClusterProfile, Profile } from '../../../src/extension/connections/profile.ts';
import { connectTo } from '../../../src/extension/terminals/connect.ts';
import type { ConsoleStream } from '../../../src/extension/terminals/console.ts';
import {
  auditedTarget,
  type ConsoleTarget,
  consoleName,
  consoleRoute,
  consoleTarget,
} from '../../../src/extension/terminals/target.ts';
import type { AuditConsole } from '../../../src/gate/audit.ts';
import type { GuestRef } from '../../../src/pve/guest.ts';

const id = randomUUID();
const byToken: ClusterProfile = {
  kind: 'cluster',
  id,
  name: 'home',
  revision: 3,
  level: 'read-only',
  endpoints: [{ url: 'https://pve1.example:8006', trust: { kind: 'system' } }],
  login: { kind: 'token', tokenId: 'editor@pve!vscode' },
};
const bySsh: ClusterProfile = { ...byToken, ssh: { user: 'root', port: 22, auth: { kind: 'agent' }, hostKeys: [] } };
const byPassword: ClusterProfile = { ...byToken, login: { kind: 'password', username: 'root@pam' } };
const web: ConsoleTarget = { connection: id, node: 'pve2', guest: { type: 'qemu', vmid: 101, name: 'web-01' } };
const webNow: GuestRef = { vmid: 101, type: 'qemu', node: 'pve2', name: 'web-01', status: 'running' };
const { signal } = new AbortController();
const size = { columns: 80, rows: 24 };
const events = { onData: () => {}, onEnd: () => {} };

test.each<[string, Profile, string | undefined]>([
  ['SSH', bySsh, 'ssh'],
  ['SSH before a password', { ...byPassword, ssh: bySsh.ssh } as ClusterProfile, 'ssh'],
  ['a user with password', byPassword, 'api'],
  ['a token alone', byToken, undefined],
  ['the demo', { kind: 'demo', id, name: 'Demo', revision: 1, level: 'full' }, undefined],
])('the way to a console with %s', (_what, profile, route) => {
  expect(consoleRoute(profile)).toBe(route);
});

test('nodes and guests have consoles, clusters and storages have none; the name says that it is a direct one', () => {
  const place = { connection: id, connectionName: 'home' };
  expect(consoleTarget(place)).toBeUndefined();
  expect(consoleTarget({ ...place, node: 'pve1', storage: 'local' })).toBeUndefined();
  expect(consoleName(web)).toBe('web-01 (101) — direct console');
  expect(consoleName({ connection: id, node: 'pve1' })).toBe('pve1 — direct console');
  expect(auditedTarget({ ...web, guest: { type: 'lxc', vmid: 102, name: 'a\u202eb' } })).toBe(
    '"a<U+202E>b" (102, container on pve2)',
  );
});

/** Connections whose ways only note what they are asked for. */
function noted({ profile = bySsh as Profile, now = webNow as GuestRef, recordFails = false } = {}) {
  const opened: [string, ConsoleTarget][] = [];
  const recorded: AuditConsole[] = [];
  const way = (route: string) => async (target: ConsoleTarget) => {
    opened.push([route, target]);
    return {} as ConsoleStream;
  };
  const open = (target: ConsoleTarget) =>
    connectTo(target, {
      profiles: async () => [profile],
      client: () => ({ findGuest: async () => now }),
      record: async (entry) => {
        if (recordFails) throw new Error('disk full');
        recorded.push(entry);
      },
      ways: { ssh: way('ssh'), api: way('api') },
    })(size, events, signal);
  return { open, opened, recorded };
}

test('G10: each opening is recorded before it happens, with who, where and how', async () => {
  const { open, opened, recorded } = noted();
  await open(web);
  await open({ connection: id, node: 'pve1' });
  expect(opened.map(([route, { node }]) => [route, node])).toEqual([
    ['ssh', 'pve2'],
    ['ssh', 'pve1'],
  ]);
  const common = {
    phase: 'console',
    origin: { who: 'person', by: 'picker' },
    connection: { id, name: 'home', revision: 3 },
  };
  expect(recorded).toEqual([
    { ...common, target: '"web-01" (101, VM on pve2)', detail: 'by SSH: qm terminal 101' },
    { ...common, target: '"pve1"', detail: 'by SSH: a login shell' },
  ]);
});

test('G10: what cannot be recorded is not opened', async () => {
  const { open, opened } = noted({ recordFails: true });
  await expect(open(web)).rejects.toThrow('disk full');
  expect(opened).toEqual([]);
});

test('a guest that has moved is opened where it is now', async () => {
  const { open, opened, recorded } = noted({ now: { ...webNow, node: 'pve3' } });
  await open(web);
  expect(opened[0]?.[1].node).toBe('pve3');
  expect(recorded[0]?.target).toContain('on pve3');
});

test.each<[string, Partial<GuestRef>, string]>([
  ['another guest has the number by now', { name: 'db-01' }, 'changed'],
  ['a container has it', { type: 'lxc' }, 'changed'],
  ['it is stopped', { status: 'stopped' }, 'wrong_state'],
])('nothing is opened when %s', async (_what, fields, code) => {
  const { open, opened, recorded } = noted({ now: { ...webNow, ...fields } });
  await expect(open(web)).rejects.toMatchObject({ code });
  expect([opened, recorded]).toEqual([[], []]);
});

test('a terminal of a connection that lost its way opens nothing any more', async () => {
  const { open, opened } = noted({ profile: byToken });
  await expect(open(web)).rejects.toMatchObject({ code: 'denied' });
  expect(opened).toEqual([]);
});
