import type { WordRow } from '../task-words.ts';

/** Space, storages and the volumes on them. */
export const stored: readonly WordRow[] = [
  [
    /no space left on device|insufficient free space|out of (disk |data )?space|disk quota exceeded|free space in thin pool .* reached threshold|not enough (free )?space/i,
    'A disk of the node or a storage is full',
    'Free space on the storage (old backups, snapshots, disks that nothing uses), or choose another one.',
  ],
  [
    /read-only file system/i,
    'A file system of the node or of a storage has become read-only',
    'Look at its disk or server and at the system log of the node: mostly something under it has failed.',
  ],
  [
    /input\/output error|stale (nfs )?file handle|transport endpoint is not connected/i,
    'A storage gives errors or has lost its connection',
    'Look at its disks or its server and at the system log of the node before anything is tried again.',
  ],
  [
    /does not support (content type|vm images|container (directories|templates)|backups?\b)|not configured for content type|content type '[^']*' is not (available|allowed)/i,
    'The storage is not set up for this kind of content',
    'Choose another storage, or allow that content in its settings.',
  ],
  [
    /storage '[^']*' (does not exist|is not available|is disabled|is not online)|could not activate storage|unable to activate storage|not online|error fetching datastores|backup connect failed/i,
    'A storage that it needs is not available on this node',
    'Look at the storage there: whether it is enabled, allowed on the node, mounted and reachable. Or choose another one.',
  ],
  [
    /still in use by linked clone/i,
    'Linked clones depend on a disk of it',
    'Remove those clones first, or make them full ones by moving their disks.',
  ],
  [
    /is another process using the image|failed to get (shared )?"?(write|consistent read)"? lock/i,
    'Another process has a disk of it open',
    'Wait for the task that uses the disk (a backup, a clone, a move), or shut the guest down; then try again.',
  ],
  [
    /(dataset|device or resource|volume|image) is busy|logical volume \S+ (in use|is used by)|image (still )?has watchers|in use by another/i,
    'A volume of it is still in use',
    'See what has it open (a task, a mount, another guest), then try again.',
  ],
  [
    /(disk image|volume|dataset|logical volume) ?['"]?[^'"\n]*['"]? already exists/i,
    'A volume of that name is there already',
    'Look whose it is. One that an earlier try has left, and nothing uses, can be removed.',
  ],
];
