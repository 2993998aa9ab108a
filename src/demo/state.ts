import type { Ailments } from './ailments.ts';
import type { Certificates } from './certificate.ts';
import type { DemoClock } from './clock.ts';
import type { Directory } from './directory.ts';
import { failure } from './errors.ts';
import type { Firewall } from './firewall.ts';
import type { Pool } from './permissions.ts';
import type { SectionFiles } from './sections.ts';
import type { TicketOffice } from './tickets.ts';

export type GuestKind = 'qemu' | 'lxc';

/** The whole cluster, in memory. Routes read it; handlers and tasks change it. */
export interface Cluster {
  readonly name: string;
  readonly nodes: readonly ClusterNode[];
  readonly guests: Map<number, Guest>;
  readonly storages: Storage[];
  /** Volumes of guests that were freed behind their backs. */
  readonly freed: Set<string>;
  /** Oldest first. */
  readonly tasks: Task[];
  readonly directory: Directory;
  readonly pools: Map<string, Pool>;
  /** `cluster`, `node/…` or `guest/…` → its firewall. */
  readonly firewalls: Map<string, Firewall>;
  /** Node → its network devices. */
  readonly networks: Map<string, Network>;
  /** `node/service`. */
  readonly stoppedServices: Set<string>;
  /** Rule → its settings. */
  readonly haRules: Map<string, Readonly<Record<string, string>>>;
  /** Id → settings, as `/cluster/backup` takes them. */
  readonly backupJobs: Map<string, BackupJob>;
  readonly sections: SectionFiles;
  /** Path of the API → settings that stand alone: the datacenter's, a node's. */
  readonly settings: Map<string, Readonly<Record<string, unknown>>>;
  /** What HA does with what it manages while it watches nothing; absent while it is armed. */
  disarmed?: 'freeze' | 'ignore';
  certificates: Certificates;
  readonly ailments: Ailments;
  /** Whether the nodes that are there may decide; also needs more than half of them. */
  quorum: boolean;
}

/** A cluster, the time in which it lives, and the node of it that answers. */
export interface World {
  readonly cluster: Cluster;
  readonly clock: DemoClock;
  readonly tickets: TicketOffice;
  /** The name of the node that answers. */
  readonly local: string;
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
  offline: boolean;
}

export interface Guest {
  readonly vmid: number;
  readonly kind: GuestKind;
  node: string;
  /** As `GET …/config` answers it, without the digest. */
  config: Record<string, string | number>;
  /** Changes that wait for its next start; `null` = to be removed. */
  pending: Record<string, string | number | null>;
  running: boolean;
  paused: boolean;
  /** Milliseconds since 1970; meaningless while it is stopped. */
  startedAt: number;
  pid: number;
  /** Bytes of its root disk. */
  disk: number;
  /** How busy it is while it runs, 0 to 1. */
  readonly load: number;
  snapshots: readonly Snapshot[];
  /** The template whose disks it stands on, for a linked clone. */
  readonly base?: number;
  /** Whether its agent answers, if one is configured at all. */
  readonly agent: boolean;
  ha: HaService | undefined;
  /** What pvestatd last told the cluster of it; nothing yet for a fresh guest. */
  reported: GuestReport | undefined;
  /** Tasks that hold (first) or wait for this guest's lock. */
  readonly lockQueue: (() => void)[];
}

/** Network devices in force, and as they will be when changes are applied. */
export interface Network {
  active: readonly (Readonly<Record<string, unknown>> & { readonly iface: string })[];
  pending: Network['active'] | undefined;
}

/** The settings of a backup job. */
export type BackupJob = Record<string, string | number>;

export interface Snapshot {
  readonly name: string;
  readonly description: string;
  /** Seconds since 1970. */
  readonly snaptime: number;
  readonly parent?: string;
  /** Whether the memory was saved too. */
  readonly vmstate: boolean;
  /** The config as it was. */
  readonly config: Guest['config'];
}

export interface HaService {
  comment?: string | undefined;
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
  readonly type: 'dir' | 'lvmthin' | 'nfs' | 'cifs' | 'pbs';
  readonly shared: boolean;
  /** Comma-separated content types. */
  content: string;
  /** Bytes on each node, or in all when shared. */
  readonly total: number;
  used: number;
  disabled?: boolean;
  /** What `/storage` says besides: path, thin pool, server. */
  options: Readonly<Record<string, string>>;
  volumes: readonly Volume[];
}

/** A file that belongs to no running guest; disks of guests come from their configs. */
export interface Volume {
  readonly volid: string;
  readonly content: 'iso' | 'vztmpl' | 'import' | 'backup';
  readonly format: string;
  readonly size: number;
  /** Seconds since 1970. */
  readonly ctime: number;
  readonly backupOf?: { readonly vmid: number; readonly kind: GuestKind; readonly config: Guest['config'] };
  readonly notes?: string;
  readonly protected?: boolean;
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

/** The node that answers. */
export function localNode(world: World): ClusterNode {
  return findNode(world, 'localhost');
}

/** The node of this name, or the answering one for `localhost`; PVE's 500 when there is none. */
export function findNode({ cluster, local }: World, name: string): ClusterNode {
  const wanted = name === 'localhost' ? local : name;
  const node = cluster.nodes.find((each) => each.name === wanted);
  if (node !== undefined) return node;
  throw failure(
    `hostname lookup '${name}' failed - failed to get address info for: ${name}: Temporary failure in name resolution`,
  );
}

/** Whether the cluster may change: it has quorum while more than half of its nodes are there. */
export function isQuorate({ quorum, nodes }: Cluster): boolean {
  return quorum && nodes.filter(({ offline }) => !offline).length > nodes.length / 2;
}

/** The guest of this kind on this node. Wrong node, wrong kind and no such guest are one and the same 500, as in PVE. */
export function findGuest(cluster: Cluster, node: string, kind: GuestKind, vmid: number): Guest {
  const guest = cluster.guests.get(vmid);
  if (guest !== undefined && guest.node === node && guest.kind === kind) return guest;
  const folder = kind === 'qemu' ? 'qemu-server' : 'lxc';
  throw failure(`Configuration file 'nodes/${node}/${folder}/${vmid}.conf' does not exist`);
}

/** A stopped guest that nobody has told the cluster of yet. */
export function newGuest(vmid: number, kind: GuestKind, node: string, config: Guest['config']): Guest {
  return {
    vmid,
    kind,
    node,
    config,
    pending: {},
    running: false,
    paused: false,
    startedAt: 0,
    pid: 0,
    disk: 0,
    load: 0.05,
    snapshots: [],
    agent: true,
    ha: undefined,
    reported: undefined,
    lockQueue: [],
  };
}

/** `VM 101` or `CT 102`, as PVE's messages name guests. */
export function label(guest: { readonly kind: GuestKind; readonly vmid: number }): string {
  return `${guest.kind === 'qemu' ? 'VM' : 'CT'} ${guest.vmid}`;
}
