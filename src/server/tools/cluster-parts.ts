import { forModel } from '../../gate/printable.ts';
import type { PveClient } from '../../pve/client.ts';
import { clusterOptions, type Pool, pools } from '../../pve/datacenter.ts';
import { type HaResource, type HaRule, type HaService, haResources, haRules, haStatus } from '../../pve/ha.ts';
import { clusterLog } from '../../pve/logs.ts';
import type { PveVersion, Resource } from '../../pve/records.ts';
import { type Column, facts, rows } from '../text/rows.ts';
import { type Section, unreadable } from '../text/sections.ts';
import { count } from '../text/units.ts';
import { cephLines } from './ceph-text.ts';
import { clusterLogLines } from './log-text.ts';
import { replicationLines } from './replication-text.ts';

export const clusterParts = ['options', 'ha', 'replication', 'pools', 'ceph', 'log'] as const;

/** What a part needs of what was read anyway. */
export interface ClusterNow {
  readonly pve: PveClient;
  readonly version: PveVersion;
  readonly resources: readonly Resource[];
}

/** The parts of the cluster that are read when they are asked for. */
export function clusterSections({
  pve,
  version,
  resources,
}: ClusterNow): Readonly<Record<(typeof clusterParts)[number], Section>> {
  const online = resources.filter(({ type, status }) => type === 'node' && status === 'online');
  const nodes = online.flatMap(({ node }) => node ?? []).sort();
  return {
    options: async () => optionLines(await clusterOptions(pve)),
    ha: async () => haLines(pve, version.major),
    replication: async () => replicationLines(pve, nodes),
    pools: async () => poolLines(await pools(pve)),
    ceph: async () => cephLines(pve, nodes[0]),
    log: async () => [
      'Cluster log, last 20 (more with pve_get_log):',
      ...clusterLogLines((await clusterLog(pve, 20)).reverse()),
    ],
  };
}

function optionLines(options: Readonly<Record<string, string>>): string[] {
  const pairs = Object.entries(options).sort();
  if (pairs.length === 0) return ['Datacenter options: all as they come'];
  return [
    'Datacenter options:',
    ...facts(pairs.map(([key, value]) => [forModel(key, 64), forModel(value.trim(), 400)])),
  ];
}

async function haLines(pve: PveClient, major: number): Promise<string[]> {
  const rulesHead = major >= 9 ? 'HA rules' : 'HA groups';
  const [status, resources, rules] = await Promise.all([
    haStatus(pve),
    haResources(pve),
    haRules(pve, major).then(
      (list) => (list.length === 0 ? [`${rulesHead}: none`] : rows(ruleColumns, list)),
      (error: unknown) => [unreadable(rulesHead, error)],
    ),
  ]);
  const states = new Map(status.services.map((service) => [service.sid, service]));
  return [
    `HA: ${resources.length === 0 ? 'no guest is managed' : `${count(resources.length, 'guest')} managed`}`,
    ...facts([
      ['Manager', status.master === undefined ? 'none active' : forModel(status.master, 80)],
      ['Quorum', status.quorum === undefined ? undefined : forModel(status.quorum, 40)],
      ['Fencing', status.fencing === undefined ? undefined : forModel(status.fencing, 80)],
      ['Nodes', forModel(status.managers.join('; '), 600)],
    ]),
    ...(resources.length === 0 ? [] : rows(haColumns(states), resources)),
    ...rules,
  ];
}

function haColumns(states: ReadonlyMap<string, HaService>): readonly Column<HaResource>[] {
  return [
    { head: 'GUEST', cell: ({ sid }) => sid },
    { head: 'WANTED', cell: ({ state = 'started' }) => state },
    { head: 'STATE', cell: ({ sid }) => states.get(sid)?.state ?? '' },
    { head: 'NODE', cell: ({ sid }) => states.get(sid)?.node ?? '' },
    { head: 'GROUP', cell: ({ group = '' }) => group },
    { head: 'COMMENT', cell: ({ comment = '' }) => comment },
  ];
}

const ruleColumns: readonly Column<HaRule>[] = [
  { head: 'RULE', cell: ({ name }) => name },
  {
    head: 'KIND',
    cell: ({ type, affinity, strict }) => [type, affinity, strict ? 'strict' : ''].filter(Boolean).join(' '),
  },
  { head: 'GUESTS', cell: ({ resources }) => resources.join(',') },
  { head: 'NODES', cell: ({ nodes }) => nodes.join(',') },
  { head: 'STATE', cell: ({ disabled }) => (disabled ? 'off' : 'on') },
  { head: 'COMMENT', cell: ({ comment = '' }) => comment },
];

function poolLines(all: readonly Pool[]): string[] {
  if (all.length === 0) return ['Pools: none that the token may see (Pool.Audit)'];
  return [
    `${count(all.length, 'pool')}:`,
    ...all.map(({ id, comment, members }) => {
      const names = members.map(({ vmid, name = '', storage = '' }) =>
        vmid === undefined ? `storage ${storage}` : `${vmid} ${name}`.trim(),
      );
      const unique = [...new Set(names)];
      const note = comment === undefined ? '' : ` (${comment})`;
      return forModel(`${id}${note}: ${unique.length === 0 ? 'empty' : unique.join(', ')}`, 2000);
    }),
  ];
}
