import * as vscode from 'vscode';
import type { CommandPlace } from '../../gate/command/types.ts';
import type { Documents } from '../documents.view.ts';
import { showError } from '../problem.view.ts';

/** Shows the gate's judgement of a command. It takes no argument and runs nothing. */
export function registerExplain(documents: Documents): vscode.Disposable {
  return vscode.commands.registerCommand('proxmox.explainCommandRisk', () => explain(documents).catch(showError));
}

async function explain(documents: Documents): Promise<void> {
  const command = await askCommand();
  if (command === undefined) return;
  const place = await askPlace();
  if (place === undefined) return;
  const [{ judgeCommand }, { verdictText }] = await Promise.all([
    import('../../gate/command/judge-command.ts'),
    import('./explain.ts'),
  ]);
  const text = verdictText(command, place, judgeCommand({ script: command }, place));
  await documents.show(vscode.l10n.t('Command risk'), text);
}

/** What is selected in the editor, or what is typed. */
async function askCommand(): Promise<string | undefined> {
  const editor = vscode.window.activeTextEditor;
  const selected = editor === undefined ? '' : editor.document.getText(editor.selection);
  if (selected.trim() !== '') return selected;
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t('Explain command risk'),
    prompt: vscode.l10n.t('A command line or a script for bash. It is judged, not run.'),
    placeHolder: 'zfs list; systemctl status pveproxy',
    ignoreFocusOut: true,
  });
  return typed === undefined || typed.trim() === '' ? undefined : typed;
}

async function askPlace(): Promise<CommandPlace | undefined> {
  const items: readonly (vscode.QuickPickItem & { readonly place: CommandPlace })[] = [
    { label: vscode.l10n.t('A node'), place: 'host' },
    { label: vscode.l10n.t('A container'), place: 'container' },
    { label: vscode.l10n.t('A VM'), place: 'vm' },
    { label: vscode.l10n.t('A Windows VM'), place: 'windows' },
  ];
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Where would it run?') }))?.place;
}
