import { printable, quoted } from '../../gate/printable.ts';
import type { OldSnapshots } from './old-snapshots.ts';
import type { ActivityRow } from './rows.ts';
import { snapshotKey, type TakenSnapshot } from './ways-back.ts';
import { momentText } from './words.ts';

/** One row above the activities, with the snapshots below it; none where none is left. @param now milliseconds since 1970 */
export function oldSnapshotRows({ snapshots, unread }: OldSnapshots, now: number): readonly ActivityRow[] {
  if (snapshots.length === 0) return [];
  const rest =
    unread === 0 ? '' : `${unread === 1 ? 'one guest was' : `${unread} guests were`} not asked or did not answer`;
  return [
    {
      id: 'old snapshots',
      kind: 'snapshots',
      label: `Snapshots taken before a change, older than a week (${snapshots.length})`,
      description: rest,
      icon: { id: 'history' },
      tooltip: 'They were taken so that there is a way back, and take more and more room on the storage.',
      children: snapshots.map((snapshot) => snapshotRow(snapshot, now)),
    },
  ];
}

function snapshotRow(snapshot: TakenSnapshot, now: number): ActivityRow {
  const { name, guest, connectionName, at } = snapshot;
  const days = Math.floor((now - at) / (24 * 3_600_000));
  return {
    id: `old snapshot ${snapshotKey(snapshot)}`,
    kind: 'snapshot',
    label: `${printable(name, 64)} of ${guest}`,
    description: `${days} days · ${printable(connectionName, 64)}`,
    icon: { id: 'device-camera' },
    tooltip: `Snapshot ${quoted(name)} of ${guest}, taken before a change, ${momentText(at)}`,
    children: [],
    back: { snapshot, changes: [] },
  };
}
