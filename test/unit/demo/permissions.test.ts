import { describe, expect, it } from 'vitest';
import { grant } from '../../../src/demo/directory.ts';
import { may, privilegesAt } from '../../../src/demo/permissions.ts';
import { bob, createTestWorld, type Grant } from './world.ts';

const allow = (path: string, privileges: readonly string[], propagate = true): Grant => ({
  path,
  privileges,
  propagate,
});
const accessWith = (...bobs: readonly Grant[]) => createTestWorld({ bobs, guests: 12 }).world.cluster;

describe('access list', () => {
  it('replaces what is inherited by what is nearer', () => {
    const access = accessWith(allow('/', ['Sys.Audit', 'VM.Audit']), allow('/vms/105', ['VM.PowerMgmt']));
    expect([...privilegesAt(access, bob, '/vms/105').keys()]).toEqual(['VM.PowerMgmt']);
    expect(may(access, bob, '/vms/106', 'VM.Audit')).toBe(true);
  });

  it('keeps what is not propagated at its own path', () => {
    const access = accessWith(allow('/vms', ['VM.Audit'], false));
    expect(privilegesAt(access, bob, '/vms').get('VM.Audit')).toBe(false);
    expect(may(access, bob, '/vms/101', 'VM.Audit')).toBe(false);
  });

  it('gives a token with privilege separation only what both it and its user have', () => {
    const access = accessWith(allow('/', ['VM.Audit', 'VM.PowerMgmt']));
    const separated = access.directory.users.get(bob.user)?.tokens.get('t');
    if (separated !== undefined) separated.privsep = true;
    expect(may(access, bob, '/vms/101', 'VM.Audit')).toBe(false);
    grant(access.directory, '/', { kind: 'token', subject: 'bob@pve!t', role: 'Administrator', propagate: true });
    expect([...privilegesAt(access, bob, '/vms/101').keys()].sort()).toEqual(['VM.Audit', 'VM.PowerMgmt']);
    expect(may(access, bob, '/vms/101', 'VM.Allocate')).toBe(false);
  });

  it('takes an entry of the user before those of the user’s groups, and NoAccess before all', () => {
    const access = accessWith();
    const alice = { user: 'alice@pve' };
    const at = { propagate: true, subject: 'operators', kind: 'group' } as const;
    grant(access.directory, '/vms', { ...at, role: 'PVEVMAdmin' });
    expect(may(access, alice, '/vms/105', 'VM.Allocate')).toBe(true);
    grant(access.directory, '/vms', { ...at, kind: 'user', subject: alice.user, role: 'PVEAuditor' });
    expect(may(access, alice, '/vms/105', 'VM.Allocate')).toBe(false);
    expect(may(access, alice, '/vms/105', 'VM.Audit')).toBe(true);
    grant(access.directory, '/vms/105', { ...at, role: 'NoAccess' });
    expect(may(access, alice, '/vms/105', 'VM.Audit')).toBe(false);
  });

  it('gives the roles of a pool at its guests, where they do not go on', () => {
    const access = accessWith();
    const alice = { user: 'alice@pve' };
    expect(privilegesAt(access, alice, '/vms/101').get('VM.PowerMgmt')).toBe(false);
    expect(may(access, alice, '/vms/101', 'VM.PowerMgmt')).toBe(true);
    expect(may(access, alice, '/vms/105', 'VM.Audit')).toBe(false);
  });
});

describe('a token that may use one guest', () => {
  const { request, list } = createTestWorld({ bobs: [allow('/vms/101', ['VM.Audit', 'VM.PowerMgmt'])] });

  it('sees that guest and the bare nodes in lists', () => {
    const seen = list('/cluster/resources', {}, bob);
    expect(seen.map(({ id }) => id)).toEqual(['qemu/101', 'node/pve1', 'node/pve2', 'node/pve3']);
    expect(seen[1]).not.toHaveProperty('cpu');
    expect(list('/nodes/pve1/qemu', {}, bob)).toEqual([]);
    expect(list('/storage', {}, bob)).toEqual([]);
  });

  it('is told the path and the privilege that are missing', () => {
    expect(request('POST', '/nodes/pve2/qemu/102/status/start', {}, bob)).toMatchObject({
      status: 403,
      reason: 'Permission check failed (/vms/102, VM.PowerMgmt)',
    });
    expect(request('GET', '/nodes/pve1/status', {}, bob).reason).toBe(
      'Permission check failed (/nodes/pve1, Sys.Audit)',
    );
  });

  it('reads its own privileges and its own tasks, not those of others', () => {
    expect(request('GET', '/access/permissions', {}, bob).data).toEqual({
      '/vms/101': { 'VM.Audit': 1, 'VM.PowerMgmt': 1 },
    });
    const upid = String(request('POST', '/nodes/pve2/qemu/101/status/stop', {}, bob).data);
    expect(list('/cluster/tasks', {}, bob).map((task) => task.upid)).toEqual([upid]);
    const foreign = String(request('POST', '/nodes/pve1/lxc/102/status/stop').data);
    expect(request('GET', `/nodes/pve1/tasks/${foreign}/status`, {}, bob).status).toBe(403);
    expect(request('DELETE', `/nodes/pve1/tasks/${foreign}`, {}, bob).reason).toBe(
      'Permission check failed (/nodes/pve1, Sys.Modify)',
    );
  });
});

describe('the read-only token', () => {
  const { request, list } = createTestWorld();
  const auditor = { user: 'audit@pve', token: 'readonly' };

  it('sees everything but the backups, and changes nothing', () => {
    expect(list('/cluster/resources', { type: 'vm' }, auditor)).toHaveLength(24);
    expect(list('/nodes/pve1/storage/nfs-backup/content', {}, auditor)).toEqual([]);
    expect(list('/nodes/pve1/storage/nfs-backup/content')).not.toEqual([]);
    expect(request('POST', '/nodes/pve2/qemu/101/status/stop', {}, auditor).status).toBe(403);
    expect(request('PUT', '/nodes/pve2/qemu/101/config', { cores: '2' }, auditor).status).toBe(403);
    expect(request('DELETE', '/nodes/pve1/qemu/105', {}, auditor).status).toBe(403);
    expect(request('POST', '/nodes/pve1/qemu', { vmid: '900' }, auditor).status).toBe(403);
  });
});
