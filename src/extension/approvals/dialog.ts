import * as vscode from 'vscode';
import type { Question } from '../../gate/question.ts';
import type { ApprovalRequest } from '../../gate/types.ts';
import type { Pressed } from './desk.ts';
import { readMs } from './entry.ts';

/**
 * Asks one question in a modal dialog. Its first button has the focus, so it is the safe one that leads to the card; Escape
 * denies (gate.md G18).
 */
export async function askInDialog({ origin, offers }: ApprovalRequest, { title, lines }: Question): Promise<Pressed> {
  const review = { title: vscode.l10n.t('Review…') };
  const run = { title: vscode.l10n.t('Run') };
  const freeze = { title: vscode.l10n.t('Freeze everything') };
  const deny = {
    title: origin.who === 'person' ? vscode.l10n.t('Cancel') : vscode.l10n.t('Deny'),
    isCloseAffordance: true,
  };
  const buttons: vscode.MessageItem[] = [review, run, ...(offers.includes('freeze') ? [freeze] : []), deny];
  // VS Code shows line ends of the detail; the first line of the dialog is the act.
  const options = { modal: true, detail: lines.join('\n') };
  const pressed = await unhurried(run, () => vscode.window.showWarningMessage(title, options, ...buttons));
  if (pressed === run) return 'run';
  if (pressed === review) return 'review';
  return pressed === freeze ? 'freeze' : 'deny';
}

/** Only a person lifts a freeze, and only here (gate.md G8). */
export async function confirmLift(): Promise<boolean> {
  const lift: vscode.MessageItem = { title: vscode.l10n.t('Lift the freeze') };
  const buttons = [
    { title: vscode.l10n.t('Stay frozen') },
    lift,
    { title: vscode.l10n.t('Cancel'), isCloseAffordance: true },
  ];
  const options = {
    modal: true,
    detail: vscode.l10n.t(
      'Agents may then ask for changes again, as far as the access level of each connection allows.',
    ),
  };
  const title = vscode.l10n.t('Lift the freeze for all windows?');
  return (await unhurried(lift, () => vscode.window.showWarningMessage(title, options, ...buttons))) === lift;
}

/** A yes that comes sooner than anybody reads was meant for something else: it is asked again. */
async function unhurried(
  yes: vscode.MessageItem,
  show: () => Thenable<vscode.MessageItem | undefined>,
): Promise<vscode.MessageItem | undefined> {
  for (;;) {
    const opened = performance.now();
    const pressed = await show();
    if (pressed !== yes || performance.now() - opened >= readMs) return pressed;
  }
}
