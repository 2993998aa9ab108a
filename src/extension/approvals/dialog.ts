import * as vscode from 'vscode';
import type { Question } from '../../gate/question.ts';
import type { ApprovalRequest } from '../../gate/types.ts';
import { askInModal } from '../modal.view.ts';
import type { Pressed } from './desk.ts';
import { editableCommands } from './offers.ts';

/**
 * Asks one question in a modal dialog. Its first button has the focus, so it is the safe one that leads to the card; Escape
 * denies (gate.md G18).
 */
export async function askInDialog(request: ApprovalRequest, { title, lines }: Question): Promise<Pressed> {
  const { origin, offers } = request;
  const words: readonly [Pressed, string][] = [
    ['review', vscode.l10n.t('Review…')],
    ['run', vscode.l10n.t('Run')],
    ...(offers.includes('freeze') ? [['freeze', vscode.l10n.t('Freeze everything')] as [Pressed, string]] : []),
  ];
  const deny = origin.who === 'person' ? vscode.l10n.t('Cancel') : vscode.l10n.t('Deny');
  const pressed = await askInModal(
    title,
    [...lines, ...alsoOffered(request)].join('\n'),
    words.map(([, word]) => word),
    deny,
  );
  return words.find(([, word]) => word === pressed)?.[0] ?? 'deny';
}

/** What only the card offers. */
function alsoOffered(request: ApprovalRequest): string[] {
  const { safeguard } = request;
  const more = [
    ...(safeguard?.kind === 'snapshot' ? [vscode.l10n.t('a snapshot first')] : []),
    ...(safeguard?.kind === 'backup' ? [vscode.l10n.t('a backup first')] : []),
    ...(editableCommands(request).size > 0 ? [vscode.l10n.t('editing the command')] : []),
  ];
  return more.length === 0 ? [] : [vscode.l10n.t('Review… also offers: {0}.', more.join(', '))];
}

/** Only a person lifts a freeze, and only here (gate.md G8). */
export async function confirmLift(): Promise<boolean> {
  const lift = vscode.l10n.t('Lift the freeze');
  const title = vscode.l10n.t('Lift the freeze for all windows?');
  const detail = vscode.l10n.t(
    'Agents may then ask for changes again, as far as the access level of each connection allows.',
  );
  const buttons = [vscode.l10n.t('Stay frozen'), lift];
  return (await askInModal(title, detail, buttons, vscode.l10n.t('Cancel'))) === lift;
}
