import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { demoCodes } from '../support/codes.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { withEditor } from './support/editor.ts';
import { chooseTrust, connect, enterAddress, finish, step, vsix } from './support/proxmox.ts';

const test = withEditor({ name: 'connections', vsix: [vsix] });
let cluster: Demo;
let other: Demo;
let nextCode: () => Promise<string>;
beforeAll(async () => {
  [cluster, other] = await Promise.all([startDemo({ endpoints: 3, speed: 20 }), startDemo({ speed: 20, guests: 4 })]);
  nextCode = demoCodes(cluster.totpSecret);
});
afterAll(() => Promise.all([cluster.stop(), other.stop()]));

const hosts = () => cluster.endpoints.map(({ url }) => new URL(url).host);

test('a user with a second factor signs in, and trusts the CA of the cluster', async ({ editor }) => {
  const { quickInput, dialog, sidebar } = editor;
  await enterAddress(editor, hosts().join(', '));
  await quickInput.waitFor(step(2));
  await quickInput.row('User of pam').waitFor();
  await editor.screenshot('sign in');
  const [name = '', realm = ''] = cluster.totpUsername.split('@');
  await quickInput.pick(`User of ${realm}`);
  await quickInput.waitFor(step(3));
  await quickInput.submit(name);
  await quickInput.waitFor(step(4));
  expect((await quickInput.read()).password).toBe(true);
  await quickInput.submit('wrong password');
  expect(await quickInput.message('did not accept')).toContain(cluster.totpUsername);
  await quickInput.submit(cluster.totpPassword);
  await quickInput.message('Code of your authenticator app');
  await editor.screenshot('code');
  await quickInput.submit(await nextCode());
  const question = await dialog.waitFor('Trust the other nodes');
  expect(question.focused).toBe('Only these certificates');
  expect(question.buttons).toEqual(expect.arrayContaining(["Trust this cluster's CA", 'Cancel']));
  expect(question.detail.join('\n')).toMatch(/SHA-256: ([0-9A-F]{2}:){31}/);
  await editor.screenshot('trust the cluster light');
  await dialog.press("Trust this cluster's CA");
  await finish(editor, 'office', 'read-only');
  // The login that was tried goes on: nobody is asked for a second code.
  await sidebar.row('office').waitForDescription('pve1 · 3 nodes');
  const stored = await readFile(join(editor.globalStorage('proxmox-tools.vscode-proxmox'), 'connections.json'), 'utf8');
  expect(stored).not.toContain(cluster.totpPassword);
});

test('when the node that serves goes away, the tree shows the one that answers now', async ({ editor }) => {
  const { sidebar } = editor;
  await cluster.control({ node: 'pve1', offline: true });
  await sidebar.row('office').waitForDescription('pve2 · 3 nodes');
  await sidebar.row('pve1').waitForDescription('offline');
  await editor.screenshot('another node serves');
  await cluster.control({ node: 'pve1', offline: false });
});

test('several connections stand side by side, and each is tested for itself', async ({ editor }) => {
  const { sidebar, notifications } = editor;
  await connect(editor, other, 'lab', 'read-only');
  await notifications.clear();
  await sidebar.row('lab').waitForDescription('3 nodes');
  await sidebar.row('lab').menu('Test connection');
  const said = await notifications.waitFor('lab: Proxmox VE');
  expect(said).toMatch(/answered at 127\.0\.0\.1:\d+\. It may do full operations\./);
  await editor.screenshot('tested');
  await notifications.clear();
});

test('a connection is renamed; a name that is taken is refused', async ({ editor }) => {
  const { sidebar, quickInput } = editor;
  await sidebar.row('lab').menu('Rename connection…');
  await quickInput.waitFor('Rename lab');
  await quickInput.submit('office');
  await quickInput.message('There is a connection with this name');
  await quickInput.submit('workshop');
  await sidebar.row('workshop').waitForDescription('3 nodes');
});

