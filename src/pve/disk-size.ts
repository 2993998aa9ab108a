const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** A size as Proxmox VE writes it (`32G`, `512M`, `1.5T`, bytes without a letter) in bytes; nothing when it is none. */
export function sizeBytes(size: string): number | undefined {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(size) ?? [];
  const factor = units[unit];
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
}

/** A volume as the config of a guest names it: `local-lvm:vm-101-disk-0,size=32G,ssd=1`. */
export interface VolumeSetting {
  readonly volid: string;
  /** Missing for a path of the node, and for `none`. */
  readonly storage?: string;
  /** As written, such as `32G`. */
  readonly size?: string;
  readonly isCdrom: boolean;
}

/** Whether a key of a guest's config names a volume. */
export function isVolumeKey(key: string): boolean {
  return /^((ide|sata|scsi|virtio|unused|mp)\d+|efidisk0|tpmstate0|rootfs)$/.test(key);
}

/** Reads one such setting. */
export function volumeSetting(value: string): VolumeSetting {
  const [first = '', ...options] = value.split(',');
  const volid = first.replace(/^(file|volume)=/, '');
  const storage = /^([A-Za-z][\w.-]*):/.exec(volid)?.[1];
  const size = options.find((option) => option.startsWith('size='))?.slice(5);
  return {
    volid,
    ...(storage === undefined ? {} : { storage }),
    ...(size === undefined ? {} : { size }),
    isCdrom: options.includes('media=cdrom'),
  };
}
