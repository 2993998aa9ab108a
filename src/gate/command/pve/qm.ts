import { del, get, own, type Program, post, put, rehearsal, withheld } from './row.ts';

const vms = '/nodes/{node}/qemu' as const;
const vm = `${vms}/{vmid}` as const;
const snapshot = `${vm}/snapshot/{snapname}` as const;
const config = { files: 'sshkeys' };

/** What the agent of a guest is only asked; everything else makes it do something. */
const questions = `get-fsinfo get-host-name get-memory-block-info get-memory-blocks get-osinfo get-time get-timezone
  get-users get-vcpus info network-get-interfaces`.split(/\s+/);
const rescan = 'Sizes and unused disks are written into the settings of guests.';

/** VMs. */
export const qm: Program = {
  list: get(vms, '', 'full'),
  config: get(`${vm}/config`, 'vmid', 'current snapshot'),
  pending: get(`${vm}/pending`, 'vmid'),
  status: get(`${vm}/status/current`, 'vmid', 'verbose', { local: 'verbose' }),
  listsnapshot: get(`${vm}/snapshot`, 'vmid'),
  showcmd: own('read', 'vmid', 'pretty snapshot', 'It prints how the VM would be started.'),
  wait: own('read', 'vmid', 'timeout', 'It waits until the VM has stopped.'),

  start: post(`${vm}/status/start`, 'vmid'),
  stop: post(`${vm}/status/stop`, 'vmid'),
  shutdown: post(`${vm}/status/shutdown`, 'vmid'),
  reboot: post(`${vm}/status/reboot`, 'vmid'),
  reset: post(`${vm}/status/reset`, 'vmid'),
  suspend: post(`${vm}/status/suspend`, 'vmid'),
  resume: post(`${vm}/status/resume`, 'vmid'),
  migrate: post(`${vm}/migrate`, 'vmid target'),
  'remote-migrate': post(`${vm}/remote_migrate`, 'vmid target-vmid target-endpoint'),

  create: post(vms, 'vmid', '', config),
  clone: post(`${vm}/clone`, 'vmid newid'),
  set: put(`${vm}/config`, 'vmid', '', config),
  template: post(`${vm}/template`, 'vmid'),
  destroy: del(vm, 'vmid'),
  import: post(vms, 'vmid source', '', {
    ...config,
    local: 'source format delete dryrun live-import',
    ...rehearsal('dryrun', own('read', 'vmid source', 'storage format', 'It prints what it would create.')),
  }),
  importovf: post(vms, 'vmid manifest storage', '', {
    local: 'format dryrun',
    fixed: { archive: '{manifest}' },
    ...rehearsal('dryrun', own('read', 'vmid manifest storage', 'format', 'It prints what it would create.')),
  }),
  unlock: own('configure', 'vmid', '', 'The lock of the guest is taken away, though what holds it may still run.'),

  snapshot: post(`${vm}/snapshot`, 'vmid snapname'),
  delsnapshot: del(snapshot, 'vmid snapname'),
  rollback: post(`${snapshot}/rollback`, 'vmid snapname'),

  'disk import': put(`${vm}/config`, 'vmid source storage', '', {
    local: 'format target-disk',
    fixed: { scsi0: '{storage}:0,import-from={source}' },
  }),
  'disk move': post(`${vm}/move_disk`, 'vmid disk storage?'),
  'disk resize': put(`${vm}/resize`, 'vmid disk size'),
  'disk unlink': put(`${vm}/unlink`, 'vmid'),
  'disk rescan': own(
    'configure',
    '',
    'vmid',
    rescan,
    rehearsal('dryrun', own('read', '', 'vmid', 'It prints what it would write.')),
  ),
  importdisk: 'disk import',
  'move-disk': 'disk move',
  move_disk: 'disk move',
  rescan: 'disk rescan',
  resize: 'disk resize',
  unlink: 'disk unlink',

  'cloudinit dump': get(`${vm}/cloudinit/dump`, 'vmid type'),
  'cloudinit pending': get(`${vm}/cloudinit`, 'vmid'),
  'cloudinit update': put(`${vm}/cloudinit`, 'vmid'),

  'guest cmd': post(`${vm}/agent/{command}`, 'vmid command', '', {
    cases: [{ param: 'command', values: questions, row: get(`${vm}/agent/{command}`, 'vmid command') }],
  }),
  'guest exec': own('destroy', 'vmid command*', '', 'What is sent runs in the guest.', { sensitive: true }),
  'guest exec-status': get(`${vm}/agent/exec-status`, 'vmid pid'),
  'guest passwd': post(`${vm}/agent/set-user-password`, 'vmid username'),
  agent: 'guest cmd',

  sendkey: put(`${vm}/sendkey`, 'vmid key'),
  monitor: withheld('vmid', 'the monitor of a VM'),
  terminal: withheld('vmid', 'the terminal of a VM'),
  vncproxy: withheld('vmid', 'the screen of a VM'),
  mtunnel: withheld('', 'the tunnel of a migration'),
  nbdstop: own('operate', 'vmid', '', 'What copies the disks of a running VM elsewhere ends.'),
  cleanup: own(
    'destroy',
    'vmid clean-shutdown guest-requested',
    '',
    'It is for Proxmox VE itself, when a VM has stopped.',
  ),
};

/** Restores a VM. */
export const qmrestore: Program = {
  '': post(vms, 'archive vmid'),
  help: own('read', '', 'verbose', 'It prints how it is used.'),
};