test('G8: an edit starts from what is stored, keeps the secret, and asks about an address that it would newly go to', async ({
  editor,
}) => {
  const { sidebar, quickInput, dialog, page } = editor;
  const title = (number: number) => `Edit workshop (${number}/6)`;
  await sidebar.row('workshop').menu('Edit connection…');
  await quickInput.waitFor(title(1));
  expect((await quickInput.read()).value).toBe(new URL(other.url).host);
  await quickInput.submit(`${new URL(other.url).host}, ${hosts()[0]}`);
  const question = await dialog.waitFor('Trust the certificate');
  expect(question.text).toContain(hosts()[0]);
  expect(question.focused).toBe('Back');
  await page.keyboard.press('Enter');
  await quickInput.waitFor(title(1));
  await quickInput.submit(new URL(other.url).host);
  await quickInput.waitFor(title(2));
  await quickInput.pick('API token');
  await quickInput.waitFor(title(3));
  expect((await quickInput.read()).value).toBe(other.tokenId);
  await quickInput.submit(other.tokenId);
  await quickInput.waitFor(title(4));
  await quickInput.message('Leave it empty to keep');
  await quickInput.submit('');
  await chooseTrust(editor, 'Keep as it is');
  await quickInput.waitFor(title(5));
  await quickInput.pick('read-only');
  await quickInput.waitFor(title(6));
  await quickInput.submit('bench');
  await sidebar.row('bench').waitForDescription('3 nodes');
});

test('G17: a certificate that the same CA renewed is trusted behind a question that shows both', async ({ editor }) => {
  const { sidebar, dialog, page } = editor;
  const trust = async () => {
    await page.mouse.move(700, 700); // away from the tree, whose tooltips cover its rows
    await sidebar.row('Trust the new certificate…').click();
  };
  await other.control({ certificate: 'new' });
  await sidebar.row('bench').menu('Reconnect');
  await sidebar.row('Certificate renewed, same CA').waitFor();
  await editor.screenshot('renewed');
  await trust();
  const question = await dialog.waitFor('Trust the new certificate');
  expect(question.focused).toBe('Back');
  expect(question.detail.join('\n')).toContain(other.fingerprint);
  await editor.screenshot('renewed question');
  await page.keyboard.press('Enter');
  await dialog.waitForClosed();
  await trust();
  await dialog.waitFor('Trust the new certificate');
  await dialog.press('Trust');
  await sidebar.row('bench').waitForDescription('3 nodes');
});

test('G17: a certificate of somebody else is alarming, and no row trusts it', async ({ editor }) => {
  const { sidebar, command, quickInput, notifications } = editor;
  await other.control({ certificate: 'other-ca' });
  await sidebar.row('bench').menu('Reconnect');
  await sidebar.row('Somebody else may answer').waitFor();
  const labels = (await sidebar.rows()).map(({ label }) => label);
  expect(labels).not.toContain('Trust the new certificate…');
  expect(labels).not.toContain('Retry');
  await editor.screenshot('somebody else light');
  await editor.theme('dark');
  await editor.screenshot('somebody else dark');
  await command('Proxmox VE: Trust the new certificate…');
  await quickInput.pick('bench');
  await notifications.waitFor('No certificate of bench was renewed');
  await notifications.clear();
});

test('after a reload a user with a second factor is asked for a code, by the name of the connection', async ({
  editor,
}) => {
  const { sidebar, quickInput } = editor;
  await editor.reload();
  await sidebar.open('Proxmox VE');
  await quickInput.waitFor('office');
  await editor.screenshot('code after reload dark');
  await quickInput.cancel();
  await sidebar.row('office').waitForDescription('not connected');
  await sidebar.row('Retry').click();
  await quickInput.waitFor('office');
  await quickInput.submit(await nextCode());
  await sidebar.row('office').waitForDescription('3 nodes');
  await editor.theme('light');
});
