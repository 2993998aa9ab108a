// Rules for agents: made of steps with a preview, and stored by nothing but a modal's button (gate.md G8, G13, G14).
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import texts from '../../package.nls.json' with { type: 'json' };
import { type Editor, withEditor } from './support/editor.ts';
import { vsix } from './support/proxmox.ts';

const test = withEditor({ name: 'policies', vsix: [vsix] });

const steps = manifest.contributes.walkthroughs.flatMap((one) => one.steps).map(({ id }) => id);
const title = 'Policies of Demo cluster';
const step = (number: number) => `${title} (${number}/3)`;
const rule = 'Guests with the tag "prod": agents never destroy anything.';
const prod = { verdict: 'never-destroy', tag: 'prod' };

async function stored(editor: Editor) {
  const file = join(editor.globalStorage('proxmox-tools.vscode-proxmox'), 'connections.json');
  const { profiles } = JSON.parse(await readFile(file, 'utf8'));
  return profiles[0];
}

async function openPolicies({ sidebar, quickInput }: Editor): Promise<void> {
  await sidebar.row('Demo cluster').menu('Edit policies for agents…');
  await quickInput.waitFor(title);
}

/** Takes the steps to "never destroy what has the tag prod", up to the modal. @returns what the last step showed of it */
async function draftRule({ quickInput }: Editor) {
  await quickInput.pick('Add a rule…');
  await quickInput.waitFor(step(1));
  await quickInput.pick('Never destroy');
  await quickInput.waitFor(step(2));
  await quickInput.pick('Tag…');
  await quickInput.waitFor(step(3));
  await quickInput.pick('prod');
  await quickInput.waitFor(step(2));
  await quickInput.row(rule).waitFor();
  const { rows } = await quickInput.read();
  await quickInput.pick(rule);
  return rows[0];
}

test('G14: a rule shows whom it catches, and is stored by the button of its modal', async ({ editor }) => {
  const { sidebar, command, quickInput, dialog, page } = editor;
  await sidebar.open('Proxmox VE');
  await command('Proxmox VE: Explore the demo cluster');
  await sidebar.row('Demo cluster').waitForDescription('3 nodes');
  await openPolicies(editor);
  expect((await quickInput.read()).placeholder).toContain('No rules yet');
  const preview = await draftRule(editor);
  const question = await dialog.waitFor('Add a rule for agents on Demo cluster?');
  expect(preview).toMatchObject({
    label: rule,
    detail: expect.stringMatching(/^Catches \d+ guests now: web-01 \(101\)/),
  });
  expect(question.focused).toBe('Back');
  expect(question.detail).toContain(`From now on: ${rule}`);
  expect(question.detail.join('\n')).toMatch(/Catches \d+ guests now: web-01 \(101\), .*db-01 \(\d+\)/);
  expect(question.detail.join('\n')).not.toContain('more room');
  await editor.screenshot('add a rule');
  await page.keyboard.press('Enter');
  await quickInput.waitFor(step(2));
  expect(await stored(editor)).toMatchObject({ revision: 1 });
  expect(await stored(editor)).not.toHaveProperty('policies');
  await quickInput.pick(rule);
  await dialog.waitFor('Add a rule');
  await dialog.press('Store rule');
  await quickInput.waitFor(title);
  await quickInput.row(rule).waitFor();
  await editor.screenshot('rules');
  expect(await stored(editor)).toMatchObject({ revision: 2, policies: [prod] });
  await quickInput.cancel();
});

test('Back leads through the steps, and Escape changes nothing in any of them', async ({ editor }) => {
  const { quickInput, dialog, page } = editor;
  const before = await stored(editor);
  await openPolicies(editor);
  await draftRule(editor);
  // It is there already.
  await dialog.waitFor('There is this rule already');
  await page.keyboard.press('Enter');
  await quickInput.waitFor(step(2));
  await quickInput.button('Back');
  await quickInput.waitFor(step(1));
  await quickInput.button('Back');
  await quickInput.waitFor(title);
  await quickInput.pick(rule);
  await quickInput.pick('Remove rule…');
  const question = await dialog.waitFor('Remove a rule for agents on Demo cluster?');
  expect(question.focused).toBe('Back');
  expect(question.detail.join('\n')).toContain('This gives agents more room:');
  expect(question.detail).toContain(`Until now: ${rule}`);
  expect(question.detail.join('\n')).toMatch(/web-01 \(101\).*: agents never destroy anything → no rule/);
  await editor.screenshot('remove a rule');
  await page.keyboard.press('Escape');
  await dialog.waitForClosed();
  for (const leave of [
    ['Add a rule…'],
    ['Add a rule…', 'Always ask'],
    ['Add a rule…', 'Always ask', 'VMIDs…'],
    [rule],
  ]) {
    await openPolicies(editor);
    for (const row of leave) await quickInput.pick(row);
    await quickInput.cancel();
  }
  expect(await stored(editor)).toEqual(before);
});

