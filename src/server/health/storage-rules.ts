import { forModel } from '../../gate/printable.ts';
import { holds } from '../../pve/privileges.ts';
import type { Resource } from '../../pve/records.ts';
import { bytes, percent, usedOf } from '../text/units.ts';
import { finding } from './cluster-rules.ts';
import { some } from './some.ts';
import type { Finding, HealthData, StorageContent } from './types.ts';

type Rule<K extends keyof HealthData> = (data: Pick<HealthData, K>) => Finding[];

/** Volumes whose guest does not exist, or that their guest does not name. */
export const orphanedDisks: Rule<'contents' | 'resources' | 'guests' | 'permissions'> = (data) => {
  const known = new Set(data.resources.flatMap(({ vmid }) => vmid ?? []));
  const all = data.contents.flatMap((content) => diskVolumes(content).map((volume) => ({ ...volume, content })));
  const gone = all.filter(({ vmid }) => vmid !== undefined && !known.has(vmid));
  const unnamed = all.filter(({ volid, vmid, content }) => {
    const guest = data.guests.find(({ ref }) => ref.vmid === vmid);
    // The disks of snapshots stand in sections that are not read, and a copy on another node may be a replica.
    if (guest === undefined || guest.snapshots.length > 0) return false;
    if (!content.shared && content.node !== guest.ref.node) return false;
    return !Object.values(guest.config).some((value) => value.includes(volid)) && !isNamed(guest.volumes, volid);
  });
  const seesAll = holds(data.permissions, '/vms', 'VM.Audit');
  const doubt = seesAll ? '' : ' (or that this token may not see)';
  return [
    ...(gone.length === 0
      ? []
      : [
          finding(
            'warning',
            `${some(gone.map(named), `disk belongs to a guest that does not exist${doubt}`, `disks belong to guests that do not exist${doubt}`)}; ${bytes(total(gone))}`,
            'Check what is on them, then remove them on their storage.',
          ),
        ]),
    ...(unnamed.length === 0
      ? []
      : [
          finding(
            'note',
            `${some(unnamed.map(named), 'disk is named nowhere in the config of its guest', 'disks are named nowhere in the config of their guest')}; ${bytes(total(unnamed))}`,
            'qm disk rescan or pct rescan on the node lists them as unused disks of the guest.',
          ),
        ]),
  ];
};

/** More promised to disks than the pool can hold. */
export const overCommit: Rule<'contents' | 'resources'> = ({ contents, resources }) =>
  contents.flatMap((content) => {
    const pool = resourceOf(resources, content);
    const promised = total(diskVolumes(content));
    const { maxdisk = 0, disk = 0 } = pool ?? {};
    if (maxdisk === 0 || promised <= maxdisk) return [];
    const tight = disk / maxdisk > 0.8;
    const text = `${place(content)} has promised ${bytes(promised)} to disks, ${percent(promised / maxdisk)} of its ${bytes(maxdisk)}; ${percent(disk / maxdisk)} are used`;
    const todo =
      'Watch how it fills, trim guests (discard, fstrim), or add space: a full thin pool stops every guest on it.';
    return [finding(tight ? 'critical' : 'note', text, todo)];
  });

/** Storages that are nearly full, each shared one once. */
export const fullStorages: Rule<'resources'> = ({ resources }) => {
  const seen = new Set<string>();
  return resources
    .filter(({ type, maxdisk = 0 }) => type === 'storage' && maxdisk > 0)
    .filter(({ shared, storage = '' }) => shared !== true || (!seen.has(storage) && seen.add(storage)))
    .flatMap(({ storage = '', node = '', shared, disk = 0, maxdisk = 0 }) => {
      const used = disk / maxdisk;
      if (used < 0.85) return [];
      const where = shared === true ? forModel(storage, 64) : `${forModel(storage, 64)} on ${forModel(node, 64)}`;
      return [
        finding(
          used >= 0.95 ? 'critical' : 'warning',
          `Storage ${where} is ${percent(used)} full (${usedOf(disk, maxdisk)})`,
          'Remove what is not needed, or add space.',
        ),
      ];
    });
};

function diskVolumes({ volumes }: StorageContent) {
  return volumes.filter(({ content }) => content === 'images' || content === 'rootdir');
}

function isNamed(volumes: Readonly<Record<string, { readonly volid: string }>>, volid: string): boolean {
  // The memory of a snapshot, and a cloud-init drive, belong to no key of their own.
  return /-state-|cloudinit/.test(volid) || Object.values(volumes).some((volume) => volume.volid === volid);
}

function named({ volid, content }: { readonly volid: string; readonly content: StorageContent }): string {
  return content.shared ? volid : `${volid} on ${content.node}`;
}

function total(volumes: readonly { readonly size?: number | undefined }[]): number {
  return volumes.reduce((all, { size = 0 }) => all + size, 0);
}

function resourceOf(resources: readonly Resource[], { storage, node }: StorageContent): Resource | undefined {
  return resources.find((it) => it.type === 'storage' && it.storage === storage && it.node === node);
}

function place({ storage, node, shared }: StorageContent): string {
  return `Storage ${forModel(storage, 64)}${shared ? '' : ` on ${forModel(node, 64)}`}`;
}
