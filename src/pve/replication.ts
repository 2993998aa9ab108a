import { get, type Reader } from './get.ts';
import { flag, looseList, number, text } from './loose.ts';

/** One entry of GET `/cluster/replication`. */
export interface ReplicationJob {
  /** VMID and number: `101-0`. */
  readonly id: string;
  readonly vmid?: number | undefined;
  readonly source?: string | undefined;
  readonly target?: string | undefined;
  readonly schedule?: string | undefined;
  readonly disabled: boolean;
  readonly comment?: string | undefined;
}
/** One entry of GET `/nodes/{node}/replication`: how the jobs of that node go. Times are seconds since 1970. */
export interface ReplicationState {
  readonly id: string;
  readonly lastSync?: number | undefined;
  readonly nextSync?: number | undefined;
  /** Seconds that the last one took. */
  readonly duration?: number | undefined;
  readonly failures: number;
  readonly error?: string | undefined;
}

export function readReplicationJobs(data: unknown): ReplicationJob[] {
  return looseList(data, 'the replication jobs').map((it) => ({
    id: text(it.id) ?? '',
    vmid: number(it.guest),
    source: text(it.source),
    target: text(it.target),
    schedule: text(it.schedule),
    disabled: flag(it.disable) === true,
    comment: text(it.comment),
  }));
}

export function readReplicationStates(data: unknown): ReplicationState[] {
  return looseList(data, 'the replication of a node').map((it) => ({
    id: text(it.id) ?? '',
    lastSync: number(it.last_sync) || undefined,
    nextSync: number(it.next_sync) || undefined,
    duration: number(it.duration),
    failures: number(it.fail_count) ?? 0,
    error: text(it.error),
  }));
}

/** GET `/cluster/replication`: the jobs of guests that the token may see. */
export async function replicationJobs(reader: Reader): Promise<ReplicationJob[]> {
  return readReplicationJobs(await get(reader, ['cluster', 'replication']));
}

/** GET `/nodes/{node}/replication` */
export async function replicationStates(reader: Reader, node: string): Promise<ReplicationState[]> {
  return readReplicationStates(await get(reader, ['nodes', node, 'replication']));
}
