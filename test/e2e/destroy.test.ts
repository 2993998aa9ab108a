// What agents can ask for beyond power: a guest that is deleted only when its name is typed, and a secret that the person
// fills in and the agent never sees.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Demo, startDemo } from '../support/demo.ts';
import { withEditor } from './support/editor.ts';
import { connect, vsix } from './support/proxmox.ts';

const test = withEditor({ name: 'destroy', vsix: [vsix] });
let demo: Demo;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxmox-e2e-destroy-'));
  demo = await startDemo({ speed: 5, requests: join(folder, 'writes.jsonl') });
});
afterAll(async () => {
  await demo.stop();
  await rm(folder, { recursive: true });
});

/** Every write that has reached the cluster. */
const sent = async (): Promise<readonly { readonly method: string; readonly path: string }[]> =>
  (await readFile(join(folder, 'writes.jsonl'), 'utf8').catch(() => ''))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const deletion = { tool: 'pve_delete_guest', input: { guest: 'build-01', reason: 'No longer used' } };

test('G18: what destroys is asked on its card alone, and runs once its name is typed', async ({ editor }) => {
  const { approvals, dialog, page } = editor;
  await connect(editor, demo, 'home', 'full');
  await editor.notifications.clear();
  await editor.sidebar.collapse('Clusters');
  await editor.chat.open();
  await editor.script([deletion]);
  await editor.chat.send('Delete build-01');
  await editor.chat.confirmation.waitFor('Proxmox');
  await editor.chat.confirmation.allowInSession();
  expect(await approvals.waitFor('Delete "build-01" (105, VM on pve1) on "home"?')).toMatch(
    /destroyed.*No backup of it was found.*State now: stopped.*The agent says: No longer used/,
  );
  expect(await dialog.isOpen()).toBe(false);
  await approvals.show();
  for (const theme of ['dark', 'light'] as const) {
    await editor.theme(theme);
    await editor.screenshot(`card ${theme}`);
  }
  await approvals.tabTo('Type build-01 to run this');
  await page.keyboard.type('build-0');
  await page.keyboard.press('Enter');
  expect(await approvals.card('Delete "build-01"').locator('.primary').getAttribute('aria-disabled')).toBe('true');
  expect(await sent()).toEqual([]);
  await page.keyboard.type('1');
  await approvals.press('Delete build-01');
  await editor.chat.answer();
  expect((await editor.modelLog()).at(-1)?.results[0]).toMatch(/build-01 \(105, VM on pve1\): delete.*gone/s);
  expect(await sent()).toMatchObject([{ method: 'DELETE', path: '/nodes/pve1/qemu/105' }]);
  await editor.sidebar.expand('Clusters');
  await editor.sidebar.row('pve1').expand();
  await editor.sidebar.row('db-02').locator.waitFor();
  await editor.sidebar.row('build-01').locator.waitFor({ state: 'detached' });
  await editor.screenshot('gone');
});

test('G15: the password of a new container is typed by the person, and the agent never sees it', async ({ editor }) => {
  const { dialog, quickInput } = editor;
  const password = 'typed-by-the-person-7';
  const template = 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst';
  const set = { ostemplate: template, rootfs: 'local-lvm:8', password: null };
  await editor.invokeTools({
    tool: 'pve_create_guest',
    input: { type: 'lxc', name: 'fresh-01', node: 'pve1', set },
  });
  // The editor's own question about the tool comes first.
  await dialog.waitFor('Create or restore a guest');
  await dialog.press('Yes');
  const question = await dialog.waitFor('"home"?');
  expect(question.detail.join('\n')).toContain('You will be asked for: password.');
  await editor.screenshot('question with a secret');
  await dialog.press('Run');
  await quickInput.waitFor(/Create container 105 "fresh-01" on pve1/);
  expect((await quickInput.read()).password).toBe(true);
  await editor.screenshot('password');
  await quickInput.submit(password);
  await expect.poll(async () => (await editor.invoked()).length, { timeout: 20_000 }).toBe(1);
  const [answer = ''] = await editor.invoked();
  expect(answer).toMatch(/fresh-01 .*: create OK/);
  expect(answer).not.toContain(password);
  expect(await sent()).toMatchObject([{ method: 'DELETE' }, { method: 'POST', path: '/nodes/pve1/lxc' }]);
  await editor.sidebar.row('fresh-01').locator.waitFor();
});
