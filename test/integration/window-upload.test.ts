import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { no, scriptedApprover, yes } from '../support/approver.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { temporaryFolder } from '../support/folder.ts';
import { startServer } from '../support/mcp.ts';
import { addConnection, openTestWindow } from '../support/window.ts';

// The server that an editor starts names a file; the window opens it, and nothing of it crosses the socket between them.

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo({ speed: 20 });
});
afterAll(() => demo.stop());

const upload = {
  kind: 'storage_content',
  action: 'upload',
  id: 'local',
  node: 'pve1',
  from: 'image.iso',
  set: { content: 'iso' },
};

test('G12: a file of the trusted folders of this window goes up, and of no others', async () => {
  const folder = await temporaryFolder();
  const content = 'the very bytes of an image';
  await writeFile(join(folder, 'image.iso'), content);
  let trusted: readonly string[] = [];
  const approver = scriptedApprover(yes, no);
  const { window } = await openTestWindow(approver, {
    folders: () => trusted,
    offer: () => ({ toolsets: ['all'], answerCharacters: '' }),
  });
  await addConnection(window, demo, { level: 'full' });
  const given = Object.entries(await window.launch()).filter(([, value]) => value !== null);
  const server = await startServer({ env: Object.fromEntries(given) as Record<string, string> });
  onTestFinished(() => server.stop());

  const untrusted = await server.call('pve_change_storage', upload);
  expect(untrusted.text).toContain('Open a folder in this window, and trust it.');
  expect(approver.asked).toEqual([]);

  trusted = [folder];
  const { text, isError } = await server.call('pve_change_storage', upload);
  expect([text, isError]).toEqual([expect.stringMatching(/local:iso\/image\.iso is there now, 26 B/), false]);
  expect(approver.asked[0]?.assessments[0]?.operation).toMatchObject({
    localFile: { path: join(folder, 'image.iso'), size: content.length },
  });

  const again = { ...upload, set: { content: 'iso', filename: 'second.iso' } };
  expect((await server.call('pve_change_storage', again)).text).toContain('Nothing was sent');
  const { data } = await demo.request('GET', '/nodes/pve1/storage/local/content', { content: 'iso' });
  expect(JSON.stringify(data)).not.toContain('second.iso');
  expect(server.received()).not.toContain(content);
});
