import * as vscode from 'vscode';
import type { Closed } from '../../gate/close-unfinished.ts';
import { leftOpenText, mustLook } from '../../gate/left-open.ts';
import { messageOf } from '../../pve/error.ts';
import { log } from '../log.view.ts';
import type { Window } from '../window.ts';

/** Ends what an editor that stopped in the middle has left open, and tells what stays unknown (gate.md G3). */
export async function tellLeftOpen({ closeUnfinished }: Pick<Window, 'closeUnfinished'>): Promise<void> {
  const closed = await closeUnfinished().catch((error: unknown) => {
    log().error(`What was left open cannot be ended: ${messageOf(error)}`);
    return [];
  });
  for (const one of closed) (mustLook(one) ? log().error : log().info)(logLine(one));
  const count = closed.filter(mustLook).length;
  if (count === 0) return;
  const show = vscode.l10n.t('Show activity');
  const message =
    count === 1
      ? vscode.l10n.t('The editor ended while an operation ran. Look at its target: the outcome is not known.')
      : vscode.l10n.t(
          'The editor ended while {0} operations ran. Look at their targets: the outcomes are not known.',
          count,
        );
  if ((await vscode.window.showWarningMessage(message, show)) === show)
    await vscode.commands.executeCommand('proxmox.activity.focus');
}

function logLine(closed: Closed): string {
  const end = closed.outcome === 'open' ? 'Left open' : `Left open, now ${closed.outcome}`;
  return `${end}: ${leftOpenText(closed)}`;
}
