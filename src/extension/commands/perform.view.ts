import * as vscode from 'vscode';
import { endedText, hasSucceeded, isCommandAnswer } from '../../gate/command-answer.ts';
import { printable } from '../../gate/printable.ts';
import type { Gate, Outcome, Proposal } from '../../gate/types.ts';
import { showProblem } from '../problem.view.ts';
import { unlinked } from '../unlinked.ts';

/**
 * Hands what a person wants from a command to the gate, which asks (G13), and shows how it goes on.
 * @param beforehand what the question is to say first, which the gate does not know
 */
export async function performWithProgress(
  gate: Gate,
  proposal: Proposal,
  title: string,
  beforehand: readonly string[] = [],
): Promise<readonly Outcome[]> {
  const { outcomes } = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: unlinked(title), cancellable: true },
    (progress, token) => {
      const cancel = new AbortController();
      token.onCancellationRequested(() => cancel.abort());
      const onProgress = ({ message }: { message: string }) =>
        progress.report({ message: unlinked(printable(message, 120)) });
      return gate.perform(proposal, { who: 'person', by: 'picker' }, { signal: cancel.signal, onProgress, beforehand });
    },
  );
  return outcomes;
}

/** What the tree shows needs no message; what went wrong does. */
export function tellOutcome(shownName: string, outcome: Outcome | undefined): void {
  const name = unlinked(shownName);
  switch (outcome?.status) {
    case 'failed':
    case 'unknown':
      showProblem(outcome.error, outcome.status === 'unknown' ? outcome.howToLook : undefined);
      return;
    case 'denied':
      if (outcome.by !== 'person')
        void vscode.window.showWarningMessage(unlinked(printable(`${name}: ${[outcome.why, outcome.next].join(' ')}`)));
      return;
    case 'skipped':
      void vscode.window.showWarningMessage(vscode.l10n.t('{0}: not done. {1}', name, unlinked(outcome.why)));
      return;
    case 'started':
      void vscode.window.showInformationMessage(vscode.l10n.t('{0}: its task goes on ({1}).', name, outcome.upid));
      return;
    case 'done':
      if (isCommandAnswer(outcome.data) && !hasSucceeded(outcome.data))
        void vscode.window.showErrorMessage(
          unlinked(`${name}: ${endedText(outcome.data)}. ${printable(outcome.data.stderr.text.trim(), 500)}`),
        );
      return;
    default:
      return;
  }
}
