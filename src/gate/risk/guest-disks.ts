import { printable } from '../printable.ts';
import { only, set } from './raise.ts';
import { configure, destroy, isSet, operate, type Params, type RiskRule } from './rule.ts';

const vm = '/nodes/{node}/qemu/{vmid}' as const;
const container = '/nodes/{node}/lxc/{vmid}' as const;
const guest = '/nodes/{node}/{guest}/{vmid}' as const;
const snapshot = 'snapshot {snapname}';

const sourceDeleted = set('delete', 'what is at the source is destroyed afterwards.');
const move = 'bwlimit delete digest storage target-digest target-vmid';

/** Disks, snapshots, copies and moves of one guest. */
export const guestDisks: readonly RiskRule[] = [
  configure(
    `PUT ${guest}/resize`,
    'disk {disk}',
    'Resize',
    'resized',
    'The disk grows; a file system in it has to be grown by itself.',
    { params: 'digest disk size skiplock', undo: 'There is no way back: disks cannot be made smaller.' },
  ),
  configure(`POST ${vm}/move_disk`, 'disk {disk}', 'Move', 'moved', moved, {
    params: `${move} disk format target-disk`,
    raises: [sourceDeleted],
    undo: 'Move it back.',
  }),
  configure(`POST ${container}/move_volume`, 'volume {volume}', 'Move', 'moved', moved, {
    params: `${move} target-volume volume`,
    raises: [sourceDeleted],
    undo: 'Move it back.',
  }),
  destroy(`PUT ${vm}/unlink`, 'disks {idlist}', 'Unlink', 'unlinked', (_facts, params) =>
    isSet(params.force)
      ? 'The disks are taken out of the guest and destroyed.'
      : 'The disks are taken out of the guest; one that is unused already is destroyed.',
  ),

  configure(
    `POST ${guest}/snapshot`,
    snapshot,
    'Take',
    'taken',
    (_facts, params) =>
      isSet(params.vmstate)
        ? 'The state of the disks and the memory is kept, to go back to; the guest stands still for a while.'
        : 'The state of the disks is kept, to go back to.',
    { params: 'description snapname vmstate', undo: 'Delete the snapshot.' },
  ),
  configure(`PUT ${guest}/snapshot/{snapname}/config`, snapshot, 'Describe', 'described', 'Its description changes.', {
    params: 'description',
  }),
  destroy(
    `DELETE ${guest}/snapshot/{snapname}`,
    snapshot,
    'Delete',
    'deleted',
    'Nobody can go back to it any more; the guest stays as it is.',
  ),
  destroy(
    `POST ${guest}/snapshot/{snapname}/rollback`,
    snapshot,
    'Roll back to',
    'rolled back to',
    (_facts, params) =>
      `Everything that was written to the disks since then is lost, and the settings of then are back.${
        isSet(params.start) ? ' The guest is started afterwards.' : ''
      }`,
  ),

  configure(`POST ${guest}/clone`, '', 'Clone', 'cloned', cloned, {
    params: 'bwlimit description format full hostname name newid pool snapname storage target',
    undo: 'Delete the clone.',
  }),
  operate(`POST ${guest}/migrate`, '', 'Migrate', 'migrated', migrated, {
    params: `bwlimit force migration_network migration_type online restart target target-storage targetstorage timeout
      with-conntrack-state with-local-disks`,
    raises: [only('migration_type', ['secure'], 'the memory of the guest crosses the network unencrypted.')],
    undo: 'Migrate it back.',
    moves: true,
  }),
  configure(
    `POST ${guest}/remote_migrate`,
    '',
    'Migrate to another cluster:',
    'migrated to another cluster',
    (_facts, params) =>
      `The disks and the settings of the guest are sent to another cluster${
        isSet(params.delete) ? ', and destroyed here afterwards.' : '; here it stays, stopped and locked.'
      }`,
    {
      params: 'bwlimit delete online restart target-bridge target-endpoint target-storage target-vmid timeout',
      raises: [sourceDeleted],
      sensitive: true,
    },
  ),
];

function moved(_facts: unknown, params: Params): string {
  const target = params['target-vmid'];
  if (target !== undefined) return `It belongs to guest ${shown(target)} from then on, and not to this one.`;
  return isSet(params.delete)
    ? 'It is copied to the other storage, and the copy that is left at the source is destroyed.'
    : 'It is copied to the other storage and used there; what is at the source is kept as unused.';
}

function cloned(_facts: unknown, params: Params): string {
  const copy = `A copy is made as guest ${shown(params.newid)}`;
  return isSet(params.full) ? `${copy}, with disks of its own.` : `${copy}; that of a template shares its disks.`;
}

function migrated(facts: { readonly guest?: { readonly type: string } }, params: Params): string {
  const to = `The guest moves to ${shown(params.target)}`;
  if (facts.guest?.type === 'lxc' && isSet(params.restart)) return `${to}: it is shut down and started again there.`;
  const local = isSet(params['with-local-disks']) ? ' Its local disks are copied there and removed here.' : '';
  return `${to}${isSet(params.online) ? ' while it runs' : ''}.${local}`;
}

function shown(value: Params[string] | undefined): string {
  return printable([value ?? '?'].flat().join(','), 64);
}
