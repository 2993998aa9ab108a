import type { VolumeSetting } from '../../pve/disk-size.ts';
import type { GuestRef } from '../../pve/guest.ts';
import type { HaService } from '../../pve/ha.ts';
import type { LogLine } from '../../pve/logs.ts';
import type { GuestStatus, StorageInfo, TaskInfo } from '../../pve/records.ts';
import type { Attempt } from '../text/attempt.ts';

/** A reason why a guest does not start, or does not do well. */
export interface Cause {
  /** One sentence without a final full stop; foreign text in it has gone through `forModel`. */
  readonly text: string;
  /** What to do about it. */
  readonly todo: string;
}

/** A task that failed, and the end of its log. */
export interface FailedTask {
  readonly task: TaskInfo;
  readonly log: Attempt<readonly string[]>;
}

/** A volume that the config names. */
export interface NamedVolume extends VolumeSetting {
  readonly key: string;
  /** Whether its storage lists it; unknown where nobody could look. */
  readonly exists?: boolean | undefined;
}

/** A PCI or USB device of the node that the config names. */
export interface PassedDevice {
  readonly key: string;
  /** A mapping of the cluster, or a device of the node. */
  readonly name: string;
  readonly mapped: boolean;
  readonly exists?: boolean | undefined;
}

/** All that bears on one guest; what could not be read is absent, and why stands in `unread`. */
export interface GuestCase {
  readonly ref: GuestRef;
  readonly nodeOnline: boolean;
  readonly quorate?: boolean | undefined;
  readonly status?: GuestStatus | undefined;
  /** Settings in force, and those that wait. */
  readonly config: Readonly<Record<string, string>>;
  /** Newest first, on its node. */
  readonly tasks: readonly TaskInfo[];
  readonly failed?: FailedTask | undefined;
  readonly ha?: HaService | undefined;
  readonly volumes: readonly NamedVolume[];
  /** Of its node. */
  readonly storages?: readonly StorageInfo[] | undefined;
  /** Bytes that its node has left. */
  readonly freeMemory?: number | undefined;
  /** Bridges and vnets of its node. */
  readonly bridges?: readonly string[] | undefined;
  readonly devices: readonly PassedDevice[];
  /** Of a running VM whose agent is on. */
  readonly agentAnswers?: boolean | undefined;
  /** Around the failure. */
  readonly journal: readonly LogLine[];
  readonly unread: readonly string[];
}
