import * as vscode from 'vscode';
import type { ConnectionStore } from '../connections/store.ts';
import { confirmLift } from './dialog.ts';

type FreezeStore = Pick<ConnectionStore, 'setFrozen' | 'standing'>;

/** The direct consoles of this window, which no freeze holds. */
export interface OpenConsoles {
  count(): number;
  closeAll(): void;
}

/** Stops everything that agents do, in all windows. It tightens, so nobody is asked. Consoles are a person's own, who may close them. */
export async function freeze(store: FreezeStore, consoles: OpenConsoles): Promise<void> {
  await store.setFrozen(true);
  const frozen = vscode.l10n.t('Frozen: agents change nothing on any cluster until you lift the freeze.');
  const open = consoles.count();
  if (open === 0) return void vscode.window.showInformationMessage(frozen);
  const close = vscode.l10n.t('Close consoles');
  const still =
    open === 1
      ? vscode.l10n.t('One direct console is still open in this window.')
      : vscode.l10n.t('{0} direct consoles are still open in this window.', open);
  void vscode.window.showWarningMessage(`${frozen} ${still}`, close).then((pressed) => {
    if (pressed === close) consoles.closeAll();
  });
}

/** Asks in a modal dialog first. */
export async function liftFreeze(store: FreezeStore): Promise<void> {
  const { since } = (await store.standing()).freeze;
  if (since === undefined) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Nothing is frozen.'));
    return;
  }
  if (await confirmLift()) await store.setFrozen(false);
}

/** What can be done about agents at once. A list, so that a click on a status-bar item alone stops nothing. */
export async function chooseForAgents(): Promise<void> {
  const choices = [
    {
      label: `$(lock) ${vscode.l10n.t('Freeze: stop everything agents do')}`,
      detail: vscode.l10n.t('What waits is denied, running plans stop after their step, grants end. In all windows.'),
      command: 'proxmox.freeze',
    },
    { label: `$(bell) ${vscode.l10n.t('Show approvals')}`, command: 'proxmox.showApprovals' },
    { label: `$(shield) ${vscode.l10n.t('Set access level for agents…')}`, command: 'proxmox.setAccessLevel' },
  ];
  const placeHolder = vscode.l10n.t('Agents and Proxmox VE');
  const chosen = await vscode.window.showQuickPick(choices, { placeHolder });
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command);
}
