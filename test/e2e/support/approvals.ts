// The approvals view: a webview, which is a frame in a frame.
import type { FrameLocator, Locator, Page } from 'playwright-core';
import type { RunCommand } from './commands.ts';
import { plain } from './text.ts';

export interface Approvals {
  /** Shows the view with the focus in it, as a person does who uses the keyboard alone. */
  show(): Promise<void>;
  /** The page in the view. */
  readonly frame: FrameLocator;
  /** The card whose title contains this. */
  card(title: string): Locator;
  /** Waits for a card, and returns its text. */
  waitFor(title: string): Promise<string>;
  /** Waits until a line says how a question has ended. */
  waitForLine(text: string | RegExp): Promise<string>;
  /** Presses Tab until the control with this name has the focus. */
  tabTo(name: string): Promise<void>;
  /** The same, then waits until it may be pressed, and presses Enter. */
  press(name: string): Promise<void>;
  /** The name of what has the focus. */
  focused(): Promise<string>;
  /** The colour behind the page, which is transparent itself. */
  background(): Promise<string>;
}

const mostTabs = 60;

export function createApprovals(page: Page, command: RunCommand): Approvals {
  const frame = page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  const card = (title: string) => frame.locator('[data-card]').filter({ has: page.locator('h2', { hasText: title }) });
  const focused = (): Promise<string> => frame.locator('body').evaluate(nameOfFocused);
  const tabTo = async (name: string) => {
    for (let count = 0; count < mostTabs; count += 1) {
      if ((await focused()) === name) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`${name} was not reached with ${mostTabs} times Tab; the focus is on ${await focused()}.`);
  };
  return {
    frame,
    card,
    focused,
    background: () => page.evaluate(`getComputedStyle(document.querySelector('.part.sidebar')).backgroundColor`),
    tabTo,
    show: async () => {
      await command('Proxmox VE: Show approvals');
      await frame.locator('main').waitFor();
      await frame.locator('h1:focus, h2:focus').waitFor();
    },
    waitFor: async (title) => {
      await card(title).waitFor();
      return plain(await card(title).innerText());
    },
    waitForLine: async (text) => {
      const line = frame.locator('[data-line]').filter({ hasText: text }).first();
      await line.waitFor();
      return plain(await line.innerText());
    },
    press: async (name) => {
      await tabTo(name);
      await frame.locator('button:focus:not([aria-disabled="true"])').waitFor();
      await page.keyboard.press('Enter');
    },
  };
}

/** Runs in the page. */
const nameOfFocused = `(() => {
  const element = document.activeElement;
  return element?.labels?.[0]?.textContent ?? element?.getAttribute('aria-label') ?? element?.textContent ?? '';
})()`;
