import type { Certificates } from './certificate.ts';
import type { DemoClock } from './clock.ts';
import { failure } from './errors.ts';
import type { AclEntry } from './permissions.ts';

export type GuestKind = 'qemu' | 'lxc';

/** The whole cluster, in memory. Routes read it; handlers and tasks change it. */
export interface Cluster {
  readonly name: string;
  readonly nodes: readonly ClusterNode[];
  readonly guests: Map<number, Guest>;
  readonly storages: readonly Storage[];
  /** Oldest first. */
  readonly tasks: Task[];
  readonly acl: readonly AclEntry[];
  readonly certificates: Certificates;
}

/** A cluster and the time in which it lives. */
export interface World {
  readonly cluster: Cluster;
  readonly clock: DemoClock;
}

export interface ClusterNode {
  readonly name: string;
  readonly id: number;
  readonly ip: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly disk: number;
  readonly diskUsed: number;
  /** Milliseconds since 1970. */
  readonly bootedAt: number;
}

export interface Guest {
  readonly vmid: number;
  readonly kind: GuestKind;
  node: string;
  /** As `GET …/config` answers it, without the digest. */
  config: Record<string, string | number>;
  running: boolean;
  paused: boolean;
  /** Milliseconds since 1970; meaningless while it is stopped. */
  startedAt: number;
  pid: number;
  /** Bytes of its root disk. */
  readonly disk: number;
  /** How busy it is while it runs, 0 to 1. */
  readonly load: number;
  readonly snapshots: readonly Snapshot[];
  ha: HaService | undefined;
  /** What pvestatd last told the cluster of it; nothing yet for a fresh guest. */
  reported: GuestReport | undefined;
  /** Tasks that hold (first) or wait for this guest's lock. */
  readonly lockQueue: (() => void)[];
}

export interface Snapshot {
  readonly name: string;
  readonly description: string;
  /** Seconds since 1970. */
  readonly snaptime: number;
  readonly parent?: string;
}

export interface HaService {
  requested: 'started' | 'stopped';
  /** The manager's own state, such as `started`, `request_stop` or `migrate`. */
  state: string;
}

export interface GuestReport {
  readonly running: boolean;
  readonly name: string;
  readonly template: number;
  readonly cpus: number;
  readonly memory: number;
  readonly usage: GuestUsage;
}

/** What a guest uses at one moment. Bytes, seconds, CPU as a part of its cores. */
export interface GuestUsage {
  readonly cpu: number;
  readonly mem: number;
  readonly disk: number;
  readonly uptime: number;
  readonly netin: number;
  readonly netout: number;
  readonly diskread: number;
  readonly diskwrite: number;
}

export interface Storage {
  readonly id: string;
  readonly type: 'dir' | 'lvmthin' | 'nfs';
  readonly shared: boolean;
  /** Comma-separated content types. */
  readonly content: string;
  /** Bytes on each node, or in all when shared. */
  readonly total: number;
  readonly used: number;
  /** What `/storage` says besides: path, thin pool, server. */
  readonly options: Readonly<Record<string, string>>;
  readonly volumes: readonly Volume[];
}

/** A file that belongs to no running guest; disks of guests come from their configs. */
export interface Volume {
  readonly volid: string;
  readonly content: 'iso' | 'vztmpl' | 'backup';
  readonly format: string;
  readonly size: number;
  /** Seconds since 1970. */
  readonly ctime: number;
  readonly backupOf?: { readonly vmid: number; readonly kind: GuestKind };
}

export interface Task {
  readonly upid: string;
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly token: string | undefined;
  readonly pid: number;
  readonly pstart: number;
  /** Seconds since 1970. */
  readonly starttime: number;
  endtime: number | undefined;
  /** `OK`, `WARNINGS: n` or the reason of the failure; nothing while it runs. */
  exitStatus: string | undefined;
  readonly log: string[];
  /** Ends a running task without its effect. */
  interrupt: (() => void) | undefined;
}

/** The node that answers: the first one. */
export function localNode(cluster: Cluster): ClusterNode {
  return findNode(cluster, 'localhost');
}

/** The node of this name, or the answering one for `localhost`; PVE's 500 when there is none. */
export function findNode(cluster: Cluster, name: string): ClusterNode {
  const node = name === 'localhost' ? cluster.nodes[0] : cluster.nodes.find((each) => each.name === name);
  if (node !== undefined) return node;
  throw failure(
    `hostname lookup '${name}' failed - failed to get address info for: ${name}: Temporary failure in name resolution`,
  );
}

/** The guest of this kind on this node. Wrong node, wrong kind and no such guest are one and the same 500, as in PVE. */
export function findGuest(cluster: Cluster, node: string, kind: GuestKind, vmid: number): Guest {
  const guest = cluster.guests.get(vmid);
  if (guest !== undefined && guest.node === node && guest.kind === kind) return guest;
  const folder = kind === 'qemu' ? 'qemu-server' : 'lxc';
  throw failure(`Configuration file 'nodes/${node}/${folder}/${vmid}.conf' does not exist`);
}

/** `VM 101` or `CT 102`, as PVE's messages name guests. */
export function label(guest: { readonly kind: GuestKind; readonly vmid: number }): string {
  return `${guest.kind === 'qemu' ? 'VM' : 'CT'} ${guest.vmid}`;
}
