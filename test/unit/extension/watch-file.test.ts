import { EventEmitter } from 'node:events';
import type { FSWatcher, watch } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { onFileChange } from '../../../src/extension/connections/watch-file.ts';
import { temporaryFolder } from '../../support/folder.ts';

const refusing = (() => {
  throw new Error('ENOSPC: System limit for number of file watchers reached');
}) as typeof watch;
const failing = (() => {
  const watcher = Object.assign(new EventEmitter(), { close: () => {} });
  queueMicrotask(() => watcher.emit('error', new Error('EPERM')));
  return watcher as unknown as FSWatcher;
}) as typeof watch;

test.each([
  ['watches it', undefined],
  ['refuses to watch', refusing],
  ['stops watching', failing],
])('a change is told where the system %s', async (_what, watchFolder) => {
  const dir = await temporaryFolder();
  const told = new Promise<void>((resolve) => {
    const watcher = onFileChange(dir, 'connections.json', resolve, watchFolder);
    onTestFinished(() => watcher.close());
  });
  await writeFile(join(dir, 'connections.json'), '{}');
  await expect(told).resolves.toBeUndefined();
});
