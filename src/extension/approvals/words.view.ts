import * as vscode from 'vscode';
import type { Words } from './protocol.ts';

/** The words of the approvals page. */
export function pageWords(): Words {
  return {
    approvals: vscode.l10n.t('Approvals'),
    empty: vscode.l10n.t(
      'Nothing waits for you. When an agent wants to change something on a cluster, you are asked here first.',
    ),
    frozen: vscode.l10n.t('Everything that agents do is frozen since {0}.'),
    lift: vscode.l10n.t('Lift the freeze…'),
    newQuestion: vscode.l10n.t('New question: {0}'),
    several: vscode.l10n.t('{0} questions that came together'),
    severalHint: vscode.l10n.t('What is not ticked stays waiting.'),
    undo: vscode.l10n.t('To undo: {0}'),
    showRequest: vscode.l10n.t('Show request'),
    mustOpen: vscode.l10n.t('This is long. Open the whole request before you run it.'),
    typeName: vscode.l10n.t('Type {0} to run this'),
    note: vscode.l10n.t('Note to the agent, when you deny'),
    grant: vscode.l10n.t('Allow the same for 15 minutes'),
    freezeOffer: vscode.l10n.t('Three were denied in five minutes. Freeze everything?'),
    freeze: vscode.l10n.t('Freeze'),
    runSome: vscode.l10n.t('Run {0} of {1}'),
    deny: vscode.l10n.t('Deny'),
    denyAll: vscode.l10n.t('Deny all'),
    callOff: vscode.l10n.t('Cancel'),
    timeLeft: vscode.l10n.t('{0} left to answer'),
    granted: vscode.l10n.t('Granted'),
    until: vscode.l10n.t('until {0}'),
    revoke: vscode.l10n.t('Revoke'),
    deniedAgain: vscode.l10n.t('Denied again without asking'),
    askAgain: vscode.l10n.t('Ask me again'),
    recent: vscode.l10n.t('Recent answers'),
    ended: vscode.l10n.t('{0}: {1}'),
    ran: vscode.l10n.t('Allowed'),
    ranAndGranted: vscode.l10n.t('Allowed, and the same for 15 minutes'),
    denied: vscode.l10n.t('Denied'),
    calledOff: vscode.l10n.t('Cancelled'),
    deniedWithNote: vscode.l10n.t('Denied: {0}'),
    withdrawn: vscode.l10n.t('Withdrawn: {0}'),
    expired: vscode.l10n.t('Expired: nobody answered in {0} minutes.'),
    tooLate: vscode.l10n.t('Too late: nothing ran.'),
  };
}
