import { describe, expect, test } from 'vitest';
import { writingOverDemo } from '../support/writing.ts';

const at = writingOverDemo();
const { done, refused } = at;
const paths = async () => (await at.writes()).map((line): string => JSON.parse(line).path);

describe('pve_clone_guest', () => {
  test('G2: from template to first address is one plan, asked about once', async () => {
    const text = await done('pve_clone_guest', {
      guest: 'debian-13-template',
      name: 'web-09',
      vmid: 300,
      set: { ipconfig0: 'ip=dhcp', ciuser: 'admin', sshkeys: 'ssh-ed25519 AAAAC3 a@b', cores: 3 },
      wait_address: true,
    });
    expect(text.split('\n')).toEqual([
      expect.stringMatching(
        /^debian-13-template \(100, VM on pve1\): linked clone OK in .*, made web-09 \(300, VM on pve1\), /,
      ),
      expect.stringMatching(/^web-09 \(300, VM on pve1\): configure OK in .*, read back:$/),
      '  ipconfig0: ip=dhcp',
      '  ciuser: admin',
      '  sshkeys: ssh-ed25519%20AAAAC3%20a%40b',
      '  cores: 3',
      expect.stringMatching(
        /^web-09 \(300, VM on pve1\): start OK in .*, now running.*; address 10\.30\.1\.51 \(eth0\)$/,
      ),
    ]);
    expect(at.questions).toHaveLength(1);
    expect(at.questions[0]).toMatch(/^Run 3 steps on .*\n1\. Clone "debian-13-template" \(100, VM on pve1\)/);
    expect(at.questions[0]).toMatch(/\n2\. Change new guest "web-09" \(300, VM on pve1\)/);
    expect(at.questions[0]).toMatch(/\n3\. Start new guest "web-09" \(300, VM on pve1\), new → running/);
    expect(await paths()).toEqual([
      '/nodes/pve1/qemu/100/clone',
      '/nodes/pve1/qemu/300/config',
      '/nodes/pve1/qemu/300/status/start',
    ]);
  });

  test('of a container: the next free VMID, a name of its own, a full copy, and its address', async () => {
    const text = await done('pve_clone_guest', { guest: 'monitor-01', set: { memory: 256 }, wait_address: true });
    expect(text).toMatch(
      /^monitor-01 \(111, .*\): full clone OK in .*, made monitor-01-(\d+) \(\1, container on pve1\)/,
    );
    expect(text).toMatch(/\n {2}memory: 256\n/);
    expect(text).toMatch(/address 10\.30\.\d+\.\d+ \(eth0\)$/);
    expect((await at.params())[0]).toMatchObject({ full: '1', hostname: expect.stringMatching(/^monitor-01-\d+$/) });
  });

  test('a clone that fails leaves the rest not run, and says so', async () => {
    await at.demo.request('POST', '/nodes/pve1/qemu/105/snapshot', { snapname: 'x1' });
    const { text, isError } = await at.server.call('pve_clone_guest', { guest: 'files-01', vmid: 301, start: true });
    expect(isError).toBe(true);
    expect(text).toMatch(/full clone did not run through[\s\S]*locked[\s\S]*start did not run through\.\n {2}Not run/);
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ guest: 'build-01', full: false }, /only templates have linked clones/],
    [{ guest: 'debian-13-template', full: false, storage: 'local-lvm' }, /stays on the storage/],
    [{ guest: 'build-01', vmid: 101 }, /VMID 101 belongs to "web-01" already/],
    [{ guest: 'build-01', set: { name: 'x' } }, /"name" is not a setting/],
    [{ guest: 'build-01', start: true, wait: false }, /has to wait/],
  ])('refuses %j', async (args, why) => {
    expect(await refused('pve_clone_guest', args)).toMatch(why);
  });
});

describe('pve_create_guest', () => {
  test('a VM: VMID and node are found, and the answer is what is there', async () => {
    const set = { memory: 1024, cores: 2, scsi0: 'local-lvm:8', net0: 'virtio,bridge=vmbr0', start: true };
    const text = await done('pve_create_guest', { type: 'qemu', name: 'fresh-01', set });
    expect(text).toMatch(/^fresh-01 \(\d+, VM on pve\d\): create OK in .*, VM \d+ is there, running/);
    expect(text).toMatch(/^ {2}scsi0: local-lvm:vm-\d+-disk-0,size=8G$/m);
    expect(text).toMatch(/^ {2}memory: 1024$/m);
  });

  test('a backup is restored as a new guest with addresses of its own', async () => {
    const backups = (await at.demo.request('GET', '/nodes/pve2/storage/nfs-backup/content', { content: 'backup' }))
      .data;
    const archive = /nfs-backup:backup\/vzdump-qemu-101-[^"]+/.exec(JSON.stringify(backups))?.[0];
    const text = await done('pve_create_guest', { type: 'qemu', archive, vmid: 310, node: 'pve2', name: 'web-01-old' });
    expect(text).toMatch(/^web-01-old \(310, VM on pve2\): restore OK in .*, VM 310 is there, stopped:/);
    expect((await at.params())[0]).toEqual({ vmid: '310', name: 'web-01-old', archive, unique: '1' });
    // The overview of the cluster names a new guest some seconds later.
    const named = async () => JSON.stringify((await at.demo.request('GET', '/cluster/resources')).data);
    await expect.poll(named, { timeout: 15_000 }).toContain('web-01-old');
    // Over a guest: explicit, and it stands in the question.
    const over = await done('pve_create_guest', { type: 'qemu', archive, vmid: 310, overwrite: true });
    expect(over).toMatch(/^web-01-old \(310, VM on pve2\): restore over it OK/);
    expect(at.questions[1]).toContain('To run it, type "web-01-old"');
    expect((await at.params())[1]).toMatchObject({ force: '1' });
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ type: 'lxc', name: 'x' }, /needs a template/],
    [{ type: 'qemu', vmid: 101 }, /VMID 101 belongs to "web-01" already/],
    [{ type: 'qemu', node: 'pve9' }, /Node "pve9" is not there[\s\S]*The nodes are/],
    [{ type: 'qemu', overwrite: true, vmid: 101 }, /Give archive and vmid/],
    [{ type: 'lxc', overwrite: true, vmid: 101, archive: 'nfs-backup:backup/x' }, /another kind of guest/],
    [{ type: 'qemu', set: { force: true } }, /"force" is not a setting/],
  ])('refuses %j', async (args, why) => {
    expect(await refused('pve_create_guest', args)).toMatch(why);
  });
});
