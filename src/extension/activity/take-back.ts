import { printable, quoted } from '../../gate/printable.ts';
import type { ProposedApi } from '../../gate/types.ts';
import type { UndoRecord } from '../../gate/undo-record.ts';
import type { GuestPlace, PveClient } from '../../pve/client.ts';
import { PveError } from '../../pve/error.ts';
import { type GuestRef, guestPath } from '../../pve/guest.ts';
import type { ActivityRow } from './rows.ts';
import type { TakenSnapshot } from './ways-back.ts';
import { momentText } from './words.ts';

/** What a person can do with a snapshot that was taken before a change. */
export type SnapshotAct = 'rollBack' | 'removeSnapshot';

/** An operation with what the question says first. */
export interface SnapshotPlan {
  readonly operation: ProposedApi;
  readonly beforehand: readonly string[];
}

/**
 * POST `…/snapshot/{name}/rollback` or DELETE `…/snapshot/{name}`, on the node where the guest is now.
 * @throws PveError `not_found` when the guest or the snapshot is gone; whatever the reads throw
 */
export async function snapshotPlan(
  act: SnapshotAct,
  taken: TakenSnapshot,
  client: Pick<PveClient, 'findGuest' | 'snapshots'>,
): Promise<SnapshotPlan> {
  const place = await placeNow(taken, client);
  const known = (await client.snapshots(place)).find(({ name }) => name === taken.name);
  if (known === undefined) throw gone(`The snapshot ${quoted(taken.name)} of ${taken.guest} is not there any more`);
  const path = [...guestPath(place), 'snapshot', taken.name];
  const made = `It was made on ${momentText(known.time === undefined ? taken.at : known.time * 1000)}, before a change that was approved in the editor.`;
  if (act === 'removeSnapshot')
    return {
      operation: { kind: 'api', method: 'DELETE', segments: path },
      beforehand: [made, 'Afterwards there is no way back to the state before that change.'],
    };
  return {
    operation: { kind: 'api', method: 'POST', segments: [...path, 'rollback'] },
    beforehand: [
      made,
      'Everything that was written to the guest since is lost, and so is every change of its settings made after that.',
    ],
  };
}

/** Where the guest is now. @throws PveError `not_found` when it is gone, or another kind of guest bears its VMID */
export async function placeNow(
  { vmid, type }: Pick<GuestPlace, 'type' | 'vmid'>,
  client: Pick<PveClient, 'findGuest'>,
): Promise<GuestRef> {
  const found = await client.findGuest(vmid);
  if (found.type !== type) throw gone(`The guest ${vmid} is another one by now`);
  return found;
}

/** The values before a change, for its document. */
export function valuesBefore({ guest, keys, before, hidden, at }: UndoRecord): string {
  const lines = keys.map((key) => {
    const secret = hidden.find((one) => one.key === key);
    if (secret !== undefined) return `  ${key}: ${secret.wasSet ? 'set; secret, so it was not kept' : 'not set'}`;
    const setting = before.find((one) => one.key === key);
    const value = setting?.value === undefined ? 'not set' : printable(setting.value, 1000);
    const waited =
      setting?.pending === undefined ? '' : `; ${printable(setting.pending, 1000)} waited for the next start`;
    return `  ${key}: ${value}${waited}${setting?.goes === true ? '; was about to go at the next start' : ''}`;
  });
  const whose = `${quoted(guest.name)} (${guest.vmid})`;
  return `${[`Settings of ${whose} before the change, ${momentText(Date.parse(at))}`, ...lines].join('\n')}\n`;
}

/** The rows that can be taken back this way, those of steps only where the whole cannot. */
export function rowsWith(rows: readonly ActivityRow[], what: 'snapshot' | 'changes'): readonly ActivityRow[] {
  // One change is undone at a time, for each has its own question: that of a plan with several is on the steps.
  const has = ({ back }: ActivityRow) =>
    what === 'snapshot' ? back?.snapshot !== undefined : back?.changes.length === 1;
  return rows.flatMap((row) => (has(row) ? [row] : row.children.filter(has)));
}

function gone(message: string): PveError {
  return new PveError({
    code: 'not_found',
    message,
    reason: [],
    hint: 'Refresh the activity, and look at the guest in the explorer or the web UI.',
  });
}
