import { del, get, own, type Program, post, put, rehearsal } from './row.ts';

const here = '/nodes/{node}/storage/{storage}' as const;
const scan = '/nodes/{node}/scan' as const;
const files = { files: 'encryption-key keyring master-pubkey' };
const keep = 'keep-all keep-daily keep-hourly keep-last keep-monthly keep-weekly keep-yearly';

/** Storages and what is on them. */
export const pvesm: Program = {
  status: get('/nodes/{node}/storage', '', 'content enabled format storage target'),
  list: get(`${here}/content`, 'storage', 'content vmid'),
  path: own('read', 'volume', '', 'It prints where a volume is.'),
  apiinfo: own('read', '', '', 'It prints the version of the storage code.'),
  extractconfig: own('read', 'volume', '', 'It prints the settings that are kept in a backup.', { sensitive: true }),

  add: post('/storage', 'type storage', '', files),
  set: put('/storage/{storage}', 'storage', '', files),
  remove: del('/storage/{storage}', 'storage'),

  alloc: post(`${here}/content`, 'storage vmid filename size'),
  free: del(`${here}/content/{volume}`, 'volume'),
  'prune-backups': del(`${here}/prunebackups`, 'storage', '', {
    local: keep,
    ...rehearsal('dry-run', get(`${here}/prunebackups`, 'storage', `${keep} type vmid`, { local: keep })),
  }),
  export: own(
    'configure',
    'volume format filename',
    'base snapshot snapshot-list with-snapshots',
    'A volume is written into a file.',
    {
      sensitive: true,
      writes: 'filename',
    },
  ),
  import: own(
    'configure',
    'volume format filename',
    'allow-rename base delete-snapshot snapshot with-snapshots',
    'A volume is made of a file.',
    { sensitive: true },
  ),

  'scan nfs': get(`${scan}/nfs`, 'server'),
  'scan cifs': get(`${scan}/cifs`, 'server', 'domain password username'),
  'scan glusterfs': get(`${scan}/glusterfs`, 'server'),
  'scan iscsi': get(`${scan}/iscsi`, 'portal'),
  'scan pbs': get(`${scan}/pbs`, 'server username', 'fingerprint password port'),
  'scan lvm': get(`${scan}/lvm`),
  'scan lvmthin': get(`${scan}/lvmthin`, 'vg'),
  'scan zfs': get(`${scan}/zfs`),
  nfsscan: 'scan nfs',
  cifsscan: 'scan cifs',
  glusterfsscan: 'scan glusterfs',
  iscsiscan: 'scan iscsi',
  lvmscan: 'scan lvm',
  lvmthinscan: 'scan lvmthin',
  zfsscan: 'scan zfs',
};

/** Templates of containers. */
export const pveam: Program = {
  update: own('operate', '', '', 'The list of templates is fetched anew.'),
  available: own('read', '', 'section', 'It prints the templates that can be downloaded.'),
  list: get(`${here}/content`, 'storage'),
  download: post('/nodes/{node}/aplinfo', 'storage template'),
  remove: del(`${here}/content/{template_path}`, 'template_path'),
};

/** Backups now. */
export const vzdump: Program = {
  '': post('/nodes/{node}/vzdump', 'vmid*'),
  help: own('read', '', 'verbose', 'It prints how it is used.'),
};

/** Replication. */
export const pvesr: Program = {
  list: get('/cluster/replication'),
  read: get('/cluster/replication/{id}', 'id'),
  status: get('/nodes/{node}/replication', '', 'guest'),
  'create-local-job': post('/cluster/replication', 'id target', '', { fixed: { type: 'local' } }),
  update: put('/cluster/replication/{id}', 'id'),
  enable: put('/cluster/replication/{id}', 'id', '', { fixed: { disable: '0' } }),
  disable: put('/cluster/replication/{id}', 'id', '', { fixed: { disable: '1' } }),
  delete: del('/cluster/replication/{id}', 'id'),
  'schedule-now': post('/nodes/{node}/replication/{id}/schedule_now', 'id'),
  run: own('operate', '', 'id mail verbose', 'The disks of guests are copied to other nodes, as their jobs say.'),
  'prepare-local-job': own('destroy', 'id volumes*', '', 'Copies of disks that no job needs are deleted.'),
  'finalize-local-job': own('destroy', 'id volumes*', '', 'Snapshots of older copies are deleted.'),
  'set-state': own('destroy', 'vmid state', '', 'What is known of the copies of a guest is replaced.'),
};
