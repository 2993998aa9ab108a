/** `vm-100-disk-0`, `subvol-100-…`, `100/disk.raw`, `vzdump-qemu-100-…`, `backup/ct/100/…`, `vm:100`, job `100-0`, tasks. */
const patterns = [
  /(?:^|[/:])(?:vm|base|subvol|basevol)-(\d+)-/g,
  /(?:^|[/:])vzdump-(?:qemu|lxc|openvz)-(\d+)-/g,
  /(?:^|[/:])backup\/(?:vm|ct)\/(\d+)(?:\/|$)/g,
  /^(?:vm|ct):(\d+)$/g,
  /^(\d+)-\d+$/g,
  /(?:^|:)(\d+)\/[^/\s]+\.(?:raw|qcow2|vmdk|subvol)$/g,
  /^UPID:(?:[^:]*:){5}(\d+):/g,
  /^(?:qemu|lxc)\/(\d+)$/g,
];

/** The VMIDs that one word names as owners of a disk, a backup, a job or a task, in whichever way Proxmox VE writes them. */
export function ownersIn(word: string): readonly string[] {
  if (!/\d/.test(word)) return [];
  return patterns.flatMap((pattern) => [...word.matchAll(pattern)].map(([, vmid = '']) => vmid));
}
