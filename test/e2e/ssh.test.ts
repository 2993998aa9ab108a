// SSH of a connection, and a person's own console, against a real OpenSSH server in the place of a node.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type Demo, startDemo } from '../support/demo.ts';
import { auditRecords } from '../support/mcp.ts';
import { hasSshd, makeKey, type Sshd, startSshd } from '../support/sshd.ts';
import { type Editor, withEditor } from './support/editor.ts';
import { auditDir, chooseTrust, connect, enterAddress, finish, vsix } from './support/proxmox.ts';

const test = withEditor({ name: 'ssh', vsix: [vsix] });
const passphrase = 'c4n4ry passphrase';

describe.skipIf(!hasSshd())('SSH', () => {
  let demo: Demo;
  let sshd: Sshd;
  let folder: string;
  let key: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxmox-e2e-ssh-'));
    key = join(folder, 'key');
    demo = await startDemo({ speed: 5 });
    sshd = await startSshd({ authorized: [makeKey(key, 'ed25519', passphrase)] });
  });
  afterAll(async () => {
    await sshd.stop();
    await demo.stop();
    await rm(folder, { recursive: true });
  });

  const step = (number: number) => `Set up SSH for home (${number}/6)`;
  const stored = (editor: Editor) =>
    readFile(join(editor.globalStorage('proxmox-tools.vscode-proxmox'), 'connections.json'), 'utf8');
  const consoles = async (editor: Editor) =>
    (await auditRecords(auditDir(editor))).filter(({ phase }) => phase === 'console');

  /** Takes the steps up to the addresses. */
  async function enter(editor: Editor, words: string): Promise<void> {
    const { quickInput, sidebar } = editor;
    await sidebar.row('home').menu('Set up SSH…');
    await quickInput.waitFor(step(1));
    await quickInput.submit(sshd.user);
    if (sshd.user !== 'root') await quickInput.pick('Not at all');
    await quickInput.waitFor(step(2));
    await quickInput.submit(String(sshd.port));
    await quickInput.waitFor(step(3));
    await quickInput.pick('Key file');
    await quickInput.waitFor(step(4));
    await quickInput.submit(key);
    await quickInput.waitFor(step(4));
    await expect.poll(async () => (await quickInput.read()).password).toBe(true);
    await quickInput.submit(words);
    await quickInput.waitFor(step(5));
    await quickInput.submit('');
    await quickInput.waitFor(step(6));
  }

  test('addresses of the nodes come from the cluster, and a wrong one is said in the same step', async ({ editor }) => {
    await connect(editor, demo, 'home', 'full');
    await editor.notifications.clear();
    await enter(editor, passphrase);
    expect((await editor.quickInput.read()).value).toMatch(/^pve1=[\d.]+, pve2=[\d.]+, pve3=[\d.]+$/);
    await editor.quickInput.submit('pve9=127.0.0.1');
    expect(await editor.quickInput.message('node=address')).toContain('pve1, pve2, pve3');
  });

  test('G8: a host key is shown with type and fingerprint; Enter does not trust it, and nothing was sent', async ({
    editor,
  }) => {
    const { quickInput, dialog, page } = editor;
    await quickInput.submit('pve1=127.0.0.1');
    const question = await dialog.waitFor('Trust the host key of pve1?');
    const detail = question.detail.join('\n');
    expect(detail).toContain(fingerprint(sshd));
    expect(detail).toContain('ssh-ed25519');
    expect(question.focused).toBe('Back');
    await editor.screenshot('host key light');
    await editor.theme('dark');
    await editor.screenshot('host key dark');
    await editor.theme('light');
    await page.keyboard.press('Enter');
    const result = await dialog.waitFor('Use SSH on home like this?');
    expect(result.detail.join('\n')).toContain('is not trusted');
    expect(result.buttons).toContain('Show set-up help');
    expect(result.buttons).not.toContain('Set up');
    expect(sshd.log()).not.toMatch(/Accepted|Failed publickey/);
    await page.keyboard.press('Escape');
    await dialog.waitForClosed();
    expect(await stored(editor)).not.toContain('"ssh"');
  });

  test('SSH is set up: settings and host key are stored, the passphrase is in no file', async ({ editor }) => {
    const { quickInput, dialog, notifications } = editor;
    await enter(editor, passphrase);
    await quickInput.submit('pve1=127.0.0.1');
    await dialog.waitFor('Trust the host key of pve1?');
    await dialog.press('Trust');
    const result = await dialog.waitFor('Use SSH on home like this?');
    expect(result.detail.join('\n')).toContain('pve1 (127.0.0.1): it works');
    await editor.screenshot('set up');
    await dialog.press('Set up');
    await notifications.waitFor('SSH is set up for home');
    const text = await stored(editor);
    expect(text).toContain(sshd.hostKey().split(' ')[1]);
    expect(text).not.toContain(passphrase);
    await notifications.clear();
  });

  test('G8: commands on nodes are switched on behind a modal that says what it means, and off at once', async ({
    editor,
  }) => {
    const { sidebar, dialog, page } = editor;
    await sidebar.row('home').menu('Switch on commands on nodes for agents…');
    const question = await dialog.waitFor('Let agents ask for commands on the nodes of home?');
    expect(question.focused).toBe('Back');
    expect(question.detail.join(' ')).toContain('What is not held');
    await editor.screenshot('commands on nodes');
    await page.keyboard.press('Enter');
    await dialog.waitForClosed();
    expect(await stored(editor)).not.toContain('"commands"');
    await sidebar.row('home').menu('Switch on commands on nodes for agents…');
    await dialog.waitFor('Let agents ask for commands');
    await dialog.press('Allow asking');
    await expect.poll(() => stored(editor)).toContain('"host": true');
    await sidebar.row('home').menu('Switch off commands on nodes for agents');
    await expect.poll(() => stored(editor)).not.toContain('"commands"');
    const changes = (await auditRecords(auditDir(editor), 'changes')).flatMap((record) => record.changes ?? []);
    expect(changes).toEqual(expect.arrayContaining(['commands on nodes: off → on', 'commands on nodes: on → off']));
    await editor.notifications.clear();
  });

  test('G13: a console is asked about; Enter opens none', async ({ editor }) => {
    const { sidebar, dialog, page } = editor;
    await sidebar.row('pve1').inlineAction('Open terminal (direct console)…');
    expect((await dialog.waitFor('Open a direct console on pve1?')).focused).toBe('Back');
    await page.keyboard.press('Enter');
    await dialog.waitForClosed();
    expect(await consoles(editor)).toEqual([]);
    expect(await page.locator('.terminal-wrapper').count()).toBe(0);
  });

  test('G13, G18: the row that has the focus, named by an argument, is asked about, and no command says yes', async ({
    editor,
  }) => {
    const { sidebar, dialog, page } = editor;
    await sidebar.row('pve1').click();
    const focused = { $treeViewId: 'proxmox.explorer', $focusedTreeItem: true, $selectedTreeItems: true };
    const ran = editor.execute('runCommands', { commands: [{ command: 'proxmox.openTerminal', args: [focused] }] });
    await dialog.waitFor('Open a direct console on pve1?');
    for (const accept of ['quickInput.accept', 'notification.acceptPrimaryAction', 'list.select'])
      await editor.execute(accept);
    expect(await dialog.isOpen()).toBe(true);
    await page.keyboard.press('Escape');
    await ran;
    expect(await consoles(editor)).toEqual([]);
  });

  test('G10: a console shows what is typed, says in its name that it is direct, and its opening is recorded', async ({
    editor,
  }) => {
    const { sidebar, dialog, page } = editor;
    await sidebar.row('pve1').inlineAction('Open terminal (direct console)…');
    await dialog.waitFor('Open a direct console on pve1?');
    await editor.screenshot('console question');
    await dialog.press('Open console');
    await screen(editor, /[#$%>]\s*$/m);
    await type(editor, 'printf "%s-%s\\n" naïve 🐧雪');
    await screen(editor, 'naïve-🐧雪');
    expect(await page.locator('.part.panel').innerText()).toContain('pve1 — direct console');
    await editor.screenshot('console light');
    await editor.theme('dark');
    await editor.screenshot('console dark');
    await editor.theme('light');
    expect(await consoles(editor)).toMatchObject([{ target: '"pve1"', detail: 'by SSH: a login shell' }]);
  });

  test('the shell has the size of the terminal', async ({ editor }) => {
    await type(editor, 'stty size');
    await screen(editor, /^\d+ \d{2,}$/m);
    expect(await terminalText(editor)).not.toMatch(/^0 0$/m);
  });

  test('a lost console says so, and connects anew only with Enter', async ({ editor }) => {
    await sshd.dropConnections();
    await screen(editor, 'Press Enter to reconnect.');
    expect(await consoles(editor)).toHaveLength(1);
    await type(editor, '');
    await expect.poll(async () => (await consoles(editor)).length).toBe(2);
    await screen(editor, /reconnect\.[\s\S]*[#$%>]\s*$/);
    await type(editor, 'echo back-$((40 + 2))');
    await screen(editor, 'back-42');
  });

  test('a freeze offers to close the consoles', async ({ editor }) => {
    const { command, notifications, page, dialog } = editor;
    await command('Proxmox VE: Freeze: stop everything agents do');
    await notifications.waitFor('One direct console is still open');
    await notifications.press('One direct console is still open', 'Close consoles');
    await expect.poll(() => page.locator('.terminal-wrapper').count()).toBe(0);
    await command('Proxmox VE: Lift the freeze…');
    await dialog.waitFor('Lift the freeze');
    await dialog.press('Lift the freeze');
  });

  test('a console is not opened again by itself after a reload', async ({ editor }) => {
    const { sidebar, dialog, page } = editor;
    await sidebar.row('pve1').inlineAction('Open terminal (direct console)…');
    await dialog.waitFor('Open a direct console on pve1?');
    await dialog.press('Open console');
    await screen(editor, /[#$%>]\s*$/m);
    const before = (await consoles(editor)).length;
    await editor.reload();
    await sidebar.open('Proxmox VE');
    await sidebar.row('pve1').waitFor();
    // The panel stays open and has a shell of the editor's own then.
    expect(await page.locator('.part.panel').innerText()).not.toContain('direct console');
    expect(await consoles(editor)).toHaveLength(before);
  });

  test('G13: from the palette a console is picked and then asked; a user with password needs no SSH for it', async ({
    editor,
  }) => {
    const { sidebar, dialog, quickInput, command } = editor;
    await sidebar.row('home').menu('Remove connection…');
    await dialog.waitFor('Remove the connection');
    await dialog.press('Remove');
    await sidebar.row('home').waitForGone();
    await enterAddress(editor, demo.url);
    const [name = '', realm = ''] = demo.username.split('@');
    await quickInput.waitFor('Connect to Proxmox VE (2/6)');
    await quickInput.pick(`User of ${realm}`);
    await quickInput.waitFor('Connect to Proxmox VE (3/6)');
    await quickInput.submit(name);
    await quickInput.waitFor('Connect to Proxmox VE (4/6)');
    await quickInput.submit(demo.password);
    await chooseTrust(editor, 'Only this certificate');
    await finish(editor, 'desk', 'read-only');
    await sidebar.row('pve1').waitFor();
    await command('Proxmox VE: Open terminal (direct console)…');
    await quickInput.pick('web-01 (101)');
    const question = await dialog.waitFor('Open a direct console on web-01 (101)?');
    expect(question.detail.join(' ')).toContain('through the API');
    await dialog.press('Open console');
    await screen(editor, 'says everything twice');
    await type(editor, 'naïve 🐧');
    await screen(editor, /^naïve 🐧$/m);
    await editor.screenshot('console through the API');
    expect((await consoles(editor)).at(-1)).toMatchObject({ target: '"web-01" (101, VM on pve2)' });
  });

  test('a command’s risk is explained, and nothing is run', async ({ editor }) => {
    const { command, quickInput, page } = editor;
    const marker = join(folder, 'marker');
    await writeFile(marker, '');
    await command('Proxmox VE: Explain command risk…');
    await quickInput.submit(`rm ${marker}`);
    await quickInput.pick('A node');
    await page.locator('.editor-instance .view-lines', { hasText: 'Nothing was run.' }).waitFor();
    await editor.screenshot('command risk');
    expect(await readFile(marker, 'utf8')).toBe('');
  });
});

/** As `ssh-keygen -l` prints it. */
function fingerprint({ folder }: Sshd): string {
  const file = join(folder, 'host_ed25519.pub');
  return execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' }).split(' ')[1] ?? '';
}

async function terminalText({ page }: Editor): Promise<string> {
  const rows = await page.locator('.terminal-wrapper.active .xterm-rows > div').allInnerTexts();
  return rows
    .map((row) => row.replaceAll('\u00a0', ' ').trimEnd())
    .join('\n')
    .trimEnd();
}

async function screen(editor: Editor, wanted: string | RegExp): Promise<void> {
  await expect.poll(() => terminalText(editor), { timeout: 15_000 }).toMatch(wanted);
}

async function type({ page }: Editor, line: string): Promise<void> {
  await page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
  await page.keyboard.insertText(line);
  await page.keyboard.press('Enter');
}
