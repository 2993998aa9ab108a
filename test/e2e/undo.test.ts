// Ways back: a snapshot first, the change undone, what would happen, and what a failed task says, as a person sees them.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Demo, startDemo } from '../support/demo.ts';
import { auditRecords } from '../support/mcp.ts';
import { type Editor, withEditor } from './support/editor.ts';
import { approve, auditDir, connect, vsix } from './support/proxmox.ts';

const test = withEditor({ name: 'undo', vsix: [vsix] });
let demo: Demo;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxmox-e2e-undo-'));
  demo = await startDemo({ speed: 5, seed: 1, requests: join(folder, 'writes.jsonl') });
});
afterAll(async () => {
  await demo.stop();
  await rm(folder, { recursive: true });
});

const guest = '/nodes/pve2/qemu/101';
/** The writes that have reached the cluster, without the paths of nodes. */
const sent = async (): Promise<readonly string[]> =>
  (await readFile(join(folder, 'writes.jsonl'), 'utf8').catch(() => ''))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .map(({ method, path }) => `${method} ${path}`);
const config = async () => (await demo.request('GET', `${guest}/config`)).data as Readonly<Record<string, unknown>>;
const snapshots = async () =>
  ((await demo.request('GET', `${guest}/snapshot`)).data as readonly { readonly name: string }[]).flatMap(({ name }) =>
    name.startsWith('before_') ? [name] : [],
  );

/** The agent calls a tool outside the chat, and VS Code's own question is answered; ours is open then. */
async function agentCalls(editor: Editor, title: string, tool: string, input: Record<string, unknown>): Promise<void> {
  await editor.invokeTools({ tool, input });
  await editor.dialog.waitFor(title);
  await editor.dialog.press('Yes');
}

const changeOf = (set: Record<string, unknown>) =>
  ['Change the settings of a guest', 'pve_update_guest', { guest: 'web-01', set }] as const;

/** From the dialog of a change of web-01 to its card. */
async function openCard({ dialog, approvals }: Editor): Promise<void> {
  await dialog.waitFor('Change "web-01"');
  await dialog.press('Review…');
  await approvals.waitFor('Change "web-01"');
  await approvals.show();
}

const tickSnapshot = ({ approvals }: Editor) =>
  approvals.frame.getByRole('checkbox', { name: /snapshot first/i }).check();

/** What the tool has answered, once it has. */
async function answered(editor: Editor, count: number): Promise<string> {
  await expect.poll(async () => (await editor.invoked()).length, { timeout: 30_000 }).toBe(count);
  return (await editor.invoked()).at(-1) ?? '';
}

async function documentText({ page }: Editor, text: RegExp): Promise<void> {
  await page.locator('.editor-group-container .view-lines', { hasText: text }).first().waitFor();
}

test('what would happen is told in the chat: nothing is asked, nothing is sent', async ({ editor }) => {
  const { chat, dialog, approvals } = editor;
  await connect(editor, demo, 'home', 'full');
  await editor.notifications.clear();
  await chat.open();
  await editor.script([{ tool: 'pve_delete_guest', input: { guest: 'build-01', dry_run: true } }]);
  await chat.send('What would happen if build-01 was deleted?');
  await chat.confirmation.waitFor('Proxmox');
  await chat.confirmation.allowInSession();
  await chat.answer();
  const [text = ''] = (await editor.modelLog()).at(-1)?.results ?? [];
  expect(text).toMatch(/Delete "build-01"/);
  expect(text).toMatch(/destroy/);
  expect(text).toMatch(/a person would be asked/i);
  expect(await dialog.isOpen()).toBe(false);
  expect(await approvals.frame.locator('[data-card]').count()).toBe(0);
  expect(await sent()).toEqual([]);
  await editor.screenshot('dry run');
});

test('G3: a change of an agent, with a snapshot that is taken first', async ({ editor }) => {
  const { dialog, approvals, sidebar } = editor;
  await sidebar.collapse('Clusters');
  await agentCalls(editor, ...changeOf({ description: 'changed by an agent' }));
  const question = await dialog.waitFor('Change "web-01" (101, VM on pve2) on "home"?');
  expect(question.detail.join('\n')).toContain('Review… also offers');
  await editor.screenshot('dialog');
  await dialog.press('Review…');
  await approvals.waitFor('Change "web-01"');
  await approvals.show();
  await tickSnapshot(editor);
  for (const theme of ['dark', 'light'] as const) {
    await editor.theme(theme);
    await editor.screenshot(`card with a snapshot ${theme}`);
  }
  await approvals.press('Change web-01');
  const text = await answered(editor, 1);
  expect(text).toMatch(/The person had this done first: Take snapshot "before_\d{8}_\d{6}"/);
  expect(text).toMatch(/change settings OK/);
  expect(await sent()).toEqual([`POST ${guest}/snapshot`, `PUT ${guest}/config`]);
  expect(await snapshots()).toHaveLength(1);
});

