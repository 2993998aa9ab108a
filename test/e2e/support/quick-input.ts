// The box at the top of the window: input boxes, quick picks and the command palette.
import type { Locator, Page } from 'playwright-core';
import { exactly, plain } from './text.ts';

export interface QuickInput {
  readonly input: Locator;
  /** Waits until a step with this title is shown, as in `Connect to Proxmox VE (2/5)`. */
  waitFor(title: string | RegExp): Promise<void>;
  /** What the step shows: its title, prompt or validation message, the input, and the rows of a pick. */
  read(): Promise<QuickInputState>;
  /** Replaces the value and presses Enter. */
  submit(value: string): Promise<void>;
  /** The row with exactly this label. */
  row(label: string): Locator;
  /** Clicks the row with exactly this label. */
  pick(label: string): Promise<void>;
  /** Waits for a message under the input, such as why a value is refused, and returns all of it. */
  message(part: string | RegExp): Promise<string>;
  /** Presses a button of the title bar, such as `Back`. */
  button(name: string): Promise<void>;
  cancel(): Promise<void>;
  waitForClosed(): Promise<void>;
}

export interface QuickInputState {
  readonly title: string;
  readonly message: string;
  readonly value: string;
  readonly placeholder: string;
  readonly password: boolean;
  readonly rows: readonly QuickInputRow[];
}

export interface QuickInputRow {
  readonly label: string;
  /** The grey text beside the label. */
  readonly description: string;
  /** The second line. */
  readonly detail: string;
}

export function createQuickInput(page: Page): QuickInput {
  const widget = page.locator('.quick-input-widget:visible');
  const input = widget.locator('.quick-input-box input');
  const title = widget.locator('.quick-input-title');
  const message = widget.locator('.quick-input-message');
  const rows = widget.locator('.quick-input-list .monaco-list-row:visible');
  const labels = page.locator('.quick-input-list-row:first-child .label-name');
  const row = (label: string) => rows.filter({ has: labels.filter({ hasText: exactly(label) }) });
  return {
    input,
    waitFor: (wanted) => title.filter({ hasText: pattern(wanted) }).waitFor(),
    read: async () => ({
      title: plain(await title.innerText()),
      message: plain(await message.innerText()),
      value: await input.inputValue(),
      placeholder: (await input.getAttribute('placeholder')) ?? '',
      password: (await input.getAttribute('type')) === 'password',
      rows: await Promise.all((await rows.all()).map(readRow)),
    }),
    submit: async (value) => {
      await input.fill(value);
      await input.press('Enter');
    },
    row,
    pick: (label) => row(label).click(),
    message: async (part) => {
      const shown = message.filter({ hasText: part });
      await shown.waitFor();
      return plain(await shown.innerText());
    },
    button: (name) => widget.locator(`.quick-input-titlebar [role="button"][aria-label^="${name}"]`).click(),
    cancel: async () => {
      await input.press('Escape');
      // A key that comes while one step gives way to the next is lost: people press it again.
      await widget.waitFor({ state: 'hidden', timeout: 2000 }).catch(() => input.press('Escape'));
      await widget.waitFor({ state: 'hidden' });
    },
    waitForClosed: () => widget.waitFor({ state: 'hidden' }),
  };
}

function pattern(text: string | RegExp): RegExp {
  return typeof text === 'string' ? exactly(text) : text;
}

async function readRow(row: Locator): Promise<QuickInputRow> {
  const text = async (selector: string) => plain((await row.locator(selector).allInnerTexts()).join(' '));
  return {
    label: await text('.quick-input-list-row:first-child .label-name'),
    description: await text('.quick-input-list-row:first-child .label-description'),
    detail: await text('.quick-input-list-label-meta'),
  };
}
