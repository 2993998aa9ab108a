import { del, get, own, type Program, post, put, rehearsal, withheld } from './row.ts';

const containers = '/nodes/{node}/lxc' as const;
const container = `${containers}/{vmid}` as const;
const snapshot = `${container}/snapshot/{snapname}` as const;
const config = { files: 'ssh-public-keys' };
const owner = 'group perms user';

/** Containers. */
export const pct: Program = {
  list: get(containers),
  config: get(`${container}/config`, 'vmid', 'current snapshot'),
  pending: get(`${container}/pending`, 'vmid'),
  status: get(`${container}/status/current`, 'vmid', 'verbose', { local: 'verbose' }),
  listsnapshot: get(`${container}/snapshot`, 'vmid'),
  cpusets: own('read', '', '', 'It prints which processors the containers have.'),
  df: own('read', 'vmid', '', 'It prints how full the disks of the container are.'),

  start: post(`${container}/status/start`, 'vmid'),
  stop: post(`${container}/status/stop`, 'vmid'),
  shutdown: post(`${container}/status/shutdown`, 'vmid'),
  reboot: post(`${container}/status/reboot`, 'vmid'),
  suspend: post(`${container}/status/suspend`, 'vmid'),
  resume: post(`${container}/status/resume`, 'vmid'),
  migrate: post(`${container}/migrate`, 'vmid target'),
  'remote-migrate': post(`${container}/remote_migrate`, 'vmid target-vmid target-endpoint'),

  create: post(containers, 'vmid ostemplate', '', config),
  restore: post(containers, 'vmid ostemplate', '', { ...config, fixed: { restore: '1' } }),
  clone: post(`${container}/clone`, 'vmid newid'),
  set: put(`${container}/config`, 'vmid'),
  resize: put(`${container}/resize`, 'vmid disk size'),
  'move-volume': post(`${container}/move_volume`, 'vmid volume storage? target-vmid? target-volume?'),
  move_volume: 'move-volume',
  template: post(`${container}/template`, 'vmid'),
  destroy: del(container, 'vmid'),
  unlock: own('configure', 'vmid', '', 'The lock of the guest is taken away, though what holds it may still run.'),

  snapshot: post(`${container}/snapshot`, 'vmid snapname'),
  delsnapshot: del(snapshot, 'vmid snapname'),
  rollback: post(`${snapshot}/rollback`, 'vmid snapname'),

  rescan: own(
    'configure',
    '',
    'vmid',
    'Sizes and unused disks are written into the settings of guests.',
    rehearsal('dryrun', own('read', '', 'vmid', 'It prints what it would write.')),
  ),
  fsck: own('configure', 'vmid', 'device', 'Faults of the file system that it finds are repaired.'),
  fstrim: own('operate', 'vmid', '', 'The storage gets back the blocks that are free.'),
  mount: own('configure', 'vmid', '', 'The disks of the container are there on the node, and it is locked.'),
  unmount: own('configure', 'vmid', '', 'The disks of the container are on the node no longer, and its lock is gone.'),

  push: own('configure', 'vmid file destination', owner, 'A file of the node is written into the container.', {
    sensitive: true,
    writes: 'destination',
  }),
  pull: own('configure', 'vmid path destination', owner, 'A file of the container is written onto the node.', {
    sensitive: true,
    writes: 'destination',
  }),
  exec: own('destroy', 'vmid command*', '', 'What is sent runs in the container.', { sensitive: true }),
  enter: withheld('vmid', 'a shell in a container'),
  console: withheld('vmid', 'the console of a container'),
};
