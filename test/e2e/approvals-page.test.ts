// The approvals page in a browser, with the desk behind it: what no tool proposes yet (destroying), and what the page itself
// must keep (what is typed, where the focus is).
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, test as base, beforeAll, expect } from 'vitest';
import { createDesk } from '../../src/extension/approvals/desk.ts';
import { takeMessage } from '../../src/extension/approvals/messages.ts';
import { pageState } from '../../src/extension/approvals/page-state.ts';
import type { ApprovalAnswer, ApprovalRequest } from '../../src/gate/types.ts';
import { systemClock as clock } from '../../src/pve/clock.ts';
import { call } from '../support/gate.ts';
import { otherAgent, request as requestAt, words } from '../unit/extension/approvals/support.ts';
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
