import { describe, expect, it } from 'vitest';
import { marked, retentionOf } from '../../../src/demo/backups.ts';
import type { Storage, Volume } from '../../../src/demo/state.ts';
import { bob, createTestWorld } from './world.ts';

const content = '/nodes/pve1/storage/nfs-backup/content';

function prepared(options = {}) {
  const world = createTestWorld(options);
  const run = (method: string, path: string, parameters = {}): string => {
    const upid = world.begin(method, path, parameters);
    world.clock.advance(15_000);
    return world.exit(upid);
  };
  const backups = (vmid: number) =>
    world.list(content, { content: 'backup', vmid: String(vmid) }).map(({ volid }) => String(volid));
  return { ...world, run, backups };
}

describe('vzdump', () => {
  it('makes a backup, locks the guest meanwhile, and prunes unless it is told not to', () => {
    const { begin, exit, run, get, clock, backups, list } = prepared();
    expect(backups(101)).toHaveLength(8);
    const upid = begin('POST', '/nodes/pve2/vzdump', { vmid: '101', storage: 'nfs-backup', remove: '0' });
    clock.advance(1000);
    expect(get('/nodes/pve2/qemu/101/config').lock).toBe('backup');
    clock.advance(10_000);
    expect(exit(upid)).toBe('OK');
    expect(get('/nodes/pve2/qemu/101/config')).not.toHaveProperty('lock');
    const log = list(`/nodes/pve2/tasks/${upid}/log`).map(({ t }) => t);
    expect(log[0]).toBe('INFO: starting new backup job: vzdump 101 --storage nfs-backup --remove 0 --node pve2');
    expect(log.slice(-2)).toEqual(['INFO: Backup job finished successfully', 'TASK OK']);
    expect(backups(101)).toHaveLength(9);
    clock.advance(60_000);
    expect(run('POST', '/nodes/pve2/vzdump', { vmid: '101', storage: 'nfs-backup' })).toBe('OK');
    expect(backups(101)).toHaveLength(7);
  });

  it('fails for a locked guest and goes on with the others', () => {
    const { run, backups, begin, clock, exit, list } = prepared();
    const upid = begin('POST', '/nodes/pve2/vzdump', { vmid: '109,107', storage: 'nfs-backup' });
    clock.advance(15_000);
    expect(exit(upid)).toBe('job errors');
    expect(list(`/nodes/pve2/tasks/${upid}/log`).map(({ t }) => t)).toContain(
      'ERROR: Backup of VM 109 failed - VM is locked (backup)',
    );
    expect(backups(107)).toHaveLength(1);
    expect(backups(109)).toHaveLength(0);
    expect(run('POST', '/nodes/pve2/qemu/101/status/reboot')).toBe('OK');
  });

  it('wants a storage for backups', () => {
    const { request } = prepared();
    expect(request('POST', '/nodes/pve2/vzdump', { vmid: '101', storage: 'local-lvm' }).reason).toContain(
      'does not support backups',
    );
  });
});

describe('backups on a storage', () => {
  it('are invisible to whoever may only look', () => {
    const audits = { path: '/', privileges: ['Datastore.Audit', 'VM.Audit'] };
    const { request, world } = prepared({ bobs: [audits] });
    expect(request('GET', content, { content: 'backup' }, bob)).toMatchObject({ status: 200, data: [] });
    world.cluster.directory.roles.set('Test0', {
      privileges: new Set(['Datastore.AllocateSpace', 'VM.Backup']),
      special: false,
    });
    expect(request('GET', content, { content: 'backup' }, bob).data).not.toEqual([]);
  });

  it('are marked before they are pruned, and stay when protected', () => {
    const { list, request, run, backups } = prepared();
    const prune = '/nodes/pve1/storage/nfs-backup/prunebackups';
    const [oldest = ''] = backups(101);
    request('PUT', `${content}/${oldest}`, { protected: '1', notes: 'keep this' });
    expect(list(content, { vmid: '101' })[0]).toMatchObject({ protected: 1, notes: 'keep this' });
    const marks = list(prune, { vmid: '101', 'prune-backups': 'keep-last=2' }).map(({ mark }) => mark);
    expect(marks).toEqual(['keep', 'keep', 'remove', 'remove', 'remove', 'remove', 'remove', 'protected']);
    expect(backups(101)).toHaveLength(8);
    expect(run('DELETE', prune, { vmid: '101', 'prune-backups': 'keep-last=2' })).toBe('OK');
    expect(backups(101)).toHaveLength(3);
    expect(run('DELETE', `${content}/${oldest}`)).toBe(`can't remove protected archive '${oldest}'`);
  });

  it('come back as a new guest, with addresses of its own when asked for', () => {
    const { run, get, backups, request } = prepared();
    const [archive = ''] = backups(101);
    expect(run('POST', '/nodes/pve1/qemu', { vmid: '160', archive, unique: '1', storage: 'local-lvm' })).toBe('OK');
    const [restored, original] = [get('/nodes/pve1/qemu/160/config'), get('/nodes/pve2/qemu/101/config')];
    expect(restored).toMatchObject({ name: 'web-01', cores: original.cores });
    expect(restored.net0).not.toBe(original.net0);
    expect(request('POST', '/nodes/pve1/qemu', { vmid: '160', archive }).reason).toContain('already exists on node');
    expect(run('POST', '/nodes/pve1/qemu', { vmid: '160', archive, force: '1' })).toBe('OK');
    expect(request('POST', '/nodes/pve1/qemu', { vmid: '161', archive: 'local:backup/none.vma.zst' }).reason).toBe(
      "volume 'local:backup/none.vma.zst' does not exist",
    );
  });
});

