// Commands of agents, seen by the person who is asked: a real OpenSSH server in the place of a node, with stand-ins for its
// own programs that know the guests of the demo cluster.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type Demo, startDemo } from '../support/demo.ts';
import { auditRecords } from '../support/mcp.ts';
import { hasSshd, makeKey, type Sshd, startSshd } from '../support/sshd.ts';
import { createStandIns, type StandIns } from '../support/stand-ins.ts';
import { type Editor, withEditor } from './support/editor.ts';
import { approve, auditDir, connect, vsix } from './support/proxmox.ts';

const test = withEditor({ name: 'exec', vsix: [vsix] });

describe.skipIf(!hasSshd())('commands of agents', () => {
  let demo: Demo;
  let standIns: StandIns;
  let sshd: Sshd;
  let folder: string;
  let key: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxmox-e2e-exec-'));
    key = join(folder, 'key');
    demo = await startDemo({ speed: 5 });
    standIns = await createStandIns(demo, 'pve1');
    sshd = await startSshd({ authorized: [makeKey(key)], programs: standIns.folder });
  });
  afterAll(async () => {
    await sshd.stop();
    standIns.stop();
    await demo.stop();
    await rm(folder, { recursive: true });
  });

  const results = async (editor: Editor) => (await editor.modelLog()).at(-1)?.results ?? [];
  const phases = async (editor: Editor) =>
    (await auditRecords(auditDir(editor))).flatMap(({ phase, tool, outcome }) =>
      String(tool).startsWith('pve_exec') ? [[phase, outcome]] : [],
    );

  /** The agent calls a tool, and VS Code's own question is allowed; ours is open then. */
  async function agentCalls(editor: Editor, tool: string, input: Record<string, unknown>): Promise<void> {
    await editor.script([{ tool, input }]);
    await editor.chat.send('Please do it');
    await editor.chat.confirmation.waitFor('Proxmox');
    await editor.chat.confirmation.allowWithResult();
  }

  async function setUpSsh(editor: Editor): Promise<void> {
    const { quickInput, sidebar, dialog, notifications } = editor;
    const step = (number: number) => quickInput.waitFor(`Set up SSH for home (${number}/6)`);
    await sidebar.row('home').menu('Set up SSH…');
    await step(1);
    await quickInput.submit(sshd.user);
    if (sshd.user !== 'root') await quickInput.pick('Not at all');
    await step(2);
    await quickInput.submit(String(sshd.port));
    await step(3);
    await quickInput.pick('Key file');
    await step(4);
    await quickInput.submit(key);
    await expect.poll(async () => (await quickInput.read()).password).toBe(true);
    await quickInput.submit('');
    await step(5);
    await quickInput.submit('');
    await step(6);
    await quickInput.submit('pve1=127.0.0.1');
    await dialog.waitFor('Trust the host key of pve1?');
    await dialog.press('Trust');
    await dialog.waitFor('Use SSH on home like this?');
    await dialog.press('Set up');
    await notifications.waitFor('SSH is set up for home');
    await notifications.clear();
  }

  test('a command in a container is asked about with all of its words, and runs once after Run', async ({ editor }) => {
    await connect(editor, demo, 'home', 'full');
    await editor.notifications.clear();
    await setUpSsh(editor);
    await editor.chat.open();
    await agentCalls(editor, 'pve_exec_guest', {
      guest: 'web-02',
      command: 'echo "from: $(pwd)"\necho done >&2',
      cwd: '/tmp',
      reason: 'To see where it is',
    });
    const question = await editor.dialog.waitFor('Run a command on "web-02" (102, container on pve1) on "home"?');
    const detail = question.detail.join('\n');
    expect(detail).toContain('It runs as root in "/tmp" inside the container, for 60 seconds at most.');
    expect(detail).toContain('│ echo "from: $(pwd)"');
    expect(detail).toContain('The agent says: To see where it is');
    await editor.screenshot('question light');
    expect(standIns.calls).toEqual([]);
    await approve(editor);
    await editor.chat.answer();
    const [text = ''] = await results(editor);
    expect(text).toMatch(/Exit code 0 in .*container 102 on pve1/i);
    expect(text).toContain('from: /tmp');
    expect(standIns.calls.map(({ program, argv: [act, vmid] }) => [program, act, vmid])).toEqual([
      ['pct', 'exec', '102'],
    ]);
    expect(await phases(editor)).toEqual([
      ['before', undefined],
      ['after', 'ok'],
    ]);
  });

  test('G8: commands on nodes are no tool of the agent until the person has switched them on', async ({ editor }) => {
    const offered = (await editor.modelLog()).at(-1)?.tools ?? [];
    expect(offered.filter((name) => name.includes('pve_exec'))).toEqual([expect.stringContaining('pve_exec_guest')]);
    await editor.sidebar.row('home').menu('Switch on commands on nodes for agents…');
    await editor.dialog.waitFor('Let agents ask for commands on the nodes of home?');
    await editor.dialog.press('Allow asking');
    await editor.dialog.waitForClosed();
    await editor.notifications.clear();
  });

  test('G18: a command that destroys is asked on its card, which shows each line and wants the name', async ({
    editor,
  }) => {
    const { approvals } = editor;
    await editor.sidebar.collapse('Clusters');
    await agentCalls(editor, 'pve_exec_host', {
      node: 'pve1',
      command: 'for each in /var/lib/vz/dump/*.zst; do\n  rm -f "$each"\ndone\nqm destroy 101',
      reason: 'Space is short',
    });
    const text = await approvals.waitFor('Run a command on node pve1 on "home"?');
    expect(text).toMatch(/rm.*qm.*The agent says: Space is short/s);
    await approvals.show();
    for (const theme of ['dark', 'light'] as const) {
      await editor.theme(theme);
      await editor.screenshot(`card ${theme}`);
    }
    await approvals.press('Deny');
    await editor.chat.answer();
    expect((await results(editor)).join(' ')).toMatch(/said no|denied/i);
    expect(standIns.calls.filter(({ program }) => program === 'qm')).toEqual([]);
    await editor.sidebar.expand('Clusters');
  });

  test('a command that the person edits runs as edited; one that does more is shown again', async ({ editor }) => {
    const { approvals, dialog } = editor;
    await editor.sidebar.collapse('Clusters');
    await agentCalls(editor, 'pve_exec_guest', { guest: 'web-02', command: 'touch /tmp/by-the-agent' });
    await dialog.waitFor('Run a command on "web-02" (102, container on pve1) on "home"?');
    await dialog.press('Review…');
    await approvals.waitFor('Run a command on "web-02"');
    await approvals.show();
    await approvals.frame.getByRole('button', { name: 'Edit…' }).click();
    const field = approvals.frame.locator('[data-card] textarea').first();
    const runEdited = async () => {
      await approvals.frame.locator('[data-card] .primary').scrollIntoViewIfNeeded();
      await approvals.frame.locator('[data-card] .primary:not([aria-disabled="true"])').click();
    };
    await field.fill('rm -rf /tmp/by-the-agent');
    await editor.screenshot('edited');
    await runEdited();
    expect(await approvals.waitFor('Run a command on "web-02"')).toMatch(
      /You edited the command: it counts as destroy now/,
    );
    await editor.screenshot('edited and shown again');
    await approvals.frame.getByRole('button', { name: 'Edit…' }).click();
    await field.fill('echo edited by the person');
    await approvals.tabTo('Type web-02 to run this');
    await editor.page.keyboard.type('web-02');
    await runEdited();
    await editor.chat.answer();
    const [text = ''] = await results(editor);
    expect(text).toMatch(
      /The person edited the command before it ran.*\n {2}echo edited by the person\n.*Exit code 0/s,
    );
    expect(JSON.stringify(standIns.calls)).toContain('edited by the person');
    expect(JSON.stringify(standIns.calls)).not.toContain('by-the-agent');
    await editor.sidebar.expand('Clusters');
  });

  test('what no token can: a locked guest is unlocked over SSH, after a question', async ({ editor }) => {
    const { command, quickInput, dialog } = editor;
    await command('Proxmox VE: Unlock guest…');
    await quickInput.pick('build-01 (105)');
    const question = await dialog.waitFor('Run a command on node pve1 on "home"?');
    expect(question.detail.join('\n')).toContain('Request: qm unlock 105');
    await editor.screenshot('unlock');
    await approve(editor);
    await expect
      .poll(() => standIns.calls.map(({ program, argv }) => [program, ...argv].join(' ')))
      .toContain('qm unlock 105');
  });
});
