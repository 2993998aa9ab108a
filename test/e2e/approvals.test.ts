// Questions of agents, answered without a mouse: in the modal, on cards, several at once, frozen, too late.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Demo, startDemo } from '../support/demo.ts';
import { seriousViolations } from './support/axe.ts';
import { type Editor, withEditor } from './support/editor.ts';
import { connect, vsix } from './support/proxmox.ts';

const test = withEditor({ name: 'approvals', vsix: [vsix] });
let demo: Demo;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxmox-e2e-approvals-'));
  demo = await startDemo({ speed: 5, requests: join(folder, 'writes.jsonl') });
});
afterAll(async () => {
  await demo.stop();
  await rm(folder, { recursive: true });
});

/** Every write that has reached the cluster since the last look, by guest and action. */
const sent = async (): Promise<readonly string[]> =>
  (await readFile(join(folder, 'writes.jsonl'), 'utf8').catch(() => ''))
    .split('\n')
    .filter(Boolean)
    .map((line): string => JSON.parse(line).path.replace(/^\/nodes\/[^/]+\/[^/]+\/(\d+)\/status\//, '$1 '));

const power = (guest: string, action: string, reason = 'Maintenance') => ({
  tool: 'pve_power_guest',
  input: { guest, action, reason },
});

/** What the tools that were called at once have answered, as soon as there are so many answers. */
async function answers(editor: Editor, count: number): Promise<readonly string[]> {
  await expect.poll(async () => (await editor.invoked()).length, { timeout: 20_000 }).toBe(count);
  return editor.invoked();
}

/** A question on its card: the modal that asks it first is left by its focused button. */
async function onCard(editor: Editor, guest: string, action: string, title: string): Promise<void> {
  await editor.invokeTools(power(guest, action));
  expect((await editor.dialog.waitFor(title)).focused).toBe('Review…');
  await editor.page.keyboard.press('Enter');
  await editor.approvals.waitFor(title);
}

test('a stop is reviewed on its card, and denied with a note that reaches the agent', async ({ editor }) => {
  const { approvals, dialog, page } = editor;
  await connect(editor, demo, 'home', 'read-execute');
  await editor.notifications.clear();
  await editor.sidebar.collapse('Clusters');
  await editor.chat.open();
  await editor.script([power('web-01', 'stop')]);
  await editor.chat.send('Stop web-01');
  await editor.chat.confirmation.waitFor('Proxmox');
  await editor.chat.confirmation.allowInSession();
  const question = await dialog.waitFor('Stop "web-01" (101, VM on pve2) on "home"?');
  expect(question.focused).toBe('Review…');
  await editor.screenshot('modal light');
  await page.keyboard.press('Enter');
  const text = await approvals.waitFor('Stop "web-01" (101, VM on pve2) on "home"?');
  expect(text).toMatch(/Power is cut at once.*running → stopped.*To undo: Start it again.*The agent says: Maintenance/);
  expect(await approvals.focused()).toContain('Stop "web-01"');
  for (const theme of ['dark', 'high contrast', 'light'] as const) {
    await editor.theme(theme);
    await editor.screenshot(`card ${theme}`);
  }
  await approvals.tabTo('Note to the agent, when you deny');
  await page.keyboard.type('Not before 6 pm');
  await approvals.press('Deny');
  expect(await approvals.waitForLine('Denied')).toContain('Not before 6 pm');
  await editor.chat.answer();
  expect((await editor.modelLog()).at(-1)?.results[0]).toContain('Not before 6 pm');
  expect(await sent()).toEqual([]);
});

test('what was denied is denied again without asking, until a person wants to be asked', async ({ editor }) => {
  const { approvals, dialog, page } = editor;
  await editor.invokeTools(power('web-01', 'stop'));
  expect((await answers(editor, 1))[0]).toContain('Not before 6 pm');
  await approvals.show();
  await approvals.press('Ask me again: Stop "web-01" (101, VM on pve2)');
  await editor.invokeTools(power('web-01', 'stop'));
  await dialog.waitFor('Stop "web-01"');
  await page.keyboard.press('Escape');
  expect((await answers(editor, 1))[0]).toMatch(/denied/i);
  expect(await sent()).toEqual([]);
});

test('G18: a card’s button that is pressed faster than anybody reads does nothing', async ({ editor }) => {
  const { approvals } = editor;
  await approvals.frame.locator('body').evaluate(pressFirstAtOnce);
  await onCard(editor, 'web-01', 'reboot', 'Reboot "web-01"');
  await expect.poll(() => approvals.frame.locator('body').evaluate('window.pressed')).toBe('Reboot web-01');
  await approvals.press('Deny');
  expect((await answers(editor, 1))[0]).toMatch(/denied/i);
  expect(await sent()).toEqual([]);
});

/** Presses the first button that would approve as soon as a card shows it; runs in the page. */
const pressFirstAtOnce = `void new MutationObserver((_changes, observer) => {
  const run = document.querySelector('[data-card] .primary');
  if (run === null) return;
  observer.disconnect();
  run.click();
  window.pressed = run.textContent;
}).observe(document.body, { childList: true, subtree: true })`;

test('G18: Enter in the note approves nothing; the button that names the act does', async ({ editor }) => {
  const { approvals, page } = editor;
  await onCard(editor, 'web-01', 'shutdown', 'Shut down "web-01"');
  await approvals.tabTo('Note to the agent, when you deny');
  await page.waitForTimeout(700);
  await page.keyboard.press('Enter');
  expect(await editor.invoked()).toEqual([]);
  await approvals.press('Shut down web-01');
  expect((await answers(editor, 1))[0]).toMatch(/web-01.*now stopped/s);
  expect(await sent()).toEqual(['101 shutdown']);
  expect(await approvals.waitForLine('Allowed')).toContain('Shut down web-01');
  expect(await approvals.focused()).toContain('Shut down web-01');
});

test('G7: what was allowed for 15 minutes is not asked again, until it is revoked', async ({ editor }) => {
  const { approvals, page, dialog } = editor;
  await onCard(editor, 'dns-01', 'reboot', 'Reboot "dns-01"');
  await approvals.tabTo('Allow the same for 15 minutes');
  await page.keyboard.press('Space');
  await approvals.press('Reboot dns-01');
  expect(await answers(editor, 1)).toHaveLength(1);
  await editor.invokeTools(power('dns-01', 'reboot'));
  expect(await answers(editor, 1)).toHaveLength(1);
  expect(await sent()).toEqual(['101 shutdown', '110 reboot', '110 reboot']);
  await editor.screenshot('granted light');
  await approvals.press('Revoke: Reboot "dns-01" (110, container on pve3)');
  await editor.invokeTools(power('dns-01', 'reboot'));
  await dialog.waitFor('Reboot "dns-01"');
  await page.keyboard.press('Escape');
  await answers(editor, 1);
  expect(await sent()).toHaveLength(3);
});

test('calls at once are one card; what is not ticked stays waiting', async ({ editor }) => {
  const { approvals, page } = editor;
  const before = (await sent()).length;
  await editor.invokeTools(power('web-01', 'start'), power('mail-01', 'shutdown'), power('web-02', 'reboot'));
  const text = await approvals.waitFor('3 questions that came together');
  expect(text).toContain('Run 3 of 3');
  await approvals.show();
  await editor.screenshot('stack light');
  for (const theme of ['dark', 'high contrast', 'light'] as const) {
    await editor.theme(theme);
    expect(await seriousViolations(approvals.frame.locator('body'), await approvals.background())).toEqual([]);
    await editor.screenshot(`stack ${theme}`);
  }
  await approvals.tabTo('Shut down "mail-01" (108, VM on pve3) on "home"?');
  await page.keyboard.press('Space');
  await approvals.press('Run 2 of 3');
  await answers(editor, 2);
  expect([...(await sent()).slice(before)].sort()).toEqual(['101 start', '102 reboot']);
  await approvals.waitFor('Shut down "mail-01"');
  await approvals.press('Deny');
  await answers(editor, 3);
  expect(await sent()).toHaveLength(before + 2);
});

test('two cards wait at once: a plan of two steps whose request is opened, and a single act; each has its own answer', async ({
  editor,
}) => {
  const { approvals, dialog, page } = editor;
  const before = (await sent()).length;
  await editor.sidebar.collapse('Approvals');
  await editor.invokeTools({ tool: 'pve_power_guest', input: { guest: ['web-02', 'monitor-01'], action: 'reboot' } });
  await dialog.waitFor('Run 2 steps on "home"?');
  await page.keyboard.press('Enter');
  const plan = await approvals.waitFor('Run 2 steps on "home"?');
  expect(plan).toMatch(/Reboot "web-02" \(102, container on pve1\).*Reboot "monitor-01" \(111, container on pve1\)/);
  // What will be sent stands at each step: two on one target may differ in that alone.
  expect(plan).toMatch(/POST \/nodes\/pve1\/lxc\/102\/status\/reboot.*POST \/nodes\/pve1\/lxc\/111\/status\/reboot/);
  await editor.invokeTools(power('mail-01', 'stop'));
  await approvals.waitFor('Stop "mail-01"');
  expect(await dialog.isOpen()).toBe(false);
  for (const theme of ['dark', 'light'] as const) {
    await editor.theme(theme);
    await editor.screenshot(`two cards ${theme}`);
  }
  await approvals.press('Show request');
  await page.locator('.tab.active', { hasText: 'Request.txt' }).waitFor();
  expect(await page.locator('.editor-instance .view-lines').innerText()).toMatch(
    /POST.\/nodes\/pve1\/lxc\/102\/status\/reboot/,
  );
  await page.keyboard.type('x');
  expect(await page.locator('.tab.active.dirty').count()).toBe(0);
  await approvals.show();
  await approvals.press('Stop mail-01');
  await approvals.waitForLine('Allowed');
  await answers(editor, 1);
  expect((await sent()).slice(before)).toEqual(['108 stop']);
  await approvals.press('Deny');
  await answers(editor, 2);
  expect(await sent()).toHaveLength(before + 1);
});

test('questions while another view is shown: a badge, a status-bar item, and one notification that leads to them', async ({
  editor,
}) => {
  const { approvals, notifications, page, sidebar } = editor;
  await sidebar.open('Explorer');
  await editor.invokeTools(power('dns-01', 'stop'), power('files-01', 'stop'));
  await notifications.waitFor('2 questions wait for your approval');
  expect(await notifications.buttons('wait for your approval')).toEqual(['Review']);
  expect(await page.locator('.statusbar-item', { hasText: '2 approvals' }).isVisible()).toBe(true);
  expect(await page.locator('.activitybar .badge-content', { hasText: '2' }).isVisible()).toBe(true);
  await editor.screenshot('notification');
  await editor.invokeTools(power('monitor-01', 'stop'));
  await page.locator('.statusbar-item', { hasText: '3 approvals' }).waitFor();
  expect(await notifications.texts()).toHaveLength(1);
  await editor.execute('notification.acceptPrimaryAction');
  await approvals.waitFor('2 questions that came together');
  await approvals.waitFor('Stop "monitor-01"');
  const before = await sent();
  await approvals.show();
  await approvals.press('Deny all');
  await approvals.press('Deny');
  await answers(editor, 3);
  await page.locator('.statusbar-item', { hasText: 'approval' }).waitFor({ state: 'detached' });
  expect(await sent()).toEqual(before);
});

test('a freeze denies what waits and all that comes; only the modal lifts it, and Enter there does not', async ({
  editor,
}) => {
  const { approvals, command, dialog, page } = editor;
  const before = await sent();
  await onCard(editor, 'web-01', 'suspend', 'Suspend "web-01"');
  await command('Proxmox VE: Freeze: stop everything agents do');
  expect(await approvals.waitForLine('Withdrawn')).toContain('frozen everything');
  expect((await answers(editor, 1))[0]).toMatch(/frozen/);
  await page.locator('.statusbar-item', { hasText: 'Frozen' }).waitFor();
  await editor.invokeTools(power('web-02', 'suspend'));
  expect((await answers(editor, 1))[0]).toMatch(/frozen/);
  for (const theme of ['dark', 'high contrast', 'light'] as const) {
    await editor.theme(theme);
    expect(await seriousViolations(approvals.frame.locator('body'), await approvals.background())).toEqual([]);
    await editor.screenshot(`frozen ${theme}`);
  }
  await approvals.show();
  await approvals.press('Lift the freeze…');
  expect((await dialog.waitFor('Lift the freeze')).focused).toBe('Stay frozen');
  await page.keyboard.press('Enter');
  await dialog.waitForClosed();
  await command('Proxmox VE: Lift the freeze…');
  await dialog.waitFor('Lift the freeze');
  await dialog.press('Lift the freeze');
  await page.locator('.statusbar-item', { hasText: 'Frozen' }).waitFor({ state: 'detached' });
  await onCard(editor, 'web-02', 'shutdown', 'Shut down "web-02"');
  await approvals.press('Deny');
  await answers(editor, 1);
  expect(await sent()).toEqual(before);
});
