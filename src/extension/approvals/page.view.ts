import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { type PageReach, takeMessage } from './messages.ts';
import type { PageState } from './protocol.ts';

/** The view with the cards, while the person has it. */
export interface CardsView {
  /** Fills the view that VS Code has made. */
  fill(view: vscode.WebviewView): void;
  isVisible(): boolean;
  draw(state: PageState, waiting: number): void;
}

/** @param reach is told what can be seen as the window knows it, not as the page says. */
export function createCardsView(extensionUri: vscode.Uri, reach: PageReach): CardsView {
  let view: vscode.WebviewView | undefined;
  /** What could be seen as soon as the view itself can be. */
  let inSight: readonly string[] = [];
  const isVisible = (): boolean => view?.visible === true;
  const tellSight = (): void => reach.shown(isVisible() ? inSight : []);
  const shown = (ids: readonly string[]): void => {
    inSight = ids;
    tellSight();
  };
  return {
    isVisible,
    fill(made) {
      view = made;
      made.webview.onDidReceiveMessage((received: unknown) => takeMessage(received, { ...reach, shown }));
      made.onDidChangeVisibility(() => {
        tellSight();
        reach.ready();
      });
      made.onDidDispose(() => {
        view = undefined;
        shown([]);
      });
      load(made.webview, extensionUri);
    },
    draw(state, waiting) {
      if (view === undefined) return;
      const tooltip = waiting === 1 ? vscode.l10n.t('1 approval') : vscode.l10n.t('{0} approvals', waiting);
      view.badge = waiting === 0 ? undefined : { value: waiting, tooltip };
      // A page that is still being loaded asks for the state itself.
      void view.webview.postMessage(state);
    },
  };
}

/** The page's document: no inline code or style, no other source, nothing of the disk but our own assets. */
function load(webview: vscode.Webview, extensionUri: vscode.Uri): void {
  const dist = vscode.Uri.joinPath(extensionUri, 'dist');
  const media = vscode.Uri.joinPath(extensionUri, 'media');
  webview.options = { enableScripts: true, enableCommandUris: false, localResourceRoots: [dist, media] };
  const script = webview.asWebviewUri(vscode.Uri.joinPath(dist, 'approvals.js'));
  const style = webview.asWebviewUri(vscode.Uri.joinPath(media, 'approvals.css'));
  const nonce = randomBytes(16).toString('base64');
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource}`;
  webview.html = `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${vscode.l10n.t('Approvals')}</title>
<link rel="stylesheet" href="${style.toString()}">
</head>
<body><script type="module" nonce="${nonce}" src="${script.toString()}"></script></body>
</html>`;
}
