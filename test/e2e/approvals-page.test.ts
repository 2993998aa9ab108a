// The approvals page in a browser, with the desk behind it: what no tool proposes yet (destroying), and what the page itself
// must keep (what is typed, where the focus is).
import { readFile } from 'node:fs/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, test as base, beforeAll, expect } from 'vitest';
import { createDesk } from '../../src/extension/approvals/desk.ts';
import { takeMessage } from '../../src/extension/approvals/messages.ts';
import { pageState } from '../../src/extension/approvals/page-state.ts';
import type { ApprovalAnswer, ApprovalRequest } from '../../src/gate/types.ts';
import { systemClock as clock } from '../../src/pve/clock.ts';
import { call } from '../support/gate.ts';
import {
  commandRequest,
  otherAgent,
  request as requestAt,
  safeguardOf,
  words,
} from '../unit/extension/approvals/support.ts';
import { seriousViolations } from './support/axe.ts';
import { launchBrowser } from './support/editor.ts';

const file = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** A page of its own for each test. */
const test = base.extend('bench', async ({ task: _task }, { onCleanup }) => {
  const page = await browser.newPage({ viewport: { width: 320, height: 900 } });
  onCleanup(() => page.close());
  return openPage(page);
});

/** Opens the page with a window behind it that shows every question as a card. */
async function openPage(page: Page) {
  const answers = new Map<string, ApprovalAnswer>();
  const sources: unknown[] = [];
  const withdrawals = new Map<string, AbortController>();
  const desk = createDesk({
    clock,
    isFocused: () => false,
    dialog: async () => 'review',
    review: () => undefined,
    freeze: () => undefined,
    tooLate: () => undefined,
  });
  const draw = async () => {
    const state = pageState({ desk, clock, words, grants: [], denials: [], freeze: { count: 0 } });
    await page.evaluate(`window.postMessage(${JSON.stringify(state)})`).catch(() => undefined); // the page is closed
  };
  desk.onChange(() => void draw());
  await page.exposeFunction('tellWindow', (message: unknown) =>
    takeMessage(message, {
      desk,
      ready: () => void draw(),
      shown: desk.shown,
      showRequest: desk.opened,
      showSource: (id, place) => void sources.push([id, place]),
      revoke: () => undefined,
      askAgain: () => undefined,
      freeze: () => undefined,
      lift: () => undefined,
      refused: () => expect.fail(`The page sent ${JSON.stringify(message)}`),
    }),
  );
  await page.setContent('<!DOCTYPE html><html lang="en"><title>Approvals</title><body></body></html>');
  await page.addStyleTag({ content: await file('media/approvals.css') });
  await page.evaluate('window.acquireVsCodeApi = () => ({ postMessage: (message) => window.tellWindow(message) })');
  await page.addScriptTag({ content: await file('dist/approvals.js'), type: 'module' });
  await page.locator('main').waitFor();
  return {
    page,
    answers,
    sources,
    async ask(...requests: readonly ApprovalRequest[]): Promise<void> {
      for (const one of requests) {
        const controller = new AbortController();
        withdrawals.set(one.id, controller);
        void desk.ask(one, controller.signal).then((answer) => answers.set(one.id, answer));
      }
      for (const { id } of requests) await page.locator(`[data-questions~="${id}"]`).waitFor();
    },
    withdraw: (id: string, why: string) => withdrawals.get(id)?.abort(why),
    approving: page.locator('.primary'),
    focused: (): Promise<string> => page.evaluate('document.activeElement.textContent'),
  };
}

/** The same as `requestAt`, asked now. */
const request: typeof requestAt = (id, vmid, more) => requestAt(id, vmid, { expiresAt: Date.now() + 300_000, ...more });

const armed = ':not([aria-disabled])';

test('G18: what destroys is approved only with its name typed, and never by Enter in the field', async ({ bench }) => {
  const { page, approving, answers } = bench;
  const operation = call('DELETE', '/nodes/pve2/qemu/101', { purge: 1 });
  await bench.ask(request('a', 101, { operation, risk: 'destroy', mustType: 'web-01' }));
  const name = page.getByLabel('typeName web-01');
  expect(await approving.innerText()).toBe('Delete web-01');
  for (const typed of ['web-0', 'WEB-01', 'web-01 ']) {
    await name.fill(typed);
    await page.waitForTimeout(600);
    await approving.focus();
    await page.keyboard.press('Enter');
    expect(await approving.getAttribute('aria-disabled'), typed).toBe('true');
  }
  await name.fill('web-01');
  await approving.and(page.locator(armed)).waitFor();
  await name.press('Enter');
  expect(answers.size).toBe(0);
  await approving.focus();
  await page.keyboard.press('Enter');
  await page.locator('[data-line="a"]').waitFor();
  expect(answers.get('a')).toEqual({ kind: 'run', typed: 'web-01' });
});

