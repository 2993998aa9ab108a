// The activity bar, and the trees and welcome texts in the side bar.
import type { Locator, Page } from 'playwright-core';
import { chooseFromMenu } from './menu.ts';
import { exactly, plain } from './text.ts';

export interface Sidebar {
  /** Opens a view container by its title in the activity bar. Does nothing when it is open. */
  open(container: string): Promise<void>;
  /** The tree row with exactly this label. Give `description` too where labels repeat. */
  row(label: string, description?: string | RegExp): TreeRow;
  /** The rows that are in sight, from top to bottom. */
  rows(): Promise<readonly TreeRowState[]>;
  /** Closes a view, so that the others have its room. */
  collapse(view: string): Promise<void>;
  expand(view: string): Promise<void>;
  /** Presses a button of a view's title bar, such as `Refresh`. */
  viewAction(view: string, action: string): Promise<void>;
  /** The text of the welcome view, its buttons included. */
  welcomeText(): Promise<string>;
  /** Whether a welcome view shows up within some seconds. */
  hasWelcome(): Promise<boolean>;
  /** Presses a button of the welcome view. */
  welcome(button: string): Promise<void>;
}

export interface TreeRow {
  readonly locator: Locator;
  waitFor(): Promise<void>;
  waitForGone(): Promise<void>;
  /** Waits until the description, the grey text after the label, contains or matches this. */
  waitForDescription(text: string | RegExp): Promise<void>;
  click(): Promise<void>;
  expand(): Promise<void>;
  collapse(): Promise<void>;
  /** Presses a button that the row shows under the mouse. */
  inlineAction(name: string): Promise<void>;
  /** Chooses an entry of the row's context menu. */
  menu(entry: string): Promise<void>;
}

export interface TreeRowState {
  readonly level: number;
  readonly label: string;
  readonly description: string;
  readonly expanded: boolean | undefined;
}

export function createSidebar(page: Page): Sidebar {
  const part = page.locator('.part.sidebar');
  const treeRows = part.locator('.pane-body [role="treeitem"]:visible');
  const welcomeView = part.locator('.welcome-view-content:visible');
  const pane = (view: string) =>
    part.locator('.pane').filter({ has: page.getByRole('heading', { name: view, exact: true }) });
  return {
    open: async (container) => {
      const item = page
        .locator('.activitybar .action-item')
        .filter({ has: page.locator(`a[aria-label^="${container}"]`) });
      if ((await item.getAttribute('class'))?.split(' ').includes('checked')) return;
      await item.locator('a.action-label').click();
      await part.locator('.composite.title', { hasText: container }).waitFor();
    },
    row: (label, description) => {
      const named = treeRows.filter({ has: page.locator('.label-name', { hasText: exactly(label) }) });
      return treeRow(page, description === undefined ? named : described(page, named, description));
    },
    rows: async () => Promise.all((await treeRows.all()).map(readRow)),
    collapse: (view) => pane(view).locator('.pane-header.expanded').click(),
    expand: (view) => pane(view).locator('.pane-header:not(.expanded)').click(),
    viewAction: async (view, action) => {
      await pane(view).hover();
      await pane(view).getByRole('button', { name: action, exact: true }).click();
    },
    welcomeText: async () => plain(await welcomeView.innerText()),
    hasWelcome: () =>
      welcomeView.waitFor({ timeout: 10_000 }).then(
        () => true,
        () => false,
      ),
    welcome: (button) =>
      part.locator('.welcome-view-content').getByRole('button', { name: button, exact: true }).click(),
  };
}

function treeRow(page: Page, locator: Locator): TreeRow {
  const setExpanded = async (wanted: boolean) => {
    await locator.waitFor();
    if ((await locator.getAttribute('aria-expanded')) === String(wanted)) return;
    await locator.locator('.monaco-tl-twistie').click();
    await locator.and(page.locator(`[aria-expanded="${wanted}"]`)).waitFor();
  };
  return {
    locator,
    waitFor: () => locator.waitFor(),
    waitForGone: () => locator.waitFor({ state: 'detached' }),
    waitForDescription: (text) => described(page, locator, text).waitFor(),
    click: async () => {
      await leave(page);
      await locator.locator('.label-name').click();
    },
    expand: () => setExpanded(true),
    collapse: () => setExpanded(false),
    inlineAction: async (name) => {
      await locator.hover();
      await locator.getByRole('button', { name, exact: true }).click();
    },
    menu: async (entry) => {
      await leave(page);
      await locator.locator('.label-name').click({ button: 'right' });
      await chooseFromMenu(page, entry);
    },
  };
}

/** Moves the mouse off the rows, so that no hover lies over the one that comes next. */
async function leave(page: Page): Promise<void> {
  await page.mouse.move(0, 0);
  await page.locator('.workbench-hover:visible').first().waitFor({ state: 'hidden' });
}

function described(page: Page, rows: Locator, text: string | RegExp): Locator {
  return rows.filter({ has: page.locator('.label-description', { hasText: text }) });
}

async function readRow(row: Locator): Promise<TreeRowState> {
  const text = async (selector: string) => plain((await row.locator(selector).allInnerTexts()).join(' '));
  const expanded = await row.getAttribute('aria-expanded');
  return {
    level: Number(await row.getAttribute('aria-level')),
    label: await text('.label-name'),
    description: await text('.label-description'),
    expanded: expanded === null ? undefined : expanded === 'true',
  };
}