test('a fact leads to where it comes from', async ({ editor }) => {
  const { approvals } = editor;
  await agentCalls(editor, ...changeOf({ onboot: true }));
  await openCard(editor);
  await approvals.frame
    .getByRole('button', { name: /Show where this comes from: backup/i })
    .first()
    .click();
  await documentText(editor, /GET\s\/nodes\/pve2\/storage/);
  await editor.screenshot('source');
  await approvals.show();
  await approvals.press('Deny');
  expect(await answered(editor, 1)).toMatch(/denied/i);
  await editor.command('View: Close All Editors');
});

test('a snapshot that fails stops the plan, and says why and what to do', async ({ editor }) => {
  const { approvals } = editor;
  const before = (await sent()).length;
  await demo.control({ fault: '500 out of space', path: `${guest}/snapshot`, method: 'POST' });
  await agentCalls(editor, ...changeOf({ description: 'never' }));
  await openCard(editor);
  await tickSnapshot(editor);
  await approvals.press('Change web-01');
  const text = await answered(editor, 1);
  expect(text).toMatch(/did not succeed, so nothing else was sent/);
  expect(text).toMatch(/out of space/);
  expect((await sent()).length).toBe(before);
  expect((await config()).description).toBe('changed by an agent');
});

test('Activity shows it, with the snapshot, and rolls back to it', async ({ editor }) => {
  const { sidebar, approvals } = editor;
  await editor.command('Proxmox VE: Focus on Activity View');
  await sidebar.collapse('Approvals');
  const row = sidebar.row('Change web-01 (101), snapshot first', /done/);
  await row.waitFor();
  for (const theme of ['dark', 'light'] as const) {
    await editor.theme(theme);
    await editor.screenshot(`activity ${theme}`);
  }
  await row.menu('Roll back to the snapshot…');
  await editor.notifications.waitFor('Waiting for your answer');
  await approvals.show();
  expect(await approvals.waitFor('Roll back to snapshot')).toMatch(/Everything that was written/);
  await editor.screenshot('roll back');
  await approvals.tabTo('Type web-01 to run this');
  await editor.page.keyboard.type('web-01');
  await approvals.press((await primary(editor)) ?? '');
  await expect.poll(async () => (await config()).description, { timeout: 20_000 }).not.toBe('changed by an agent');
  const [name] = await snapshots();
  await sidebar.row(`Roll back to snapshot "${name}" of "web-01" (101, VM on pve2)`, /done/).waitFor();
});

/** The name of the button that runs it. */
async function primary({ approvals }: Editor): Promise<string | null> {
  return approvals.frame.locator('[data-card] .primary').first().textContent();
}

test('and removes it', async ({ editor }) => {
  const { sidebar, approvals } = editor;
  await editor.command('Proxmox VE: Focus on Activity View');
  await sidebar.row('Change web-01 (101), snapshot first', /done/).menu('Remove the snapshot…');
  await editor.notifications.waitFor('Waiting for your answer');
  await approvals.show();
  await approvals.waitFor('Delete snapshot');
  await approvals.tabTo('Type web-01 to run this');
  await editor.page.keyboard.type('web-01');
  await approvals.press((await primary(editor)) ?? '');
  await expect.poll(snapshots, { timeout: 20_000 }).toEqual([]);
});

test('G2: a change is undone, and the undoing too', async ({ editor }) => {
  const { sidebar, dialog } = editor;
  const before = (await config()).tags;
  await agentCalls(editor, ...changeOf({ tags: 'new-tag' }));
  await dialog.waitFor('Change "web-01"');
  await approve(editor);
  await answered(editor, 1);
  expect((await config()).tags).toBe('new-tag');
  await editor.command('Proxmox VE: Focus on Activity View');
  await sidebar.row('Change web-01 (101)', /approved · done/).waitFor();
  await editor.command('Proxmox VE: Undo the change…');
  await editor.page.locator('.quick-input-widget:visible .monaco-list-row').first().waitFor();
  await editor.screenshot('undo picker');
  await editor.page.keyboard.press('Enter');
  await dialog.waitFor('Change "web-01"');
  await editor.screenshot('undo question');
  await approve(editor);
  await expect.poll(async () => (await config()).tags, { timeout: 20_000 }).toBe(before);
  await sidebar.row('Change web-01 (101)', /you · approved · done/).waitFor();
  await editor.command('Proxmox VE: Undo the change…');
  await editor.page.locator('.quick-input-widget:visible .monaco-list-row').first().waitFor();
  await editor.page.keyboard.press('Enter');
  await dialog.waitFor('Change "web-01"');
  await approve(editor);
  await expect.poll(async () => (await config()).tags, { timeout: 20_000 }).toBe('new-tag');
});

