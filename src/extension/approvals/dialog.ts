import * as vscode from 'vscode';
import { questionText, requestLine } from '../../gate/question.ts';
import type { ApprovalAnswer, ApprovalRequest, Approver } from '../../gate/types.ts';

/** A yes that comes this soon after a dialog has opened was meant for something else, milliseconds (gate.md G18). */
const tooSoon = 500;

/**
 * Asks a person in a modal dialog, one at a time. The focused button is a safe one, Escape denies, and what destroys is
 * not offered at all: it needs its name typed, for which a dialog has no field.
 */
export function createDialogApprover(): Approver & vscode.Disposable {
  let last: Promise<unknown> = Promise.resolve();
  const documents = registerRequestDocuments();
  return {
    name: 'editor',
    ask(request, signal) {
      const turn = last.then(() => (signal.aborted ? nobody : answer(request, signal, documents)));
      last = turn.catch(() => {});
      return turn;
    },
    dispose: () => documents.dispose(),
  };
}

const nobody: ApprovalAnswer = { kind: 'deny', by: 'cancelled' };

async function answer(
  request: ApprovalRequest,
  signal: AbortSignal,
  documents: RequestDocuments,
): Promise<ApprovalAnswer> {
  const question = questionText(request);
  if (question.tooLong) await readWhole(request, signal, documents);
  if (signal.aborted) return nobody;
  const given = await modal(request, question);
  if (signal.aborted) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Too late: nothing ran.'));
    return nobody;
  }
  return given;
}

async function modal(request: ApprovalRequest, question: ReturnType<typeof questionText>): Promise<ApprovalAnswer> {
  // The first button has the focus, so it is a safe one; the last one is what Escape means.
  const own = request.origin.who === 'person';
  const note: vscode.MessageItem = { title: vscode.l10n.t('Deny with note…') };
  const safe = own ? { title: vscode.l10n.t('Leave it as it is') } : note;
  const run: vscode.MessageItem = { title: vscode.l10n.t('Run') };
  const deny = { title: own ? vscode.l10n.t('Cancel') : vscode.l10n.t('Deny'), isCloseAffordance: true };
  const mayRun = request.mustType === undefined;
  const detail = mayRun
    ? question.lines
    : [...question.lines, vscode.l10n.t('What destroys cannot be approved in a dialog.')];
  for (;;) {
    const opened = performance.now();
    // VS Code shows line ends of the detail; the first line of the dialog is the act.
    const pressed = await vscode.window.showWarningMessage(
      question.title,
      { modal: true, detail: (question.tooLong ? detail.slice(0, 6) : detail).join('\n') },
      ...(mayRun ? [safe, run, deny] : [safe, deny]),
    );
    if (pressed === run && performance.now() - opened < tooSoon) continue;
    if (pressed === run) return { kind: 'run' };
    if (pressed === note) return denyWithNote();
    return { kind: 'deny', by: 'person' };
  }
}

async function denyWithNote(): Promise<ApprovalAnswer> {
  const note = await vscode.window.showInputBox({
    title: vscode.l10n.t('Deny'),
    prompt: vscode.l10n.t('What should the agent know? It reads this note.'),
    ignoreFocusOut: true,
  });
  return note === undefined || note.trim() === ''
    ? { kind: 'deny', by: 'person' }
    : { kind: 'deny', by: 'person', note: note.trim().slice(0, 500) };
}

/** What does not fit a dialog is opened as a read-only document first; the notification only leads to the dialog. */
async function readWhole(request: ApprovalRequest, signal: AbortSignal, documents: RequestDocuments): Promise<void> {
  await documents.show(request);
  const withdrawn = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  const review = vscode.l10n.t('Answer…');
  const asked = vscode.window.showWarningMessage(
    vscode.l10n.t('Proxmox VE: read the whole request, then answer it.'),
    review,
  );
  await Promise.race([asked, withdrawn]);
}

interface RequestDocuments extends vscode.Disposable {
  show(request: ApprovalRequest): Promise<void>;
}

function registerRequestDocuments(): RequestDocuments {
  const scheme = 'proxmox-request';
  const texts = new Map<string, string>();
  const registration = vscode.workspace.registerTextDocumentContentProvider(scheme, {
    provideTextDocumentContent: (uri) => texts.get(uri.path) ?? '',
  });
  return {
    async show(request) {
      const path = `/${request.id}/Request.txt`;
      texts.set(path, [questionText(request).text, '', ...request.assessments.map(requestLine)].join('\n'));
      const document = await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme, path }));
      await vscode.window.showTextDocument(document, { preview: true });
    },
    dispose: () => registration.dispose(),
  };
}
