import * as vscode from 'vscode';
import { log } from '../log.view.ts';
import type { Window } from '../window.ts';
import { leftOpenLine, mustLook } from './left-open.ts';

/** Ends what an editor that stopped in the middle has left open, and tells what stays unknown (gate.md G3). */
export async function tellLeftOpen({ closeUnfinished }: Pick<Window, 'closeUnfinished'>): Promise<void> {
  const closed = await closeUnfinished().catch((error: unknown) => {
    log().error(`What was left open cannot be ended: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  });
  for (const one of closed) (mustLook(one) ? log().error : log().info)(leftOpenLine(one));
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
