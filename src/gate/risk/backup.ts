import { printable } from '../printable.ts';
import { given, names, noGuests, off, type Raise, set, unlessOff } from './raise.ts';
import { configure, destroy, isSet, operate, type Params, type RiskRule } from './rule.ts';

/** What a backup and a job of backups have in common. */
const backup = `bwlimit compress exclude exclude-path fleecing ionice lockwait mailnotification mailto mode notes-template
  notification-mode notification-policy notification-target pbs-change-detection-mode performance pigz pool protected
  prune-backups maxfiles quiet remove script all stdexcludes stopwait storage vmid zstd`;
const script: Raise = given('script', 'a script of the node runs with the backup.');
const retention: readonly Raise[] = [
  given('prune-backups', 'older backups are removed by these rules.'),
  given('maxfiles', 'older backups beyond this number are removed.'),
];
const many = 'no list of guests: it reaches many.';
const job = `${backup} comment dow enabled id node repeat-missed schedule starttime`;
const jobRaises = [script, ...retention, set('remove', 'older backups are removed after each run.')];

/** Backups now and by schedule, and replication. */
export const backups: readonly RiskRule[] = [
  operate('POST /nodes/{node}/vzdump', 'guests {vmid} on {node}', 'Back up', 'backed up', backedUp, {
    params: backup,
    raises: [
      script,
      ...retention,
      unlessOff('remove', 'not exactly 0: older backups are removed afterwards.'),
      noGuests('vmid'),
      set('all', many),
      given('pool', many),
      given('exclude', many),
    ],
    sensitive: 'mailto',
    stopTask: true,
  }),
  configure(
    'POST /cluster/backup',
    'backup job {id}',
    'Create',
    'created',
    'Backups run by this schedule from then on, and older ones are removed as their storage says.',
    { params: job, raises: jobRaises, sensitive: 'mailto', undo: 'Delete the job.' },
  ),
  configure('PUT /cluster/backup/{id}', 'backup job {id}', 'Change', 'changed', jobChanged, {
    params: `${job} delete`,
    raises: [
      ...jobRaises,
      names('delete', /^(remove|prune-backups|maxfiles)$/, 'what is kept of older backups changes.'),
    ],
    sensitive: 'mailto',
    undo: 'Set the former values.',
  }),
  destroy(
    'DELETE /cluster/backup/{id}',
    'backup job {id}',
    'Delete',
    'deleted',
    'These backups are not made any more; those that are there stay.',
  ),
  destroy(
    'DELETE /nodes/{node}/storage/{storage}/prunebackups',
    'backups on storage {storage}',
    'Prune',
    'pruned',
    'Backups that the rules do not keep are destroyed.',
  ),
  configure(
    'POST /cluster/replication',
    'replication job {id}',
    'Create',
    'created',
    'The disks of the guest are copied to the other node by this schedule.',
    {
      params: 'comment disable id rate remove_job schedule source target type',
      raises: [given('remove_job', 'the job is taken away, and with it what was replicated.')],
      undo: 'Delete the job.',
    },
  ),
  configure('PUT /cluster/replication/{id}', 'replication job {id}', 'Change', 'changed', replicationChanged, {
    params: 'comment delete digest disable rate remove_job schedule source',
    raises: [given('remove_job', 'the job is taken away, and with it what was replicated.')],
    undo: 'Set the former values.',
  }),
  destroy('DELETE /cluster/replication/{id}', 'replication job {id}', 'Delete', 'deleted', (_facts, params) =>
    isSet(params.keep)
      ? 'Nothing is replicated any more; what was replicated stays on the other node.'
      : 'Nothing is replicated any more, and what was replicated is destroyed on the other node.',
  ),
  operate(
    'POST /nodes/{node}/replication/{id}/schedule_now',
    'replication job {id}',
    'Run',
    'scheduled',
    'The disks of the guest are copied to the other node as soon as possible.',
  ),
  configure(
    'PUT /nodes/{node}/storage/{storage}/content/{volume}',
    'volume {volume} on storage {storage}',
    'Change',
    'changed',
    'Its notes and its protection are written.',
    {
      params: 'notes protected',
      raises: [off('protected', 'the protection from removal goes.')],
      undo: 'Set the former values.',
    },
  ),
];

function backedUp(_facts: unknown, params: Params): string {
  const how = {
    stop: 'It is shut down for the backup and started again afterwards.',
    suspend: 'It stands still for a while.',
  };
  const mode = [params.mode ?? ''].flat().join();
  const stands = mode === 'stop' || mode === 'suspend' ? ` ${how[mode]}` : '';
  const remove = params.remove ?? 'left out, which is 1';
  const pruned =
    params.remove === '0'
      ? ' No older backup is removed.'
      : ` Older backups are removed afterwards (remove is ${printable([remove].flat().join(), 20)}).`;
  return `A backup of each guest is written${params.storage === undefined ? '' : ` to ${printable([params.storage].flat().join(), 64)}`}.${stands}${pruned}`;
}

function jobChanged(_facts: unknown, params: Params): string {
  return params.enabled !== undefined && !isSet(params.enabled)
    ? 'These backups are not made any more until the job is enabled again.'
    : 'Backups run by these settings from then on.';
}

function replicationChanged(_facts: unknown, params: Params): string {
  return isSet(params.disable)
    ? 'Nothing is replicated any more until the job is enabled again.'
    : 'The disks of the guest are copied by these settings from then on.';
}