test('G14: what loosens goes by node and VMIDs only, and the modal says what becomes possible', async ({ editor }) => {
  const { quickInput, dialog } = editor;
  await openPolicies(editor);
  await quickInput.pick('Add a rule…');
  await quickInput.pick('Allow operating guests');
  await quickInput.waitFor(step(2));
  const labels = (await quickInput.read()).rows.map(({ label }) => label);
  expect(labels.slice(1)).toEqual(['Node…', 'VMIDs…']);
  await quickInput.pick('VMIDs…');
  await quickInput.submit('199-100');
  await quickInput.message('A VMID from 100');
  await quickInput.submit('100-199');
  await quickInput.waitFor(step(2));
  await quickInput.pick('Guests with VMIDs 100 to 199: agents may operate without a question.');
  const question = await dialog.waitFor('Add a rule');
  const detail = question.detail.join('\n');
  expect(detail).toContain('without asking you');
  expect(detail).toMatch(/A stricter rule holds for web-01 \(101\)/);
  expect(detail).toContain('This gives agents more room:');
  expect(question.buttons).toEqual(expect.arrayContaining(['Back', 'Loosen', 'Cancel']));
  await editor.screenshot('loosen');
  await dialog.press('Loosen');
  await quickInput.waitFor(title);
  await quickInput.cancel();
  expect((await stored(editor)).policies).toEqual([prod, { verdict: 'allow', vmids: [100, 199] }]);
});

test('G13: pickers accepted by commands lead to a modal that no command answers', async ({ editor }) => {
  const { quickInput, dialog, page } = editor;
  const before = await stored(editor);
  const forged = { approve: true, policies: [], verdict: 'allow', connection: before.id };
  const ran = editor.execute('proxmox.editPolicies', before.id, forged);
  await quickInput.input.waitFor();
  for (let pick = 0; pick < 12 && !(await dialog.isOpen()); pick += 1) {
    await editor.execute('workbench.action.quickOpenSelectNext');
    await editor.execute('workbench.action.acceptSelectedQuickOpenItem');
    await page.waitForTimeout(300);
    // Where a text is wanted, which an agent could not type.
    if ((await quickInput.input.isVisible()) && (await quickInput.read()).message !== '')
      await quickInput.submit('101');
  }
  const question = await dialog.waitFor('a rule for agents');
  for (const accept of ['quickInput.accept', 'notification.acceptPrimaryAction', 'list.select'])
    await editor.execute(accept);
  expect((await dialog.waitFor('a rule for agents')).text).toBe(question.text);
  expect(await stored(editor)).toEqual(before);
  await page.keyboard.press('Escape');
  await ran;
  expect(await stored(editor)).toEqual(before);
});

test('G8: a longer time to answer is agreed to, a shorter one just stored', async ({ editor }) => {
  const { sidebar, quickInput, dialog, page } = editor;
  const enter = async (minutes: string) => {
    await sidebar.row('Demo cluster').menu('Set time to answer…');
    await quickInput.waitFor('Time to answer on Demo cluster');
    await quickInput.submit(minutes);
  };
  const minutes = async () => (await stored(editor)).answerMinutes;
  await enter('31');
  await quickInput.message('1 to 30');
  await quickInput.submit('20');
  expect((await dialog.waitFor('wait longer')).focused).toBe('Back');
  await page.keyboard.press('Enter');
  await dialog.waitForClosed();
  expect(await minutes()).toBeUndefined();
  await enter('2');
  await expect.poll(minutes).toBe(2);
  expect(await dialog.isOpen()).toBe(false);
  await enter('20');
  await dialog.waitFor('wait longer');
  await dialog.press('Wait longer');
  await expect.poll(minutes).toBe(20);
});

test('the walkthrough shows its steps in both themes, and names what the chat really has', async ({ editor }) => {
  const { page, chat } = editor;
  const stepOf = (name: string) => page.locator(`.getting-started-step[data-step-id$="#${name}"]`);
  // A browser profile that is new shows the walkthroughs of extensions from its second start on.
  await editor.reload();
  // Pictures are shown where there is room.
  await editor.execute('workbench.action.closeSidebar');
  await editor.execute('workbench.action.closeAuxiliaryBar');
  await expect
    .poll(
      async () => {
        await editor.execute('workbench.action.openWalkthrough', 'proxmox-tools.vscode-proxmox#proxmox.start');
        return stepOf('connect').isVisible();
      },
      { timeout: 30_000, interval: 1_000 },
    )
    .toBe(true);
  for (const theme of ['dark', 'light'] as const) {
    await editor.theme(theme);
    for (const name of steps) {
      await stepOf(name).locator('.step-title').click();
      await page.waitForTimeout(400);
      await editor.screenshot(`walkthrough ${name} ${theme}`);
    }
  }
  await chat.open();
  await editor.script([{ tool: 'pve_power_guest', input: { guest: 'web-01', action: 'stop' } }]);
  await chat.send('Please stop web-01');
  await chat.confirmation.waitFor('Allow in this Session');
  await page.locator('.chat-confirmation-widget2 .monaco-dropdown-button').click();
  const entries = await page.locator('.monaco-menu .action-label').allInnerTexts();
  await editor.screenshot('double question');
  const named = texts['walkthrough.double.description'].match(/\*\*Always Allow[^*]*\*\*/g) ?? [];
  expect(entries).toEqual(expect.arrayContaining(named.map((one) => one.replaceAll('*', ''))));
  await page.keyboard.press('Escape');
  await chat.confirmation.skip();
});
