import { failure } from './errors.ts';
import { flag, type ParameterSpec, type ParameterSpecs, rootOnly, splitList, text, whole } from './parameters.ts';
import { type Call, callerMust } from './route.ts';
import type { GuestKind } from './state.ts';

const dnsName: ParameterSpec = {
  ...text,
  maxLength: 255,
  check: (value) =>
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(value)
      ? undefined
      : 'invalid format - value does not look like a valid DNS name\n',
};
const vmMemory: ParameterSpec = {
  ...text,
  check: (value) => {
    const wrong = (why: string): string => `invalid format - format error\nmemory.current: ${why}\n`;
    if (!/^\d+$/.test(value)) return wrong(`type check ('integer') failed - got '${value}'`);
    return Number(value) < 16 ? wrong('value must have a minimum value of 16') : undefined;
  },
};
const tagList: ParameterSpec = {
  ...text,
  check: (value) => {
    const wrong = splitList(value).find((tag) => !/^[a-z0-9_][a-z0-9_\-+.]*$/i.test(tag));
    return wrong === undefined ? undefined : `invalid format - invalid characters in tag\n`;
  },
};
const count: ParameterSpec = { type: 'integer', minimum: 1 };
const both: ParameterSpecs = {
  description: { ...text, maxLength: 8192 },
  tags: tagList,
  protection: flag,
  cores: count,
  onboot: flag,
  cpulimit: text,
  cpuunits: count,
  nameserver: text,
  searchdomain: text,
  startup: text,
  'net[n]': text,
};

/** The settings of a guest. `[n]` stands for a number. */
export const settingSpecs: Readonly<Record<GuestKind, ParameterSpecs>> = {
  qemu: {
    ...both,
    name: dnsName,
    memory: vmMemory,
    args: text,
    sockets: count,
    balloon: whole,
    numa: flag,
    kvm: flag,
    tablet: flag,
    ...Object.fromEntries(
      'agent bios boot ciuser cipassword cpu hostpci[n] hotplug machine ostype scsihw sshkeys vga ide[n] ipconfig[n] sata[n] scsi[n] serial[n] virtio[n]'
        .split(' ')
        .map((name) => [name, text]),
    ),
  },
  lxc: {
    ...both,
    hostname: dnsName,
    memory: { type: 'integer', minimum: 16 },
    swap: whole,
    unprivileged: flag,
    features: text,
    ostype: text,
    rootfs: text,
    timezone: text,
    'mp[n]': text,
  },
};

/** What `PUT …/config` takes. */
export const configSpecs: Readonly<Record<GuestKind, ParameterSpecs>> = {
  qemu: {
    ...settingSpecs.qemu,
    delete: text,
    revert: text,
    force: flag,
    digest: { ...text, maxLength: 40 },
    skiplock: rootOnly,
  },
  lxc: { ...settingSpecs.lxc, delete: text, revert: text, digest: { ...text, maxLength: 40 } },
};

/** `scsi0`, `rootfs`, `mp3`, …: settings that name a volume. */
export const diskKey = /^((ide|sata|scsi|virtio|unused|mp)\d+|efidisk0|tpmstate0|rootfs)$/;

/** Whether the caller may change this setting: PVE's 403, or its 500 for what is root's alone. */
export function checkSetting(call: Call, vmid: number, key: string, value = ''): void {
  if (key === 'args') throw failure(`only root can set 'args' config`);
  const isCdrom = diskKey.test(key) && value.includes('media=cdrom');
  const [, privilege = 'Options'] = isCdrom ? ['', 'CDROM'] : (privileges.find(([keys]) => keys.test(key)) ?? []);
  callerMust(call, `/vms/${vmid}`, `VM.Config.${privilege}`);
}

const privileges: readonly (readonly [RegExp, string])[] = [
  [/^(cores|sockets|cpu|cpulimit|cpuunits|numa)$/, 'CPU'],
  [/^(memory|balloon|swap)$/, 'Memory'],
  [/^(net\d+|nameserver|searchdomain|ipconfig\d+|hostname)$/, 'Network'],
  [diskKey, 'Disk'],
  [/^(ostype|bios|machine|scsihw|vga|tablet|kvm|serial\d+)$/, 'HWType'],
  [/^(ciuser|cipassword|sshkeys)$/, 'Cloudinit'],
];

/** Settings that a running guest takes on at once; the others wait for its next start. */
export function isHotPlugged(kind: GuestKind, key: string): boolean {
  return (kind === 'qemu' ? hotVm : hotContainer).test(key);
}

const hotVm =
  /^(name|description|onboot|protection|startup|tags|hotplug|net\d+|scsi\d+|virtio\d+|sata\d+|ide\d+|unused\d+|ci(user|password)|sshkeys|ipconfig\d+|nameserver|searchdomain)$/;
const hotContainer =
  /^(hostname|description|onboot|protection|startup|tags|cores|cpulimit|cpuunits|memory|swap|net\d+|mp\d+|unused\d+)$/;
