import { describe, expect, test } from 'vitest';
import { writingOverDemo } from '../support/writing.ts';

const at = writingOverDemo();
const { done, refused } = at;

/** How many backups of a guest there are. */
async function backups(vmid: number): Promise<number> {
  const { data } = await at.demo.request('GET', '/nodes/pve1/storage/nfs-backup/content', { content: 'backup' });
  return JSON.stringify(data).split(`"vmid":${vmid}`).length - 1;
}

describe('pve_backup_guest', () => {
  test('removes nothing unless that is asked for, and names the file with its size', async () => {
    const before = await backups(101);
    const text = await done('pve_backup_guest', { guest: 'web-01', storage: 'nfs-backup', notes: 'before the update' });
    expect(text).toMatch(
      /^web-01 \(101, VM on pve2\): back up to nfs-backup OK in .*, nfs-backup:backup\/vzdump-qemu-101-\S+, [\d.]+ [KMG]iB$/,
    );
    expect(await at.params()).toEqual([
      {
        vmid: '101',
        storage: 'nfs-backup',
        mode: 'snapshot',
        compress: 'zstd',
        remove: '0',
        'notes-template': 'before the update',
      },
    ]);
    expect(at.questions[0]).not.toContain('To run it, type');
    expect(await backups(101)).toBe(before + 1);
  });

  test('several guests are one task a node', async () => {
    const text = await done('pve_backup_guest', { guest: ['web-02', 'build-01', 'db-01'], storage: 'nfs-backup' });
    expect((await at.params()).map(({ vmid }) => vmid)).toEqual(['102,105', '103']);
    expect(text).toMatch(
      /^web-02 .*, build-01 .*: back up to nfs-backup OK in .*, made:\n {2}nfs-backup:\S+, .*\n {2}nfs-backup:/,
    );
  });

  test('pruning is destroying: a person types what it is about', async () => {
    await done('pve_backup_guest', { guest: 'db-02', storage: 'nfs-backup', remove: true });
    expect((await at.params())[0]).toMatchObject({ remove: '1' });
    expect(at.questions[0]).toMatch(/To run it, type "104"/);
  });

  test('one guest that fails does not hide what was made of the others', async () => {
    const { text, isError } = await at.server.call('pve_backup_guest', {
      guest: ['files-01', 'web-01'],
      storage: 'nfs-backup',
    });
    expect(isError).toBe(true);
    expect(text).toMatch(
      /did not run through\.\n[\s\S]*job errors[\s\S]*Made nonetheless:\nnfs-backup:backup\/vzdump-qemu-101-/,
    );
  });

  test('the storage is found where only one takes backups', async () => {
    await at.demo.request('PUT', '/storage/local', { content: 'iso,vztmpl' });
    expect(await done('pve_backup_guest', { guest: 'build-01' })).toMatch(/back up to nfs-backup OK/);
    await at.demo.request('PUT', '/storage/local', { content: 'iso,vztmpl,backup' });
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ guest: 'monitor-01', storage: 'local-lvm' }, /"local-lvm" takes no backups on pve1[\s\S]*"nfs-backup"/],
    [{ guest: 'dns-01' }, /Several storages on pve3 take backups[\s\S]*"local", "nfs-backup"/],
    [{ guest: ['web-01', 'web-02'], storage: 'nfs-backup', remove: true }, /several nodes[\s\S]*once for each node/],
    [{ guest: 'nothing' }, /^Error \(not_found\)/],
  ])('refuses %j', async (args, why) => {
    expect(await refused('pve_backup_guest', args)).toMatch(why);
  });
});
