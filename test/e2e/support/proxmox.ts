// What specs do with this extension again and again.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AccessLevel } from '../../../src/gate/types.ts';
import type { Demo } from '../../support/demo.ts';
import type { Editor } from './editor.ts';

/** The packaged extension; `npm run package` makes it. */
export const vsix = fileURLToPath(new URL('../../../dist/vscode-proxmox.vsix', import.meta.url));

/** Takes the wizard from the address to the name with the demo's token, trusting just the certificate that it shows. */
export async function connect(editor: Editor, demo: Demo, name: string, level: AccessLevel): Promise<void> {
  await enterAddress(editor, demo.url);
  await enterToken(editor, demo);
  await chooseTrust(editor, 'Only this certificate');
  await finish(editor, name, level);
  // Of several connections each has a node of this name; the new one is the last.
  await editor.sidebar.row('pve1').locator.last().waitFor();
}

/** Starts the wizard with one address or several, and trusts the certificates that they show. */
export async function enterAddress(editor: Editor, addresses: string): Promise<void> {
  const { command, quickInput, dialog } = editor;
  const open = () => command('Proxmox VE: Connect to Proxmox VE…');
  await open();
  // An editor that has just started drops a command now and then; opening the wizard once more harms nobody.
  await quickInput.waitFor(step(1)).catch(open);
  await quickInput.waitFor(step(1));
  await quickInput.submit(addresses);
  await dialog.waitFor('Trust the certificate');
  await dialog.press('Trust');
}

export async function enterToken({ quickInput }: Editor, { tokenId, tokenSecret }: Demo): Promise<void> {
  await quickInput.waitFor(step(2));
  await quickInput.pick('API token');
  await quickInput.waitFor(step(3));
  await quickInput.submit(tokenId);
  await quickInput.waitFor(step(4));
  await quickInput.submit(tokenSecret);
}

export async function chooseTrust({ dialog }: Editor, button: string): Promise<void> {
  await dialog.waitFor('Trust the other nodes');
  await dialog.press(button);
}

/** The last two steps: what agents may ask for, and the name. */
export async function finish({ quickInput, dialog, sidebar }: Editor, name: string, level: AccessLevel): Promise<void> {
  await quickInput.waitFor(step(5));
  await quickInput.pick(level);
  if (level !== 'read-only') {
    await dialog.waitFor('Let agents ask');
    await dialog.press('Allow asking');
  }
  await quickInput.waitFor(step(6));
  await quickInput.submit(name);
  await sidebar.open('Proxmox VE');
  await sidebar.row(name).waitFor();
}

export async function approve(editor: Editor): Promise<void> {
  await editor.dialog.press('Run');
  await editor.dialog.waitForClosed();
}

/** The title of a step of the wizard. */
export function step(number: number): string {
  return `Connect to Proxmox VE (${number}/6)`;
}

/** The audit folder of the extension in this editor. */
export function auditDir(editor: Editor): string {
  return join(editor.globalStorage('proxmox-tools.vscode-proxmox'), 'audit');
}
