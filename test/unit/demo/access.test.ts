import { describe, expect, it } from 'vitest';
import { root } from '../../../src/demo/permissions.ts';
import { bob, createTestWorld } from './world.ts';

describe('users, groups, roles and the access list', () => {
  it('come to be, work together, and go', () => {
    const { request, get, list } = createTestWorld();
    expect(
      request('POST', '/access/users', { userid: 'eve@pve', password: 'long-enough', comment: 'new' }).data,
    ).toBeNull();
    expect(request('POST', '/access/groups', { groupid: 'ops', comment: 'Ops' }).status).toBe(200);
    expect(request('PUT', '/access/users/eve@pve', { groups: 'ops' }).status).toBe(200);
    expect(request('POST', '/access/roles', { roleid: 'Looker', privs: 'VM.Audit,Sys.Audit' }).status).toBe(200);
    expect(request('PUT', '/access/acl', { path: '/vms', roles: 'Looker', groups: 'ops' }).status).toBe(200);
    expect(list('/access/groups')).toContainEqual({ groupid: 'ops', comment: 'Ops', users: 'eve@pve' });
    expect(list('/access/acl')).toContainEqual({
      path: '/vms',
      type: 'group',
      ugid: 'ops',
      roleid: 'Looker',
      propagate: 1,
    });
    const eve = { user: 'eve@pve' };
    expect(request('GET', '/nodes/pve2/qemu/101/config', {}, eve).status).toBe(200);
    expect(request('GET', '/access/permissions', {}, eve).data).toMatchObject({
      '/vms': { 'Sys.Audit': 1, 'VM.Audit': 1 },
    });

    expect(request('DELETE', '/access/roles/Looker').status).toBe(200);
    expect(request('GET', '/nodes/pve2/qemu/101/config', {}, eve).status).toBe(403);
    expect(request('DELETE', '/access/groups/ops').status).toBe(200);
    expect(get('/access/users/eve@pve')).toMatchObject({ groups: [], comment: 'new' });
    expect(request('DELETE', '/access/users/eve@pve').status).toBe(200);
    expect(request('GET', '/access/users/eve@pve').reason).toBe("no such user ('eve@pve')");
  });

  it.each([
    ['POST', '/access/users', { userid: 'alice@pve' }, "create user failed: user 'alice@pve' already exists"],
    ['POST', '/access/groups', { groupid: 'operators' }, "create group failed: group 'operators' already exists"],
    ['DELETE', '/access/roles/PVEAdmin', {}, "auto-generated role 'PVEAdmin' cannot be deleted"],
    [
      'PUT',
      '/access/acl',
      { path: '/', roles: 'Nope', users: 'alice@pve' },
      "ACL update failed: role 'Nope' does not exist",
    ],
    [
      'PUT',
      '/access/acl',
      { path: '/', roles: 'PVEAdmin', users: 'x@pve' },
      "ACL update failed: user 'x@pve' does not exist",
    ],
  ])('%s %s %j is a 500', (method, path, parameters, reason) => {
    expect(createTestWorld().request(method, path, parameters)).toMatchObject({ status: 500, reason });
  });

  it('want passwords of eight characters and names with a realm', () => {
    const { request } = createTestWorld();
    expect(request('POST', '/access/users', { userid: 'new@pve', password: 'x' }).errors).toEqual({
      password: 'value must be at least 8 characters long',
    });
    expect(request('POST', '/access/users', { userid: 'new' }).errors).toHaveProperty('userid');
    expect(request('POST', '/access/users/alice@pve/token/x').errors).toHaveProperty('tokenid');
  });

  it('let whoever may allocate a guest say who else may use it, and nothing else', () => {
    const { request } = createTestWorld({ bobs: [{ path: '/vms/105', privileges: ['VM.Allocate'] }] });
    const share = (path: string) =>
      request('PUT', '/access/acl', { path, roles: 'PVEVMUser', users: 'alice@pve' }, bob);
    expect(share('/vms/105').status).toBe(200);
    expect(share('/vms/106').reason).toBe('Permission check failed (/vms/106, Permissions.Modify|VM.Allocate)');
  });

  it('keep what is root’s from everybody else, tokens of root too', () => {
    const { request } = createTestWorld();
    const denied = { status: 403, reason: 'Permission check failed (user != root@pam)' };
    expect(request('POST', '/nodes/pve1/execute', { commands: '[]' })).toMatchObject(denied);
    expect(request('GET', '/cluster/backup-info', {}, { ...root, token: 'x' })).toMatchObject(denied);
    expect(request('GET', '/cluster/backup-info', {}, root).status).toBe(200);
  });
});

describe('API tokens', () => {
  it('show their secret once and act for their user', () => {
    const { request, list, world } = createTestWorld();
    const path = '/access/users/alice@pve/token/t1';
    const made = request('POST', path, { privsep: '0', comment: 'x' }).data;
    expect(made).toEqual({
      'full-tokenid': 'alice@pve!t1',
      info: { comment: 'x', expire: 0, privsep: '0' },
      value: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(list('/access/users/alice@pve/token')).toEqual([{ tokenid: 't1', comment: 'x', expire: 0, privsep: 0 }]);
    const token = { user: 'alice@pve', token: 't1' };
    expect(request('GET', '/nodes/pve2/qemu/101/config', {}, token).status).toBe(200);
    const secret = world.cluster.directory.users.get('alice@pve')?.tokens.get('t1')?.secret;
    request('PUT', path, { regenerate: '1' });
    expect(world.cluster.directory.users.get('alice@pve')?.tokens.get('t1')?.secret).not.toBe(secret);
    expect(request('DELETE', path).data).toBeNull();
    expect(request('GET', path).reason).toBe("no such token 't1' for user 'alice@pve'");
  });

  it('with privilege separation have nothing until they are given something', () => {
    const { request } = createTestWorld();
    request('POST', '/access/users/alice@pve/token/t2');
    const token = { user: 'alice@pve', token: 't2' };
    const look = () => request('GET', '/nodes/pve2/qemu/101/config', {}, token).status;
    expect(look()).toBe(403);
    request('PUT', '/access/acl', { path: '/vms', roles: 'PVEAuditor', tokens: 'alice@pve!t2' });
    expect(look()).toBe(200);
  });
});
