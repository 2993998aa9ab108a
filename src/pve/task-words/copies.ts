import type { WordRow } from '../task-words.ts';

/** Snapshots, roll backs, clones, backups, restores, and disks that grow. */
export const copies: readonly WordRow[] = [
  [
    /snapshot feature is not available|can't snapshot|does not support snapshots|snapshots? (is|are) not supported/i,
    'A disk of it is on a storage, or in a format, that takes no snapshots',
    'Make a backup in place of it, or move that disk to a storage with snapshots (ZFS, LVM-thin, Ceph, qcow2 files).',
  ],
  [
    /snapshot name '[^']*' already used/i,
    'There is a snapshot of that name already',
    'Choose another name, or remove that snapshot first.',
  ],
  [
    /snapshot \(with ram\)|non-migratable/i,
    'It has a device whose state cannot be saved while it runs',
    'Do it without the memory, or with the guest shut down.',
  ],
  [/incomplete snapshot/i, 'That snapshot was never finished', 'Remove it, and look which one before it can be used.'],
  [
    /is not (the )?most recent snapshot/i,
    'On this storage only the newest snapshot can be gone back to',
    'Remove the newer snapshots first, with all that only they hold; or clone the snapshot, or restore a backup beside it.',
  ],
  [
    /snapshot '[^']*' does not exist|no such snapshot/i,
    'There is no snapshot of that name',
    'List the snapshots of the guest again.',
  ],
  [
    /linked clone feature/i,
    'Its disk gives no linked clones',
    'Make a full clone, or a template on a storage that can (ZFS, LVM-thin, Ceph, qcow2 files).',
  ],
  [
    /full clone feature/i,
    'That state of its disk cannot be copied on this storage',
    'Clone the present state in place of a snapshot, or make a backup and restore it.',
  ],
  [
    /if it's a template|(is|to) a template\b/i,
    'It is a template, which neither runs nor changes',
    'Clone it, and work with the clone.',
  ],
  [/(vm|ct) \d+ already exists/i, 'A guest with that VMID is there already', 'Take a VMID that is free.'],
  [
    /(vm|container|ct)( \d+)? is running\b|unable to restore .* running/i,
    'It runs, and this needs it stopped',
    'Shut it down first; to restore, another VMID can be taken too.',
  ],
  [
    /decoding error|unexpected end of (file|archive)|short vma extent|vma extent|invalid vma|vma blob|not in vma format|unknown (archive|compression) format/i,
    'The backup is damaged or not whole',
    'Verify it, and restore another one.',
  ],
  [/can't acquire lock '[^']*vzdump|vzdump\.lock/i, 'Another backup runs on that node', 'Wait for it, then try again.'],
  [
    /the command [\w-]+ has not been found/i,
    'The QEMU that runs it lacks what Proxmox VE needs',
    "Install Proxmox VE's own QEMU on the node; then shut the guest down and start it.",
  ],
  [
    /shrink/i,
    'Disks grow, and never shrink',
    'Give a size above the present one. For a smaller disk, add one and copy the data inside the guest.',
  ],
];
