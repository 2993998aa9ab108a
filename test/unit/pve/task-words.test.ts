import { describe, expect, test } from 'vitest';
import { meaningOf, rows } from '../../../src/pve/task-words.ts';
import { recorded, withoutRecordings } from './recorded.ts';

/** Words of Proxmox VE and its programs, and what they are taken to mean. */
const known: readonly (readonly [words: string, means: RegExp])[] = [
  // Space, storages, volumes.
  ['unable to create image: No space left on device', /is full/],
  ['zstd: error 70 : Write error : cannot write block : No space left on device', /is full/],
  ['Volume group "pve" has insufficient free space (1279 extents): 2560 required.', /is full/],
  ["cannot create snapshot 'rpool/data/vm-101-disk-0@x': out of space", /is full/],
  ['Cannot create new thin volume, free space in thin pool pve/data reached threshold.', /is full/],
  ["unable to open file '/mnt/pve/nas/x' - Read-only file system", /read-only/],
  ['unable to read tail (got 0 bytes): Input/output error', /gives errors/],
  ["can't open '/mnt/pve/nas/dump/x.vma': Stale file handle", /gives errors/],
  ["storage 'local' does not support vm images", /not set up for this kind/],
  ["storage 'local' does not support container directories", /not set up for this kind/],
  ["storage 'x' is disabled", /storage that it needs/],
  ["storage 'local-lvm' is not available on node 'pve3'", /storage that it needs/],
  ["could not activate storage 'nas': storage 'nas' is not online", /storage that it needs/],
  [
    "unable to activate storage 'nas' - directory '/mnt/pve/nas' does not exist or is unreachable",
    /storage that it needs/,
  ],
  [
    "could not activate storage 'pbs': pbs: error fetching datastores - 500 Can't connect to 192.0.2.9:8007",
    /storage that it needs/,
  ],
  ["base volume 'local:110/base-110-disk-0.qcow2' is still in use by linked cloned", /Linked clones/],
  ['Failed to get shared "write" lock Is another process using the image [/x.qcow2]?', /has a disk of it open/],
  ["cannot destroy 'rpool/data/vm-101-disk-0': dataset is busy", /still in use/],
  ['Logical volume pve/vm-101-disk-0 in use.', /still in use/],
  ['rbd: error: image still has watchers', /still in use/],
  ["disk image '/var/lib/vz/images/101/vm-101-disk-0.qcow2' already exists", /volume of that name/],
  ['Logical Volume "vm-101-disk-0" already exists in volume group "pve"', /volume of that name/],
  // Snapshots, roll backs, clones, backups, restores, sizes.
  ['snapshot feature is not available', /takes no snapshots/],
  ["can't snapshot this image format", /takes no snapshots/],
  ["snapshot name 'auto' already used", /of that name already/],
  ['Cannot live-migrate, snapshot (with RAM), or hibernate a VM with: virtiofs', /state cannot be saved/],
  ['unable to rollback to incomplete snapshot (snapstate = prepare)', /never finished/],
  ["can't rollback, 's1' is not most recent snapshot on 'tank:vm-690-disk-0'", /only the newest snapshot/],
  ["snapshot 'nosnap' does not exist", /no snapshot of that name/],
  ["Linked clone feature is not supported for drive 'scsi0'", /no linked clones/],
  ["Linked clone feature for 'local:101/vm-101-disk-0.raw' is not available", /no linked clones/],
  ["Full clone feature is not supported for drive 'scsi0'", /cannot be copied/],
  ["you can't start a vm if it's a template", /is a template/],
  ["unable to create VM 100 - VM 100 already exists on node 'pve1'", /VMID is there already/],
  ["CT 108 already exists on node 'pve1'", /VMID is there already/],
  ['unable to restore vm 100 - vm is running', /needs it stopped/],
  ['VM 110 is running - destroy failed', /needs it stopped/],
  ['/*stdin*\\ : Decoding error (36) : Data corruption detected', /damaged or not whole/],
  ['vma: restore failed - short vma extent (2781696 < 3797504)', /damaged or not whole/],
  ["can't acquire lock '/var/run/vzdump.lock' - got timeout", /Another backup runs/],
  [
    'executing QMP command to start backup failed - The command backup has not been found',
    /lacks what Proxmox VE needs/,
  ],
  ['shrinking disks is not supported', /never shrink/],
  // Migrations.
  ["can't migrate local disk 'local:iso/x.iso': local cdrom image", /CD image/],
  ["can't migrate VM which uses local devices: hostpci0", /device of this node/],
  ["can't migrate local disk '/dev/sde': local file/device", /device of this node/],
  ["can't live migrate attached local disks without with-local-disks option", /disk of it is on a storage/],
  ["can't migrate running VM without --online", /as if it were stopped/],
  ['lxc live migration is currently not implemented', /as if it were stopped/],
  ["kvm: error while loading state for instance 0x0 of device 'cpu'", /processor of the other node/],
  ["Can't connect to destination address using public key", /by SSH/],
  // Starts and shutdowns.
  ['ioctl failed: Cannot allocate memory', /not enough memory/],
  ["kvm: cannot set up guest memory 'pc.ram': Cannot allocate memory", /not enough memory/],
  ['MAX 4 vcpus allowed per VM on this node', /more cores/],
  ["bridge 'vmbr9' does not exist", /bridge of its network/],
  ['KVM virtualisation configured, but not available. Either disable in VM', /no hardware virtualisation/],
  ["volume 'local:iso/x.iso' does not exist", /volume that its config names/],
  ['no such logical volume pve/vm-101-disk-0', /volume that its config names/],
  ['Failed to find an available port: Address already in use', /port that it needs is taken/],
  ['unable to find free port (5900-5999)', /port that it needs is taken/],
  ['timeout waiting on systemd', /has not ended yet/],
  ["PCI device mapping not found for 'gpu'", /resource mapping/],
  ['vfio 0000:01:00.0: failed to open group', /passed to it/],
  ['cannot prepare PCI pass-through, IOMMU not present', /passed to it/],
  ["no PCI device found for '0000:01:00.0'", /passed to it/],
  ["PCI device '0000:01:00.0' already in use by VMID '102'", /passed to it/],
  ["unsupported Ubuntu version '31.04'", /not known to this version/],
  ['newuidmap: uid range [0-65536) -> [100000-165536) not allowed', /user ids/],
  ['mounting container failed', /mount of it/],
  ['VM 101 already running', /runs already/],
  ['VM 101 not running', /does not run/],
  ['VM quit/powerdown failed - got timeout', /did not shut down in time/],
  ['container did not stop', /did not shut down in time/],
  // Quorum, locks, rights, others, ends.
  ['cluster not ready - no quorum?', /no quorum/],
  ["cfs-lock 'file-user_cfg' error: no quorum!", /no quorum/],
  ["can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout", /held its lock/],
  ["cfs-lock 'storage-nas' error: got lock request timeout", /held its lock/],
  ['VM is locked (backup)', /was locked/],
  ['CT is locked (snapshot-delete)', /was locked/],
  ['403 Permission check failed (/storage/nas, Datastore.AllocateSpace)', /lacks a privilege/],
  ["only root can set 'args' config", /Only root/],
  ['checksum mismatch (file change by other user?)', /Somebody else/],
  ["Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist", /no such guest/],
  ['received interrupt', /stopped before its end/],
  ['unexpected status', /stopped before its end/],
  // Where only a symptom is known.
  ["VM 103 qmp command 'guest-fsfreeze-freeze' failed - got timeout", /freeze the file systems/],
  ['vma_queue_write: write error - Broken pipe', /broke off in the middle/],
  ["clone failed: copy failed: command '/usr/bin/qemu-img convert -p' failed: exit code 1", /could not be copied/],
  ["Problem found while scanning volumes - can't migrate VM", /cannot move/],
  ['online migrate failure - unable to parse migration status', /broke off on its way/],
  ["startup for container '104' failed", /did not come up/],
  ["unable to open '/mnt/pve/nas/x' - Permission denied", /lack of rights/],
  ['ssh tunnel: No route to host', /could not be reached/],
  ["start failed: command '/usr/bin/kvm' failed: got timeout", /in time/],
];

