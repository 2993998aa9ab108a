import type { WordRow } from '../task-words.ts';

/** What follows from something else: it counts only where nothing else is known. */
export const symptoms: readonly WordRow[] = [
  [
    /guest-fsfreeze-(freeze|thaw)/i,
    'The guest agent did not freeze the file systems in time',
    'See what keeps them busy in the guest (databases, hooks of the freeze) and restart its agent, then try again.',
  ],
  [
    /vma_queue_write|broken pipe/i,
    'Writing broke off in the middle',
    'Look at the free space of the storage and at its connection.',
  ],
  [
    /copy failed|qemu-img convert|mirror(ing)? .*(error|cancelled)/i,
    'A disk could not be copied whole',
    'Look at both storages: whether one is full, unreachable or has read errors.',
  ],
  [
    /problem found while scanning volumes/i,
    'A disk of it cannot move',
    'Read the log for which disk and why; then move it first, or allow local disks.',
  ],
  [
    /online migrate failure|migration status error|error - tunnel|tunnel (command|died|closed)/i,
    'The migration broke off on its way',
    'See where the guest runs now, then look at the log of the other node and the network between them.',
  ],
  [
    /startup for container '[^']*' failed|lxc\.hook\.pre-start|failed to run .*pre-start/i,
    'The container did not come up',
    'Start it with debug (as root on the node: pct start VMID --debug), which tells why.',
  ],
  [
    /permission denied|operation not permitted/i,
    'A file or device could not be opened for lack of rights',
    'Look at its owner and mode; for NFS, at how the server maps root.',
  ],
  [
    /no route to host|connection refused|connection reset|network is unreachable/i,
    'A node or a server that it needs could not be reached',
    'See whether that machine is up and the network between them works.',
  ],
  [
    /got timeout|timeout waiting|timed out|timeout$/im,
    'It did not come about in time',
    'Look at the load and the storage of the node, then try again; a longer timeout may work.',
  ],
];
