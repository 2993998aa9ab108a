// What specs do with this extension again and again.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AccessLevel } from '../../../src/gate/types.ts';
import type { Demo } from '../../support/demo.ts';
import type { Editor } from './editor.ts';

/** The packaged extension; `npm run package` makes it. */
export const vsix = fileURLToPath(new URL('../../../dist/vscode-proxmox.vsix', import.meta.url));

/** Takes the wizard from the address to the name, trusting the demo's certificate. */
export async function connect(editor: Editor, demo: Demo, name: string, level: AccessLevel): Promise<void> {
  const { command, quickInput, dialog } = editor;
  await command('Proxmox VE: Connect to Proxmox VE…');
  await quickInput.waitFor(step(1));
  await quickInput.submit(demo.url);
  await dialog.waitFor('Trust the certificate');
  await dialog.press('Trust');
  await quickInput.waitFor(step(2));
  await quickInput.submit(demo.tokenId);
  await quickInput.waitFor(step(3));
  await quickInput.submit(demo.tokenSecret);
  await quickInput.waitFor(step(4));
  await quickInput.pick(level);
  if (level !== 'read-only') {
    await dialog.waitFor('Let agents ask');
    await dialog.press('Allow asking');
  }
  await quickInput.waitFor(step(5));
  await quickInput.submit(name);
  await editor.sidebar.open('Proxmox VE');
  await editor.sidebar.row('pve1').waitFor();
}

/** Presses *Run*, as late as somebody who has read the question: a yes within half a second is asked again (gate.md G18). */
export async function approve(editor: Editor): Promise<void> {
  await editor.page.waitForTimeout(600);
  await editor.dialog.press('Run');
  await editor.dialog.waitForClosed();
}

/** The title of a step of the wizard. */
export function step(number: number): string {
  return `Connect to Proxmox VE (${number}/5)`;
}

/** The audit folder of the extension in this editor. */
export function auditDir(editor: Editor): string {
  return join(editor.globalStorage('proxmox-tools.vscode-proxmox'), 'audit');
}