describe('the words of a failed task', () => {
  test.each(known)('"%s" is understood', (words, means) => {
    expect(meaningOf(['starting', words, 'and so on'])?.means).toMatch(means);
  });

  test('every row is what some real words are taken for', () => {
    const found = new Set(known.map(([words]) => meaningOf([words])?.means));
    expect(rows.map(([, means]) => means).filter((means) => !found.has(means))).toEqual([]);
  });

  test('each row says what it means in one clause, and the next step in sentences, with nothing foreign in them', () => {
    for (const [, means, next] of rows) {
      expect(means).toMatch(/^[A-Z][^"\n]*[^.\n]$/);
      expect(next).toMatch(/^[A-Z][^"\n]*$/);
    }
  });

  test('the cause counts before what follows from it', () => {
    const backup = [
      'vma_queue_write: write error - Broken pipe',
      'zstd: error 70 : No space left on device',
      'job errors',
    ];
    expect(meaningOf(backup)?.means).toMatch(/is full/);
    const migration = [
      'migration aborted',
      "can't migrate local disk 'fast:vm-1-disk-0': storage 'fast' is not available on node 'pve3'",
    ];
    expect(meaningOf(migration)?.means).toMatch(/storage that it needs/);
    expect(meaningOf(['start failed: QEMU exited with code 1', "bridge 'vmbr9' does not exist"])?.means).toMatch(
      /bridge/,
    );
  });

  test.each([
    ['job errors'],
    ['migration aborted'],
    ['start failed: QEMU exited with code 1'],
    ["kvm: warning: host doesn't support requested feature: CPUID.01H:ECX.pni [bit 0]"],
    ['INFO: creating vzdump archive, snapshot mode, mirroring to the storage'],
    ['trying to acquire lock...\n OK'],
    ["error during cfs-locked 'storage-x' operation: something else"],
    ['something else'],
  ])('"%s" alone says nothing', (words) => {
    expect(meaningOf([words])).toBeUndefined();
  });

  test('a device of QEMU in a command line is not taken for what went wrong', () => {
    const command = "command '/usr/bin/kvm -device intel-iommu -device vfio-pci,host=0000:01:00.0' failed: got timeout";
    expect(meaningOf([command])?.means).toMatch(/in time/);
    const long = `start failed: command '/usr/bin/kvm -name is locked ${'-device x '.repeat(20)} -mem-path /run/hugepages' failed: got timeout`;
    expect(meaningOf([long])?.means).toMatch(/in time/);
  });
});

describe.skipIf(withoutRecordings)('recorded tasks', () => {
  test.each([
    ['op_lxc_snapshot', /takes no snapshots/],
    ['op_qemu_resize', /has a disk of it open/],
    ['op_qemu_shutdown_timeout', /did not shut down in time/],
    ['op_vzdump_qemu_fails', /lacks what Proxmox VE needs/],
  ])('%s is understood from its log', (name, means) => {
    expect(
      meaningOf(
        JSON.stringify(recorded(`${name}__task_log`).response)
          .replaceAll('\\"', '"')
          .split('},'),
      )?.means,
    ).toMatch(means);
  });

  test.each([
    'op_qemu_start',
    'op_qemu_clone_full',
    'op_qemu_delsnapshot',
    'op_lxc_shutdown',
  ])('%s, which went well, says nothing', (name) => {
    expect(meaningOf([JSON.stringify(recorded(`${name}__task_log`).response)])).toBeUndefined();
  });
});
