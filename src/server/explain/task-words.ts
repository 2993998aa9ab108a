import type { Cause } from './types.ts';

/** What tasks say when a start fails, and what it means; the first that fits counts. */
const known: readonly (readonly [RegExp, string, string])[] = [
  [/no space left on device/i, 'A disk of the node or a storage is full', 'Free space there, then start it again.'],
  [
    /cannot allocate memory|failed to allocate memory|out of memory/i,
    'The node has not enough memory for it',
    'Stop or move another guest, or give this one less memory.',
  ],
  [
    /bridge '?([\w.-]+)'? does not exist/i,
    'A bridge of its network does not exist on this node',
    'Make the bridge there and apply it, or give the guest another one.',
  ],
  [
    /kvm virtualisation configured, but not available/i,
    'The processor of the node offers no hardware virtualisation',
    'Switch it on in the firmware of the node, or set kvm=0 (very slow).',
  ],
  [
    /storage '[^']*' (does not exist|is not available|is disabled|is not online)|not online/i,
    'A storage that it needs is not available on this node',
    'Look at the storage: pve_list_storage with node.',
  ],
  [
    /(volume|disk image|image) '?[^']*'? does not exist|no such (volume|logical volume)|could not open disk image/i,
    'A volume that its config names is not there',
    'Restore the volume, or take it out of the config; eject a missing CD image with media none.',
  ],
  [
    /can't lock file|got lock request timeout|trying to acquire lock/i,
    'Another task held its lock when it was to start',
    'Wait for that task, then start it again.',
  ],
  [/is locked \(/i, 'It was locked when it was to start', 'See the lock below; it may be gone by now.'],
  [
    /(pci device|vfio|iommu)/i,
    'A device of the node that is passed to it is missing, in use or without IOMMU',
    'Look at hostpci of its config and at the PCI devices of the node.',
  ],
  [/mapping|mapped/i, 'A resource mapping that it uses does not fit this node', 'Look at the mapping of the cluster.'],
  [
    /got timeout|timeout waiting/i,
    'Its start did not come about in time',
    'Look at the load and the storage of the node; a start with a longer timeout may work.',
  ],
  [
    /unsupported .*distribution|unable to detect os/i,
    'The operating system in the container is not known to this version',
    'Correct ostype, or update the node.',
  ],
];

/** What the words of a failed task mean; nothing when they are not known. */
export function meaningOf(words: readonly string[]): Cause | undefined {
  const all = words.join('\n');
  const found = known.find(([words_]) => words_.test(all));
  return found === undefined ? undefined : { text: found[1], todo: found[2] };
}
