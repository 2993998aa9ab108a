import * as vscode from 'vscode';
import { printable } from '../gate/printable.ts';
import { messageOf, PveError, type PveErrorData } from '../pve/error.ts';
import { problemLine } from './log.ts';
import { log } from './log.view.ts';
import { unlinked } from './unlinked.ts';

/** Tells a person what went wrong: what happened, PVE's reason, the next step. */
export function showProblem(data: PveErrorData, next = data.hint): void {
  const happened = [data.message, ...data.reason].map((line) => printable(line, 300)).join(': ');
  log().error(problemLine(data));
  show(`${happened.replace(/[.!]+$/, '')}. ${next}`);
}

/** The same for whatever a command ran into. */
export function showError(error: unknown): void {
  if (error instanceof PveError) {
    showProblem(error.data);
    return;
  }
  const message = messageOf(error);
  log().error(message);
  show(message);
}

function show(text: string): void {
  const showLog = vscode.l10n.t('Show log');
  void vscode.window.showErrorMessage(unlinked(text), showLog).then((pressed) => {
    if (pressed === showLog) log().show();
  });
}
