// Notifications at the lower right: messages, and progress that can be cancelled.
import type { Page } from 'playwright-core';
import type { RunCommand } from './commands.ts';
import { plain } from './text.ts';

export interface Notifications {
  /** Waits for a notification that contains or matches this, and returns all of its text. */
  waitFor(text: string | RegExp): Promise<string>;
  waitForGone(text: string | RegExp): Promise<void>;
  /** The texts of those in sight; the newest comes first. */
  texts(): Promise<readonly string[]>;
  /** The names of a notification's buttons: `Cancel` is there while a progress can be cancelled. */
  buttons(text: string | RegExp): Promise<readonly string[]>;
  /** Presses a button of the notification that contains or matches this. */
  press(text: string | RegExp, button: string): Promise<void>;
  clear(): Promise<void>;
}

export function createNotifications(page: Page, command: RunCommand): Notifications {
  const messages = page.locator('.notification-list-item-message');
  const item = (text: string | RegExp) =>
    page.locator('.notification-toast .notification-list-item').filter({ has: messages.filter({ hasText: text }) });
  return {
    waitFor: async (text) => {
      await item(text).first().waitFor();
      return plain(await item(text).first().locator(messages).innerText());
    },
    waitForGone: (text) => item(text).first().waitFor({ state: 'detached' }),
    texts: async () => (await page.locator('.notification-toast').locator(messages).allInnerTexts()).map(plain),
    buttons: async (text) => (await item(text).first().locator('.monaco-button').allInnerTexts()).map(plain),
    press: (text, button) => item(text).first().getByRole('button', { name: button, exact: true }).click(),
    clear: async () => {
      await command('Notifications: Clear All Notifications');
      await page.locator('.notification-toast').first().waitFor({ state: 'detached' });
    },
  };
}
