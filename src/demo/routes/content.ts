import { seconds } from '../clock.ts';
import { bytesOf, disksOf } from '../disks.ts';
import { failure, permissionDenied, TaskFailure, wrongParameters } from '../errors.ts';
import { flag, type ParameterSpec, text, vmid, whole } from '../parameters.ts';
import { type Call, callerMay, callerMust, nodeOf, type Reply, type Route, required } from '../route.ts';
import type { Guest, Storage, Volume } from '../state.ts';
import { startTask } from '../tasks.ts';
import { duration } from '../workers.ts';
import { storageOf } from './storage.ts';

const path = '/nodes/{node}/storage/{storage}/content';
const needed: ParameterSpec = { ...text, required: true };
const audit = { at: '/storage/{storage}', any: ['Datastore.Audit', 'Datastore.AllocateSpace'] } as const;

/** What is on a storage: disks, images, templates and backups. */
export const contentRoutes: readonly Route[] = [
  { method: 'GET', path, privilege: audit, parameters: { content: text, vmid }, answer: list },
  {
    method: 'POST',
    path,
    privilege: { at: '/storage/{storage}', any: ['Datastore.AllocateSpace'] },
    parameters: { filename: needed, size: needed, vmid: { ...vmid, required: true }, format: text },
    answer: allocate,
  },
  { method: 'GET', path: `${path}/{volume}`, answer: read },
  { method: 'PUT', path: `${path}/{volume}`, parameters: { notes: text, protected: flag }, answer: mark },
  { method: 'DELETE', path: `${path}/{volume}`, parameters: { delay: whole }, answer: remove },
];

type Entry = Record<string, unknown> & { readonly volid: string };

function list(call: Call): Reply {
  const { parameters } = call;
  const type = parameters.text('content');
  const owner = parameters.number('vmid');
  const entries = entriesOf(call, storageOf(call));
  return {
    data: entries.filter(
      ({ content, vmid: of }) => (type === undefined || content === type) && (owner === undefined || of === owner),
    ),
  };
}

function entriesOf(call: Call, storage: Storage): Entry[] {
  const node = nodeOf(call).name;
  const { guests } = call.world.cluster;
  const here = [...guests.values()].filter((guest) => storage.shared || guest.node === node);
  return [
    ...here.flatMap((guest) => diskEntries(call, guest, storage)),
    ...orphansOf(call, storage, node),
    ...storage.volumes.filter((volume) => seesBackup(call, storage, volume)).map(volumeEntry),
  ];
}

function orphansOf({ world }: Call, { id }: Storage, on: string): Entry[] {
  const own = world.cluster.ailments.orphans.filter(({ node, storage }) => storage === id && node === on);
  return own.map(({ vmid: of }) => ({
    volid: `${id}:vm-${of}-disk-0`,
    content: 'images',
    format: 'raw',
    size: 2 ** 33,
    vmid: of,
    ctime: seconds(world.clock.now()) - 86_400,
  }));
}

function diskEntries({ world }: Call, { kind, config, vmid: of, base }: Guest, storage: Storage): Entry[] {
  const now = world.clock.now();
  const ctime = seconds(now - (now % 86_400_000));
  const content = kind === 'qemu' ? 'images' : 'rootdir';
  const own = disksOf({ config }).filter((disk) => disk.storage === storage.id && !world.cluster.freed.has(disk.volid));
  const parent = base === undefined ? {} : { parent: `base-${base}-disk-0@__base__` };
  return own.map(({ volid, size }) => ({ volid, content, format: 'raw', size, vmid: of, ctime, ...parent }));
}

function volumeEntry({ volid, content, format, size, ctime, backupOf, notes, protected: kept }: Volume): Entry {
  return {
    volid,
    content,
    format,
    size,
    ctime,
    ...(backupOf === undefined ? {} : { vmid: backupOf.vmid, subtype: backupOf.kind }),
    ...(notes === undefined ? {} : { notes }),
    ...(kept === true ? { protected: 1 } : {}),
  };
}

/** Backups are invisible, not forbidden, to whoever may not use them. */
export function seesBackup(call: Call, { id }: Storage, { backupOf }: Volume): boolean {
  if (backupOf === undefined || callerMay(call, `/storage/${id}`, 'Datastore.Allocate')) return true;
  return (
    callerMay(call, `/storage/${id}`, 'Datastore.AllocateSpace') &&
    callerMay(call, `/vms/${backupOf.vmid}`, 'VM.Backup')
  );
}

