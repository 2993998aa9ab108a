import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createDemoCluster } from '../../../src/extension/connections/demo-cluster.ts';
import { temporaryFolder } from '../../support/folder.ts';

test('a demo cluster that could not be started is started anew by the next call', async () => {
  const { execPath } = process;
  onTestFinished(() => void Object.assign(process, { execPath }));
  const demo = createDemoCluster(join(await temporaryFolder(), 'none.js'));
  process.execPath = join(await temporaryFolder(), 'updated-away');
  await expect(demo.ready()).rejects.toMatchObject({ data: { reason: [expect.stringMatching(/ENOENT/)] } });
  process.execPath = execPath;
  await expect(demo.ready()).rejects.toMatchObject({ data: { reason: [expect.stringMatching(/Cannot find module/)] } });
});
