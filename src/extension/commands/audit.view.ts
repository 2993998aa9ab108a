import * as vscode from 'vscode';
import type { ExportFormat } from '../../gate/audit-export.ts';
import type { Documents } from '../documents.view.ts';
import { showError } from '../problem.view.ts';

interface Parts {
  /** The audit folder, which may not exist yet. */
  readonly dir: string;
  readonly documents: Documents;
}

/** Checking the audit, and taking a copy of it elsewhere. Neither takes an argument. */
export function registerAudit(parts: Parts): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand('proxmox.audit.verify', () => verify(parts).catch(showError)),
    vscode.commands.registerCommand('proxmox.audit.export', () => exportTo(parts).catch(showError)),
  );
}

async function verify({ dir, documents }: Parts): Promise<void> {
  const { chainNotes, reportParts, verifyAudit } = await import('../../gate/audit-verify.ts');
  const reports = await verifyAudit(dir);
  const wrong = reports.filter(({ problem }) => problem !== undefined).length;
  const result = vscode.l10n.t('Files checked: {0}. Files with something wrong: {1}.', reports.length, wrong);
  const files = reports.map((report) => `${reportParts(report).join('\n  ')}\n`);
  const lines = [result, dir, '', ...files, ...chainNotes, ''];
  await documents.show(vscode.l10n.t('Audit check'), lines.join('\n'));
}

async function exportTo({ dir }: Parts): Promise<void> {
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export the audit'),
    filters: { [vscode.l10n.t('JSON lines')]: ['jsonl'], [vscode.l10n.t('Table (CSV)')]: ['csv'] },
  });
  if (target === undefined) return;
  const format = formatOf(target.path);
  if (format === undefined)
    throw new Error(vscode.l10n.t('The ending of the file says what is written: .jsonl or .csv.'));
  const { exportAudit } = await import('../../gate/audit-export.ts');
  const unread: string[] = [];
  const onProblem = (file: string, what: string) => void unread.push(`${file}: ${what}`);
  const parts: string[] = [];
  for await (const line of exportAudit(dir, { format, onProblem })) parts.push(line);
  await vscode.workspace.fs.writeFile(target, Buffer.from(parts.join('')));
  if (unread.length > 0)
    throw new Error(vscode.l10n.t('The audit was exported, but not all of it could be read. {0}', unread.join('; ')));
  void vscode.window.showInformationMessage(vscode.l10n.t('The audit was exported to {0}.', target.fsPath));
}

function formatOf(path: string): ExportFormat | undefined {
  return (['jsonl', 'csv'] as const).find((format) => path.toLowerCase().endsWith(`.${format}`));
}
