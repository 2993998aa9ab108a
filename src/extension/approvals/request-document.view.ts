import * as vscode from 'vscode';
import { questionText, requestLine } from '../../gate/question.ts';
import type { ApprovalRequest } from '../../gate/types.ts';
import { sourceLines } from './source-text.ts';

/** Whole requests as read-only documents. */
export interface RequestDocuments extends vscode.Disposable {
  show(request: ApprovalRequest): Promise<void>;
}

const scheme = 'proxmox-request';

export function registerRequestDocuments(): RequestDocuments {
  const texts = new Map<string, string>();
  const registration = vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      provideTextDocumentContent: ({ path }) => texts.get(path) ?? '',
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      if (uri.scheme === scheme) texts.delete(uri.path);
    }),
  );
  return {
    async show(request) {
      const path = `/${request.id}/Request.txt`;
      const { text } = questionText(request);
      const requests = request.assessments.map(requestLine);
      texts.set(path, [text, '', ...requests, ...sourceLines(request), ''].join('\n'));
      const document = await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme, path }));
      await vscode.window.showTextDocument(document, { preview: true });
    },
    dispose: () => registration.dispose(),
  };
}
