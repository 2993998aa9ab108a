import { seconds } from '../clock.ts';
import { disksOf } from '../disks.ts';
import { failure } from '../errors.ts';
import { guestName } from '../guests.ts';
import { flag, type ParameterSpecs, splitList, text } from '../parameters.ts';
import { type Call, callerMay, index, type Reply, type Route, required } from '../route.ts';
import type { BackupJob, Guest } from '../state.ts';

const jobs = '/cluster/backup';
const one = `${jobs}/{id}`;
const looks = { at: '/', any: ['Sys.Audit'] };
const changes = { at: '/', any: ['Sys.Modify'] };
const flags = ['all', 'enabled', 'protected', 'remove', 'repeat-missed'];
const texts =
  'schedule storage mode compress vmid exclude pool node comment prune-backups notes-template mailnotification mailto notification-mode starttime dow fleecing bwlimit'.split(
    ' ',
  );
const specs: ParameterSpecs = {
  ...Object.fromEntries(texts.map((name) => [name, text])),
  ...Object.fromEntries(flags.map((name) => [name, flag])),
};

/** Scheduled backups, and what they leave out. */
export const jobRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: jobs,
    privilege: looks,
    answer: (call) => ({ data: [...call.world.cluster.backupJobs].map(([id, job]) => entry(call, id, job, true)) }),
  },
  { method: 'POST', path: jobs, privilege: changes, parameters: { ...specs, id: text }, answer: create },
  {
    method: 'GET',
    path: one,
    privilege: looks,
    answer: (call) => ({ data: entry(call, required(call.parameters, 'id'), jobOf(call), false) }),
  },
  { method: 'PUT', path: one, privilege: changes, parameters: { ...specs, delete: text }, answer: update },
  { method: 'DELETE', path: one, privilege: changes, answer: remove },
  { method: 'GET', path: `${one}/included_volumes`, privilege: looks, answer: included },
  { method: 'GET', path: '/cluster/backup-info', rootOnly: true, answer: () => index('subdir', ['not-backed-up']) },
  { method: 'GET', path: '/cluster/backup-info/not-backed-up', privilege: looks, answer: notBackedUp },
];

function entry({ world }: Call, id: string, job: BackupJob, next: boolean): Record<string, unknown> {
  const { 'prune-backups': prune, ...rest } = job;
  const kept =
    prune === undefined
      ? {}
      : {
          'prune-backups': Object.fromEntries(
            String(prune)
              .split(',')
              .map((part) => part.split('=')),
          ),
        };
  const when =
    next && job.enabled !== 0 ? { 'next-run': nextRun(String(job.schedule ?? '02:00'), world.clock.now()) } : {};
  return { id, type: 'vzdump', ...rest, ...kept, ...when };
}

/** Only the time of day of a schedule counts here. */
function nextRun(schedule: string, now: number): number {
  const [, hour = '0', minute = '0'] = /(\d{1,2}):(\d{2})/.exec(schedule) ?? [];
  const today = new Date(now).setUTCHours(Number(hour), Number(minute), 0, 0);
  return seconds(today > now ? today : today + 86_400_000);
}

function jobOf({ world, parameters }: Call): BackupJob {
  const id = required(parameters, 'id');
  const job = world.cluster.backupJobs.get(id);
  if (job === undefined) throw failure(`No such job '${id}'`);
  return job;
}

function sent({ parameters }: Call): BackupJob {
  const given = parameters.names().filter((name) => Object.hasOwn(specs, name));
  return Object.fromEntries(
    given.map((name) => [name, flags.includes(name) ? Number(parameters.text(name)) : (parameters.text(name) ?? '')]),
  );
}

function create(call: Call): Reply {
  const { backupJobs } = call.world.cluster;
  const id = call.parameters.text('id') ?? `backup-${backupJobs.size + 1}`;
  if (backupJobs.has(id)) throw failure(`Job '${id}' already exists`);
  backupJobs.set(id, { enabled: 1, ...sent(call) });
  return { data: null };
}

function update(call: Call): Reply {
  const job = jobOf(call);
  Object.assign(job, sent(call));
  for (const name of splitList(call.parameters.text('delete') ?? '')) delete job[name];
  return { data: null };
}

function remove(call: Call): Reply {
  jobOf(call);
  call.world.cluster.backupJobs.delete(required(call.parameters, 'id'));
  return { data: null };
}

function includes({ world }: Call, job: BackupJob, { vmid, node }: Guest): boolean {
  if (job.node !== undefined && job.node !== node) return false;
  if (job.all === 1) return !splitList(String(job.exclude ?? '')).includes(String(vmid));
  if (job.pool !== undefined) return world.cluster.pools.get(String(job.pool))?.guests.has(vmid) === true;
  return splitList(String(job.vmid ?? '')).includes(String(vmid));
}

function visible(call: Call): Guest[] {
  return [...call.world.cluster.guests.values()].filter(({ vmid }) => callerMay(call, `/vms/${vmid}`, 'VM.Audit'));
}

function included(call: Call): Reply {
  const job = jobOf(call);
  const children = visible(call)
    .filter((guest) => includes(call, job, guest))
    .map((guest) => ({
      id: guest.vmid,
      name: guestName(guest),
      type: guest.kind,
      leaf: 0,
      children: disksOf(guest).map(({ key, volid }) => ({
        id: `${guest.vmid}:${key}`,
        name: volid,
        included: 1,
        leaf: 1,
        reason: 'backup=yes',
      })),
    }));
  return { data: { children } };
}

function notBackedUp(call: Call): Reply {
  const { cluster } = call.world;
  const enabled = [...cluster.backupJobs.values()].filter((job) => job.enabled !== 0);
  const left = visible(call).filter((guest) => !enabled.some((job) => includes(call, job, guest)));
  return { data: left.map((guest) => ({ vmid: guest.vmid, name: guestName(guest), type: guest.kind })) };
}
