import { describe, expect, test } from 'vitest';
import { writingOverDemo } from '../support/writing.ts';

const at = writingOverDemo();
const { done, refused } = at;

describe('pve_update_guest', () => {
  test('tells what is active, what is pending and what did not change', async () => {
    const text = await done('pve_update_guest', {
      guest: 'web-01',
      set: { description: 'Shop', cores: 7, onboot: true },
    });
    expect(text).toMatch(/^web-01 \(101, VM on pve2\): change settings OK in .*, read back:\n/);
    expect(text).toMatch(/^ {2}description: Shop front end → Shop, active$/m);
    expect(text).toMatch(/^ {2}cores: 7 pending until the next start \(active: \d\)$/m);
    expect(text).toMatch(/^ {2}onboot: unchanged \(1\)$/m);
    expect(await done('pve_update_guest', { guest: 101, revert: ['cores'] })).toMatch(
      /cores: \d, what was pending is undone$/,
    );
  });

  test('a size in the setting of a disk changes nothing, and is not called a change', async () => {
    const scsi0 = String((await at.demo.request('GET', '/nodes/pve1/qemu/105/config')).json);
    expect(scsi0).not.toBe('');
    const { data } = await at.demo.request('GET', '/nodes/pve1/qemu/105/config');
    const disk = String(Object(data).scsi0);
    const text = await done('pve_update_guest', {
      guest: 105,
      set: { scsi0: disk.replace(/size=\d+G/, 'size=111G') },
    });
    expect(text).toContain(`scsi0: unchanged (${disk}): Proxmox VE did not take the new value`);
  });

  test('sends the digest of what it read, SSH keys encoded, and unsets', async () => {
    const sshkeys = 'ssh-ed25519 AAAAC3 a@b';
    const text = await done('pve_update_guest', { guest: 105, set: { sshkeys, delete: ['tags'] } });
    expect(text).toMatch(/sshkeys: ssh-ed25519%20AAAAC3%20a%40b, active\n {2}tags: removed \(was dev\)$/);
    const [write = ''] = await at.writes();
    expect(JSON.parse(write).params).toMatchObject({ digest: expect.stringMatching(/^[0-9a-f]{40}$/), delete: 'tags' });
  });

  test('G15: a secret is asked of a person; a client that cannot ask for it is a denial', async () => {
    const { text, isError } = await at.server.call('pve_update_guest', { guest: 105, set: { cipassword: null } });
    expect([text, isError]).toEqual([expect.stringMatching(/^Denied: It needs cipassword/), true]);
    const given = await at.server.call('pve_update_guest', { guest: 105, set: { cipassword: 'hunter22' } });
    expect(given.text).toMatch(/^Denied: Agents may not pass cipassword/);
    expect(await at.writes()).toEqual([]);
  });

  test('converts to a template', async () => {
    expect(await done('pve_update_guest', { guest: 106, template: true })).toMatch(/now a template/);
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ guest: 105 }, /Nothing to change was named/],
    [{ guest: 105, set: { vmid: 7 } }, /"vmid" is not a setting/],
    [{ guest: 'test' }, /^Error \(ambiguous\)/],
  ])('refuses %j', async (args, why) => {
    expect(await refused('pve_update_guest', args)).toMatch(why);
  });
});

describe('pve_change_disk', () => {
  test('adds, grows, detaches and removes a disk', async () => {
    const disk = { guest: 'build-01' };
    expect(await done('pve_change_disk', { ...disk, action: 'add', storage: 'local-lvm', size: '4G' })).toMatch(
      /add scsi1 OK in .*\n {2}scsi1: local-lvm:vm-105-disk-1,size=4G, active$/,
    );
    expect(await done('pve_change_disk', { ...disk, action: 'resize', disk: 'scsi1', size: '+2G' })).toMatch(
      /scsi1: .*size=4G → .*size=6G, active$/,
    );
    expect(await done('pve_change_disk', { ...disk, action: 'detach', disk: 'scsi1' })).toMatch(
      /scsi1: removed \(was .*\)\n {2}also unused0: local-lvm:vm-105-disk-1, active$/,
    );
    expect(await done('pve_change_disk', { ...disk, action: 'remove', disk: 'unused0' })).toMatch(
      /unused0: removed \(was local-lvm:vm-105-disk-1\)$/,
    );
  });

  test('moves one and keeps the old copy, unless the argument says otherwise', async () => {
    await at.demo.request('PUT', '/storage/local', { content: 'iso,vztmpl,backup,images,rootdir' });
    expect(await done('pve_change_disk', { guest: 105, action: 'move', disk: 'scsi0', storage: 'local' })).toMatch(
      /scsi0: local-lvm:\S+ → local:\S+, active\n {2}also unused0: local-lvm:vm-105-disk-0, active$/,
    );
    const back = { guest: 105, action: 'move', disk: 'scsi0', storage: 'local-lvm', delete_source: true };
    expect(await done('pve_change_disk', back)).not.toContain('unused1');
    expect((await at.params()).map((params) => params.delete)).toEqual([undefined, '0', '1']);
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ guest: 'build-01', action: 'resize', disk: 'scsi0', size: '1G' }, /cannot make disks smaller/],
    [{ guest: 'build-01', action: 'resize', disk: 'scsi7', size: '1G' }, /no disk "scsi7"[\s\S]*"scsi0" \(/],
    [{ guest: 'build-01', action: 'remove', disk: 'scsi0' }, /scsi0 is attached[\s\S]*Detach it first/],
    [{ guest: 'db-02', action: 'detach', disk: 'scsi0' }, /protected/],
    [{ guest: 'web-02', action: 'detach', disk: 'rootfs' }, /root disk/],
    [{ guest: 'web-02', action: 'add', storage: 'local-lvm', size: '1G' }, /needs its path/],
    [{ guest: 'build-01', action: 'add', storage: 'local-lvm' }, /needs storage and size/],
    [{ guest: 'build-01', action: 'resize', disk: 'scsi0', size: 'big' }, /^Error \(invalid_argument\)/],
  ])('refuses %j', async (args, why) => {
    expect(await refused('pve_change_disk', args)).toMatch(why);
  });
});

