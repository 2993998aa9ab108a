import { describe, expect, it } from 'vitest';
import { createTestWorld } from './world.ts';

const web01 = '/nodes/pve2/qemu/101';
const build01 = '/nodes/pve1/qemu/105';
const web02 = '/nodes/pve1/lxc/102';

describe('pending changes', () => {
  it('of a running VM wait for its next start, and the config shows them as if they were in force', () => {
    const { request, get, list, begin, exit, clock } = createTestWorld();
    const before = get(`${web01}/config`);
    request('PUT', `${web01}/config`, { cores: '7', description: 'at once' });
    expect(get(`${web01}/config`)).toMatchObject({ cores: 7, description: 'at once' });
    expect(get(`${web01}/config`, { current: '1' })).toMatchObject({ cores: before.cores, description: 'at once' });
    const entry = () => list(`${web01}/pending`).find(({ key }) => key === 'cores');
    expect(entry()).toEqual({ key: 'cores', value: before.cores, pending: 7 });
    expect(get(`${web01}/config`).digest).not.toBe(before.digest);

    const upid = begin('POST', `${web01}/status/reboot`);
    clock.advance(20_000);
    expect(exit(upid)).toBe('OK');
    expect(get(`${web01}/config`, { current: '1' }).cores).toBe(7);
    expect(entry()).toEqual({ key: 'cores', value: 7 });
  });

  it('are taken back by revert, and by setting what is in force', () => {
    const { request, get, list } = createTestWorld();
    const { cores } = get(`${web01}/config`);
    request('PUT', `${web01}/config`, { cores: '7', memory: '16384' });
    request('PUT', `${web01}/config`, { revert: 'memory' });
    request('PUT', `${web01}/config`, { cores: String(cores) });
    expect(list(`${web01}/pending`).filter((entry) => 'pending' in entry || 'delete' in entry)).toEqual([]);
  });

  it('tell no password', () => {
    const { request, get, list } = createTestWorld();
    request('PUT', `${web01}/config`, { cipassword: 'canary' });
    request('PUT', `${build01}/config`, { cipassword: 'canary' });
    const told = [web01, build01].flatMap((path) => [
      get(`${path}/config`),
      get(`${path}/config`, { current: '1' }),
      list(`${path}/pending`),
    ]);
    expect(JSON.stringify(told)).not.toContain('canary');
    expect(get(`${build01}/config`).cipassword).toBe('**********');
    expect(list(`${build01}/pending`)).toContainEqual({ key: 'cipassword', value: '**********' });
  });

  it('show a removal too', () => {
    const { request, get, list } = createTestWorld();
    request('PUT', `${web01}/config`, { delete: 'cores' });
    expect(list(`${web01}/pending`)).toContainEqual({ key: 'cores', value: expect.any(Number), delete: 1 });
    expect(get(`${web01}/config`)).not.toHaveProperty('cores');
    expect(get(`${web01}/config`, { current: '1' })).toHaveProperty('cores');
  });

  it('there are none of a stopped VM, nor of a container’s size', () => {
    const { request, get } = createTestWorld();
    request('PUT', `${build01}/config`, { cores: '7' });
    expect(get(`${build01}/config`, { current: '1' }).cores).toBe(7);
    request('PUT', `${web02}/config`, { memory: '4096' });
    expect(get(`${web02}/config`, { current: '1' }).memory).toBe(4096);
  });
});

describe('disks', () => {
  it('become unused when they are taken away, and are destroyed the second time', () => {
    const { request, get } = createTestWorld();
    const scsi0 = String(get(`${build01}/config`).scsi0).split(',')[0];
    request('PUT', `${build01}/config`, { delete: 'scsi0' });
    expect(get(`${build01}/config`)).toMatchObject({ unused0: scsi0 });
    request('PUT', `${build01}/config`, { delete: 'unused0' });
    expect(get(`${build01}/config`)).not.toHaveProperty('unused0');
  });

  it('are unused no longer once they are used again, and make place before others come', () => {
    const { request, get } = createTestWorld();
    const { scsi0 } = get(`${build01}/config`);
    request('PUT', `${build01}/config`, { delete: 'scsi0' });
    request('PUT', `${build01}/config`, { virtio0: String(scsi0) });
    expect(get(`${build01}/config`)).toMatchObject({ virtio0: scsi0 });
    expect(get(`${build01}/config`)).not.toHaveProperty('unused0');
    request('PUT', `${build01}/config`, { scsi0: String(scsi0), delete: 'virtio0' });
    expect(get(`${build01}/config`)).toMatchObject({ scsi0 });
    expect(get(`${build01}/config`)).not.toHaveProperty('unused0');
    expect(get(`${build01}/config`)).not.toHaveProperty('virtio0');
  });

  it('are kept by protection', () => {
    const { request } = createTestWorld();
    expect(request('PUT', '/nodes/pve1/qemu/104/config', { delete: 'scsi0' }).reason).toBe(
      "can't remove drive 'scsi0' - protection mode enabled",
    );
  });

  it('are made when a size is asked for, grow, and do not shrink', () => {
    const { request, get, begin, exit, clock } = createTestWorld();
    request('PUT', `${build01}/config`, { scsi1: 'local-lvm:8,ssd=1' });
    expect(get(`${build01}/config`).scsi1).toBe('local-lvm:vm-105-disk-1,size=8G,ssd=1');
    const resize = (size: string): string => {
      const upid = begin('PUT', `${build01}/resize`, { disk: 'scsi1', size });
      clock.advance(1000);
      return exit(upid);
    };
    expect(resize('+2G')).toBe('OK');
    expect(get(`${build01}/config`).scsi1).toBe('local-lvm:vm-105-disk-1,size=10G,ssd=1');
    expect(resize('4G')).toBe('shrinking disks is not supported');
  });

  it('move to a storage that takes their kind only', () => {
    const { request } = createTestWorld();
    const move = (storage: string) => request('POST', `${build01}/move_disk`, { disk: 'scsi0', storage }).reason;
    expect(move('nfs-backup')).toBe("storage 'nfs-backup' does not support content-type 'images'");
    expect(move('nope')).toBe("storage 'nope' does not exist");
  });
});

describe('POST config', () => {
  it('makes the same change in a task', () => {
    const { get, list, begin, exit, clock } = createTestWorld();
    const upid = begin('POST', `${build01}/config`, { cores: '3' });
    clock.advance(1000);
    expect(exit(upid)).toBe('OK');
    expect(get(`${build01}/config`).cores).toBe(3);
    expect(list(`/nodes/pve1/tasks/${upid}/log`).map(({ t }) => t)).toEqual(['update VM 105: -cores 3', 'TASK OK']);
  });
});
