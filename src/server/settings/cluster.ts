import { forModel } from '../../gate/printable.ts';
import { type Loose, looseList, text } from '../../pve/loose.ts';
import type { Act, Kind, Path, Seen } from './kind.ts';
import { toldNow, valuesOf } from './tell.ts';

const tool = 'pve_change_cluster';
const both: Act = { takes: ['digest', 'delete'] };
const usual = { create: {}, update: both, delete: {} } as const;
const pools = '/pools';

/** What the whole cluster shares: pools, users, jobs, HA, mappings, metrics, notifications, options. */
export const clusterKinds: readonly Kind[] = [
  {
    name: 'pool',
    tool,
    id: '{poolid}',
    list: pools,
    query: { poolid: '{poolid}' },
    view: members,
    acts: {
      create: {},
      update: { request: 'PUT /pools', sends: { poolid: 'poolid' } },
      add: { request: 'PUT /pools', sends: { poolid: 'poolid' }, after: membersNow },
      remove: { request: 'PUT /pools', sends: { poolid: 'poolid' }, fixed: { delete: 1 }, after: membersNow },
      delete: { request: 'DELETE /pools', sends: { poolid: 'poolid' }, after: poolGone },
    },
  },
  {
    name: 'user',
    tool,
    id: '{userid}',
    list: '/access/users',
    query: { full: '1' },
    acts: {
      create: {},
      // Without `enable` an update would switch a disabled user on.
      update: { keeps: ['enable'] },
      unlock_tfa: { request: 'PUT /access/users/{userid}/unlock-tfa', tool: 'pve_administer' },
      delete: {},
    },
  },
  { name: 'group', tool, id: '{groupid}', list: '/access/groups', acts: { create: {}, update: {}, delete: {} } },
  {
    name: 'backup_job',
    tool,
    id: '{id}',
    list: '/cluster/backup',
    acts: { create: { after: withRetention }, update: { takes: ['delete'], after: withRetention }, delete: {} },
  },
  {
    name: 'ha_resource',
    tool,
    id: '{sid}',
    list: '/cluster/ha/resources',
    acts: {
      ...usual,
      // PVE's own default, which takes it out of rules too: nobody should overlook it.
      delete: { usual9: { purge: 1 } },
    },
  },
  {
    name: 'ha_rule',
    tool,
    id: '{rule}',
    list: '/cluster/ha/rules',
    major: 9,
    acts: { ...usual, update: { ...both, keeps: ['type'] } },
  },
  { name: 'ha_group', tool, id: '{group}', list: '/cluster/ha/groups', major: 8, acts: usual },
  {
    name: 'replication_job',
    tool,
    id: '{id}',
    list: '/cluster/replication',
    detailed: true,
    nodeOf: 'guest',
    acts: {
      create: { fixed: { type: 'local' } },
      update: both,
      run: { request: 'POST /nodes/{node}/replication/{id}/schedule_now', after: async () => 'it is due now' },
      delete: {},
    },
  },
  { name: 'datacenter_options', tool, one: '/cluster/options', acts: { update: { takes: ['delete'] } } },
  { name: 'node_options', tool, one: '/nodes/{node}/config', acts: { update: both } },
  {
    name: 'node_dns',
    tool,
    one: '/nodes/{node}/dns',
    // What is not sent is forgotten.
    acts: { update: { keeps: ['search', 'dns1', 'dns2', 'dns3'] } },
  },
  mapping('pci'),
  mapping('usb'),
  mapping('dir'),
  {
    name: 'metric_server',
    tool,
    id: '{id}',
    list: '/cluster/metrics/server',
    detailed: true,
    acts: {
      create: { request: 'POST /cluster/metrics/server/{id}' },
      update: { ...both, keeps: ['server', 'port'] },
      delete: {},
    },
  },
  notification('gotify', { asks: () => ['token'] }),
  notification('sendmail'),
  notification('smtp', { asks: ({ username }) => (username === undefined ? [] : ['password']) }),
  notification('webhook'),
  {
    name: 'notification_matcher',
    tool,
    id: '{name}',
    list: '/cluster/notifications/matchers',
    detailed: true,
    acts: usual,
  },
  {
    name: 'notification_target',
    tool,
    id: '{name}',
    list: '/cluster/notifications/targets',
    acts: {
      test: {
        request: 'POST /cluster/notifications/targets/{name}/test',
        after: async () => 'a test was sent; whether it arrives, its reader knows',
      },
    },
  },
  {
    name: 'realm_sync_job',
    tool: 'pve_administer',
    id: '{id}',
    list: '/cluster/jobs/realm-sync',
    acts: {
      create: { request: 'POST /cluster/jobs/realm-sync/{id}' },
      update: { takes: ['delete'], keeps: ['schedule'] },
      delete: {},
    },
  },
  {
    name: 'acme_account',
    tool,
    id: '{name}',
    list: '/cluster/acme/account',
    acts: { create: {}, update: {}, delete: {} },
  },
  {
    name: 'acme_plugin',
    tool,
    id: '{id}',
    list: '/cluster/acme/plugins',
    keys: ['plugin'],
    acts: { ...usual, create: { asks: ({ type }) => (type === 'dns' ? ['data'] : []) } },
  },
];

function mapping(what: 'pci' | 'usb' | 'dir'): Kind {
  const list: Path = `/cluster/mapping/${what}`;
  const update = what === 'usb' ? { ...both, keeps: ['map'] } : both;
  return {
    name: `mapping_${what}`,
    tool: what === 'dir' ? 'pve_administer' : tool,
    id: '{id}',
    list,
    acts: { create: {}, update, delete: {} },
  };
}

function notification(what: 'gotify' | 'sendmail' | 'smtp' | 'webhook', create: Act = {}): Kind {
  const list: Path = `/cluster/notifications/endpoints/${what}`;
  return {
    name: `notification_${what}`,
    tool,
    id: '{name}',
    list,
    detailed: true,
    acts: { create, update: both, delete: {} },
  };
}

/** A pool as its parameters say it: who is in it. */
function members({ members: all, ...row }: Loose): Loose {
  const rows = Array.isArray(all) ? looseList(all, 'the members of a pool') : [];
  const of = (name: 'vmid' | 'storage') => [...new Set(rows.flatMap((one) => text(one[name]) ?? []))].sort().join(',');
  return { ...row, vms: of('vmid'), storage: of('storage') };
}

async function membersNow({ now, before }: Seen): Promise<string> {
  const { row } = await now();
  const in_ = (one: Loose | undefined) =>
    `guests ${text(one?.vms) ?? 'none'}, storages ${text(one?.storage) ?? 'none'}`;
  return `it holds now: ${forModel(in_(row), 600)}\nBefore: ${forModel(in_(before), 600)}`;
}

/** A pool that is gone cannot be asked for, only looked for among all. */
async function poolGone({ pve, id }: Seen): Promise<string> {
  const { data } = await pve.send({ method: 'GET', path: ['pools'] }, { fresh: true });
  return looseList(data, 'the pools').some(({ poolid }) => poolid === id) ? 'but it is still there' : 'it is gone';
}

async function withRetention(seen: Seen): Promise<string> {
  const { row } = await seen.now();
  const kept = row?.['prune-backups'];
  const line =
    kept === undefined
      ? 'Retention: none of its own, so that of the storage applies (pve_list_storage).'
      : `Retention, older backups are deleted after each run: ${valuesOf({ 'prune-backups': kept })}`;
  return `${await toldNow(seen)}\n${line}`;
}
