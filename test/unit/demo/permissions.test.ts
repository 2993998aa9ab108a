import { describe, expect, it } from 'vitest';
import { type AclEntry, may, privilegesAt } from '../../../src/demo/permissions.ts';
import { createTestWorld } from './world.ts';

const bob = { user: 'bob@pve', token: 't' };
const entry = (path: string, privileges: string[], propagate = true): AclEntry => ({
  path,
  subject: 'bob@pve!t',
  privileges,
  propagate,
});

describe('access list', () => {
  it('gives nothing to who is not in it, also when the user is and the token is not', () => {
    const acl = [{ path: '/', subject: 'bob@pve', privileges: ['VM.Audit'], propagate: true }];
    expect(may(acl, bob, '/vms/101', 'VM.Audit')).toBe(false);
  });

  it('replaces what is inherited by what is nearer', () => {
    const acl = [entry('/', ['Sys.Audit', 'VM.Audit']), entry('/vms/101', ['VM.PowerMgmt'])];
    expect([...privilegesAt(acl, bob, '/vms/101').keys()]).toEqual(['VM.PowerMgmt']);
    expect(may(acl, bob, '/vms/102', 'VM.Audit')).toBe(true);
  });

  it('keeps what is not propagated at its own path', () => {
    const acl = [entry('/vms', ['VM.Audit'], false)];
    expect(privilegesAt(acl, bob, '/vms').get('VM.Audit')).toBe(false);
    expect(may(acl, bob, '/vms/101', 'VM.Audit')).toBe(false);
  });
});

describe('a token that may use one guest', () => {
  const { request, list } = createTestWorld({ acl: [entry('/vms/101', ['VM.Audit', 'VM.PowerMgmt'])] });

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
