import { get, type Reader } from './get.ts';
import { flag, type Loose, looseList, looseObject, number, text } from './loose.ts';

/** GET `/cluster/ceph/status`, what matters of it. */
export interface CephStatus {
  /** `HEALTH_OK`, `HEALTH_WARN`, `HEALTH_ERR` */
  readonly health?: string | undefined;
  /** What is not well, with Ceph's own words. */
  readonly checks: readonly { readonly name: string; readonly severity?: string; readonly message?: string }[];
  readonly quorum: readonly string[];
  readonly osds?: number | undefined;
  readonly osdsUp?: number | undefined;
  readonly osdsIn?: number | undefined;
  readonly usedBytes?: number | undefined;
  readonly totalBytes?: number | undefined;
  /** State → how many placement groups. */
  readonly placementGroups: readonly { readonly state: string; readonly amount: number }[];
}
export interface CephOsd {
  readonly id: number;
  readonly host?: string | undefined;
  readonly status?: string | undefined;
  readonly isIn?: boolean | undefined;
  readonly deviceClass?: string | undefined;
  readonly usedPercent?: number | undefined;
  readonly totalBytes?: number | undefined;
}
export interface CephPool {
  readonly name: string;
  readonly size?: number | undefined;
  readonly minSize?: number | undefined;
  readonly placementGroups?: number | undefined;
  readonly usedBytes?: number | undefined;
  /** Fraction 0..1 */
  readonly used?: number | undefined;
}
export interface CephMonitor {
  readonly name: string;
  readonly host?: string | undefined;
  readonly state?: string | undefined;
  readonly inQuorum?: boolean | undefined;
  readonly version?: string | undefined;
}

export function readCephStatus(data: unknown): CephStatus {
  const it = looseObject(data, 'the Ceph status');
  const health = inner(it, 'health');
  const outer = inner(it, 'osdmap');
  const osdmap = 'osdmap' in outer ? inner(outer, 'osdmap') : outer;
  const pgmap = inner(it, 'pgmap');
  return {
    health: text(health.status),
    checks: Object.entries(inner(health, 'checks')).map(([name, check]) => checkOf(name, looseObject(check, name))),
    quorum: Array.isArray(it.quorum_names) ? it.quorum_names.map(String) : [],
    osds: number(osdmap.num_osds),
    osdsUp: number(osdmap.num_up_osds),
    osdsIn: number(osdmap.num_in_osds),
    usedBytes: number(pgmap.bytes_used),
    totalBytes: number(pgmap.bytes_total),
    placementGroups: looseList(pgmap.pgs_by_state ?? [], 'the placement groups').map((group) => ({
      state: text(group.state_name) ?? 'unknown',
      amount: number(group.count) ?? 0,
    })),
  };
}

function checkOf(name: string, check: Loose): CephStatus['checks'][number] {
  const [severity, message] = [text(check.severity), text(inner(check, 'summary').message)];
  return { name, ...(severity === undefined ? {} : { severity }), ...(message === undefined ? {} : { message }) };
}

/** The OSDs, out of the tree in which Ceph tells them. */
export function readCephOsds(data: unknown): CephOsd[] {
  const walk = (entry: Loose, host: string | undefined): CephOsd[] => {
    const children = looseList(entry.children ?? [], 'the OSDs');
    if (entry.type !== 'osd')
      return children.flatMap((child) => walk(child, entry.type === 'host' ? text(entry.name) : host));
    return [
      {
        id: number(entry.id) ?? -1,
        host: text(entry.host) ?? host,
        status: text(entry.status),
        isIn: flag(entry.in),
        deviceClass: text(entry.device_class),
        usedPercent: number(entry.percent_used),
        totalBytes: number(entry.total_space),
      },
    ];
  };
  const root = looseObject(data, 'the OSDs').root ?? {};
  return walk(looseObject(root, 'the OSDs'), undefined);
}

export function readCephPools(data: unknown): CephPool[] {
  return looseList(data, 'the Ceph pools').map((it) => ({
    name: text(it.pool_name) ?? '',
    size: number(it.size),
    minSize: number(it.min_size),
    placementGroups: number(it.pg_num),
    usedBytes: number(it.bytes_used),
    used: number(it.percent_used),
  }));
}

export function readCephMonitors(data: unknown): CephMonitor[] {
  return looseList(data, 'the Ceph monitors').map((it) => ({
    name: text(it.name) ?? '',
    host: text(it.host),
    state: text(it.state),
    inQuorum: flag(it.quorum),
    version: text(it.ceph_version_short),
  }));
}

/** GET `/cluster/ceph/status`. @throws PveError `not_implemented` where Ceph is not installed */
export async function cephStatus(reader: Reader): Promise<CephStatus> {
  return readCephStatus(await get(reader, ['cluster', 'ceph', 'status']));
}

/** GET `/nodes/{node}/ceph/{osd,pool,mon}`; each node of the cluster tells the same. */
export async function cephParts(reader: Reader, node: string) {
  const of = (what: string) => get(reader, ['nodes', node, 'ceph', what]);
  const [osds, pools, monitors] = await Promise.all([of('osd'), of('pool'), of('mon')]);
  return { osds: readCephOsds(osds), pools: readCephPools(pools), monitors: readCephMonitors(monitors) };
}

function inner(it: Loose, key: string): Loose {
  return looseObject(it[key] ?? {}, key);
}
