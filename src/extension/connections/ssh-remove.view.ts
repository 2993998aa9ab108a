import * as vscode from 'vscode';
import { printable } from '../../gate/printable.ts';
import { change } from '../commands/connection.view.ts';
import type { ConnectionParts } from '../commands/connections.view.ts';
import type { Profile } from './profile.ts';
import { sshSecretOf } from './secrets.ts';
import { withoutSsh } from './ssh-draft.ts';
import { modalStep } from './steps.view.ts';

/** Forgets how the nodes of a connection are reached by SSH, after a modal: what runs there ends. */
export async function removeSsh(profile: Profile, parts: ConnectionParts): Promise<void> {
  if (profile.kind === 'demo' || profile.ssh === undefined) {
    void vscode.window.showInformationMessage(vscode.l10n.t('SSH is not set up for this connection.'));
    return;
  }
  const title = vscode.l10n.t('Remove the SSH set-up of {0}?', printable(profile.name, 64));
  const detail = vscode.l10n.t(
    'Its host keys, password and passphrase are forgotten on this computer. Commands and consoles that go by it end.',
  );
  if (typeof (await modalStep(title, detail, vscode.l10n.t('Remove'))) === 'string') return;
  await change(profile, withoutSsh, parts);
  await (await parts.window()).store.secrets.delete(sshSecretOf(profile.id));
}
