import * as vscode from 'vscode';
import type { Outcome } from '../../gate/types.ts';
import { performWithProgress, tellOutcome } from '../commands/perform.view.ts';
import { showError } from '../problem.view.ts';
import { unlinked } from '../unlinked.ts';
import type { Window } from '../window.ts';
import type { ActivityRow } from './rows.ts';
import type { SnapshotAct } from './take-back.ts';
import type { TakenSnapshot } from './ways-back.ts';

interface Parts {
  readonly window: () => Promise<Window>;
  /** The row behind an element that the view shows now; whatever else comes names nothing (gate.md G13). */
  readonly rowOf: (item: unknown) => ActivityRow | undefined;
  /** What there is to pick from. */
  readonly rows: () => Promise<readonly ActivityRow[]>;
  readonly onRemoved: (snapshot: TakenSnapshot) => Promise<void>;
  /** @param change `<plan>-<index>` */
  readonly onUndone: (guest: string, change: string) => Promise<void>;
}

/** Roll back to a snapshot, remove it, undo a change: on a live row, else on what is picked. Each is asked about. */
export function registerTakeBack(parts: Parts): vscode.Disposable {
  const register = (name: string, act: (item: unknown) => Promise<void>) =>
    vscode.commands.registerCommand(name, (item: unknown) => act(item).catch(showError));
  return vscode.Disposable.from(
    register('proxmox.activity.rollBack', (item) => onSnapshot('rollBack', item, parts)),
    register('proxmox.activity.removeSnapshot', (item) => onSnapshot('removeSnapshot', item, parts)),
    register('proxmox.activity.undo', (item) => undo(item, parts)),
  );
}

async function onSnapshot(act: SnapshotAct, item: unknown, parts: Parts): Promise<void> {
  const snapshot = (await chosen(item, 'snapshot', parts))?.back?.snapshot;
  if (snapshot === undefined) return;
  const [{ snapshotPlan }, { session }] = await Promise.all([import('./take-back.ts'), parts.window()]);
  const { connection, guest, name } = snapshot;
  const { operation, beforehand } = await snapshotPlan(act, snapshot, session.client(connection));
  const proposal = { connection, operations: [operation], tool: `proxmox.activity.${act}`, wait: true };
  const title =
    act === 'rollBack'
      ? vscode.l10n.t('Rolling back {0} to {1}', guest, name)
      : vscode.l10n.t('Removing the snapshot {0} of {1}', name, guest);
  const [outcome] = await performWithProgress(session.gate, proposal, title, beforehand);
  tellOutcome(`${name} (${guest})`, outcome);
  if (act === 'removeSnapshot' && hasRun(outcome)) await parts.onRemoved(snapshot);
}

async function undo(item: unknown, parts: Parts): Promise<void> {
  const [change] = (await chosen(item, 'changes', parts))?.back?.changes ?? [];
  if (change === undefined) return;
  const window = await parts.window();
  const record = await window.undo.read(change);
  if (record === undefined)
    return warn(vscode.l10n.t('The values before this change are not kept any more. Set them by hand.'));
  const [{ placeNow }, { undoOf }, { changeName }, { readSettings }] = await Promise.all([
    import('./take-back.ts'),
    import('../../gate/undo.ts'),
    import('../../gate/undo-store.ts'),
    import('../../pve/pending.ts'),
  ]);
  const client = window.session.client(record.connection);
  const place = await placeNow(record.guest, client);
  const found = undoOf(record, await readSettings(client, place), place);
  if (found.kind === 'impossible') return warn(`${found.why} ${found.next}`);
  const name = `${record.guest.name} (${record.guest.vmid})`;
  const proposal = {
    connection: record.connection,
    operations: [found.operation],
    tool: 'proxmox.activity.undo',
    wait: true,
  };
  const title = vscode.l10n.t('Undoing the change of {0}', name);
  const [outcome] = await performWithProgress(window.session.gate, proposal, title, found.lost);
  tellOutcome(name, outcome);
  if (hasRun(outcome)) await parts.onUndone(`${record.connection} ${record.guest.vmid}`, changeName(change));
}

/** The live row, or the one that a person picks. */
async function chosen(item: unknown, what: 'snapshot' | 'changes', parts: Parts): Promise<ActivityRow | undefined> {
  const { rowsWith } = await import('./take-back.ts');
  const live = parts.rowOf(item);
  const [own] = live === undefined ? [] : rowsWith([live], what);
  if (own !== undefined) return own;
  const rows = rowsWith(await parts.rows(), what);
  const placeHolder = what === 'snapshot' ? vscode.l10n.t('Which snapshot?') : vscode.l10n.t('Which change?');
  const items = rows.map((row) => ({
    label: row.label,
    description: row.description,
    detail: row.back?.snapshot?.name ?? '',
    row,
  }));
  if (items.length > 0)
    return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true, matchOnDetail: true }))
      ?.row;
  void vscode.window.showInformationMessage(
    what === 'snapshot'
      ? vscode.l10n.t('No activity shown here has a snapshot that was taken first.')
      : vscode.l10n.t('No activity shown here has values before a change that are still kept.'),
  );
  return undefined;
}

function hasRun(outcome: Outcome | undefined): boolean {
  return outcome?.status === 'done';
}

function warn(text: string): void {
  void vscode.window.showWarningMessage(unlinked(text));
}
