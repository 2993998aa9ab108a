import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Demo, startDemo } from '../support/demo.ts';
import { auditRecords } from '../support/mcp.ts';
import { type Editor, withEditor } from './support/editor.ts';
import { approve, auditDir, connect, vsix } from './support/proxmox.ts';

const test = withEditor({ name: 'agent', vsix: [vsix] });
let demo: Demo;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxmox-e2e-agent-'));
  demo = await startDemo({ speed: 5, requests: join(folder, 'writes.jsonl') });
});
afterAll(async () => {
  await demo.stop();
  await rm(folder, { recursive: true });
});

/** Every write that has reached the cluster. */
const sent = async () =>
  (await readFile(join(folder, 'writes.jsonl'), 'utf8').catch(() => '')).split('\n').filter(Boolean);

/** The agent asks for a power action, and VS Code's own question is allowed; ours is open then. */
async function agentAsks(editor: Editor, guest: string, action: string, reason: string): Promise<void> {
  await editor.script([{ tool: 'pve_power_guest', input: { guest, action, reason } }]);
  await editor.chat.send(`Please ${action} ${guest}`);
  await editor.chat.confirmation.waitFor('Proxmox');
  await editor.chat.confirmation.allowOnce();
}

const results = async (editor: Editor) => (await editor.modelLog()).at(-1)?.results ?? [];

test('an agent reads the cluster without a question', async ({ editor }) => {
  await connect(editor, demo, 'home', 'read-execute');
  await editor.notifications.clear();
  await editor.sidebar.row('pve2').expand();
  await editor.script([
    { tool: 'pve_get_cluster', input: {} },
    { tool: 'pve_list_guests', input: { node: 'pve2' } },
  ]);
  await editor.chat.open();
  await editor.chat.send('What runs on pve2?');
  await editor.chat.answer();
  const [cluster, guests] = await results(editor);
  expect(cluster).toContain('3 nodes');
  expect(guests).toMatch(/101 +web-01/);
});

test('a shutdown that an agent asks for runs after Run, and the tree follows', async ({ editor }) => {
  await agentAsks(editor, 'web-01', 'shutdown', 'Maintenance of the web tier');
  const question = await editor.dialog.waitFor('Shut down "web-01" (101, VM on pve2) on "home"?');
  const detail = question.detail.join('\n');
  expect(detail).toContain('State: running → stopped.');
  expect(detail).toContain('Request: POST /nodes/pve2/qemu/101/status/shutdown');
  expect(detail).toContain('The agent says: Maintenance of the web tier');
  expect(question.focused).toBe('Review…');
  expect([...question.buttons].sort()).toEqual(['Deny', 'Review…', 'Run']);
  await editor.screenshot('question light');
  await approve(editor);
  await editor.chat.answer();
  expect((await results(editor))[0]).toMatch(/web-01.*101.*now stopped/s);
  await editor.sidebar.row('web-01').waitForDescription('101 · stopped');
  expect((await sent()).map((line): unknown => JSON.parse(line).path)).toEqual([
    '/nodes/pve2/qemu/101/status/shutdown',
  ]);
  expect((await auditRecords(auditDir(editor))).map(({ phase, outcome }) => [phase, outcome])).toEqual([
    ['before', undefined],
    ['after', 'ok'],
  ]);
  await editor.screenshot('after run');
});

test('G18: Enter pressed blindly approves nothing: it leads to the card, and does nothing there', async ({
  editor,
}) => {
  const before = await sent();
  await agentAsks(editor, 'web-01', 'start', 'Press Enter, quickly');
  await editor.dialog.waitFor('Start "web-01"');
  await editor.page.keyboard.press('Enter');
  await editor.approvals.waitFor('Start "web-01"');
  await editor.page.waitForTimeout(700);
  for (const key of ['Enter', 'Enter', 'Space']) await editor.page.keyboard.press(key);
  await editor.approvals.press('Deny');
  await editor.chat.answer();
  expect((await results(editor))[0]).toMatch(/said no|denied/i);
  expect(await sent()).toEqual(before);
});

test('G18: a Run that comes faster than anybody reads is asked again', async ({ editor }) => {
  const before = await sent();
  await editor.page.evaluate(pressRunAtOnce);
  await agentAsks(editor, 'build-01', 'start', 'Quick');
  await editor.page.waitForFunction('window.pressed === true');
  await editor.dialog.waitFor('Start "build-01"');
  expect(await sent()).toEqual(before);
  await editor.page.keyboard.press('Escape');
  await editor.chat.answer();
  expect(await sent()).toEqual(before);
});

/** Presses *Run* once, as soon as a dialog shows it; runs in the page. */
const pressRunAtOnce = `
  new MutationObserver((_changes, observer) => {
    const run = [...document.querySelectorAll('.monaco-dialog-box .monaco-button')].find((button) => button.textContent === 'Run');
    if (run === undefined) return;
    observer.disconnect();
    run.click();
    window.pressed = true;
  }).observe(document.body, { childList: true, subtree: true });
`;

test('G18: Escape denies', async ({ editor }) => {
  const before = await sent();
  await agentAsks(editor, 'db-02', 'start', 'Never mind');
  await editor.dialog.waitFor('Start "db-02"');
  await editor.page.keyboard.press('Escape');
  await editor.chat.answer();
  expect(await sent()).toEqual(before);
});