describe('snapshots', () => {
  test('are taken, rolled back to and deleted, each read back', async () => {
    const taken = await done('pve_snapshot_guest', {
      guest: ['build-01', 'web-02'],
      name: 'before-x',
      description: 'd',
    });
    expect(taken.split('\n')).toEqual([
      expect.stringMatching(/^build-01 \(105, .*\): snapshot before-x OK in .*, taken .* UTC, 1 snapshot in all$/),
      expect.stringMatching(/^web-02 \(102, .*\): snapshot before-x OK in .*, taken .* UTC, 1 snapshot in all$/),
    ]);
    const revert = { guest: 'build-01', snapshot: 'before-x' };
    expect(await done('pve_revert_guest', { ...revert, action: 'rollback', start: true })).toMatch(
      /rollback before-x OK in .*, the guest is as it was at before-x, now running$/,
    );
    await done('pve_power_guest', { guest: 105, action: 'stop' });
    expect(await done('pve_revert_guest', { ...revert, action: 'delete' })).toMatch(/gone; 0 snapshots left$/);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['pve_snapshot_guest', { guest: 'debian-13-template', name: 'ab' }, /is a template/],
    ['pve_snapshot_guest', { guest: 'db-02', name: 'before-update' }, /has a snapshot "before-update" already/],
    ['pve_snapshot_guest', { guest: 'db-02', name: 'a' }, /two to 40/],
    ['pve_snapshot_guest', { guest: 'db-02', name: 'current' }, /reserved/],
    [
      'pve_revert_guest',
      { guest: 'db-02', snapshot: 'no', action: 'rollback' },
      /no snapshot "no"[\s\S]*"before-update"/,
    ],
  ])('%s refuses %j', async (tool, args, why) => {
    expect(await refused(tool, args)).toMatch(why);
  });

  test('a disk on a storage without snapshots is named, and nobody is asked', async () => {
    await at.demo.request('PUT', '/storage/local', { content: 'iso,vztmpl,backup,images,rootdir' });
    const { data } = await at.demo.request('POST', '/nodes/pve1/qemu/104/move_disk', {
      disk: 'scsi0',
      storage: 'local',
      delete: '1',
    });
    await at.demo.taskEnd(data);
    const { text } = await at.server.call('pve_snapshot_guest', { guest: 104, name: 'ab' });
    expect(text).toMatch(/cannot have snapshots: .*"scsi0" on local/);
    expect(at.questions).toEqual([]);
  });
});

describe('pve_delete_guest', () => {
  test('stops and deletes in one plan where that is asked for; tells of the backup jobs that keep the VMID', async () => {
    const text = await done('pve_delete_guest', { guest: 'web-02', stop_first: true });
    expect(text.split('\n')).toEqual([
      expect.stringMatching(/^web-02 \(102, container on pve1\): stop OK/),
      expect.stringMatching(
        /: delete OK in .*, gone; still named by the backup job backup-nightly: a later guest 102 /,
      ),
    ]);
    expect(at.questions).toHaveLength(1);
    expect(JSON.parse((await at.writes())[1] ?? '').params).not.toHaveProperty('purge');
  });

  test('purge takes it out of backup jobs and HA', async () => {
    expect(await done('pve_delete_guest', { guest: 'db-01', purge: true, stop_first: true })).toMatch(/, gone$/);
    expect(JSON.stringify((await at.demo.request('GET', '/cluster/backup')).data)).not.toContain('103');
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ guest: 'db-02' }, /protected from removal[\s\S]*unset protection/],
    [{ guest: 'web-01' }, /is running[\s\S]*Shut it down first/],
    [{ guest: 4711 }, /^Error \(not_found\)/],
  ])('refuses %j', async (args, why) => {
    expect(await refused('pve_delete_guest', args)).toMatch(why);
  });
});

describe('pve_stop_task', () => {
  test('interrupts a task and says how it ended; one that has ended is left alone', async () => {
    const { data: upid } = await at.demo.request('POST', '/nodes/pve1/vzdump', {
      vmid: '105',
      storage: 'nfs-backup',
      remove: '0',
    });
    expect(await done('pve_stop_task', { upid: String(upid) })).toMatch(
      /^stop task vzdump of 105 on pve1 OK in .*, ended: (received interrupt|unexpected status)$/,
    );
    expect((await at.server.call('pve_stop_task', { upid: String(upid) })).text).toMatch(/has ended already/);
  });
});
