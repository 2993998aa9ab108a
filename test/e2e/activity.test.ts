// What was done, as the Activity view and the commands of the audit show it.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Demo, startDemo } from '../support/demo.ts';
import { type Editor, withEditor } from './support/editor.ts';
import { approve, connect, vsix } from './support/proxmox.ts';

const test = withEditor({ name: 'activity', vsix: [vsix] });
let demo: Demo;
beforeAll(async () => {
  demo = await startDemo({ speed: 5, seed: 1 });
});
afterAll(() => demo.stop());

/** Asks from the tree, and says yes. */
async function act(editor: Editor, guest: string, entry: string, question: string): Promise<void> {
  await editor.sidebar.row(guest).menu(entry);
  await editor.dialog.waitFor(question);
  await approve(editor);
}

/** Waits until the text of the document in front matches; lines beyond the sight are not drawn, and blanks do not break. */
async function documentText({ page }: Editor, text: RegExp): Promise<void> {
  await page.locator('.editor-group-container .view-lines', { hasText: text }).waitFor();
}

test('what a person did stands in the view, with its records and task log behind it', async ({ editor }) => {
  await connect(editor, demo, 'home', 'read-execute');
  await editor.notifications.clear();
  await editor.sidebar.row('pve2').expand();
  await editor.command('Proxmox VE: Focus on Activity View');
  await act(editor, 'web-01', 'Stop guest (power off)…', 'Stop "web-01"');
  const row = editor.sidebar.row('Stop web-01 (101)');
  // By itself, for the view can be seen.
  await row.waitForDescription(/^\d\d:\d\d · you · approved · done$/);
  const label = await row.locator.getAttribute('aria-label');
  expect(label).toMatch(/^Stop web-01 \(101\), \d\d:\d\d, you, approved, done/);
  await editor.screenshot('view');
  await row.click();
  await documentText(editor, /Task\slog\sof\sUPID:pve2:.*TASK\sOK/s);
  await documentText(editor, /Asked\sby:\syou/);
  await editor.screenshot('document');
});

test('the view is used with the keyboard alone', async ({ editor }) => {
  const { page } = editor;
  await editor.command('View: Close All Editors');
  await editor.command('Proxmox VE: Focus on Activity View');
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await documentText(editor, /Asked\sby:\syou/);
});

test('G10: a change of what holds agents back is a row too, beside what was done', async ({ editor }) => {
  const rows = await editor.sidebar.rows();
  expect(rows.map(({ label }) => label)).toContainEqual(expect.stringMatching(/^home: added/));
});

test('G10: the audit is checked and exported by commands', async ({ editor }) => {
  await editor.command('Proxmox VE: Check the audit');
  await documentText(editor, /Files\schecked:\s1\.\sFiles\swith\ssomething\swrong:\s0\./);
  await documentText(editor, /head\s[0-9a-f]{64}/);
  await editor.screenshot('check');
  await editor.command('Proxmox VE: Export the audit…');
  const { input } = editor.quickInput;
  await expect.poll(() => input.inputValue()).toMatch(/\/workspace\/$/);
  const exported = `${await input.inputValue()}audit.csv`;
  await editor.quickInput.submit(exported);
  await editor.notifications.waitFor('The audit was exported');
  const text = await readFile(exported, 'utf8');
  expect(text).toMatch(/^"time","phase"/);
  expect(text).toContain('"POST /nodes/pve2/qemu/101/status/stop"');
  expect(text).not.toContain(demo.tokenSecret);
});
