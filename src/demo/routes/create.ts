import { checkSettings, renewAddresses, settingsOf } from '../config.ts';
import { allocated, disksOf, freshVolume, storageNamed } from '../disks.ts';
import { failure } from '../errors.ts';
import { flag, type ParameterSpecs, text, vmid } from '../parameters.ts';
import { type Call, callerMust, nodeOf, type Reply, type Route, required } from '../route.ts';
import { diskKey, settingSpecs } from '../settings.ts';
import { type Guest, type GuestKind, label, newGuest, type Volume } from '../state.ts';
import { startTask, type TaskPlan } from '../tasks.ts';
import { duration, powerOn } from '../workers.ts';
import { seesBackup } from './content.ts';

const common: ParameterSpecs = {
  vmid: { ...vmid, required: true },
  storage: text,
  pool: text,
  start: flag,
  force: flag,
  unique: flag,
};

/** New guests, and guests from backups. */
export const createRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/nodes/{node}/qemu',
    parameters: { ...settingSpecs.qemu, ...common, archive: { ...text, maxLength: 255 } },
    answer: (call) => {
      const archive = call.parameters.text('archive');
      return archive === undefined ? create(call, 'qemu') : restore(call, 'qemu', archive);
    },
  },
  {
    method: 'POST',
    path: '/nodes/{node}/lxc',
    parameters: {
      ...settingSpecs.lxc,
      ...common,
      ostemplate: { ...text, required: true },
      restore: flag,
      password: text,
    },
    answer: (call) => {
      const archive = required(call.parameters, 'ostemplate');
      return call.parameters.flag('restore') ? restore(call, 'lxc', archive) : create(call, 'lxc');
    },
  },
];

function create(call: Call, kind: GuestKind): Reply {
  const { world, parameters } = call;
  const { cluster } = world;
  const id = Number(required(parameters, 'vmid'));
  callerMust(call, `/vms/${id}`, 'VM.Allocate');
  const settings = settingsOf(call, kind);
  checkSettings(call, id, settings);
  refuseTaken(call, kind, id);
  const given = kind === 'lxc' ? { arch: 'amd64', ostype: 'debian', ...settings } : settings;
  const guest = newGuest(id, kind, nodeOf(call).name, { ...given, lock: 'create' });
  for (const [key, value] of Object.entries(settings)) {
    if (diskKey.test(key)) guest.config[key] = allocated(cluster, guest, String(value));
  }
  guest.disk = disksOf(guest)[0]?.size ?? 0;
  const made = disksOf(guest).map(({ key, volid }) => ({
    at: duration.create - 100,
    text: () =>
      `${key}: successfully created disk '${volid},${String(guest.config[key]).split(',').slice(1).join(',')}'`,
  }));
  return {
    data: add(call, guest, { type: kind === 'qemu' ? 'qmcreate' : 'vzcreate', takes: duration.create, lines: made }),
  };
}

/** Puts the guest there at once, locked until the task ends. */
function add(call: Call, guest: Guest, plan: Pick<TaskPlan, 'type' | 'takes' | 'lines'>): string {
  const { world, who, parameters } = call;
  const { guests, pools } = world.cluster;
  const before = guests.get(guest.vmid);
  guests.set(guest.vmid, guest);
  pools.get(parameters.text('pool') ?? '')?.guests.add(guest.vmid);
  const effect = (): void => {
    delete guest.config.lock;
    if (parameters.flag('start')) powerOn(world, guest);
  };
  const undo = (): void => {
    if (before === undefined) guests.delete(guest.vmid);
    else guests.set(before.vmid, before);
  };
  return startTask(world, { ...plan, node: guest.node, id: String(guest.vmid), who, guest, effect, undo });
}

function refuseTaken({ world }: Call, kind: GuestKind, id: number): void {
  const taken = world.cluster.guests.get(id);
  if (taken === undefined) return;
  const own = label({ kind, vmid: id });
  throw failure(`unable to create ${own} - ${label(taken)} already exists on node '${taken.node}'`);
}

/** `force` puts the backup in the place of a stopped guest; `unique` gives new hardware addresses. */
function restore(call: Call, kind: GuestKind, archive: string): Reply {
  const { parameters } = call;
  const id = Number(required(parameters, 'vmid'));
  callerMust(call, `/vms/${id}`, 'VM.Allocate');
  const node = nodeOf(call).name;
  const config = backupAt(call, kind, archive);
  const taken = call.world.cluster.guests.get(id);
  if (taken !== undefined) {
    if (!parameters.flag('force')) refuseTaken(call, kind, id);
    if (taken.running)
      throw failure(`unable to restore ${label(taken)} - ${kind === 'qemu' ? 'vm' : 'container'} is running`);
    if (taken.config.protection === 1) throw failure(`unable to restore ${label(taken)} - protection mode enabled`);
  }
  const guest = newGuest(id, kind, node, { ...config, lock: 'create' });
  const storage = parameters.text('storage');
  for (const { key, storage: from } of disksOf({ config })) {
    const options = String(config[key]).split(',').slice(1);
    delete guest.config[key];
    guest.config[key] = [freshVolume(guest, storage ?? from), ...options].join(',');
  }
  Object.assign(guest.config, settingsOf(call, kind));
  guest.disk = disksOf(guest)[0]?.size ?? 0;
  if (parameters.flag('unique')) renewAddresses(guest.config, id);
  const lines = [
    { at: 0, text: () => `restore ${kind === 'qemu' ? 'vma' : 'tar'} archive: ${archive}` },
    { at: duration.copy - 200, text: () => 'progress 100% (read all bytes)' },
  ];
  return { data: add(call, guest, { type: kind === 'qemu' ? 'qmrestore' : 'vzrestore', takes: duration.copy, lines }) };
}

/** The config that the backup holds. @throws ApiError PVE's 500 when there is no such volume */
function backupAt(call: Call, kind: GuestKind, archive: string): Guest['config'] {
  const missing = failure(`volume '${archive}' does not exist`);
  const storage = storageNamed(call.world.cluster, archive.split(':')[0] ?? '');
  const isIt = (volume: Volume): boolean => volume.volid === archive && seesBackup(call, storage, volume);
  const backup = storage.volumes.find(isIt)?.backupOf;
  if (backup === undefined || backup.kind !== kind) throw missing;
  return { ...backup.config };
}
