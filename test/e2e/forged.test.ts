// Registered commands are a door too: what another extension, a keybinding or an agent can do with ours (gate.md G13).
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { type Demo, startDemo } from '../support/demo.ts';
import { auditRecords } from '../support/mcp.ts';
import { type Editor, withEditor } from './support/editor.ts';
import { auditDir, connect, vsix } from './support/proxmox.ts';

const test = withEditor({ name: 'forged', vsix: [vsix] });
let demo: Demo;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxmox-e2e-forged-'));
  demo = await startDemo({ speed: 5, requests: join(folder, 'writes.jsonl') });
});
afterAll(async () => {
  await demo.stop();
  await rm(folder, { recursive: true });
});

const view = 'proxmox.explorer';
const commands = manifest.contributes.commands.map(({ command }) => command);
/** These change what is stored, whatever they are given; so each has a test of its own. */
const addsDemo = 'proxmox.openDemo';
const freezes = 'proxmox.freeze';
/** A guest in a state for each. */
const power = [
  { command: 'proxmox.guest.start', verb: 'Start', guest: 'build-01' },
  { command: 'proxmox.guest.shutdown', verb: 'Shut down', guest: 'web-01' },
  { command: 'proxmox.guest.reboot', verb: 'Reboot', guest: 'web-01' },
  { command: 'proxmox.guest.stop', verb: 'Stop', guest: 'web-01' },
];
/** What an agent can run in the hope that it says yes. */
const accepting = [
  'workbench.action.acceptSelectedQuickOpenItem',
  'quickInput.accept',
  'notification.acceptPrimaryAction',
  'list.select',
];

const stored = (editor: Editor) =>
  readFile(join(editor.globalStorage('proxmox-tools.vscode-proxmox'), 'connections.json'), 'utf8');

/** Whatever a yes would have left behind: writes at the cluster, beginnings in the audit, edits of the connections. */
async function traces(editor: Editor) {
  const sent = await readFile(join(folder, 'writes.jsonl'), 'utf8').catch(() => '');
  const begun = (await auditRecords(auditDir(editor))).filter(({ phase }) => phase === 'before');
  return { sent, begun, connections: await stored(editor) };
}

async function connectionId(editor: Editor): Promise<string> {
  return /"id": ?"([^"]+)"/.exec(await stored(editor))?.[1] ?? '';
}

type Run = (editor: Editor, command: string, ...args: readonly unknown[]) => Promise<string | undefined>;

const execute: Run = (editor, ...call) => editor.execute(...call);

/** Runs a command through the main side of the editor, as a keybinding does: there handles become elements of trees. */
const throughMain: Run = (editor, command, ...args) => editor.execute('runCommands', { commands: [{ command, args }] });

/** Answers Escape to each picker and dialog until the command has ended. */
async function escapeUntil({ page, quickInput, dialog }: Editor, ran: Promise<unknown>): Promise<void> {
  let ended = false;
  const end = ran.finally(() => {
    ended = true;
  });
  while (!ended) {
    if ((await dialog.isOpen()) || (await quickInput.input.isVisible())) await page.keyboard.press('Escape');
    await page.waitForTimeout(40);
  }
  await end;
}

/** Argument lists that look like what the tree hands to a command, or like a yes; and the way that each goes. */
function forgeries(connection: string) {
  const target = { connection, connectionName: 'home', node: 'pve2', type: 'qemu', vmid: 101, name: 'web-01' };
  const row = { id: `${connection}/guest/qemu/101`, connection, guest: { ...target, status: 'running' }, children: [] };
  const yes = { approve: true, level: 'full', run: true, who: 'person', by: 'click' };
  const handles = ['0', '1'].flatMap((prefix) =>
    [row.id, connection, 'web-01', '101'].map((id) => ({ $treeViewId: view, $treeItemHandle: `${prefix}/${id}` })),
  );
  return [
    { run: execute, args: [{ row }, [{ row }], yes] },
    { run: execute, args: [connection, yes] },
    { run: throughMain, args: [handles[0], handles, yes] },
    { run: throughMain, args: [handles[4], handles, yes] },
    { run: throughMain, args: [handles, [{ row }]] },
  ];
}

test('G13: no forged argument names a target, changes a connection or says yes', async ({ editor }) => {
  await connect(editor, demo, 'home', 'read-execute');
  await editor.notifications.clear();
  await editor.sidebar.row('pve2').expand();
  const before = await traces(editor);
  const forged = forgeries(await connectionId(editor));
  for (const command of commands.filter((one) => one !== addsDemo && one !== freezes)) {
    for (const { run, args } of forged) {
      await escapeUntil(editor, run(editor, command, ...args));
      expect(await traces(editor), `${command} ${JSON.stringify(args)}`).toEqual(before);
    }
  }
});

test('G13: the row that has the focus, named by an argument, is asked about', async ({ editor }) => {
  const before = await traces(editor);
  await editor.sidebar.row('pve1').expand();
  for (const { command, verb, guest } of power) {
    await editor.sidebar.row(guest).click();
    const ran = throughMain(editor, command, { $treeViewId: view, $focusedTreeItem: true, $selectedTreeItems: true });
    await Promise.race([editor.dialog.waitFor(`${verb} "${guest}"`), ran]);
    expect(await traces(editor), command).toEqual(before);
    expect(await editor.dialog.isOpen()).toBe(true);
    await escapeUntil(editor, ran);
    expect(await traces(editor), command).toEqual(before);
  }
});

test('G13, G18: a picker accepted by a command leads to a question that no command answers', async ({ editor }) => {
  const { dialog, quickInput } = editor;
  const before = await traces(editor);
  for (const { command, verb } of power) {
    const ran = editor.execute(command, { approve: true });
    await quickInput.input.waitFor();
    await quickInput.input.press('ArrowDown');
    await editor.execute('workbench.action.acceptSelectedQuickOpenItem');
    const question = await dialog.waitFor(`${verb} "`);
    expect(question.buttons).toContain('Run');
    for (const accept of accepting) await editor.execute(accept);
    expect((await dialog.waitFor(`${verb} "`)).text).toBe(question.text);
    await escapeUntil(editor, ran);
    expect(await traces(editor), command).toEqual(before);
  }
});

test('G13: the demo cluster is added as it is, whatever the arguments', async ({ editor }) => {
  const before = await traces(editor);
  await editor.execute(addsDemo, { kind: 'demo', id: 'forged', name: 'forged', level: 'full' });
  const after = await traces(editor);
  expect({ ...after, connections: '' }).toEqual({ ...before, connections: '' });
  const [known, now] = [before, after].map(({ connections }) => JSON.parse(connections).profiles);
  const added = { kind: 'demo', id: expect.not.stringContaining('forged'), name: 'Demo cluster', revision: 1 };
  expect(now).toEqual([...known, { ...added, level: 'read-execute' }]);
});

test('G8, G13: a freeze takes no arguments, and no command or argument lifts it', async ({ editor }) => {
  const yes = { lift: true, frozen: false, approve: true };
  await editor.execute(freezes, yes);
  const frozen = await stored(editor);
  expect(JSON.parse(frozen).freeze.since).toEqual(expect.any(String));
  const ran = editor.execute('proxmox.liftFreeze', yes);
  expect((await editor.dialog.waitFor('Lift the freeze')).focused).toBe('Stay frozen');
  for (const accept of accepting) await editor.execute(accept);
  await escapeUntil(editor, ran);
  expect(await stored(editor)).toBe(frozen);
});
