import * as vscode from 'vscode';
import { printable } from '../../gate/printable.ts';
import { type SecretHands, shortestSecret } from '../../gate/secret-hands.ts';

/** How secrets go between the person and the gate: no agent, no log and no document sees them (gate.md G15). */
export const secretHands: SecretHands = {
  async secret({ label, parameter, connectionName }, signal) {
    const withdrawn = new vscode.CancellationTokenSource();
    const withdraw = () => withdrawn.cancel();
    signal.addEventListener('abort', withdraw, { once: true });
    try {
      return await vscode.window.showInputBox(
        {
          title: vscode.l10n.t('{0} on "{1}"', printable(label, 120), printable(connectionName, 64)),
          prompt: vscode.l10n.t('Type {0}. It is sent to Proxmox VE and shown to nobody else.', parameter),
          password: true,
          ignoreFocusOut: true,
          validateInput: (text) =>
            text === '' || text.length >= shortestSecret
              ? undefined
              : vscode.l10n.t('At least {0} characters: shorter ones cannot be kept out of answers.', shortestSecret),
        },
        withdrawn.token,
      );
    } finally {
      signal.removeEventListener('abort', withdraw);
      withdrawn.dispose();
    }
  },
  async reveal(label, value) {
    const copy: vscode.MessageItem = { title: vscode.l10n.t('Copy') };
    const close: vscode.MessageItem = { title: vscode.l10n.t('Close'), isCloseAffordance: true };
    const detail = [value, vscode.l10n.t('Proxmox VE shows it only this once. The agent does not see it.')].join(
      '\n\n',
    );
    const pressed = await vscode.window.showInformationMessage(
      printable(label, 200),
      { modal: true, detail },
      copy,
      close,
    );
    if (pressed === copy) await vscode.env.clipboard.writeText(value);
  },
};
