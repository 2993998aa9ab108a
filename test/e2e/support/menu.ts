// Menus: of a tree row, of a button's arrow.
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';

/** Chooses an entry of the menu that was just opened. */
export async function chooseFromMenu(page: Page, entry: string): Promise<void> {
  const item = page.locator('.monaco-menu').getByRole('menuitem', { name: entry, exact: true });
  await item.waitFor();
  await delay(300); // a menu ignores the mouse for a moment after it opened, and shows nothing when it starts to listen
  await item.click();
}
