// Modal dialogs.
import type { Page } from 'playwright-core';
import { plain } from './text.ts';

export interface Dialog {
  /** Waits for a dialog whose text contains this (any dialog when left out), and until one of its elements has the focus. */
  waitFor(text?: string | RegExp): Promise<DialogState>;
  isOpen(): Promise<boolean>;
  /** Clicks the button with exactly this name. */
  press(button: string): Promise<void>;
  waitForClosed(): Promise<void>;
}

export interface DialogState {
  /** The bold text. */
  readonly text: string;
  /** The detail, line by line. */
  readonly detail: readonly string[];
  /** From left to right. */
  readonly buttons: readonly string[];
  /** The button that Enter presses. */
  readonly focused: string;
}

const readingMs = 700;

export function createDialog(page: Page): Dialog {
  const box = page.locator('.monaco-dialog-box');
  return {
    waitFor: async (text) => {
      const wanted =
        text === undefined ? box : box.filter({ has: page.locator('.dialog-message-text', { hasText: text }) });
      await wanted.waitFor();
      const focused = wanted.locator(':focus');
      await focused.waitFor();
      return {
        text: plain(await wanted.locator('.dialog-message-text').innerText()),
        detail: (await wanted.locator('.dialog-message-detail').innerText()).split('\n').map(plain),
        buttons: (await wanted.locator('.dialog-buttons .monaco-button').allInnerTexts()).map(plain),
        focused: plain(await focused.innerText()),
      };
    },
    isOpen: () => box.isVisible(),
    press: async (button) => {
      const named = box.locator('.dialog-buttons').getByRole('button', { name: button, exact: true });
      await named.waitFor();
      // A yes that comes sooner than anybody reads is asked again.
      await page.waitForTimeout(readingMs);
      await named.click();
    },
    waitForClosed: () => box.waitFor({ state: 'detached' }),
  };
}
