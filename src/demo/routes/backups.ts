import { backupVolume, marked, type Retention, removeMarked, retentionOf } from '../backups.ts';
import { disksOf, storageNamed } from '../disks.ts';
import { failure, TaskFailure, wrongParameters } from '../errors.ts';
import { guestName, lockText } from '../guests.ts';
import { flag, type ParameterSpecs, rootOnly, splitList, text, vmid } from '../parameters.ts';
import { type Call, callerMust, nodeOf, type Reply, type Route } from '../route.ts';
import type { Guest, Storage } from '../state.ts';
import { startTask } from '../tasks.ts';
import { duration } from '../workers.ts';
import { seesBackup } from './content.ts';
import { storageOf } from './storage.ts';

const prune = '/nodes/{node}/storage/{storage}/prunebackups';
const pruneSpecs: ParameterSpecs = { 'prune-backups': text, type: { ...text, values: ['qemu', 'lxc'] }, vmid };
const names =
  'bwlimit dumpdir exclude fleecing ionice lockwait mailnotification mailto notification-mode performance stopwait tmpdir zstd pigz';
const jobSpecs: ParameterSpecs = {
  ...Object.fromEntries(names.split(' ').map((name) => [name, text])),
  all: flag,
  compress: { ...text, values: ['0', '1', 'gzip', 'lzo', 'zstd'] },
  mode: { ...text, values: ['snapshot', 'suspend', 'stop'] },
  'notes-template': { ...text, maxLength: 1024 },
  pool: text,
  protected: flag,
  'prune-backups': text,
  remove: flag,
  stdexcludes: flag,
  quiet: flag,
  storage: text,
  vmid: text,
  script: rootOnly,
};

/** Making backups now, and clearing away old ones. */
export const backupRoutes: readonly Route[] = [
  { method: 'POST', path: '/nodes/{node}/vzdump', parameters: jobSpecs, answer: backUp },
  { method: 'GET', path: '/nodes/{node}/vzdump/defaults', parameters: { storage: text }, answer: defaults },
  {
    method: 'GET',
    path: prune,
    privilege: { at: '/storage/{storage}', any: ['Datastore.Audit', 'Datastore.AllocateSpace'] },
    parameters: pruneSpecs,
    answer: dryRun,
  },
  { method: 'DELETE', path: prune, parameters: pruneSpecs, answer: pruneNow },
];

/** Unless `remove` is 0, backups that the retention no longer keeps go when the new one is there. */
function backUp(call: Call): Reply {
  const { world, who, parameters } = call;
  const node = nodeOf(call).name;
  const { cluster, clock } = world;
  const asked = splitList(parameters.text('vmid') ?? '').map(Number);
  const pooled = cluster.pools.get(parameters.text('pool') ?? '')?.guests ?? new Set<number>();
  if (asked.length === 0 && !parameters.flag('all') && pooled.size === 0)
    throw wrongParameters({ vmid: 'property is missing and it is not optional' });
  const guests = [...cluster.guests.values()].filter(
    (guest) => guest.node === node && (parameters.flag('all') || asked.includes(guest.vmid) || pooled.has(guest.vmid)),
  );
  for (const each of asked) callerMust(call, `/vms/${each}`, 'VM.Backup');
  const storage = storageNamed(cluster, parameters.text('storage') ?? 'local');
  callerMust(call, `/storage/${storage.id}`, 'Datastore.AllocateSpace');
  if (!storage.content.split(',').includes('backup')) {
    throw failure(
      `could not get storage information for '${storage.id}': storage '${storage.id}' does not support backups`,
    );
  }
  const retention = retentionFor(parameters.text('prune-backups') ?? storage.options['prune-backups'] ?? 'keep-all=1');
  const log: string[] = [];
  const say = (line: string): void => void log.push(line);
  const failed: Guest[] = [];
  const done: Guest[] = [];
  const effect = (): void => {
    for (const guest of done) {
      delete guest.config.lock;
      const notes = (parameters.text('notes-template') ?? '')
        .replaceAll('{{guestname}}', guestName(guest))
        .replaceAll('{{vmid}}', String(guest.vmid));
      const marks = {
        ...(notes === '' ? {} : { notes }),
        ...(parameters.flag('protected') ? { protected: true } : {}),
      };
      storage.volumes = [...storage.volumes, backupVolume(storage.id, guest, clock.now(), marks)];
      if (parameters.has('remove') && !parameters.flag('remove')) continue;
      removeMarked(
        storage,
        marked(storage, retention, ({ backupOf }) => backupOf?.vmid === guest.vmid),
      );
    }
    if (failed.length > 0) throw new TaskFailure('job errors');
  };
  const check = (): void => {
    for (const guest of guests) {
      if (guest.config.lock === undefined) {
        guest.config.lock = 'backup';
        done.push(guest);
      } else failed.push(guest);
    }
  };
  const id = guests.length === 1 ? String(guests[0]?.vmid) : '';
  const sent = parameters.names().filter((name) => !['node', 'vmid'].includes(name));
  const options = [...sent.map((name) => `--${name} ${parameters.text(name)}`), `--node ${node}`].join(' ');
  say(`INFO: starting new backup job: vzdump ${asked.join(' ')} ${options}`);
  const undo = (): void => {
    for (const guest of done) delete guest.config.lock;
  };
  const step = Math.floor((duration.backup - 500) / Math.max(1, guests.length));
  const lines = [
    { at: 0, text: () => log.join('\n') },
    ...guests.flatMap((guest, index) =>
      guestLines(guest, storage, index * step, step, () => failed.includes(guest), clock.now),
    ),
    {
      at: duration.backup - 1,
      text: () => `INFO: Backup job finished ${failed.length > 0 ? 'with errors' : 'successfully'}`,
    },
  ];
  return {
    data: startTask(world, { node, type: 'vzdump', id, who, takes: duration.backup, lines, check, effect, undo }),
  };
}

