import { set } from './raise.ts';
import { configure, destroy, operate, type RiskRule } from './rule.ts';

const disks = '/nodes/{node}/disks' as const;
const ceph = '/nodes/{node}/ceph' as const;
const disk = 'disk {device} of {node}';
const lost = 'Everything that is on the disk is lost.';
const flags = 'nobackfill nodeep-scrub nodown noin noout norebalance norecover noscrub notieragent noup pause';
const held = 'Ceph is held back from keeping the data safe or available.';
const flagged = 'Flags hold Ceph back from moving, checking or giving out data, until they are taken away.';

/** Disks of a node, and Ceph: what makes, wipes or takes away is destroying. */
export const disksAndCeph: readonly RiskRule[] = [
  destroy(`PUT ${disks}/wipedisk`, 'disk {disk} of {node}', 'Wipe', 'wiped', lost),
  destroy(`POST ${disks}/initgpt`, 'disk {disk} of {node}', 'Initialise', 'initialised', lost),
  destroy(`POST ${disks}/directory`, disk, 'Make a file system on', 'formatted', lost),
  destroy(`POST ${disks}/lvm`, disk, 'Make a volume group on', 'made a volume group', lost),
  destroy(`POST ${disks}/lvmthin`, disk, 'Make a thin pool on', 'made a thin pool', lost),
  destroy(`POST ${disks}/zfs`, 'disks {devices} of {node}', 'Make a ZFS pool on', 'made a ZFS pool', lost),
  ...(
    [
      ['directory', 'directory'],
      ['lvm', 'volume group'],
      ['lvmthin', 'thin pool'],
      ['zfs', 'ZFS pool'],
    ] as const
  ).map(([kind, what]) =>
    destroy(
      `DELETE ${disks}/${kind}/{name}`,
      `${what} {name} on {node}`,
      'Destroy',
      'destroyed',
      'Everything that is on it is lost, disks of guests among it.',
    ),
  ),

  destroy(`POST ${ceph}/init`, 'Ceph on {node}', 'Set up', 'set up', 'The settings of Ceph are written.'),
  destroy(
    `POST ${ceph}/osd`,
    'disk {dev} of {node}',
    'Make an OSD on',
    'made an OSD',
    'Everything that is on the disk is lost; Ceph stores its data there.',
  ),
  destroy(
    `DELETE ${ceph}/osd/{osdid}`,
    'OSD {osdid} on {node}',
    'Destroy',
    'destroyed',
    'What Ceph stored there is lost, unless it has it elsewhere as well.',
  ),
  operate(`POST ${ceph}/osd/{osdid}/in`, 'OSD {osdid} on {node}', 'Take in', 'taken in', 'Ceph stores data on it.', {
    undo: 'Take it out again.',
  }),
  destroy(
    `POST ${ceph}/osd/{osdid}/out`,
    'OSD {osdid} on {node}',
    'Take out',
    'taken out',
    'Ceph moves its data elsewhere, and has one copy less until that is done.',
    { undo: 'Take it in again.' },
  ),
  operate(
    `POST ${ceph}/osd/{osdid}/scrub`,
    'OSD {osdid} on {node}',
    'Scrub',
    'scrubbed',
    'Ceph reads its data to find damage, which takes time and speed.',
    { params: 'deep' },
  ),
  ...(
    [
      ['mon', 'monid', 'monitor'],
      ['mgr', 'id', 'manager'],
      ['mds', 'name', 'metadata server'],
    ] as const
  ).flatMap(([kind, name, what]) => [
    destroy(
      `POST ${ceph}/${kind}/{${name}}`,
      `Ceph ${what} {${name}} on {node}`,
      'Create',
      'created',
      `Ceph has one ${what} more.`,
    ),
    destroy(
      `DELETE ${ceph}/${kind}/{${name}}`,
      `Ceph ${what} {${name}} on {node}`,
      'Destroy',
      'destroyed',
      `Ceph has one ${what} less; too few of them stop it, and every guest on it.`,
    ),
  ]),
  destroy(`POST ${ceph}/pool`, 'Ceph pool {name}', 'Create', 'created', 'A pool for the data of guests is made.'),
  destroy(
    `PUT ${ceph}/pool/{name}`,
    'Ceph pool {name}',
    'Change',
    'changed',
    'How often and where Ceph keeps the data changes; too few copies lose it.',
  ),
  destroy(`DELETE ${ceph}/pool/{name}`, 'Ceph pool {name}', 'Destroy', 'destroyed', 'All data of the pool is lost.'),
  destroy(`POST ${ceph}/fs/{name}`, 'CephFS {name}', 'Create', 'created', 'A file system on Ceph is made.'),
  destroy(
    `DELETE ${ceph}/fs/{name}`,
    'CephFS {name}',
    'Destroy',
    'destroyed',
    'Everything in the file system is lost.',
  ),
  operate(`POST ${ceph}/start`, 'Ceph services on {node}', 'Start', 'started', 'The services run.', {
    params: 'service',
  }),
  operate(
    `POST ${ceph}/restart`,
    'Ceph services on {node}',
    'Restart',
    'restarted',
    'The services end and start again; guests wait for their disks meanwhile.',
    { params: 'service' },
  ),
  destroy(
    `POST ${ceph}/stop`,
    'Ceph services on {node}',
    'Stop',
    'stopped',
    'Guests may lose their disks while they run.',
    { undo: 'Start them again.' },
  ),
  destroy(
    `POST ${ceph}/restart-bulk`,
    'Ceph services on {node}',
    'Restart all',
    'restarted',
    'All services of this kind end and start again; guests wait for their disks meanwhile.',
  ),
  destroy(
    'POST /cluster/ceph/restart-bulk',
    'Ceph services of the cluster',
    'Restart all',
    'restarted',
    'All services of this kind end and start again on every node; guests wait for their disks meanwhile.',
  ),
  configure('PUT /cluster/ceph/flags', 'flags of Ceph', 'Change', 'changed', flagged, {
    params: flags,
    raises: flags.split(' ').map((flag) => set(flag, held)),
    undo: 'Set the former ones.',
  }),
  configure('PUT /cluster/ceph/flags/{flag}', 'flag {flag} of Ceph', 'Change', 'changed', flagged, {
    params: 'value',
    raises: [set('value', held)],
    undo: 'Set the former value.',
  }),
];
