// What an editor that ended in the middle has left open gets its end from the next window.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEntry } from '../../src/gate/audit.ts';
import { scriptedApprover } from '../support/approver.ts';
import { entry, leftBehind } from '../support/audit.ts';
import { fakeClock } from '../support/clock.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { temporaryFolder } from '../support/folder.ts';
import { auditRecords } from '../support/mcp.ts';
import { memorySecrets } from '../support/secrets.ts';
import { addConnection, openTestWindow } from '../support/window.ts';

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo({ speed: 50, seed: 1 });
});
afterAll(() => demo.stop());

const place = ['nodes', 'pve1', 'lxc', '102', 'status'];

/** A window with a connection, whose editor left steps open a moment ago: those that `steps` makes for the connection. */
async function windowAfterCrash(steps: (connection: AuditEntry['connection']) => readonly Partial<AuditEntry>[]) {
  const dir = await temporaryFolder();
  const secrets = memorySecrets();
  const { window } = await openTestWindow(scriptedApprover(), { dir, secrets });
  const { id, name, revision } = await addConnection(window, demo);
  const clock = fakeClock();
  clock.jump('wall', Date.now() - clock.now());
  await leftBehind(join(dir, 'audit'), steps({ id, name, revision }).map(entry), { clock });
  const other = await openTestWindow(scriptedApprover(), { dir, secrets });
  return { window, other: other.window, audit: () => auditRecords(join(dir, 'audit')) };
}

test('G3: the task that Proxmox VE has of a step is its end, also when two windows start at once', async () => {
  const operation = { ...entry().operation, segments: [...place, 'reboot'] };
  const { window, other, audit } = await windowAfterCrash((connection) => [{ connection, operation }]);
  const { data: upid } = await demo.request('POST', `/${operation.segments.join('/')}`);
  expect(await demo.taskEnd(upid)).toBe('OK');
  const closed = await Promise.all([window.closeUnfinished(), other.closeUnfinished()]);
  expect(closed.flat()).toMatchObject([{ outcome: 'ok', upid }]);
  // Whichever window was first has written the end, in its own file.
  const records = await audit();
  expect(records).toHaveLength(2);
  expect(records.find(({ phase }) => phase === 'after')).toMatchObject({ outcome: 'ok', upid });
});

test('G3: a step of a connection that was removed is unknown; one whose cluster is not reached stays open', async () => {
  const operation = { ...entry().operation, segments: [...place, 'stop'] };
  const { window, audit } = await windowAfterCrash((connection) => [
    { plan: 'of another', connection: { ...connection, id: 'gone' }, operation },
    {
      plan: 'of this one',
      connection,
      operation: { ...operation, segments: ['nodes', 'none', 'lxc', '102', 'status', 'stop'] },
    },
  ]);
  expect(await window.closeUnfinished()).toMatchObject([
    { outcome: 'unknown', detail: expect.stringContaining('connection is gone') },
    { outcome: 'open', detail: expect.stringContaining('cannot be asked') },
  ]);
  const ends = (await audit()).filter(({ phase }) => phase === 'after');
  expect(ends).toMatchObject([{ plan: 'of another', outcome: 'unknown' }]);
});
