import * as vscode from 'vscode';
import type { OfferSettings } from './definition.ts';

const section = 'proxmox.mcp';

/** What the person has set of the tools. What is not understood is told by the server when it starts. */
export function offerSettings(): OfferSettings {
  const settings = vscode.workspace.getConfiguration(section);
  return {
    toolsets: [settings.get<unknown>('toolsets', 'default')].flat().map(String),
    answerCharacters: String(settings.get<unknown>('answerCharacters', '')),
  };
}

export function onOfferChanged(then: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(section)) then();
  });
}
