import { describe, expect, it } from 'vitest';
import { report } from '../../../src/demo/guests.ts';
import { createTestWorld } from './world.ts';

describe('creating a guest', () => {
  it('shows it at once without name and state, and whole after pvestatd’s round', () => {
    const { begin, exit, list, get, clock, world } = createTestWorld();
    const upid = begin('POST', '/nodes/pve1/qemu', { vmid: '900', name: 'new-01', memory: '1024', cores: '2' });
    expect(upid).toContain(':qmcreate:900:');
    const seen = () => list('/cluster/resources', { type: 'vm' }).find(({ vmid }) => vmid === 900);
    expect(seen()).toEqual({
      id: 'qemu/900',
      type: 'qemu',
      vmid: 900,
      node: 'pve1',
      status: 'unknown',
      lock: 'create',
    });
    clock.advance(2000);
    expect(exit(upid)).toBe('OK');
    report(world);
    expect(seen()).toMatchObject({ name: 'new-01', status: 'stopped', maxcpu: 2, maxmem: 1024 ** 3 });
    expect(get('/nodes/pve1/qemu/900/config')).toMatchObject({ name: 'new-01', memory: '1024', cores: 2 });
  });

  it('makes containers too', () => {
    const { begin, get, clock } = createTestWorld();
    begin('POST', '/nodes/pve3/lxc', { vmid: '901', hostname: 'box', memory: '256', ostemplate: 'local:vztmpl/x.tar' });
    clock.advance(2000);
    expect(get('/nodes/pve3/lxc/901/config')).toMatchObject({ hostname: 'box', memory: 256 });
  });

  it('refuses a VMID that is taken, on any node and of any kind', () => {
    const { request } = createTestWorld();
    expect(request('POST', '/nodes/pve1/qemu', { vmid: '101' })).toMatchObject({
      status: 500,
      reason: "unable to create VM 101 - VM 101 already exists on node 'pve2'",
    });
    expect(request('POST', '/nodes/pve1/qemu', {}).errors).toEqual({
      vmid: 'property is missing and it is not optional',
    });
  });
});

describe('destroying a guest', () => {
  it('removes it from everywhere when the task ends', () => {
    const { begin, exit, list, request, clock } = createTestWorld();
    const upid = begin('DELETE', '/nodes/pve1/qemu/105', { purge: '1' });
    clock.advance(1500);
    expect(exit(upid)).toBe('OK');
    expect(list(`/nodes/pve1/tasks/${upid}/log`).map(({ t }) => t)).toEqual([
      'purging VM 105 from related configurations..',
      'TASK OK',
    ]);
    expect(list('/cluster/resources', { type: 'vm' }).map(({ vmid }) => vmid)).not.toContain(105);
    expect(request('GET', '/cluster/nextid').data).toBe('105');
    expect(request('GET', '/nodes/pve1/qemu/105/config').reason).toBe(
      "Configuration file 'nodes/pve1/qemu-server/105.conf' does not exist",
    );
  });

  it.each([
    ['a protected VM', '/nodes/pve1/qemu/104', "can't remove VM 104 - protection mode enabled"],
    ['a running VM', '/nodes/pve2/qemu/101', 'VM 101 is running - destroy failed'],
    ['a running container', '/nodes/pve1/lxc/102', 'unable to destroy CT 102 - container is running'],
  ])('refuses %s at once', (_, path, reason) => {
    expect(createTestWorld().request('DELETE', path)).toMatchObject({ status: 500, reason });
  });

  it('fails in its task for a locked guest', () => {
    const { begin, request, exit, clock, world } = createTestWorld();
    const locked = world.cluster.guests.get(105);
    if (locked !== undefined) locked.config.lock = 'backup';
    const upid = begin('DELETE', '/nodes/pve1/qemu/105');
    clock.advance(1500);
    expect(exit(upid)).toBe('VM is locked (backup)');
    expect(request('GET', '/nodes/pve1/qemu/105/config').status).toBe(200);
  });
});

describe('migration', () => {
  it('moves a guest and writes what PVE writes', () => {
    const { begin, exit, list, get, clock } = createTestWorld();
    const upid = begin('POST', '/nodes/pve1/qemu/105/migrate', { target: 'pve2' });
    expect(upid).toContain(':qmigrate:105:');
    clock.advance(7000);
    expect(exit(upid)).toBe('OK');
    expect(get('/nodes/pve2/qemu/105/status/current').name).toBe('build-01');
    const log = list(`/nodes/pve1/tasks/${upid}/log`).map(({ t }) => String(t));
    expect(log[0]).toBe("2026-11-20 12:00:00 starting migration of VM 105 to node 'pve2' (10.20.0.12)");
    expect(log.at(-2)).toBe('2026-11-20 12:00:06 migration finished successfully (duration 00:00:06)');
  });

  it.each([
    ['a running VM without online', '/nodes/pve2/qemu/101', 'pve1', "can't migrate running VM without --online"],
    [
      'a running container without restart',
      '/nodes/pve1/lxc/102',
      'pve2',
      "can't migrate running container without --online or --restart",
    ],
    ['a locked VM', '/nodes/pve2/qemu/109', 'pve1', 'VM is locked (backup)'],
    ['an unknown node', '/nodes/pve1/qemu/105', 'pve9', "no such cluster node 'pve9'"],
  ])('refuses %s at once', (_, path, target, reason) => {
    expect(createTestWorld().request('POST', `${path}/migrate`, { target })).toMatchObject({ status: 500, reason });
  });

  it('of a running VM with local disks fails in its task unless these may go along', () => {
    const { begin, exit, get, clock } = createTestWorld();
    const without = begin('POST', '/nodes/pve2/qemu/101/migrate', { target: 'pve1', online: '1' });
    clock.advance(500);
    expect(exit(without)).toBe('migration aborted');
    const options = { target: 'pve1', online: '1', 'with-local-disks': '1' };
    const upid = begin('POST', '/nodes/pve2/qemu/101/migrate', options);
    clock.advance(7000);
    expect(exit(upid)).toBe('OK');
    expect(get('/nodes/pve1/qemu/101/status/current').status).toBe('running');
  });
});
