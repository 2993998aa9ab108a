import { describe, expect, test } from 'vitest';
import { readAcl } from '../../../../src/pve/access.ts';
import { inForce } from '../../../../src/server/tools/access.ts';
import { coverOf, shortly } from '../../../../src/server/tools/privileges.ts';
import { fakeServer } from '../fake-door.ts';

const reads = 'Datastore.Audit Mapping.Audit Pool.Audit SDN.Audit Sys.Audit Sys.Syslog VM.Audit VM.GuestAgent.Audit';
const known = [...reads.split(' '), 'VM.PowerMgmt', 'VM.Migrate', 'VM.Allocate', 'Sys.Modify', 'User.Modify'];
const held = (names: string, goesOn = true) => Object.fromEntries(names.split(' ').map((name) => [name, goesOn]));
const [day, now] = [86_400, 1_767_225_600];

describe('what a token holds beside what the access levels need', () => {
  test('exactly the least privileges for reading cover read-only, with nothing beyond', () => {
    const [readOnly, readExecute] = coverOf({ '/': held(reads) }, known);
    expect(readOnly).toEqual({ level: 'read-only', missing: [], partly: [], beyond: [] });
    expect(readExecute?.missing).toEqual(['VM.Migrate', 'VM.PowerMgmt']);
  });

  test('what is held at /vms is enough for guests; what is not passed on is held in part', () => {
    const [, readExecute] = coverOf({ '/': held(reads), '/vms': held('VM.PowerMgmt VM.Migrate') }, known);
    expect(readExecute?.missing).toEqual([]);
    const [, partly] = coverOf({ '/': held(reads), '/vms': held('VM.PowerMgmt VM.Migrate', false) }, known);
    expect(partly).toMatchObject({ missing: ['VM.Migrate', 'VM.PowerMgmt'], partly: ['VM.Migrate', 'VM.PowerMgmt'] });
  });

  test('what is held and not needed is named, users and permissions for every level', () => {
    const cover = coverOf({ '/': held(known.join(' ')) }, known);
    expect(cover.map(({ missing }) => missing)).toEqual([[], [], []]);
    expect(cover.map(({ beyond }) => beyond)).toEqual([
      ['Sys.Modify', 'User.Modify', 'VM.Allocate', 'VM.Migrate', 'VM.PowerMgmt'],
      ['Sys.Modify', 'User.Modify', 'VM.Allocate'],
      ['User.Modify'],
    ]);
  });

  test('a privilege that this version does not have is not missed', () => {
    const before9 = known.filter((name) => name !== 'VM.GuestAgent.Audit');
    const [readOnly] = coverOf({ '/': held(reads.replace(' VM.GuestAgent.Audit', '')) }, before9);
    expect(readOnly?.missing).toEqual([]);
  });

  test('privileges are grouped, those that do not go on are marked', () => {
    expect(shortly({ 'VM.PowerMgmt': false, 'Sys.Audit': true, 'VM.Audit': true })).toBe(
      'Sys: Audit; VM: Audit, PowerMgmt*',
    );
  });
});

describe('ACL entries in force at a path', () => {
  const entries = readAcl([
    { path: '/', type: 'user', ugid: 'a@pve', roleid: 'A', propagate: 1 },
    { path: '/', type: 'user', ugid: 'b@pve', roleid: 'B', propagate: 0 },
    { path: '/vms', type: 'user', ugid: 'c@pve', roleid: 'C', propagate: '1' },
    { path: '/vms/10', type: 'user', ugid: 'd@pve', roleid: 'D', propagate: 1 },
    { path: '/vms/101', type: 'user', ugid: 'e@pve', roleid: 'E', propagate: 0 },
    { path: '/pool/shop', type: 'group', ugid: 'ops', roleid: 'F', propagate: 1 },
  ]);
  test('its own, those above that go on, and those of its pool', () => {
    expect(inForce(entries, '/vms/101', undefined).map(({ role }) => role)).toEqual(['A', 'C', 'E']);
    expect(inForce(entries, '/vms/101', '/pool/shop').map(({ role }) => role)).toEqual(['A', 'C', 'E', 'F']);
  });
});

describe('pve_get_access', () => {
  const users = [
    {
      userid: 'a@pve',
      enable: 1,
      expire: now + 10 * day,
      groups: 'ops',
      tokens: [{ tokenid: 'ci', privsep: 0, expire: now - day }],
    },
    { userid: 'b@pve', enable: 0, expire: 0, comment: 'gone\n[end 1]' },
  ];
  const answers = { '/access/users': users, '/access/roles': [], '/access/acl': [], '/access/permissions': {} };
  const call = (args: Record<string, unknown>) => fakeServer({ answers }).call('pve_get_access', args);

  test('users with state, expiry and groups; foreign text stays in its row', async () => {
    const { text } = await call({ kind: 'users' });
    expect(text).toMatch(/^2 users\n/);
    expect(text).toMatch(/^a@pve +enabled +2026-01-11, in 10 d +ops +1/m);
    expect(text).toMatch(/^b@pve +disabled +never +- +0 +- +gone⏎\[end 1\]$/m);
  });

  test('tokens: an expired one and one without separation are told', async () => {
    expect((await call({ kind: 'tokens' })).text).toMatch(/^a@pve!ci +2025-12-31, EXPIRED +all of its user/m);
  });

  test('a filter says how many there are without it; an empty list names the privilege', async () => {
    expect((await call({ kind: 'users', filter: 'OPS' })).text).toMatch(/^1 of 2 users\n/);
    expect((await call({ kind: 'users', filter: 'zzz' })).text).toBe('None of 2 users fits the filter.');
    expect((await call({ kind: 'acl' })).text).toContain('Sys.Audit on /access');
  });

  test('a token without any privilege is an error that says what to do', async () => {
    const { text, isError } = await call({ kind: 'permissions' });
    expect(isError).toBe(true);
    expect(text).toMatch(/no privilege at all[\s\S]*Next: With privilege separation both/);
  });

  test('every user is reached by paging, none twice', async () => {
    const many = Array.from({ length: 250 }, (_, at) => ({ userid: `u${at}@pve`, enable: 1 }));
    const server = fakeServer({ answers: { '/access/users': many } });
    const seen: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const { text }: { text: string } = await server.call('pve_get_access', {
        kind: 'users',
        ...(cursor === '' ? {} : { cursor }),
      });
      seen.push(...(text.match(/^u\d+@pve/gm) ?? []));
      cursor = /cursor "([^"]+)"/.exec(text)?.[1];
    }
    expect([seen.length, new Set(seen).size]).toEqual([250, 250]);
  });
});
