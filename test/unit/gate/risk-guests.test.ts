import { expect, test } from 'vitest';
import { ct, judged, type Row, vm } from '../../support/judged.ts';

const config = `${vm}/config`;
const ctConfig = `${ct}/config`;
const backup = 'local:backup/vzdump-qemu-101-2026_01_01-00_00_00.vma.zst';

const rows: readonly Row[] = [
  // Settings.
  ['PUT', config, 'configure'],
  ['PUT', config, 'configure', { cores: 4, memory: '8192', digest: 'a'.repeat(40) }],
  ['POST', config, 'configure', { name: 'web-02', background_delay: 5 }],
  ['PUT', ctConfig, 'configure', { hostname: 'mail-02', swap: 512 }],
  ['PUT', config, 'configure', { net0: 'virtio,bridge=vmbr1', net31: 'virtio,bridge=vmbr0' }],
  ['PUT', config, 'destroy', { netx: 'virtio' }],
  ['PUT', config, 'destroy', { NET0: 'virtio' }],
  ['PUT', config, 'configure', { tags: 'prod;web', description: 'a -> b' }],
  ['PUT', config, 'configure', { revert: 'memory' }],
  ['PUT', config, 'destroy', { unheard: 1 }],
  ['PUT', config, 'destroy', { lock: 'backup' }],
  ['PUT', config, 'destroy', { template: 1 }],
  // Protection.
  ['PUT', config, 'configure', { protection: 1 }],
  ['PUT', config, 'destroy', { protection: 0 }],
  ['PUT', config, 'destroy', { protection: '' }],
  ['PUT', config, 'destroy', { protection: ['1', '0'] }],
  ['PUT', ctConfig, 'destroy', { protection: '0' }],
  ['PUT', config, 'destroy', { delete: 'protection' }],
  ['PUT', ctConfig, 'destroy', { delete: 'net1,protection' }],
  // What is deleted, split as Proxmox VE splits it.
  ['PUT', config, 'configure', { delete: 'scsi1' }],
  ['PUT', config, 'configure', { delete: 'net1,description' }],
  ['PUT', ctConfig, 'configure', { delete: 'mp0' }],
  ['PUT', config, 'destroy', { delete: 'unused0' }],
  ['PUT', config, 'destroy', { delete: 'net1,unused3' }],
  ['PUT', config, 'destroy', { delete: 'net1;unused3' }],
  ['PUT', config, 'destroy', { delete: 'net1 unused3' }],
  ['PUT', config, 'destroy', { delete: 'net1\tunused3' }],
  ['PUT', config, 'destroy', { delete: ', ;unused10' }],
  ['PUT', config, 'destroy', { delete: ['net1', 'unused0'] }],
  ['POST', config, 'destroy', { delete: 'unused0' }],
  ['PUT', ctConfig, 'destroy', { delete: 'unused0' }],
  ['PUT', config, 'destroy', { delete: 'lock' }],
  ['PUT', config, 'destroy', { delete: 'template' }],
  ['PUT', config, 'destroy', { delete: 'of-tomorrow' }],
  ['PUT', config, 'destroy', { delete: 'scsi1', force: 1 }],
  ['PUT', config, 'configure', { delete: 'scsi1', force: 0 }],
  ['PUT', config, 'destroy', { memory: 512, skiplock: 1 }],
  // Disks.
  ['PUT', config, 'configure', { scsi0: 'local:8' }],
  ['PUT', config, 'configure', { scsi0: 'local-lvm:vm-101-disk-0,size=11G' }],
  ['PUT', config, 'configure', { virtio15: 'local:0,import-from=local:import/disk.qcow2' }],
  ['PUT', config, 'configure', { ide2: 'none,media=cdrom', cdrom: 'local:iso/a.iso' }],
  ['PUT', config, 'configure', { scsi0: 'local:base-900-disk-0/vm-101-disk-0,discard=on' }],
  ['PUT', config, 'configure', { scsi0: 'local:900/base-900-disk-0.qcow2/101/vm-101-disk-0.qcow2' }],
  ['PUT', config, 'configure', { efidisk0: 'local:1,efitype=4m' }],
  ['PUT', ctConfig, 'configure', { mp0: 'local:8,mp=/data', rootfs: 'local:subvol-102-disk-0' }],
  ['PUT', config, 'destroy', { scsi0: 'local-lvm:vm-100-disk-0' }],
  ['PUT', config, 'destroy', { scsi0: 'local:100/disk.raw' }],
  ['PUT', config, 'destroy', { scsi0: 'local:100/vm-101-disk-0.raw' }],
  ['PUT', config, 'destroy', { scsi1: 'discard=on,file=local-lvm:vm-100-disk-0' }],
  ['PUT', ctConfig, 'destroy', { mp0: 'local-zfs:subvol-101-disk-0,mp=/data' }],
  ['PUT', config, 'destroy', { scsi0: '/dev/sdb' }],
  ['PUT', config, 'destroy', { scsi0: 'discard=on,file=/dev/disk/by-id/a=b' }],
  ['PUT', config, 'destroy', { virtio0: 'local:0,import-from=/root/disk.qcow2' }],
  ['PUT', config, 'destroy', { cdrom: '/etc/passwd' }],
  ['PUT', ctConfig, 'destroy', { mp0: '/etc,mp=/host' }],
  ['PUT', ctConfig, 'destroy', { mp3: 'mp=/host,volume=/etc' }],
  ['PUT', ctConfig, 'destroy', { rootfs: '/' }],
  // What runs on the node, or hands out what is its own.
  ['PUT', config, 'destroy', { hookscript: 'local:snippets/a.pl' }],
  ['PUT', ctConfig, 'destroy', { hookscript: 'local:snippets/a.pl' }],
  ['PUT', config, 'configure', { delete: 'hookscript' }],
  ['PUT', config, 'destroy', { args: '-device x' }],
  ['PUT', config, 'destroy', { cicustom: 'user=local:snippets/a.yml' }],
  ['PUT', config, 'destroy', { hostpci0: '0000:01:00.0' }],
  ['PUT', config, 'destroy', { hostpci15: 'mapping=gpu' }],
  ['PUT', config, 'destroy', { parallel0: '/dev/parport0' }],
  ['PUT', config, 'destroy', { virtiofs0: 'dirid=share' }],
  ['PUT', config, 'destroy', { ivshmem: 'size=32' }],
  ['PUT', config, 'configure', { serial0: 'socket' }],
  ['PUT', config, 'destroy', { serial0: '/dev/ttyS0' }],
  ['PUT', ctConfig, 'destroy', { dev0: '/dev/kvm' }],
  ['PUT', ctConfig, 'configure', { features: 'nesting=1' }],
  ['PUT', ctConfig, 'destroy', { features: 'nesting=1,mount=nfs' }],
  ['PUT', ctConfig, 'destroy', { lxc: 'lxc.mount.entry' }],
  // New guests, and restores.
  ['POST', '/nodes/pve1/qemu', 'configure', { vmid: 200, memory: 2048, scsi0: 'local:8', net0: 'virtio', start: 1 }],
  ['POST', '/nodes/pve1/lxc', 'configure', { vmid: 200, ostemplate: 'local:vztmpl/a.tar.zst', rootfs: 'local:8' }],
  ['POST', '/nodes/pve1/qemu', 'configure', { vmid: 200, archive: backup, unique: 1 }],
  ['POST', '/nodes/pve1/lxc', 'configure', { vmid: 200, ostemplate: 'local:backup/a.tar', restore: 1 }],
  ['POST', '/nodes/pve1/qemu', 'destroy', { vmid: 101, archive: backup, force: 1 }],
  ['POST', '/nodes/pve1/lxc', 'destroy', { vmid: 102, ostemplate: 'local:backup/a.tar', restore: 1, force: 1 }],
  ['POST', '/nodes/pve1/qemu', 'destroy', { vmid: 200, archive: '/root/a.vma' }],
  ['POST', '/nodes/pve1/qemu', 'destroy', { vmid: 200, archive: '-' }],
  ['POST', '/nodes/pve1/lxc', 'destroy', { vmid: 200, ostemplate: '/root/a.tar' }],
  ['POST', '/nodes/pve1/lxc', 'destroy', { vmid: 200, ostemplate: 'local:vztmpl/a', mp0: '/srv,mp=/srv' }],
  ['POST', '/nodes/pve1/qemu', 'destroy', { vmid: 200, hookscript: 'local:snippets/a.pl' }],
  ['POST', '/nodes/pve1/qemu', 'destroy', { vmid: 200, scsi0: 'local:vm-101-disk-0' }],
  // Disks, snapshots, copies, moves.
  ['PUT', `${vm}/resize`, 'configure', { disk: 'scsi0', size: '+5G' }],
  ['PUT', `${vm}/resize`, 'destroy', { disk: 'scsi0', size: '+5G', skiplock: 1 }],
  ['POST', `${vm}/move_disk`, 'configure', { disk: 'scsi0', storage: 'fast' }],
  ['POST', `${vm}/move_disk`, 'configure', { disk: 'scsi0', storage: 'fast', delete: 0 }],
  ['POST', `${vm}/move_disk`, 'destroy', { disk: 'scsi0', storage: 'fast', delete: 1 }],
  ['POST', `${ct}/move_volume`, 'destroy', { volume: 'mp0', storage: 'fast', delete: 'yes' }],
  ['PUT', `${vm}/unlink`, 'destroy', { idlist: 'unused0' }],
  ['PUT', `${vm}/unlink`, 'destroy', { idlist: 'scsi1', force: 1 }],
  ['POST', `${vm}/snapshot`, 'configure', { snapname: 'before', vmstate: 1 }],
  ['PUT', `${vm}/snapshot/before/config`, 'configure', { description: 'x' }],
  ['DELETE', `${vm}/snapshot/before`, 'destroy'],
  ['POST', `${vm}/snapshot/before/rollback`, 'destroy'],
  ['POST', `${ct}/snapshot/before/rollback`, 'destroy', { start: 1 }],
  ['POST', `${vm}/clone`, 'configure', { newid: 200, full: 1, target: 'pve2' }],
  ['POST', `${vm}/template`, 'configure'],
  ['PUT', `${vm}/cloudinit`, 'configure'],
  ['POST', `${vm}/migrate`, 'operate', { target: 'pve2', online: 1, 'with-local-disks': 1 }],
  ['POST', `${ct}/migrate`, 'operate', { target: 'pve1', restart: 1 }],
  ['POST', `${vm}/migrate`, 'destroy', { target: 'pve2', force: 1 }],
  ['POST', `${vm}/migrate`, 'destroy', { target: 'pve2', migration_type: 'insecure' }],
  ['POST', `${vm}/remote_migrate`, 'configure', { 'target-vmid': 300, 'target-storage': 'local' }],
  ['POST', `${vm}/remote_migrate`, 'destroy', { 'target-vmid': 300, delete: 1 }],
  ['DELETE', vm, 'destroy'],
  ['DELETE', ct, 'destroy', { purge: 1, 'destroy-unreferenced-disks': 1 }],
  // The agent.
  ['POST', `${vm}/agent/ping`, 'read'],
  ['POST', `${vm}/agent/fsfreeze-status`, 'read'],
  ['POST', `${vm}/agent/ping`, 'destroy', { odd: 1 }],
  ['POST', `${vm}/agent/fstrim`, 'operate'],
  ['POST', `${vm}/agent/fsfreeze-freeze`, 'operate'],
  ['POST', `${vm}/agent/shutdown`, 'operate'],
  ['POST', `${vm}/agent/suspend-ram`, 'operate'],
  ['POST', `${vm}/agent/exec`, 'destroy', { command: ['id'] }],
  ['POST', `${vm}/agent/file-write`, 'destroy'],
  ['POST', `${vm}/agent/set-user-password`, 'destroy'],
  ['POST', `${ct}/agent/ping`, 'destroy'],
];

