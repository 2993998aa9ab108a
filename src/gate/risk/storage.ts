import { given, names, set } from './raise.ts';
import { configure, destroy, isSet, type Params, type RiskRule } from './rule.ts';

const storage = 'storage {storage}';
const content = '/nodes/{node}/storage/{storage}' as const;
const removed = 'what is kept of older backups changes, and others are removed at the next backup.';

/** Both when it is made and when it is changed. */
const settings = `blocksize bwlimit comstar_hg comstar_tg content content-dirs create-base-path create-subdirs data-pool
  disable domain encryption-key fingerprint format fs-name fuse is_mountpoint keyring krbd lio_tpg
  master-pubkey max-protected-backups maxfiles mkdir monhost mountpoint namespace nocow nodes nowritecache options
  password pool port preallocation prune-backups saferemove saferemove-stepsize saferemove_throughput server server2
  shared skip-cert-verification smbversion snapshot-as-volume-chain sparse subdir tagged_only transport username
  zfs-base-path`;
/** Only when it is made. */
const kind = `authsupported base datastore export iscsiprovider path portal share storage target thinpool type vgname volume`;
/** The nodes connect there. */
const away = 'server server2 monhost';
const retention = [given('prune-backups', removed), given('maxfiles', removed)];

/** Definitions of storages, and what is written to one. */
export const storages: readonly RiskRule[] = [
  configure(
    'POST /storage',
    storage,
    'Add',
    'added',
    'The storage can be used; what is on it already stays and can be seen.',
    {
      params: `${settings} ${kind}`,
      raises: [...retention, given('base', 'a volume group is made on that disk, in place of what is there.')],
      sensitive: `${away} portal`,
      undo: 'Remove it; what was written to it stays.',
    },
  ),
  configure('PUT /storage/{storage}', storage, 'Change', 'changed', changed, {
    params: `${settings} delete digest`,
    raises: [
      ...retention,
      set('disable', 'guests and backups on it are out of reach.'),
      given('encryption-key', 'backups under the former key cannot be read any more.'),
      names('delete', /^(encryption-key|master-pubkey)$/, 'backups under this key may not be readable any more.'),
      names('delete', /^(prune-backups|maxfiles)$/, removed),
    ],
    sensitive: away,
    undo: 'Set the former values.',
  }),
  destroy(
    'DELETE /storage/{storage}',
    storage,
    'Remove',
    'removed',
    'Guests and backups on it are out of reach; what is written there stays.',
  ),

  configure(
    `POST ${content}/content`,
    'volume {filename} on storage {storage}',
    'Make',
    'made',
    'An empty disk is made for the guest; it is not in its settings yet.',
    { params: 'filename format size vmid', undo: 'Delete the volume.' },
  ),
  configure(
    `POST ${content}/content/{volume}`,
    'volume {volume} on storage {storage}',
    'Copy',
    'copied',
    'The volume is copied; the first one stays.',
    { params: 'target target_node', undo: 'Delete the copy.' },
  ),
  destroy(
    `DELETE ${content}/content/{volume}`,
    'volume {volume} on storage {storage}',
    'Delete',
    'deleted',
    'What is on it is lost, whether a guest uses it or not.',
  ),
  configure(
    `POST ${content}/upload`,
    'file {filename} on storage {storage}',
    'Upload',
    'uploaded',
    ({ replaces }) =>
      replaces === ''
        ? 'The file is written; nothing of this name is there yet.'
        : 'The file is written; Proxmox VE replaces one of the same name without a word.',
    { params: 'checksum checksum-algorithm content filename', sensitive: true, undo: 'Delete the file.' },
  ),
  configure(
    `POST ${content}/download-url`,
    'file {filename} on storage {storage}',
    'Download',
    'downloaded',
    (_facts, params) =>
      `The node fetches the file from the address below.${
        params.checksum === undefined ? ' It is taken as it comes: no checksum is given.' : ''
      }${params['verify-certificates'] === '0' ? ' The certificate of the server is not checked.' : ''}`,
    {
      params: 'checksum checksum-algorithm compression content filename url verify-certificates',
      sensitive: true,
      undo: 'Delete the file.',
      stopTask: true,
    },
  ),
  configure(
    `POST ${content}/oci-registry-pull`,
    'image {reference} to storage {storage}',
    'Pull',
    'pulled',
    'The node fetches the image from its registry, as a template of containers.',
    { params: 'filename reference', sensitive: true, undo: 'Delete the file.', stopTask: true },
  ),
  configure(
    'POST /nodes/{node}/aplinfo',
    'template {template} to storage {storage}',
    'Download',
    'downloaded',
    'The node fetches the template from the list that it keeps.',
    { params: 'storage template', undo: 'Delete the file.', stopTask: true },
  ),
];

function changed(_facts: unknown, params: Params): string {
  if (isSet(params.disable)) return 'Guests and backups on it are out of reach until it is enabled again.';
  const narrowed =
    params.nodes === undefined && params.content === undefined
      ? ''
      : ' Nodes and kinds of content that are not named can no longer use it.';
  return `The settings are written and hold at once.${narrowed}`;
}
