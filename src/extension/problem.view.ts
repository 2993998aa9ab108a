import * as vscode from 'vscode';
import { printable } from '../gate/printable.ts';
import type { PveErrorData } from '../pve/error.ts';
import { log } from './log.view.ts';

/** Tells a person what went wrong: what happened, PVE's reason, the next step. */
export function showProblem({ message, reason, hint, request }: PveErrorData, next = hint): void {
  const happened = [message, ...reason].map((line) => printable(line, 300)).join(': ');
  log().error([happened, request].filter((part) => part !== undefined).join(' · '));
  const showLog = vscode.l10n.t('Show log');
  void vscode.window.showErrorMessage(`${happened.replace(/[.!]+$/, '')}. ${next}`, showLog).then((pressed) => {
    if (pressed === showLog) log().show();
  });
}