/** The volume id that the path names, with or without its storage. */
function volumeId(call: Call): string {
  const name = required(call.parameters, 'volume');
  return name.includes(':') ? name : `${call.parameters.text('storage')}:${name}`;
}

/** One volume, for whoever may use it. @throws ApiError PVE's 500 when there is none, its 403 */
function entryOf(call: Call, storage: Storage): Entry {
  const volid = volumeId(call);
  const found = entriesOf(call, storage).find((each) => each.volid === volid);
  if (found !== undefined) return found;
  const hidden = storage.volumes.find((each) => each.volid === volid)?.backupOf;
  if (hidden !== undefined) throw permissionDenied(`/vms/${hidden.vmid}`, ['VM.Backup']);
  throw failure(`volume '${volid}' does not exist`);
}

function read(call: Call): Reply {
  const storage = storageOf(call);
  callerMust(call, `/storage/${storage.id}`, 'Datastore.AllocateSpace', 'Datastore.Audit');
  const { volid, format, size, notes, protected: kept } = entryOf(call, storage);
  const name = volid
    .slice(storage.id.length + 1)
    .replace(/^backup\//, 'dump/')
    .replace(/^(iso|vztmpl)\//, 'template/$1/');
  const where = storage.options.path === undefined ? `/dev/pve/${name}` : `${storage.options.path}/${name}`;
  const marks = { ...(notes === undefined ? {} : { notes }), ...(kept === undefined ? {} : { protected: kept }) };
  return { data: { path: where, format: format === 'iso' ? 'raw' : format, size, used: size, ...marks } };
}

/** Notes and protection, which only backups have. */
function mark(call: Call): Reply {
  const storage = storageOf(call);
  const { volid } = entryOf(call, storage);
  const { parameters } = call;
  const changed = storage.volumes.find((each) => each.volid === volid);
  if (changed?.backupOf === undefined) throw failure(`only backups can have notes and be protected`);
  callerMust(call, `/storage/${storage.id}`, 'Datastore.Allocate', 'Datastore.AllocateSpace');
  const notes = parameters.text('notes') ?? changed.notes;
  const kept = parameters.has('protected') ? parameters.flag('protected') : changed.protected === true;
  const made: Volume = { ...changed, protected: kept, ...(notes === undefined ? {} : { notes }) };
  storage.volumes = storage.volumes.map((each) => (each === changed ? made : each));
  return { data: null };
}

/** Not even the disk of a running or protected guest is safe from this. */
function remove(call: Call): Reply {
  const storage = storageOf(call);
  const { volid, content, vmid: of } = entryOf(call, storage);
  const isBackup = content === 'backup';
  callerMust(call, `/storage/${storage.id}`, 'Datastore.Allocate', ...(isBackup ? ['Datastore.AllocateSpace'] : []));
  const effect = (): void => {
    if (storage.volumes.some((each) => each.volid === volid && each.protected === true)) {
      throw new TaskFailure(`can't remove protected archive '${volid}'`);
    }
    storage.volumes = storage.volumes.filter((each) => each.volid !== volid);
    call.world.cluster.freed.add(volid);
  };
  const id = of === undefined ? `${storage.id}` : `${of}@${storage.id}`;
  const own = { node: nodeOf(call).name, type: 'imgdel', id, who: call.who };
  return { data: startTask(call.world, { ...own, takes: duration.moment, effect }) };
}

function allocate(call: Call): Reply {
  const storage = storageOf(call);
  const { parameters } = call;
  const name = required(parameters, 'filename');
  if (bytesOf(required(parameters, 'size')) === undefined) {
    throw wrongParameters({ size: 'value does not match the regex pattern' });
  }
  const guest = call.world.cluster.guests.get(Number(parameters.number('vmid')));
  if (guest === undefined) throw failure(`no such VM ('${parameters.text('vmid')}')`);
  const volid = `${storage.id}:${name}`;
  if (disksOf(guest).some((disk) => disk.volid === volid)) throw failure(`disk image '${name}' already exists`);
  guest.config[`unused${Object.keys(guest.config).filter((key) => key.startsWith('unused')).length}`] =
    `${volid},size=${parameters.text('size')}`;
  return { data: volid };
}
