import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { printable } from '../gate/printable.ts';

/** Texts that are shown as read-only documents. */
export interface Documents extends vscode.Disposable {
  /** Opens a text. @param whole replaces it when it is there, for what takes a while */
  show(title: string, text: string, whole?: Promise<string>): Promise<void>;
}

const scheme = 'proxmox-activity';

/** Documents of what the audit tells. Their address holds a random key, so that only what was shown here can be opened. */
export function registerDocuments(): Documents {
  const texts = new Map<string, string>();
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const registered = vscode.Disposable.from(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: ({ query }) =>
        texts.get(query) ?? vscode.l10n.t('This is gone. Open it again from where it was shown.'),
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      if (uri.scheme === scheme) texts.delete(uri.query);
    }),
  );
  return {
    async show(title, text, whole) {
      const key = randomUUID();
      const path = `/${printable(title, 60).replaceAll(/[^\p{L}\p{N} ().,_-]/gu, '_')}`;
      const uri = vscode.Uri.from({ scheme, path, query: key });
      texts.set(key, text);
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
      if (whole === undefined) return;
      const all = await whole;
      if (!texts.has(key)) return;
      texts.set(key, all);
      changed.fire(uri);
    },
    dispose: () => registered.dispose(),
  };
}
