import type { Upid } from './upid.ts';

// Sizes are bytes, times are seconds, loads are fractions 0..1. A field that PVE leaves out, or that the token may not
// see, is undefined.

/** GET `/version` */
export interface PveVersion {
  /** "9.2.11" */
  readonly version: string;
  /** "9.2" */
  readonly release?: string | undefined;
  /** 9; NaN when it does not say. */
  readonly major: number;
}

/** GET `/access/permissions`: path → privilege → whether it holds for everything below that path too. */
export type Permissions = Readonly<Record<string, Readonly<Record<string, boolean>>>>;

/** GET `/cluster/status` */
export interface ClusterStatus {
  /** Missing for a node without a cluster. */
  readonly name?: string | undefined;
  /** Missing for a node without a cluster. */
  readonly quorate?: boolean | undefined;
  readonly nodes: readonly { readonly name: string; readonly online: boolean; readonly ip?: string | undefined }[];
}

/** One entry of GET `/nodes`. */
export interface NodeInfo {
  readonly node: string;
  readonly online: boolean;
  /** SHA-256 of the certificate that its API shows. */
  readonly fingerprint?: string | undefined;
  readonly cpu?: number | undefined;
  readonly maxcpu?: number | undefined;
  readonly mem?: number | undefined;
  readonly maxmem?: number | undefined;
  readonly disk?: number | undefined;
  readonly maxdisk?: number | undefined;
  readonly uptime?: number | undefined;
}

/** One entry of GET `/cluster/resources`. */
export interface Resource {
  /** `qemu/101`, `node/pve1`, `storage/pve1/local`, … */
  readonly id: string;
  readonly type: string;
  readonly node?: string | undefined;
  /** Guests: `running`, `stopped`, `paused`, `unknown` while fresh. Nodes: `online`, `offline`. Storage: `available`, … */
  readonly status?: string | undefined;
  readonly vmid?: number | undefined;
  readonly name?: string | undefined;
  readonly tags: readonly string[];
  readonly pool?: string | undefined;
  readonly template?: boolean | undefined;
  readonly lock?: string | undefined;
  readonly hastate?: string | undefined;
  /** Fraction 0..1 of `maxcpu` cores. */
  readonly cpu?: number | undefined;
  readonly maxcpu?: number | undefined;
  readonly mem?: number | undefined;
  readonly maxmem?: number | undefined;
  readonly disk?: number | undefined;
  readonly maxdisk?: number | undefined;
  readonly uptime?: number | undefined;
  readonly storage?: string | undefined;
  readonly plugintype?: string | undefined;
  readonly content: readonly string[];
  readonly shared?: boolean | undefined;
}

/** GET `/nodes/{node}/status` */
export interface NodeStatus {
  readonly pveversion?: string | undefined;
  readonly kernel?: string | undefined;
  readonly cpuModel?: string | undefined;
  readonly cpus?: number | undefined;
  readonly sockets?: number | undefined;
  readonly cpu?: number | undefined;
  /** Fraction of the time that processes waited for I/O. */
  readonly wait?: number | undefined;
  /** Over 1, 5 and 15 minutes. */
  readonly loadavg: readonly number[];
  readonly memory: Space;
  readonly swap: Space;
  readonly rootfs: Space;
  readonly uptime?: number | undefined;
}
export interface Space {
  readonly total?: number | undefined;
  readonly used?: number | undefined;
  /** What can still be used, reclaimable memory included. */
  readonly available?: number | undefined;
}

/** GET `/nodes/{node}/{qemu|lxc}/{vmid}/status/current`: right at once, unlike `/cluster/resources`. */
export interface GuestStatus {
  readonly status: string;
  /** QEMU's own word: `running`, `paused`, `prelaunch`, … */
  readonly qmpstatus?: string | undefined;
  readonly name?: string | undefined;
  readonly lock?: string | undefined;
  readonly tags: readonly string[];
  readonly template?: boolean | undefined;
  readonly uptime?: number | undefined;
  readonly cpu?: number | undefined;
  readonly cpus?: number | undefined;
  readonly mem?: number | undefined;
  readonly maxmem?: number | undefined;
  readonly disk?: number | undefined;
  readonly maxdisk?: number | undefined;
  readonly netin?: number | undefined;
  readonly netout?: number | undefined;
  readonly agent?: boolean | undefined;
  readonly ha: { readonly managed: boolean; readonly state?: string | undefined };
}

/** GET `/nodes/{node}/{qemu|lxc}/{vmid}/config`, each value as text. */
export type GuestConfig = Readonly<Record<string, string>>;

/** One entry of GET `…/snapshot`, without the pseudo entry `current`. */
export interface Snapshot {
  readonly name: string;
  readonly description?: string | undefined;
  /** Seconds since 1970. */
  readonly time?: number | undefined;
  readonly parent?: string | undefined;
  /** Holds the memory too. */
  readonly vmstate?: boolean | undefined;
}

/** One entry of GET `/nodes/{node}/storage`. */
export interface StorageInfo {
  readonly storage: string;
  readonly type?: string | undefined;
  readonly content: readonly string[];
  readonly enabled?: boolean | undefined;
  readonly active?: boolean | undefined;
  readonly shared?: boolean | undefined;
  readonly total?: number | undefined;
  readonly used?: number | undefined;
  readonly avail?: number | undefined;
}

/** A task in a list or by itself (GET `/cluster/tasks`, `/nodes/{node}/tasks`, `…/tasks/{upid}/status`). */
export interface TaskInfo {
  readonly upid: Upid;
  readonly node: string;
  readonly type: string;
  readonly id: string;
  /** `user@realm`, with `!name` when an API token started it. */
  readonly user: string;
  /** Seconds since 1970. */
  readonly startTime: number;
  readonly endTime?: number | undefined;
  readonly running: boolean;
  /** "OK", "WARNINGS: 1", or what went wrong; missing while it runs. */
  readonly exitStatus?: string | undefined;
}
