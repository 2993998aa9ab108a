import { foreignVolume, given, holds, hostPath, names, off, type Raise } from './raise.ts';
import { configure, destroy, isSet, listed, type Params, type RiskRule } from './rule.ts';

const vm = '/nodes/{node}/qemu/{vmid}' as const;
const container = '/nodes/{node}/lxc/{vmid}' as const;
const guest = '/nodes/{node}/{guest}/{vmid}' as const;

/** What of a VM's config is its own business. */
const vmOptions = `acpi affinity agent allow-ksm amd-sev arch audio0 autostart balloon bios boot bootdisk cipassword citype
  ciupgrade ciuser cores cpu cpulimit cpuunits description freeze hotplug hugepages intel-tdx ipconfig[n] keephugepages
  keyboard kvm localtime machine memory migrate_downtime migrate_speed name nameserver net[n] numa numa[n] onboot ostype
  protection reboot rng0 scsihw searchdomain serial[n] shares smbios1 smp sockets spice_enhancements sshkeys startdate
  startup tablet tags tdf usb[n] vcpus vga vmgenid vmstatestorage watchdog`;
const vmDisks = 'cdrom efidisk0 ide[n] sata[n] scsi[n] tpmstate0 virtio[n]';
/** Named so that what raises has a reason of its own. */
const vmOutside = 'args cicustom hookscript hostpci[n] parallel[n] virtiofs[n]';
const vmConfig = `${vmOptions} ${vmDisks} ${vmOutside}`;

const containerOptions = `arch cmode console cores cpulimit cpuunits debug description entrypoint env features hostname
  memory nameserver net[n] onboot ostype protection searchdomain startup swap tags timezone tty unprivileged`;
const containerConfig = `${containerOptions} mp[n] rootfs dev[n] hookscript`;

const protection = off('protection', 'the protection from removal goes.');
const hookscript = given('hookscript', 'a script runs on the node whenever the guest starts or stops.');
const vmRaises: readonly Raise[] = [
  protection,
  hookscript,
  given('args', 'arguments of the emulator reach everything on the node.'),
  given('cicustom', 'files of the node go into the guest.'),
  given('hostpci[n]', 'a device of the node is handed to the guest.'),
  given('parallel[n]', 'a device of the node is handed to the guest.'),
  given('virtiofs[n]', 'a folder of the node is shared with the guest.'),
  ...vmDisks.split(' ').flatMap((disk) => [hostPath(disk), foreignVolume(disk)]),
  holds('serial[n]', /^\s*\//, 'a device of the node is handed to the guest.'),
];
const containerRaises: readonly Raise[] = [
  protection,
  hookscript,
  ...['mp[n]', 'rootfs'].flatMap((disk) => [hostPath(disk), foreignVolume(disk)]),
  given('dev[n]', 'a device of the node is handed to the guest.'),
  holds('features', /mount|mknod|force_rw_sys/, 'the container gets closer to the node than others.'),
];
/** `unused0` is a disk that nothing else holds: taking it out of the config destroys it. */
const deletes = [
  names('delete', /^unused/, 'what is unused is destroyed with all that is on it.'),
  names('delete', /^protection$/, 'the protection from removal goes.'),
];

const undo = 'Set the former values; keys that were unset have to be deleted.';

/** Making, restoring and changing guests. */
export const guestConfig: readonly RiskRule[] = [
  configure('POST /nodes/{node}/qemu', 'VM {vmid} {name} on {node}', 'Create', 'created', created, {
    params: `${vmConfig} archive bwlimit force ha-managed import-working-storage live-restore pool start storage unique vmid`,
    raises: [...vmRaises, holds('archive', /^\s*[/.~-]/, 'what is restored is read from a path of the node.')],
    undo: 'Delete it.',
    creates: true,
  }),
  configure('POST /nodes/{node}/lxc', 'container {vmid} {hostname} on {node}', 'Create', 'created', created, {
    params: `${containerConfig} bwlimit force ha-managed ignore-unpack-errors ostemplate password pool restore
      ssh-public-keys start storage unique vmid`,
    raises: [
      ...containerRaises,
      holds('ostemplate', /^\s*[/.~-]/, 'what is unpacked is read from a path of the node.'),
    ],
    undo: 'Delete it.',
    creates: true,
  }),
  ...(['PUT', 'POST'] as const).map((method) =>
    configure(`${method} ${vm}/config`, '', 'Change', 'changed', changed, {
      params: `${vmConfig} ${method === 'POST' ? 'background_delay import-working-storage' : ''} delete digest force revert skiplock`,
      raises: [...vmRaises, ...deletes],
      undo,
    }),
  ),
  configure(`PUT ${container}/config`, '', 'Change', 'changed', changed, {
    params: `${containerConfig} delete digest revert`,
    raises: [...containerRaises, ...deletes],
    undo,
  }),
  configure(
    `PUT ${vm}/cloudinit`,
    '',
    'Renew the cloud-init drive of',
    'given a new cloud-init drive',
    'The drive is written anew from the settings; the guest reads it at its next start.',
  ),
  configure(
    `POST ${guest}/template`,
    '',
    'Convert to a template:',
    'converted to a template',
    'It can only be cloned from then on, and never started again.',
    { params: 'disk', undo: 'There is no way back; clone it instead.' },
  ),
  destroy(`DELETE ${guest}`, '', 'Delete', 'deleted', (_facts, params) =>
    [
      'The guest, its disks and its snapshots are destroyed.',
      isSet(params.purge)
        ? 'It is taken out of backup jobs, replication and HA as well.'
        : 'Backup jobs keep its VMID, and a later guest with it inherits them.',
      ...(isSet(params['destroy-unreferenced-disks'])
        ? ['Disks with its VMID that no config names are destroyed too, on all storages.']
        : []),
      ...(isSet(params.force) ? ['It is destroyed even while it runs.'] : []),
    ].join(' '),
  ),
];

function changed(_facts: unknown, params: Params): string {
  const taken = listed(params.delete);
  const isDisk = (name: string) => /^(scsi|virtio|ide|sata|mp|efidisk|tpmstate)\d+$/.test(name);
  return [
    'The settings are written; what a running guest cannot take at once waits for its next start.',
    ...(Object.keys(params).some(isDisk) ? ['A disk whose place is taken by another one is kept as unused.'] : []),
    ...(taken.some(isDisk) && !isSet(params.force) ? ['Disks that are taken out are kept as unused.'] : []),
    ...(taken.some((name) => name.startsWith('unused')) || isSet(params.force)
      ? ['What is on the disks that are deleted is lost.']
      : []),
  ].join(' ');
}

function created(_facts: unknown, params: Params): string {
  const isRestore = params.archive !== undefined || isSet(params.restore);
  const what = isRestore
    ? 'A guest is made from a backup; one with this VMID that is there already is replaced and its disks are lost.'
    : 'A new guest is made, with the disks that are named.';
  return isSet(params.start) ? `${what} It is started.` : what;
}