describe('what is on a storage', () => {
  it('is deleted in a task, even the disk of a protected guest', () => {
    const { run, list } = prepared();
    const disks = '/nodes/pve1/storage/local-lvm/content';
    const has = (vmid: number) => list(disks, { vmid: String(vmid) }).map(({ volid }) => volid);
    expect(has(104)).toEqual(['local-lvm:vm-104-disk-0']);
    expect(run('DELETE', `${disks}/local-lvm:vm-104-disk-0`)).toBe('OK');
    expect(has(104)).toEqual([]);
  });

  it('comes from elsewhere', () => {
    const { run, list } = prepared();
    const iso = { url: 'https://example.test/a.iso', content: 'iso', filename: 'a.iso' };
    expect(run('POST', '/nodes/pve1/storage/local/download-url', iso)).toBe('OK');
    expect(list('/nodes/pve1/storage/local/content', { content: 'iso' }).map(({ volid }) => volid)).toContain(
      'local:iso/a.iso',
    );
  });

  it('is out of reach while the storage is disabled', () => {
    const { request, list } = prepared();
    request('PUT', '/storage/nfs-backup', { disable: '1' });
    expect(request('GET', content).reason).toBe("storage 'nfs-backup' is disabled");
    expect(list('/nodes/pve1/storage').find(({ storage }) => storage === 'nfs-backup')).toMatchObject({
      enabled: 0,
      active: 0,
    });
  });
});

describe('backup jobs', () => {
  it('keep the VMID of a guest that is gone, unless it is purged', () => {
    const { request, run, get } = prepared();
    const vmids = () => get('/cluster/backup/backup-nightly').vmid;
    request('PUT', '/nodes/pve1/qemu/104/config', { protection: '0' });
    run('POST', '/nodes/pve1/lxc/102/status/stop');
    run('DELETE', '/nodes/pve1/qemu/104');
    expect(vmids()).toBe('101,102,103,104');
    run('DELETE', '/nodes/pve1/lxc/102', { purge: '1' });
    expect(vmids()).toBe('101,103,104');
  });

  it('say what they leave out', () => {
    const { list, request } = prepared();
    const left = () => list('/cluster/backup-info/not-backed-up').map(({ vmid }) => vmid);
    expect(left()).toContain(105);
    expect(left()).not.toContain(101);
    request('POST', '/cluster/backup', { all: '1', storage: 'nfs-backup', schedule: 'sun 03:00' });
    expect(left()).toEqual([]);
  });
});

describe('retention', () => {
  const day = 86_400;
  const volume = (ctime: number): Volume => ({
    volid: `s:backup/${ctime}`,
    content: 'backup',
    format: 'vma.zst',
    size: 1,
    ctime,
    backupOf: { vmid: 101, kind: 'qemu', config: {} },
  });
  const kept = (times: readonly number[], rule: string): number[] => {
    const volumes = times.map(volume);
    const storage = { volumes } as unknown as Storage;
    const list = marked(storage, retentionOf(rule) ?? {}, () => true);
    return list.filter(({ mark }) => mark === 'keep').map((one) => one.volume.ctime);
  };

  it('keeps the newest of each period, beyond what other rules keep', () => {
    const times = [0, 1, 2, 3, 4].map((index) => 10 * day + index * (day / 2));
    expect(kept(times, 'keep-last=1')).toEqual([12 * day]);
    expect(kept(times, 'keep-daily=2')).toEqual([12 * day, 11.5 * day]);
    expect(kept(times, 'keep-last=1,keep-daily=2')).toEqual([12 * day, 11.5 * day, 10.5 * day]);
    expect(kept(times, 'keep-all=1')).toHaveLength(5);
  });

  it('is not understood when it is none', () => {
    expect(retentionOf('keep-often=3')).toBeUndefined();
  });
});
