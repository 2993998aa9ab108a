// The chat, in agent mode, with the scripted model.
import type { Locator, Page } from 'playwright-core';
import type { RunCommand } from './commands.ts';
import { chooseFromMenu } from './menu.ts';
import { escapePattern, plain } from './text.ts';

export interface Chat {
  /** Shows the chat in agent mode with the scripted model. */
  open(): Promise<void>;
  /** Starts an empty conversation. */
  startNew(): Promise<void>;
  /** Sends a message, and waits until it is in the conversation. */
  send(message: string): Promise<void>;
  /** Waits until the model has said its closing words and is done. Fails with what it said when the script went wrong. */
  answer(closing?: string): Promise<string>;
  /** The conversation's rows in sight. */
  rows(): Promise<readonly { readonly from: 'person' | 'model'; readonly text: string }[]>;
  /** The editor's own question before a tool runs. */
  readonly confirmation: ToolConfirmation;
}

export interface ToolConfirmation {
  /** Waits for the question, and returns its text: title, server, description, input and buttons. */
  waitFor(part?: string | RegExp): Promise<string>;
  isOpen(): Promise<boolean>;
  allowOnce(): Promise<void>;
  /** The same for a tool whose result holds foreign text: the editor would ask about that too. */
  allowWithResult(): Promise<void>;
  /** From then on the editor itself asks no more, in the chat or outside. */
  allowInSession(): Promise<void>;
  skip(): Promise<void>;
}

export function createChat(page: Page, command: RunCommand): Chat {
  const panel = page.locator('.part.auxiliarybar');
  const input = panel.getByRole('textbox', { name: /^Chat Input \(Agent\).*Scripted One/ });
  const rows = panel.locator('.interactive-list .monaco-list-row');
  const latest = panel.locator('.interactive-list .monaco-list-row.response[data-last-element="true"]');
  return {
    open: async () => {
      await command('Chat: Open Chat (Agent)');
      await input.waitFor();
    },
    startNew: async () => {
      await panel.locator('a[aria-label^="New Chat"]').first().click();
      await rows.first().waitFor({ state: 'detached' });
      await input.waitFor();
    },
    send: async (message) => {
      await input.focus(); // not a click: notifications may lie over it
      await page.keyboard.type(message);
      await page.keyboard.press('Enter');
      await panel.locator('.monaco-list-row.request', { hasText: message }).last().waitFor();
      await latest.waitFor();
    },
    answer: async (closing = 'SCRIPT-DONE') => {
      const said = latest.locator('.value').filter({ hasText: new RegExp(`${escapePattern(closing)}|SCRIPT-ERROR`) });
      await said.waitFor();
      await latest.locator('.chat-response-loading').waitFor({ state: 'detached' });
      const text = plain(await said.innerText());
      if (text.includes('SCRIPT-ERROR')) throw new Error(`The scripted model could not follow its script: ${text}`);
      return text;
    },
    rows: async () => Promise.all((await rows.all()).map(readRow)),
    confirmation: createConfirmation(page, panel),
  };
}

async function readRow(row: Locator) {
  const isRequest = (await row.getAttribute('class'))?.split(' ').includes('request') ?? false;
  const text = plain((await row.locator('.value').allInnerTexts()).join(' '));
  return { from: isRequest ? ('person' as const) : ('model' as const), text };
}

function createConfirmation(page: Page, panel: Locator): ToolConfirmation {
  const card = panel.locator('.chat-confirmation-widget2');
  return {
    waitFor: async (part = '') => {
      const shown = card.filter({ hasText: part });
      await shown.waitFor();
      return plain(await shown.innerText());
    },
    isOpen: () => card.isVisible(),
    allowOnce: async () => {
      await card.locator('.monaco-dropdown-button').click();
      await chooseFromMenu(page, 'Allow Once');
      await card.waitFor({ state: 'detached' });
    },
    allowWithResult: async () => {
      await card.locator('.monaco-dropdown-button').click();
      await chooseFromMenu(page, 'Allow and Skip Reviewing Result');
      await card.waitFor({ state: 'detached' });
    },
    allowInSession: async () => {
      await card.locator('.monaco-button', { hasText: 'Allow in this Session' }).first().click();
      await card.waitFor({ state: 'detached' });
    },
    skip: async () => {
      await card.locator('.monaco-button', { hasText: 'Skip' }).click();
      await card.waitFor({ state: 'detached' });
    },
  };
}