test.each(rows)('G4: %s %s is %s (%j)', (method, path, risk, params) => {
  const { risk: found, reasons } = judged(method, path, params);
  expect({ found, reasons }).toEqual({ found: risk, reasons: expect.arrayContaining([expect.any(String)]) });
});

test.each([
  [{ delete: 'net1 unused3' }, 'delete: what is unused is destroyed with all that is on it.'],
  [{ protection: 0 }, 'protection: the protection from removal goes.'],
  [{ hostpci3: '01:00.0' }, 'hostpci3: a device of the node is handed to the guest.'],
  [{ scsi5: 'local:vm-100-disk-0' }, 'scsi5: the volume belongs to another guest.'],
  [{ delete: 'lock' }, 'It deletes lock, which no rule covers, so it counts as destroying.'],
])('G4: what raised an operation is said: %j', (params, reason) => {
  expect(judged('PUT', config, params).reasons).toEqual([reason]);
});

test.each([
  [{ vmid: 'taken' }, 'VMID 200 is in use: the guest that has it would be replaced.'],
  [{}, 'Whether VMID 200 is in use could not be read, so it counts as destroying.'],
] as const)('G4: a new guest whose VMID is in use, or of which nobody knows, destroys: %j', (facts, reason) => {
  for (const kind of ['qemu', 'lxc']) {
    const unread = { vmid: undefined, ...facts } as object;
    expect(judged('POST', `/nodes/pve1/${kind}`, { vmid: 200 }, unread)).toMatchObject({
      risk: 'destroy',
      reasons: [reason],
    });
  }
});

test('G18: whoever is asked reads why it destroys, and an effect that fits', () => {
  const { effect, hazards } = judged('PUT', config, { delete: 'unused0' });
  expect(hazards).toEqual(['delete: what is unused is destroyed with all that is on it.']);
  expect(effect).toContain('What is on the disks that are deleted is lost.');
  expect(effect).not.toContain('kept as unused');
  const plain = judged('PUT', config, { delete: 'scsi1' });
  expect([plain.hazards, plain.effect]).toEqual([[], expect.stringContaining('kept as unused')]);
  expect(judged('DELETE', vm).hazards).toEqual([]);
});
