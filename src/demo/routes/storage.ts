import { createHash } from 'node:crypto';
import { seconds } from '../clock.ts';
import { failure } from '../errors.ts';
import { flag, text, vmid } from '../parameters.ts';
import { type Call, callerMay, index, nodeOf, type Reply, type Route, required } from '../route.ts';
import type { Guest, Storage, Volume } from '../state.ts';

const audit = { at: '/storage/{storage}', any: ['Datastore.Audit', 'Datastore.AllocateSpace'] } as const;
const types = ['dir', 'lvmthin', 'nfs'] as const;

/** Storages: their definitions, their state on a node, and what is on them. */
export const storageRoutes: readonly Route[] = [
  { method: 'GET', path: '/storage', parameters: { type: { ...text, values: types } }, answer: definitions },
  {
    method: 'GET',
    path: '/nodes/{node}/storage',
    parameters: { content: text, storage: text, target: text, enabled: flag, format: flag },
    answer: list,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage/{storage}',
    privilege: audit,
    answer: (call) => {
      storageOf(call);
      return index('subdir', ['content', 'status']);
    },
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage/{storage}/status',
    privilege: audit,
    answer: (call) => ({ data: state(storageOf(call)) }),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage/{storage}/content',
    privilege: audit,
    parameters: { content: text, vmid },
    answer: content,
  },
];

function definitions(call: Call): Reply {
  const wanted = call.parameters.text('type');
  const listed = visible(call).filter(({ type }) => wanted === undefined || type === wanted);
  const digest = createHash('sha1').update(JSON.stringify(call.world.cluster.storages)).digest('hex');
  return {
    data: listed.map(({ id, type, content, shared, options }) => ({
      storage: id,
      type,
      content,
      ...options,
      ...(shared ? { shared: 1 } : {}),
      digest,
    })),
  };
}

function list(call: Call): Reply {
  const { parameters } = call;
  nodeOf(call);
  const contents = parameters.text('content')?.split(',');
  const wanted = parameters.text('storage');
  const listed = visible(call).filter(
    ({ id, content }) =>
      (wanted === undefined || id === wanted) &&
      (contents === undefined || content.split(',').some((type) => contents.includes(type))),
  );
  return {
    data: listed.map((storage) => ({
      storage: storage.id,
      ...state(storage),
      used_fraction: storage.used / storage.total,
    })),
  };
}

function state({ type, content, shared, total, used }: Storage): Record<string, unknown> {
  return { type, content, shared: shared ? 1 : 0, active: 1, enabled: 1, total, used, avail: total - used };
}

function content(call: Call): Reply {
  const storage = storageOf(call);
  const node = nodeOf(call).name;
  const { guests } = call.world.cluster;
  const disks = storage.type === 'lvmthin' ? [...guests.values()].filter((guest) => guest.node === node) : [];
  const volumes = [
    ...disks.flatMap((guest) => diskEntry(guest, storage, call.world.clock.now())),
    ...storage.volumes.filter((volume) => seesBackup(call, storage, volume)).map(volumeEntry),
  ];
  const type = call.parameters.text('content');
  const owner = call.parameters.number('vmid');
  return {
    data: volumes.filter(
      (volume) => (type === undefined || volume.content === type) && (owner === undefined || volume.vmid === owner),
    ),
  };
}

function diskEntry(guest: Guest, storage: Storage, now: number): Record<string, unknown>[] {
  const setting = String(guest.config.scsi0 ?? guest.config.rootfs ?? '');
  const volid = setting.split(',')[0] ?? '';
  if (!volid.startsWith(`${storage.id}:`)) return [];
  const kind = guest.kind === 'qemu' ? 'images' : 'rootdir';
  const ctime = seconds(now - (now % 86_400_000));
  return [{ volid, content: kind, format: 'raw', size: guest.disk, vmid: guest.vmid, ctime }];
}

function volumeEntry({ volid, content, format, size, ctime, backupOf }: Volume): Record<string, unknown> {
  const owner = backupOf === undefined ? {} : { vmid: backupOf.vmid, subtype: backupOf.kind };
  return { volid, content, format, size, ctime, ...owner };
}

/** Backups are invisible, not forbidden, to whoever may not use them. */
function seesBackup(call: Call, { id }: Storage, { backupOf }: Volume): boolean {
  if (backupOf === undefined || callerMay(call, `/storage/${id}`, 'Datastore.Allocate')) return true;
  return (
    callerMay(call, `/storage/${id}`, 'Datastore.AllocateSpace') &&
    callerMay(call, `/vms/${backupOf.vmid}`, 'VM.Backup')
  );
}

function visible(call: Call): Storage[] {
  return call.world.cluster.storages.filter(({ id }) => callerMay(call, `/storage/${id}`, ...audit.any));
}

function storageOf(call: Call): Storage {
  const id = required(call.parameters, 'storage');
  const storage = call.world.cluster.storages.find((each) => each.id === id);
  if (storage === undefined) throw failure(`storage '${id}' does not exist`);
  return storage;
}
