import type { AuditRecord } from '../../gate/audit-read.ts';
import { type ChangeId, changeName } from '../../gate/undo-store.ts';
import { isVmid } from '../../pve/guest.ts';
import type { Activity } from './activities.ts';
import { shortTarget } from './words.ts';

/** A snapshot that a person had taken before a change, as the audit has it. */
export interface TakenSnapshot {
  readonly connection: string;
  readonly connectionName: string;
  readonly type: 'qemu' | 'lxc';
  readonly vmid: number;
  readonly name: string;
  /** `web-01 (101)` */
  readonly guest: string;
  /** When it was there, milliseconds since 1970. */
  readonly at: number;
}

/** How an activity can be taken back. */
export interface WaysBack {
  readonly snapshot?: TakenSnapshot;
  readonly changes: readonly ChangeId[];
}

/**
 * @param kept the changes whose values before are there, as `<plan>-<index>`
 * @param removed the snapshots that are gone, as `snapshotKey` names them
 */
export function waysBack(
  { records }: Pick<Activity, 'records'>,
  kept: ReadonlySet<string>,
  removed: ReadonlySet<string>,
): WaysBack {
  const snapshot = records.map(takenBy).find((one) => one !== undefined && !removed.has(snapshotKey(one)));
  const [{ plan } = {}] = records;
  const indexes = new Set(records.map(({ index }) => index ?? 0));
  const changes =
    plan === undefined ? [] : [...indexes].map((index) => ({ plan, index })).filter((one) => kept.has(changeName(one)));
  return { changes, ...(snapshot === undefined ? {} : { snapshot }) };
}

/** Tells a snapshot from all others. */
export function snapshotKey({ connection, vmid, name }: Pick<TakenSnapshot, 'connection' | 'vmid' | 'name'>): string {
  return `${connection} ${vmid} ${name}`;
}

/** The snapshot that this record says is there: taken before a change, and the end of it known. */
export function takenBy(record: AuditRecord): TakenSnapshot | undefined {
  const { at, connection, operation, outcome, phase, safeguard, target } = record;
  if (safeguard !== 'snapshot' || phase !== 'after' || !hasEnded(outcome)) return undefined;
  const [, , type, vmid = '', what, ...rest] = operation?.segments ?? [];
  const name = operation?.params.snapname;
  if ((type !== 'qemu' && type !== 'lxc') || !isVmid(vmid) || what !== 'snapshot' || rest.length > 0) return undefined;
  if (connection?.id === undefined || typeof name !== 'string' || !/^[A-Za-z][\w-]*$/.test(name)) return undefined;
  const [, ofGuest = ''] = /^snapshot ".*" of (.*)$/s.exec(target ?? '') ?? [];
  return {
    ...{ connection: connection.id, connectionName: connection.name ?? '', type, vmid: Number(vmid), name },
    guest: ofGuest === '' ? vmid : shortTarget(ofGuest),
    at: Date.parse(at),
  };
}

/** The snapshot that this record says was removed, as `snapshotKey` names it. */
export function removedBy({ connection, operation, outcome, phase }: AuditRecord): string | undefined {
  const [, , , vmid = '', what, name, ...rest] = operation?.segments ?? [];
  if (operation?.method !== 'DELETE' || what !== 'snapshot' || name === undefined || rest.length > 0) return undefined;
  if (phase !== 'after' || !hasEnded(outcome) || connection?.id === undefined) return undefined;
  return snapshotKey({ connection: connection.id, vmid: Number(vmid), name });
}

function hasEnded(outcome: string | undefined): boolean {
  return outcome === 'ok' || outcome === 'warning';
}
