import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { PageState } from './protocol.ts';

/** The webview's document: no inline code or style, no other source, nothing of the disk but our own assets. */
export function loadPage({ webview }: vscode.WebviewView, extensionUri: vscode.Uri): void {
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

/** A page that is being loaded asks for the state itself when it is there. */
export function postState({ webview }: vscode.WebviewView, state: PageState): void {
  void webview.postMessage(state);
}
