import type { UserInfo } from '../../pve/access.ts';
import type { NotBackedUp } from '../../pve/backup.ts';
import type { Volume } from '../../pve/content.ts';
import type { VolumeSetting } from '../../pve/disk-size.ts';
import type { GuestRef } from '../../pve/guest.ts';
import type { Disk } from '../../pve/node-hardware.ts';
import type { NodeCertificate } from '../../pve/node-system.ts';
import type { ClusterStatus, Permissions, Resource, Snapshot, TaskInfo } from '../../pve/records.ts';
import type { ReplicationState } from '../../pve/replication.ts';

/** Something that a person should look at. */
export interface Finding {
  /** `critical`: data or service are in danger now; `warning`: will be; `note`: worth tidying up. */
  readonly weight: 'critical' | 'warning' | 'note';
  /** One sentence without a final full stop; foreign text in it has gone through `forModel`. */
  readonly text: string;
  /** What to do about it. */
  readonly todo: string;
}

/** A guest with its settings. */
export interface GuestFacts {
  readonly ref: GuestRef;
  readonly template: boolean;
  /** Its settings in force. */
  readonly config: Readonly<Record<string, string>>;
  /** Keys whose change waits for the next start. */
  readonly pending: readonly string[];
  /** Volumes by their key, CD images included, those that wait too. */
  readonly volumes: Readonly<Record<string, VolumeSetting>>;
  readonly snapshots: readonly Snapshot[];
}

/** A storage as one node lists its content. */
export interface StorageContent {
  readonly storage: string;
  readonly node: string;
  readonly shared: boolean;
  readonly volumes: readonly Volume[];
}

/** What was read; the parts that could not be are missing, and why stands in `unread`. */
export interface HealthData {
  /** Seconds since 1970. */
  readonly now: number;
  readonly status?: ClusterStatus | undefined;
  readonly resources: readonly Resource[];
  readonly permissions: Permissions;
  readonly guests: readonly GuestFacts[];
  readonly contents: readonly StorageContent[];
  readonly backups: readonly StorageContent[];
  readonly users: readonly UserInfo[];
  readonly notBackedUp?: readonly NotBackedUp[] | undefined;
  readonly running: readonly TaskInfo[];
  readonly replication: readonly ReplicationState[];
  readonly nodes: readonly NodeFacts[];
}
export interface NodeFacts {
  readonly node: string;
  /** Its clock minus ours, seconds. */
  readonly offset?: number | undefined;
  readonly certificates: readonly NodeCertificate[];
  readonly disks: readonly Disk[];
}
