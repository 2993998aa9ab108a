import { hostname, userInfo } from 'node:os';
import * as vscode from 'vscode';
import type { Documents } from '../documents.view.ts';
import { newKeyText } from './new-key-text.ts';
import { wholePath } from './ssh-draft.ts';
import { inputStep } from './steps.view.ts';
import { type Step, walk } from './walk.ts';

interface NewKey {
  file: string;
  passphrase: string;
  publicKey: string;
}

const steps: readonly Step<NewKey>[] = [{ ask: askFile }, { ask: askPassphrase }, { ask: makeKey }];

/** Makes a key on this computer and shows its public half. It writes over nothing. */
export async function generateKey(documents: Documents): Promise<void> {
  const made: NewKey = { file: '~/.ssh/id_ed25519_proxmox', passphrase: '', publicKey: '' };
  if (!(await walk(steps, made))) return;
  await documents.show(vscode.l10n.t('New SSH key'), newKeyText(wholePath(made.file), made.publicKey));
  const copy = vscode.l10n.t('Copy public key');
  const message = vscode.l10n.t('The key was made. Its public half is what the nodes have to know.');
  if ((await vscode.window.showInformationMessage(message, copy)) === copy)
    await vscode.env.clipboard.writeText(made.publicKey);
}

function stepText(step: number) {
  return { title: vscode.l10n.t('Generate an SSH key'), step, totalSteps: 3 };
}

function askFile(made: NewKey) {
  return inputStep({
    ...stepText(1),
    prompt: vscode.l10n.t('Where the private key goes on this computer. What is there is never written over.'),
    value: made.file,
    validate: (file) =>
      /^(~[\\/]|[\\/]|[a-z]:[\\/])./i.test(file)
        ? undefined
        : vscode.l10n.t('Use a whole path, or one that begins with ~/.'),
    accept: async (file) => void Object.assign(made, { file }),
  });
}

function askPassphrase(made: NewKey) {
  return inputStep({
    ...stepText(2),
    prompt: vscode.l10n.t('A passphrase for it, or nothing. Without one, whoever reads the file can log in.'),
    password: true,
    validate: () => undefined,
    accept: async (passphrase) => void Object.assign(made, { passphrase }),
  });
}

/** A typing error in it would lock the key for good. */
function makeKey(made: NewKey) {
  const { passphrase } = made;
  return inputStep({
    ...stepText(3),
    prompt:
      passphrase === ''
        ? vscode.l10n.t('Press Enter to make the key without a passphrase.')
        : vscode.l10n.t('The passphrase once more'),
    password: true,
    validate: (again) => (again === passphrase ? undefined : vscode.l10n.t('It is not the same.')),
    accept: async () => {
      const { makeSshKey } = await import('../../ssh/new-key.ts');
      const comment = `${userInfo().username}@${hostname()}`;
      const secret = passphrase === '' ? undefined : passphrase;
      made.publicKey = await makeSshKey(wholePath(made.file), comment, secret);
      return undefined;
    },
  });
}
