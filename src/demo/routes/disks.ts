import { bytesOf, type Disk, disksOf, freshVolume, sizeText, storageNamed, unusedKey } from '../disks.ts';
import { failure, TaskFailure, wrongParameters } from '../errors.ts';
import { digestOf, refuseLocked } from '../guests.ts';
import { flag, type ParameterSpecs, splitList, text } from '../parameters.ts';
import { type Call, callerMust, guestOf, type Reply, type Route, required } from '../route.ts';
import type { Guest, GuestKind } from '../state.ts';
import { startTask } from '../tasks.ts';
import { duration } from '../workers.ts';

const disk = { ...text, required: true } as const;
const storage = { ...text, required: true } as const;
const changesDisks = { at: '/vms/{vmid}', any: ['VM.Config.Disk'] };
const moved = { delete: flag, digest: text, format: text };

/** Disks of guests: growing, moving to another storage, taking away. */
export const diskRoutes: readonly Route[] = [
  route('PUT', 'qemu', 'resize', { disk, size: disk, digest: text }, (call) => resize(call, 'qemu')),
  route('PUT', 'lxc', 'resize', { disk, size: disk, digest: text }, (call) => resize(call, 'lxc')),
  route('POST', 'qemu', 'move_disk', { disk, storage, ...moved }, (call) => move(call, 'qemu', 'disk')),
  route('POST', 'lxc', 'move_volume', { volume: disk, storage, ...moved }, (call) => move(call, 'lxc', 'volume')),
  route('PUT', 'qemu', 'unlink', { idlist: disk, force: flag }, unlink),
];

function route(
  method: 'PUT' | 'POST',
  kind: GuestKind,
  name: string,
  parameters: ParameterSpecs,
  answer: Route['answer'],
): Route {
  return { method, path: `/nodes/{node}/${kind}/{vmid}/${name}`, privilege: changesDisks, parameters, answer };
}

function diskOf(call: Call, guest: Guest, key: string): Disk {
  const digest = call.parameters.text('digest');
  if (digest !== undefined && digest !== digestOf(guest)) {
    throw failure('detected modified configuration - file changed by other user? Try again.');
  }
  refuseLocked(guest);
  const found = disksOf(guest).find((each) => each.key === key);
  if (found === undefined) throw failure(`disk '${key}' does not exist`);
  return found;
}

/** Shrinking fails in the task. */
function resize(call: Call, kind: GuestKind): Reply {
  const guest = guestOf(call, kind);
  const { world, who, parameters } = call;
  const found = diskOf(call, guest, required(parameters, 'disk'));
  callerMust(call, `/storage/${found.storage}`, 'Datastore.AllocateSpace');
  const asked = required(parameters, 'size');
  const bytes = bytesOf(asked.replace('+', ''));
  if (bytes === undefined) throw wrongParameters({ size: 'value does not match the regex pattern' });
  const size = asked.startsWith('+') ? found.size + bytes : bytes;
  const effect = (): void => {
    const options = String(guest.config[found.key]).replace(/size=[^,]*/, `size=${sizeText(size)}`);
    guest.config[found.key] = options;
    if (['scsi0', 'rootfs'].includes(found.key)) guest.disk = size;
  };
  const check = (): void => {
    if (size < found.size) throw new TaskFailure('shrinking disks is not supported');
  };
  const own = { node: guest.node, type: 'resize', id: String(guest.vmid), who, guest };
  return { data: startTask(world, { ...own, takes: duration.moment, check, effect }) };
}

function move(call: Call, kind: GuestKind, name: 'disk' | 'volume'): Reply {
  const guest = guestOf(call, kind);
  const { world, who, parameters } = call;
  const found = diskOf(call, guest, required(parameters, name));
  const target = required(parameters, 'storage');
  const { content } = storageNamed(world.cluster, target);
  callerMust(call, `/storage/${target}`, 'Datastore.AllocateSpace');
  const wanted = kind === 'qemu' ? 'images' : 'rootdir';
  if (!content.split(',').includes(wanted))
    throw failure(`storage '${target}' does not support content-type '${wanted}'`);
  if (target === found.storage) throw failure(`you can't move to the same storage with same format`);
  const effect = (): void => {
    const options = String(guest.config[found.key]).split(',').slice(1);
    guest.config[found.key] = [freshVolume(guest, target), ...options].join(',');
    if (!parameters.flag('delete')) guest.config[unusedKey(guest.config)] = found.volid;
  };
  const lines = [{ at: 0, text: () => `create full clone of drive ${found.key} (${found.volid})` }];
  const type = kind === 'qemu' ? 'qmmove' : 'move_volume';
  const own = { node: guest.node, type, id: String(guest.vmid), who, guest };
  return { data: startTask(world, { ...own, takes: duration.copy, lines, effect }) };
}

/** Without `force` a disk becomes an unused one; with it, and for an unused one, it is destroyed. */
function unlink(call: Call): Reply {
  const guest = guestOf(call, 'qemu');
  refuseLocked(guest);
  const keys = splitList(required(call.parameters, 'idlist'));
  const found = disksOf(guest).filter(({ key }) => keys.includes(key));
  const [first] = found;
  if (guest.config.protection === 1 && first !== undefined) {
    throw failure(`can't remove drive '${first.key}' - protection mode enabled`);
  }
  for (const { key, volid } of found) {
    delete guest.config[key];
    if (!key.startsWith('unused') && !call.parameters.flag('force')) guest.config[unusedKey(guest.config)] = volid;
  }
  return { data: null };
}
