import * as vscode from 'vscode';
import type { Standing } from '../../gate/types.ts';

export interface Status extends vscode.Disposable {
  /** @param standing what is stored; absent while it cannot be read. */
  update(waiting: number, standing: Standing | undefined): void;
}

/** Two items of the status bar: what waits for a person, and whether agents are frozen. */
export function createStatus(): Status {
  const { Left } = vscode.StatusBarAlignment;
  const guard = vscode.window.createStatusBarItem('proxmox.agents', Left, 1.1);
  guard.name = vscode.l10n.t('Proxmox VE: agents');
  const approvals = vscode.window.createStatusBarItem('proxmox.approvals', Left, 1);
  approvals.name = vscode.l10n.t('Proxmox VE: approvals');
  approvals.command = 'proxmox.showApprovals';
  approvals.tooltip = vscode.l10n.t('Waiting for you in Proxmox VE › Approvals');
  return {
    update(waiting, standing) {
      const text = waiting === 1 ? vscode.l10n.t('1 approval') : vscode.l10n.t('{0} approvals', waiting);
      approvals.text = `$(bell-dot) ${text}`;
      setShown(approvals, waiting > 0);
      showGuard(guard, standing);
    },
    dispose() {
      guard.dispose();
      approvals.dispose();
    },
  };
}

function showGuard(item: vscode.StatusBarItem, standing: Standing | undefined): void {
  const since = standing?.freeze.since;
  item.text = since === undefined ? '$(shield) Proxmox' : `$(lock) ${vscode.l10n.t('Frozen')}`;
  item.backgroundColor = since === undefined ? undefined : new vscode.ThemeColor('statusBarItem.warningBackground');
  item.command = since === undefined ? 'proxmox.agents' : 'proxmox.liftFreeze';
  item.tooltip = standing === undefined ? unreadable() : guardTooltip(standing);
  setShown(item, standing === undefined || since !== undefined || standing.profiles.length > 0);
}

function guardTooltip({ profiles, freeze: { since } }: Standing): string {
  if (since !== undefined) {
    const time = new Date(since).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    return vscode.l10n.t(
      'Everything that agents do on Proxmox VE is frozen since {0}. Click to lift the freeze…',
      time,
    );
  }
  return [
    vscode.l10n.t('What agents may ask for on Proxmox VE:'),
    ...profiles.map(({ name, level }) => `${name}: ${level}`),
    vscode.l10n.t('Click to freeze, or for more.'),
  ].join('\n');
}

function unreadable(): string {
  return vscode.l10n.t('The stored connections cannot be read, so agents are refused everything.');
}

function setShown(item: vscode.StatusBarItem, shown: boolean): void {
  if (shown) item.show();
  else item.hide();
}