test('a config that was changed since is not undone, and it is said why', async ({ editor }) => {
  await demo.request('PUT', `${guest}/config`, { description: 'somebody else' });
  await editor.command('Proxmox VE: Undo the change…');
  await editor.page.locator('.quick-input-widget:visible .monaco-list-row').first().waitFor();
  await editor.page.keyboard.press('Enter');
  await editor.notifications.waitFor(/changed since/);
  await editor.screenshot('cannot be undone');
  await editor.notifications.clear();
  expect((await config()).tags).toBe('new-tag');
});

test('a task that fails shows its last lines and the next step', async ({ editor }) => {
  const { dialog, sidebar } = editor;
  await demo.taskEnd((await demo.request('POST', `${guest}/snapshot`, { snapname: 'twice' })).data);
  const input = { method: 'POST', path: `${guest}/snapshot`, params: { snapname: 'twice' } };
  await agentCalls(editor, 'Write any API path', 'pve_api_write', input);
  await dialog.waitFor('Take snapshot "twice"');
  await approve(editor);
  const text = await answered(editor, 1);
  expect(text).toMatch(/already used/);
  expect(text).toMatch(/Next: .*another name/);
  await editor.command('Proxmox VE: Focus on Activity View');
  const row = sidebar.row('Take snapshot "twice" of "web-01" (101, VM on pve2)', /failed/);
  await row.waitFor();
  await row.click();
  await documentText(editor, /Next\sstep:/);
  await editor.screenshot('failed task');
});

test('a guest that is locked meanwhile stops the plan at its snapshot', async ({ editor }) => {
  const { approvals } = editor;
  await agentCalls(editor, ...changeOf({ description: 'never' }));
  await openCard(editor);
  await tickSnapshot(editor);
  await demo.control({ fault: '500 VM is locked (backup)', path: `${guest}/snapshot`, method: 'POST' });
  await approvals.press('Change web-01');
  const text = await answered(editor, 1);
  expect(text).toMatch(/did not succeed, so nothing else was sent.*lock/s);
  expect((await config()).description).not.toBe('never');
});

test('a guest that is deleted is backed up first', async ({ editor }) => {
  const { approvals } = editor;
  const before = (await sent()).length;
  // The editor itself was told in the chat to ask no more about this tool.
  await editor.invokeTools({ tool: 'pve_delete_guest', input: { guest: 'build-01' } });
  await approvals.waitFor('Delete "build-01"');
  await approvals.show();
  await approvals.frame.getByRole('checkbox', { name: /Back it up first/ }).check();
  await editor.screenshot('backup first');
  await approvals.tabTo('Type build-01 to run this');
  await editor.page.keyboard.type('build-01');
  await approvals.press('Delete build-01');
  expect(await answered(editor, 1)).toMatch(/The person had this done first: Back up "build-01".*OK/);
  expect((await sent()).slice(before)).toEqual(['POST /nodes/pve1/vzdump', 'DELETE /nodes/pve1/qemu/105']);
});

test('a snapshot that was taken before a change long ago is listed', async ({ editor }) => {
  const name = 'before_20261101_101500';
  await demo.taskEnd((await demo.request('POST', '/nodes/pve1/lxc/102/snapshot', { snapname: name })).data);
  const [taken] = (await auditRecords(auditDir(editor))).filter(
    ({ phase, safeguard, outcome }) => phase === 'after' && safeguard === 'snapshot' && outcome === 'ok',
  );
  // As a process that is gone has left it.
  const record = {
    ...taken,
    at: '2026-11-01T10:15:00.000Z',
    target: `snapshot "${name}" of "web-02" (102, container on pve1)`,
    operation: {
      ...(taken?.operation as object),
      segments: ['nodes', 'pve1', 'lxc', '102', 'snapshot'],
      params: { snapname: name },
    },
  };
  const file = join(auditDir(editor), 'audit-2026-11-01T101500000Z-999999-1.jsonl');
  await writeFile(file, `${JSON.stringify(record)}\n`);
  await editor.command('Proxmox VE: Focus on Activity View');
  await editor.command('Proxmox VE: Refresh activity');
  const group = editor.sidebar.row('Snapshots taken before a change, older than a week (1)');
  await group.waitFor();
  await group.expand();
  await editor.sidebar.row(`${name} of web-02 (102)`).waitFor();
  await editor.screenshot('old snapshots');
});