function guestLines(
  guest: Guest,
  storage: Storage,
  from: number,
  takes: number,
  isLocked: () => boolean,
  now: () => number,
) {
  const kind = guest.kind === 'qemu' ? 'VM' : 'CT';
  const line = (share: number, words: () => string) => ({ at: from + Math.floor(takes * share), text: words });
  const stamp = (): string => new Date(now()).toISOString().slice(0, 19).replace('T', ' ');
  const archive = (): string => {
    const name = backupVolume(storage.id, guest, now()).volid.split('/').at(-1);
    return `INFO: creating vzdump archive '${storage.options.path}/dump/${name}'`;
  };
  return [
    line(0, () => `INFO: Starting Backup of VM ${guest.vmid} (${guest.kind})`),
    line(0, () => `INFO: Backup started at ${stamp()}`),
    line(0, () => `INFO: status = ${guest.running ? 'running' : 'stopped'}`),
    line(0.1, () => `INFO: ${kind} Name: ${guestName(guest)}`),
    ...disksOf(guest).map(({ key, volid }) => line(0.1, () => `INFO: include disk '${key}' '${volid}'`)),
    line(0.2, () => (isLocked() ? `ERROR: Backup of VM ${guest.vmid} failed - ${lockText(guest)}` : archive())),
    line(0.9, () =>
      isLocked() ? `INFO: Failed at ${stamp()}` : `INFO: Finished Backup of VM ${guest.vmid} (00:00:04)`,
    ),
  ];
}

function retentionFor(words: string): Retention {
  const retention = retentionOf(words);
  if (retention === undefined) throw wrongParameters({ 'prune-backups': 'invalid format - format error\n' });
  return retention;
}

function defaults(call: Call): Reply {
  const storage = call.parameters.text('storage') ?? 'local';
  const retention = storageNamed(call.world.cluster, storage).options['prune-backups'] ?? 'keep-all=1';
  const flags = { all: 0, quiet: 0, remove: 1, stdexcludes: 1, stop: 0, pigz: 0, zstd: 1, bwlimit: 0 };
  const waits = { ionice: 7, lockwait: 180, stopwait: 10 };
  const how = { compress: '0', mode: 'snapshot', mailnotification: 'always', 'notification-mode': 'auto' };
  return { data: { ...flags, ...waits, ...how, storage, 'prune-backups': retention } };
}

function markedBy(call: Call): { readonly storage: Storage; readonly list: ReturnType<typeof marked> } {
  const storage = storageOf(call);
  const { parameters } = call;
  const retention = retentionFor(parameters.text('prune-backups') ?? storage.options['prune-backups'] ?? 'keep-all=1');
  const owner = parameters.number('vmid');
  const type = parameters.text('type');
  const list = marked(storage, retention, (volume) => {
    const of = volume.backupOf;
    return (
      seesBackup(call, storage, volume) &&
      (owner === undefined || of?.vmid === owner) &&
      (type === undefined || of?.kind === type)
    );
  });
  return { storage, list };
}

function dryRun(call: Call): Reply {
  const { list } = markedBy(call);
  return {
    data: list.map(({ volume: { volid, ctime, backupOf }, mark }) => ({
      volid,
      ctime,
      type: backupOf?.kind,
      vmid: backupOf?.vmid,
      mark,
    })),
  };
}

function pruneNow(call: Call): Reply {
  const { storage, list } = markedBy(call);
  callerMust(call, `/storage/${storage.id}`, 'Datastore.Allocate', 'Datastore.AllocateSpace');
  const effect = (): void => void removeMarked(storage, list);
  const lines = list
    .filter(({ mark }) => mark === 'remove')
    .map(({ volume }) => ({ at: 0, text: () => `removing backup '${volume.volid}'` }));
  const own = { node: nodeOf(call).name, type: 'prunebackups', id: storage.id, who: call.who, lines };
  return { data: startTask(call.world, { ...own, takes: duration.moment, effect }) };
}
