import { given, holds, names, set } from './raise.ts';
import { configure, destroy, type RiskRule } from './rule.ts';

const undo = 'Set the former values.';
const options = `bwlimit consent-text console crs delete description email_from fencing ha http_proxy keyboard language
  location mac_prefix max_workers migration migration_unsecure next-id notify registered-tags replication tag-style u2f
  user-tag-access webauthn`;
const plain = 'the memory of guests crosses the network unencrypted.';
const factor = 'the second factors of people stop to work.';
const cpu = 'flags guest-phys-bits hidden hv-vendor-id level phys-bits reported-model';
const account = 'ACME account {name}';
const plugin = 'ACME plugin {id}';
const pluginSettings = 'api data disable nodes validation-delay';

/** The cluster as a whole: options, membership, certificates' accounts, devices for guests. */
export const cluster: readonly RiskRule[] = [
  configure('PUT /cluster/options', 'options of the cluster', 'Change', 'changed', 'They hold for all nodes at once.', {
    params: options,
    raises: [
      given('fencing', 'nodes that fail may not be kept away from the disks of their guests.'),
      given('u2f', factor),
      given('webauthn', factor),
      set('migration_unsecure', plain),
      holds('migration', /insecure/, plain),
      names('delete', /^(fencing|u2f|webauthn)$/, 'people or nodes lose what keeps them safe.'),
    ],
    sensitive: 'http_proxy',
    undo,
  }),
  destroy('POST /cluster/config', 'cluster {clustername}', 'Create', 'created', 'The node becomes a cluster.'),
  destroy(
    'POST /cluster/config/join',
    'cluster at {hostname}',
    'Join the',
    'joined',
    'The node becomes part of another cluster, and its own settings are replaced by those of that one.',
    { sensitive: true },
  ),
  destroy(
    'POST /cluster/config/nodes/{node}',
    'node {node} to the cluster',
    'Add',
    'added',
    'Another node counts in every decision of the cluster.',
  ),
  destroy(
    'DELETE /cluster/config/nodes/{node}',
    'node {node} from the cluster',
    'Remove',
    'removed',
    'The node is not part of the cluster any more; it has to be installed anew before it can come back.',
  ),

  configure(
    'POST /cluster/acme/account',
    account,
    'Register',
    'registered',
    'A contact is registered with an authority for certificates; its terms are accepted.',
    { params: 'contact directory eab-hmac-key eab-kid name tos_url', sensitive: true, undo: 'Deactivate it.' },
  ),
  configure(
    'PUT /cluster/acme/account/{name}',
    account,
    'Change',
    'changed',
    'The authority for certificates is told.',
    { params: 'contact', sensitive: true, undo },
  ),
  destroy(
    'DELETE /cluster/acme/account/{name}',
    account,
    'Deactivate',
    'deactivated',
    'The authority for certificates is told; certificates cannot be renewed by it any more.',
    { sensitive: true },
  ),
  configure('POST /cluster/acme/plugins', plugin, 'Add', 'added', 'Certificates can be ordered by it.', {
    params: `${pluginSettings} id type`,
    undo: 'Delete it.',
  }),
  configure('PUT /cluster/acme/plugins/{id}', plugin, 'Change', 'changed', 'Certificates are ordered by it.', {
    params: `${pluginSettings} delete digest`,
    undo,
  }),
  destroy(
    'DELETE /cluster/acme/plugins/{id}',
    plugin,
    'Delete',
    'deleted',
    'Certificates that were ordered by it cannot be renewed any more.',
  ),

  ...(['pci', 'usb'] as const).flatMap((kind) => {
    const target = `${kind.toUpperCase()} mapping {id}`;
    const settings = `description map ${kind === 'pci' ? 'live-migration-capable mdev' : ''}`;
    return [
      configure(`POST /cluster/mapping/${kind}`, target, 'Create', 'created', 'Guests can be given these devices.', {
        params: `${settings} id`,
        undo: 'Delete it.',
      }),
      configure(
        `PUT /cluster/mapping/${kind}/{id}`,
        target,
        'Change',
        'changed',
        'Guests with it get other devices at their next start.',
        { params: `${settings} delete digest`, undo },
      ),
      deleted(`DELETE /cluster/mapping/${kind}/{id}`, target),
    ];
  }),
  destroy(
    'POST /cluster/mapping/dir',
    'folder mapping {id}',
    'Create',
    'created',
    'Guests can be given a folder of the nodes themselves.',
  ),
  destroy(
    'PUT /cluster/mapping/dir/{id}',
    'folder mapping {id}',
    'Change',
    'changed',
    'Guests with it get another folder of the nodes themselves at their next start.',
  ),
  deleted('DELETE /cluster/mapping/dir/{id}', 'folder mapping {id}'),

  configure(
    'POST /cluster/qemu/custom-cpu-models',
    'CPU model {cputype}',
    'Create',
    'created',
    'VMs can be given this CPU.',
    { params: `${cpu} cputype`, undo: 'Delete it.' },
  ),
  configure(
    'PUT /cluster/qemu/custom-cpu-models/{cputype}',
    'CPU model {cputype}',
    'Change',
    'changed',
    'VMs with it get another CPU at their next start.',
    { params: `${cpu} delete digest`, undo },
  ),
  destroy(
    'DELETE /cluster/qemu/custom-cpu-models/{cputype}',
    'CPU model {cputype}',
    'Delete',
    'deleted',
    'VMs with it do not start any more.',
  ),
];

function deleted(request: `DELETE /${string}`, target: string): RiskRule {
  return destroy(request, target, 'Delete', 'deleted', 'Guests with it do not start any more.');
}