test('G18: what is too long for a dialog is approved only after the whole request was opened', async ({ bench }) => {
  const { page, approving } = bench;
  const operation = call('PUT', '/nodes/pve2/qemu/101/config', { description: 'x'.repeat(2000) });
  await bench.ask(request('a', 101, { operation, risk: 'configure' }));
  await approving.scrollIntoViewIfNeeded();
  await page.waitForTimeout(600);
  expect(await approving.getAttribute('aria-disabled')).toBe('true');
  await page.getByText('mustOpen').waitFor();
  await page.getByRole('button', { name: 'showRequest' }).click();
  await page.getByText('mustOpen').waitFor({ state: 'hidden' });
  await approving.scrollIntoViewIfNeeded();
  await approving.and(page.locator(armed)).waitFor();
});

test('G18: a button that scrolls into sight is inert at first', async ({ bench }) => {
  const { page, answers } = bench;
  await page.setViewportSize({ width: 320, height: 260 });
  await bench.ask(request('a', 101));
  await page.waitForTimeout(700);
  expect(await bench.approving.getAttribute('aria-disabled')).toBe('true');
  await bench.approving.click({ force: true });
  await bench.approving.click({ force: true });
  expect(answers.size).toBe(0);
  await bench.approving.and(page.locator(armed)).waitFor();
  await bench.approving.click();
  await page.locator('[data-line="a"]').waitFor();
  expect(answers.get('a')).toEqual({ kind: 'run' });
});

test('a note that is being typed, and the focus, stay while other cards come and go', async ({ bench }) => {
  const { page } = bench;
  await bench.ask(request('a', 101));
  const note = page.getByLabel('note').first();
  await note.pressSequentially('Not be');
  await bench.ask(request('b', 102, { origin: otherAgent }));
  await note.pressSequentially('fore');
  bench.withdraw('b', 'The call was cancelled.');
  await page.locator('[data-line="b"]').waitFor();
  await page.keyboard.type(' 6 pm');
  expect(await note.inputValue()).toBe('Not before 6 pm');
});

test('when the card with the focus ends, its line gets the focus and says why; Enter there does nothing', async ({
  bench,
}) => {
  const { page, answers } = bench;
  await bench.ask(request('a', 101), request('b', 102, { origin: otherAgent }));
  await page.locator('[data-card="a"] .primary').focus();
  bench.withdraw('a', 'The call was cancelled.');
  await page.locator('[data-line="a"]:focus').waitFor();
  expect(await bench.focused()).toContain('withdrawn The call was cancelled.');
  await page.waitForTimeout(700);
  await page.keyboard.press('Enter');
  expect([...answers.keys()]).toEqual(['a']);
});

test('what is new is read out: questions that come, and how they end', async ({ bench }) => {
  const { page } = bench;
  const news = page.getByRole('status');
  await bench.ask(request('a', 101));
  expect(await news.innerText()).toBe('newQuestion Stop "web-01" (101, VM on pve2) on "home"?');
  bench.withdraw('a', 'The call was cancelled.');
  await page.locator('[data-line="a"]').waitFor();
  expect(await news.innerText()).toContain('Stop web-01');
});

test('foreign text stays text', async ({ bench }) => {
  const { page } = bench;
  await bench.ask(
    request('a', 101, {
      guest: { name: '<img src=x onerror=alert(1)>' },
      reason: '<b>yes</b> [run](command:proxmox.freeze) &amp;',
      risk: 'destroy',
      mustType: '"><script>1</script>',
    }),
  );
  expect(await page.locator('main img, main b, main a, main script').count()).toBe(0);
  const text = await page.locator('[data-card]').innerText();
  expect(text).toContain('Stop "<img src=x onerror=alert(1)>"');
  expect(text).toContain('The agent says: <b>yes</b> [run](command:proxmox.freeze) &amp;');
  expect(text).toContain('typeName "><script>1</script>');
});

