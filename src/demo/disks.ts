import { failure } from './errors.ts';
import { diskKey } from './settings.ts';
import type { Cluster, Guest, Storage } from './state.ts';

/** A disk of a guest, as a setting of its config names it. */
export interface Disk {
  /** `scsi0`, `rootfs`, … */
  readonly key: string;
  readonly volid: string;
  readonly storage: string;
  /** Bytes. */
  readonly size: number;
}

const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Its disks, unused ones too; CD images are none. */
export function disksOf({ config }: Pick<Guest, 'config'>): Disk[] {
  return Object.entries(config).flatMap(([key, value]) => {
    if (!diskKey.test(key) || String(value).includes('media=cdrom')) return [];
    const [volid = '', ...options] = String(value).split(',');
    const size = options.find((option) => option.startsWith('size='))?.slice(5) ?? '0';
    return [{ key, volid, storage: volid.split(':')[0] ?? '', size: bytesOf(size) ?? 0 }];
  });
}

/** `8G` → bytes; nothing when it is no size. */
export function bytesOf(size: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(size) ?? [];
  return number === undefined ? undefined : Number(number) * (units[unit] ?? 1);
}

/** Bytes → `8G`, in the largest unit that fits exactly. */
export function sizeText(bytes: number): string {
  const [unit = ''] = Object.entries(units).findLast(([, factor]) => bytes > 0 && bytes % factor === 0) ?? [];
  return `${bytes / (units[unit] ?? 1)}${unit}`;
}

/** The storage of a new disk that is asked for as `local-lvm:8`. */
export function newDiskOn(value: string): string | undefined {
  return /^([\w.-]+):\d+(\.\d+)?(,|$)/.exec(value)?.[1];
}

/** What is asked for as `local-lvm:8` gets a volume of its own: `local-lvm:vm-105-disk-1,size=8G`. */
export function allocated(cluster: Cluster, guest: Guest, value: string): string {
  const [, storage, gibibytes = '', options = ''] = /^([\w.-]+):(\d+(?:\.\d+)?)((?:,.*)?)$/.exec(value) ?? [];
  if (storage === undefined) return value;
  storageNamed(cluster, storage);
  return `${freshVolume(guest, storage)},size=${sizeText(Number(gibibytes) * 2 ** 30)}${options}`;
}

/** A volume that is there has the size that it has, whatever the setting says of it. */
export function withRealSize(guest: Guest, value: string): string {
  const [volid = '', ...options] = value.split(',');
  const known = disksOf(guest).find((each) => each.volid === volid && each.size > 0);
  return known === undefined
    ? value
    : [volid, ...options.filter((option) => !option.startsWith('size=')), `size=${sizeText(known.size)}`].join(',');
}

/** A volume name that the guest does not have yet. */
export function freshVolume(guest: Guest, storage: string, prefix = 'vm'): string {
  const taken = new Set(
    [guest.config, ...guest.snapshots.map(({ config }) => config)].flatMap((config) =>
      disksOf({ config }).map(({ volid }) => volid),
    ),
  );
  let number = 0;
  while (taken.has(`${storage}:${prefix}-${guest.vmid}-disk-${number}`)) number += 1;
  return `${storage}:${prefix}-${guest.vmid}-disk-${number}`;
}

/** The first free `unusedN`. */
export function unusedKey(config: Guest['config']): string {
  let number = 0;
  while (`unused${number}` in config) number += 1;
  return `unused${number}`;
}

/** @throws ApiError PVE's 500 for a storage that does not exist or is disabled */
export function storageNamed({ storages }: Cluster, id: string): Storage {
  const storage = storages.find((each) => each.id === id);
  if (storage === undefined) throw failure(`storage '${id}' does not exist`);
  if (storage.disabled) throw failure(`storage '${id}' is disabled`);
  return storage;
}
