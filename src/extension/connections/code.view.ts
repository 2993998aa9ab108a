import * as vscode from 'vscode';

/** Asks for the code of the second factor. Without one there is no login, and the connection waits for *Retry*. */
export async function askCode(connectionName: string): Promise<string | undefined> {
  const code = await vscode.window.showInputBox({
    title: connectionName,
    prompt: vscode.l10n.t('Code of your authenticator app. It is asked for at each login and never stored.'),
    placeHolder: '123456',
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) => (/^\d{0,8}$/.test(text.trim()) ? undefined : vscode.l10n.t('A code has 6 digits.')),
  });
  return code?.trim();
}