test('something first is part of the yes only when its box is ticked', async ({ bench }) => {
  const { page, approving, answers } = bench;
  for (const [id, isTicked] of [
    ['a', false],
    ['b', true],
  ] as const) {
    await bench.ask(request(id, 101, { safeguard: safeguardOf('backup'), origin: otherAgent }));
    const box = page.getByRole('checkbox', { name: 'backupFirst nas' });
    expect(await box.isChecked()).toBe(false);
    expect(await described(page, box)).toContain('POST /nodes/pve2/vzdump  vmid=101  storage=nas  remove=0');
    if (isTicked) await box.press('Space');
    await approving.and(page.locator(armed)).click();
    await page.locator(`[data-line="${id}"]`).waitFor();
  }
  expect(answers.get('a')).toEqual({ kind: 'run' });
  expect(answers.get('b')).toEqual({ kind: 'run', first: true });
});

test('a command is edited by the keyboard alone; what is typed stays, and the button says that it is edited', async ({
  bench,
}) => {
  const { page, approving, answers } = bench;
  await bench.ask(asked(commandRequest('a', [{ argv: ['df', '-h'] }])));
  await page.getByRole('button', { name: 'edit {0}', exact: true }).press('Enter');
  const field = page.getByLabel('editedCommand');
  expect(await field.inputValue()).toBe('df -h');
  expect(await approving.innerText()).toBe('Run a command on mail-01');
  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.type(' /srv');
  await bench.ask(request('b', 101, { origin: otherAgent }));
  await page.keyboard.type(' /home');
  expect(await field.inputValue()).toBe('df -h /srv /home');
  const run = page.locator('[data-card="a"] .primary');
  expect(await run.innerText()).toBe('runEdited mail-01');
  expect(await described(page, field)).toBe('editHint {0}');
  // Tab leads out of the field.
  await page.keyboard.press('Tab');
  expect(await bench.focused()).toBe('discardEdit {0}');
  await run.and(page.locator(armed)).click();
  await page.locator('[data-line="a"]').waitFor();
  expect(answers.get('a')).toEqual({ kind: 'run', edits: [{ step: 0, text: 'df -h /srv /home' }] });
});

test('an edit that is discarded, or changes nothing, is none; an empty command cannot be run', async ({ bench }) => {
  const { page, approving, answers } = bench;
  await bench.ask(asked(commandRequest('a', [{ script: 'ls\ndf' }, { argv: ['df'] }])));
  await approving.and(page.locator(armed)).waitFor();
  await page.getByRole('button', { name: 'editStep 1' }).click();
  const field = page.getByLabel('editedStep 1');
  await field.fill(' \n');
  expect(await approving.getAttribute('aria-disabled')).toBe('true');
  expect(await described(page, field)).toBe('editBad {0}');
  await page.getByRole('button', { name: 'discardEdit' }).click();
  expect(await bench.focused()).toBe('editStep 1');
  await page.getByRole('button', { name: 'editStep 2' }).click();
  const second = page.getByLabel('editedStep 2');
  await second.fill('df -h');
  expect(await approving.innerText()).toBe('runStepsEdited 2');
  await second.fill('df');
  await approving.scrollIntoViewIfNeeded();
  await approving.and(page.locator(armed)).click();
  await page.locator('[data-line="a"]').waitFor();
  expect(answers.get('a')).toEqual({ kind: 'run' });
});

test('several questions that came together are neither edited nor secured from their card', async ({ bench }) => {
  const { page } = bench;
  const safeguard = safeguardOf('snapshot');
  await bench.ask(asked(commandRequest('a', [{ argv: ['ls'] }], { safeguard })), request('b', 101, { safeguard }));
  await page.locator('.several').waitFor();
  expect(await page.getByRole('button', { name: 'edit {0}', exact: true }).count()).toBe(0);
  expect(await page.getByRole('checkbox', { name: 'snapshotFirst' }).count()).toBe(0);
});

test('a link beside a fact asks for its place in the question', async ({ bench }) => {
  const { page, sources } = bench;
  await bench.ask(withSources(request('a', 101)));
  const link = page.getByRole('button', { name: 'showSource backups' });
  expect(await link.innerText()).toBe('backups');
  await link.press('Enter');
  await expect.poll(() => sources).toEqual([['a', { step: 0, list: 'hazards', at: 1 }]]);
});

