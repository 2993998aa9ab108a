// A real VS Code in a real browser, for one test file. This is what specs import.
//
//   const test = withEditor({ name: 'power', vsix: [vsix] });
//   test('an agent shuts a guest down', async ({ editor }) => {
//     await editor.script([{ tool: 'pve_power_guest', input: { guest: 'web-01', action: 'shutdown' } }]);
//     await editor.chat.send('Shut down web-01');
//     …
//   });
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { test as base } from 'vitest';
import { type Approvals, createApprovals } from './approvals.ts';
import { type Chat, createChat } from './chat.ts';
import { createCommands, type RunCommand } from './commands.ts';
import { createDialog, type Dialog } from './dialog.ts';
import { findChromium } from './editor-paths.mjs';
import { createScriptedModel, type ScriptedModel } from './model.ts';
import { createNotifications, type Notifications } from './notifications.ts';
import { createQuickInput, type QuickInput } from './quick-input.ts';
import { type EditorServer, type ServerOptions, startServer } from './server.ts';
import { createSidebar, type Sidebar } from './sidebar.ts';

export interface EditorOptions extends Omit<ServerOptions, 'resultsDir'> {
  /** Names the folder under test-results/ that gets the screenshots and logs. */
  readonly name: string;
}

export interface Editor
  extends Pick<ScriptedModel, 'script' | 'modelLog' | 'execute' | 'invokeTools' | 'invoked'>,
    Pick<EditorServer, 'globalStorage'> {
  readonly page: Page;
  readonly command: RunCommand;
  readonly quickInput: QuickInput;
  readonly sidebar: Sidebar;
  readonly dialog: Dialog;
  readonly notifications: Notifications;
  readonly chat: Chat;
  readonly approvals: Approvals;
  /** Switches the colour theme, and waits until it is seen. */
  theme(kind: keyof typeof themes): Promise<void>;
  /** Saves a picture of the whole window as test-results/<name>/<shot>.png, and returns its path. */
  screenshot(shot: string): Promise<string>;
  /** Reloads the window. What the editor keeps in the browser (secrets, state) stays; extensions start anew. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * vitest's `test` with an `editor` that is started for the file's first test and stopped after its last. A test that fails
 * leaves a screenshot.
 */
export function withEditor(options: EditorOptions) {
  return base
    .extend('options', { scope: 'file' }, () => options)
    .extend('editor', { scope: 'file' }, async ({ options }, { onCleanup }) => {
      const editor = await startEditor(options);
      onCleanup(() => editor.stop());
      return editor;
    })
    .extend('evidence', { auto: true }, async ({ editor, task, onTestFailed }) => {
      onTestFailed(async () => {
        await editor.screenshot(`failed ${task.name.replace(/[^\w .-]/g, '')}`.slice(0, 100));
      });
    });
}

/** @throws when the editor is not installed (`node scripts/e2e-install.mjs`) or does not come up */
export async function startEditor({ name, ...serverOptions }: EditorOptions): Promise<Editor> {
  const resultsDir = fileURLToPath(new URL(`../../../test-results/${name}`, import.meta.url));
  await rm(resultsDir, { recursive: true, force: true });
  await mkdir(resultsDir, { recursive: true });
  const server = await startServer({ ...serverOptions, resultsDir });
  const browser = await launchBrowser().catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  const stop = async () => {
    await browser.close();
    await server.stop();
  };
  const page = await newPage(browser);
  const editor = createEditor(page, server, resultsDir, stop);
  try {
    await page.goto(server.url);
    await enableChat(editor);
    return editor;
  } catch (error) {
    await editor.screenshot('failed to start');
    await stop();
    throw error;
  }
}

function createEditor(page: Page, server: EditorServer, resultsDir: string, stop: () => Promise<void>) {
  const model = createScriptedModel(server.modelDir);
  const quickInput = createQuickInput(page);
  const command = createCommands(page, quickInput);
  const window = page.locator('.monaco-workbench');
  return {
    ...{ page, quickInput, command, stop, globalStorage: server.globalStorage },
    ...{ script: model.script, modelLog: model.modelLog, execute: model.execute, waitForChat: model.waitForChat },
    ...{ invokeTools: model.invokeTools, invoked: model.invoked },
    sidebar: createSidebar(page),
    dialog: createDialog(page),
    notifications: createNotifications(page, command),
    chat: createChat(page, command),
    approvals: createApprovals(page, command),
    theme: async (kind: keyof typeof themes) => {
      const { name, mark } = themes[kind];
      await model.configure('workbench.colorTheme', name);
      await window.and(page.locator(mark)).waitFor();
    },
    screenshot: async (shot: string) => {
      const path = join(resultsDir, `${shot}.png`);
      await page.screenshot({ path });
      return path;
    },
    reload: async () => {
      await model.forgetChat();
      await page.reload();
      await window.locator('.part.statusbar').waitFor();
      await model.waitForChat();
    },
  };
}

/** By the name in the settings, and how the window shows it. */
const themes = {
  light: { name: 'Light Modern', mark: '.vs' },
  dark: { name: 'Dark Modern', mark: '.vs-dark' },
  'high contrast': { name: 'Default High Contrast', mark: '.hc-black' },
};

export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('Chromium is missing. Run: node scripts/e2e-install.mjs');
  const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const headless = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage'];
  return await chromium.launch({ executablePath, args: [...quiet, ...headless] });
}

async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.setDefaultNavigationTimeout(60_000);
  return page;
}

/**
 * The editor's own chat extension is off in a new browser profile. Managing the language models enables it; the dialog that
 * this opens is of no interest.
 */
async function enableChat({ page, command, waitForChat }: ReturnType<typeof createEditor>): Promise<void> {
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
  await command('Chat: Manage Language Models');
  const models = page.locator('.modal-editor-part');
  await models.waitFor({ timeout: 60_000 });
  await waitForChat();
  await page.keyboard.press('Escape');
  await models.waitFor({ state: 'detached' });
}
