import * as vscode from 'vscode';
import type { ClusterProfile } from '../connections/profile.ts';
import type { SecretPlace } from '../connections/secrets.ts';

/** Says that the editor's secret storage does not work, when a secret was not kept. */
export function tellWhereSecretIs(place: SecretPlace, { name, login }: ClusterProfile): void {
  if (place === 'stored') return;
  const message =
    login.kind === 'token'
      ? vscode.l10n.t(
          'The editor could not keep the token secret of {0}. It is known until this window closes, and written to no file. Check that the keyring of this computer works.',
          name,
        )
      : vscode.l10n.t(
          'The editor could not keep the password of {0}. It is known until this window closes, and written to no file. Check that the keyring of this computer works.',
          name,
        );
  void vscode.window.showWarningMessage(message);
}