test.for(['dark', 'light', 'high-contrast'] as const)('box, edit and links in %s', async (theme, { bench }) => {
  const { page } = bench;
  await page.addStyleTag({ content: `:root {${themes[theme]}} body {margin: 0; font: 13px sans-serif;}` });
  const runs = [{ script: 'systemctl restart nginx\njournalctl -u nginx -n 20' }];
  const wording = {
    safeguard: safeguardOf('snapshot'),
    reason: 'The web server answers with 502.',
  };
  await bench.ask(withSources(asked(commandRequest('a', runs, wording))));
  await page.getByRole('button', { name: 'edit {0}', exact: true }).click();
  await page.keyboard.type('# checked\n');
  await page.getByRole('checkbox', { name: 'snapshotFirst' }).check();
  expect(await seriousViolations(page.locator('body'), backgrounds[theme])).toEqual([]);
  await page.evaluate(`document.documentElement.style.background = '${backgrounds[theme]}'`);
  await page.screenshot({ path: `test-results/approvals page ${theme}.png`, fullPage: true });
});

/** The same, asked now. */
const asked = (one: ApprovalRequest): ApprovalRequest => ({ ...one, expiresAt: Date.now() + 300_000 });

function withSources(one: ApprovalRequest): ApprovalRequest {
  const source = { what: 'backups', segments: ['nodes', 'pve2', 'storage', 'nas', 'content'] };
  const facts = ['It runs for 12 days.', { text: 'The last backup is 9 days old.', source }];
  return { ...one, assessments: one.assessments.map((step) => ({ ...step, hazards: facts })) };
}

/** What a screen reader adds to a control. */
async function described(page: Page, control: Locator): Promise<string | null> {
  return page.locator(`#${await control.getAttribute('aria-describedby')}`).textContent();
}

/** The editor's own colours, as far as the page uses them. */
const backgrounds = { dark: '#181818', light: '#f8f8f8', 'high-contrast': '#000000' };
const themes = {
  dark: `--vscode-foreground: #ccc; --vscode-editorWidget-background: #202020; --vscode-widget-border: #313131;
    --vscode-button-foreground: #fff; --vscode-button-background: #0078d4; --vscode-textLink-foreground: #4daafc;
    --vscode-button-secondaryForeground: #ccc; --vscode-button-secondaryBackground: #313131;
    --vscode-input-foreground: #ccc; --vscode-input-background: #313131; --vscode-input-border: #3c3c3c;
    --vscode-checkbox-background: #313131; --vscode-checkbox-border: #3c3c3c; --vscode-focusBorder: #0078d4;
    --vscode-descriptionForeground: #9d9d9d; --vscode-editorWarning-foreground: #cca700;`,
  light: `--vscode-foreground: #3b3b3b; --vscode-editorWidget-background: #f8f8f8; --vscode-widget-border: #e5e5e5;
    --vscode-button-foreground: #fff; --vscode-button-background: #005fb8; --vscode-textLink-foreground: #005fb8;
    --vscode-button-secondaryForeground: #3b3b3b; --vscode-button-secondaryBackground: #e5e5e5;
    --vscode-input-foreground: #3b3b3b; --vscode-input-background: #fff; --vscode-input-border: #cecece;
    --vscode-checkbox-background: #f8f8f8; --vscode-checkbox-border: #cecece; --vscode-focusBorder: #005fb8;
    --vscode-descriptionForeground: #3b3b3b; --vscode-editorWarning-foreground: #bf8803;`,
  'high-contrast': `--vscode-foreground: #fff; --vscode-editorWidget-background: #0c141f; --vscode-contrastBorder: #6fc3df;
    --vscode-button-foreground: #fff; --vscode-button-background: #000; --vscode-button-secondaryForeground: #fff;
    --vscode-button-secondaryBackground: #000; --vscode-textLink-foreground: #21a6ff; --vscode-input-foreground: #fff;
    --vscode-input-background: #000; --vscode-input-border: #6fc3df; --vscode-checkbox-background: #000;
    --vscode-checkbox-border: #6fc3df; --vscode-focusBorder: #f38518; --vscode-descriptionForeground: #fff;`,
};
