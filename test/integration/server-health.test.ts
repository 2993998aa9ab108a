import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Demo, startDemo } from '../support/demo.ts';
import { demoEnvironment, type McpServer, startServer } from '../support/mcp.ts';

let demo: Demo;
let server: McpServer;
let reader: McpServer;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'proxmox-health-'));
  demo = await startDemo({ speed: 20, seed: 1 });
  server = await startServer({ env: demoEnvironment(demo, dir, 'read-only') });
  const least = { ...demo, tokenId: demo.readOnlyTokenId, tokenSecret: demo.readOnlyTokenSecret };
  reader = await startServer({ env: demoEnvironment(least, dir, 'read-only') });
});
afterAll(async () => {
  await server.stop();
  await reader.stop();
  await demo.stop();
  await rm(dir, { recursive: true, force: true });
});

async function check(report: string, by = server): Promise<string> {
  const { text, isError } = await by.call('pve_check_cluster', { report });
  expect(isError, text).toBe(false);
  expect(text).not.toMatch(/undefined|NaN|\[object|\uE000/);
  return text;
}

/** Asks until the answer fits: what the server has just read lives for a second. */
async function tells(expected: RegExp, report = 'health'): Promise<void> {
  await expect.poll(() => check(report), { timeout: 10_000, interval: 300 }).toMatch(expected);
}

async function done(method: string, path: string, params: Record<string, string | number> = {}): Promise<void> {
  const { data, status, reason } = await demo.request(method, path, params);
  expect(status, reason).toBe(200);
  if (typeof data === 'string' && data.startsWith('UPID:')) expect(await demo.taskEnd(data)).toBe('OK');
}

describe('the health report', () => {
  test('of a cluster that is well: what is not backed up, and one old lock', async () => {
    const text = await check('health');
    expect(text).toMatch(
      /^3 findings \(0 critical, 3 warning, 0 note\), worst first; 3 nodes and 24 guests looked at; quorum: 3 of 3 nodes, 1 more may fail\.$/m,
    );
    expect(text).toMatch(/^WARNING 21 guests have no backup at all: 103 db-01/m);
    expect(text).not.toContain('Could not be looked at');
  });

  test('a token that may only look does not call backups missing that it cannot see', async () => {
    const text = await check('health', reader);
    expect(text).not.toContain('no backup at all');
    expect(text).toMatch(/^- backups of 23 guests are not visible to this token \(it needs Datastore\.AllocateSpace/m);
  });

  test('progress comes while it reads', async () => {
    const before = server.received().length;
    await server.call('pve_check_cluster', { report: 'health' }, { onProgress: () => {} });
    // The client's library drops what comes in one piece with the answer.
    expect(server.received().slice(before)).toMatch(/notifications\/progress.*Health: \d+ of \d+ reads/);
  });

  test('it can be cancelled while it reads, and the server goes on', async () => {
    await demo.control({ fault: 'hang', path: '/nodes/pve1/disks/list', times: 1 });
    const cancel = new AbortController();
    const called = server.call(
      'pve_check_cluster',
      { report: 'health' },
      { signal: cancel.signal, onProgress: (message) => message.startsWith('Health') && cancel.abort() },
    );
    await expect(called).rejects.toThrow();
    await demo.control({ fault: 'none' });
    expect(await check('recent')).toMatch(/^Since /);
  });

  test.each<[string, Record<string, string | number>, RegExp]>([
    [
      'clock skew',
      { ailment: 'skew', node: 'pve2', amount: 20 },
      /^WARNING The clocks of pve\d and pve2 differ by (19|20|21) s/m,
    ],
    [
      'SMART',
      { ailment: 'disk', node: 'pve1', health: 'FAILED', amount: 50 },
      /^CRITICAL Disk \/dev\/nvme0n1 .* of pve1: SMART says FAILED/m,
    ],
    ['wear', { ailment: 'disk', node: 'pve3', amount: 10 }, /^WARNING Disk .* of pve3 has 10% of its life left/m],
    [
      'a certificate',
      { ailment: 'certificate', node: 'pve3', amount: 12 },
      /^WARNING Certificate pve-ssl\.pem of pve3 expires in 1[12] d/m,
    ],
    [
      'replication',
      { ailment: 'replication', node: 'pve2', error: 'no route' },
      /^CRITICAL Replication 101-0 failed 3 times in a row: no route/m,
    ],
    [
      'an orphaned disk',
      { ailment: 'orphan', node: 'pve1', storage: 'local-lvm', amount: 999 },
      /^WARNING 1 disk belongs to a guest that does not exist: local-lvm:vm-999-disk-0 on pve1; 8\.0 GiB/m,
    ],
    [
      'a full storage',
      { ailment: 'storage-full', storage: 'nfs-backup', amount: 0.97 },
      /^CRITICAL Storage nfs-backup is 97% full/m,
    ],
    [
      'an old snapshot',
      { ailment: 'snapshot-age', guest: 104, amount: 45 },
      /^WARNING 1 snapshot is older than 30 days: 104 db-02 before-update, 45 d old/m,
    ],
    ['HA', { ailment: 'ha-error', guest: 103 }, /^CRITICAL 1 guest is in HA state error: 103 db-01/m],
  ])('%s is found', async (_what, order, expected) => {
    await demo.control(order);
    await tells(expected);
  });

  test('changes that wait, detached disks, a token that ends soon, over-commit', async () => {
    await done('PUT', '/nodes/pve2/qemu/101/config', { cores: 8 });
    await done('PUT', '/nodes/pve1/qemu/105/config', { delete: 'scsi0' });
    const soon = Math.floor(Date.now() / 1000) + 5 * 86_400;
    await done('POST', '/access/users/demo@pve/token/backup', { expire: soon, privsep: 1 });
    await done('PUT', '/nodes/pve1/qemu/104/resize', { disk: 'scsi0', size: '+2T' });
    await tells(/^NOTE 1 guest has changes that wait: 101 web-01 \(cores\)/m);
    await tells(/^NOTE 1 disk is detached from its guest: 105 build-01 unused0/m);
    await tells(/^WARNING 1 user or API token expires within 30 days: demo@pve!backup/m);
    await tells(/^NOTE Storage local-lvm on pve1 has promised [\d.]+ TiB to disks, 1\d\d% of its 1\.8 TiB/m);
  });

  test('guests whose storage is on no other node, or not even on their own', async () => {
    await demo.control({ ailment: 'storage-nodes', storage: 'local-lvm', node: 'pve1' });
    await tells(/^WARNING \d+ guests cannot leave their node: their storage is on no other: .*\(local-lvm\)/m);
    await tells(/^CRITICAL \d+ guests have a storage that is not available on their own node/m);
  });

  test('a node that is offline: said first, with how many more may fail and what could not be read', async () => {
    onTestFinished(async () => {
      await demo.control({ node: 'pve3', offline: false });
      await tells(/^Since .* UTC: \d+ tasks on 3 nodes/m, 'recent');
    });
    await demo.control({ node: 'pve3', offline: true });
    await tells(/^CRITICAL 1 node is offline: pve3/m);
    await tells(/quorum: 2 of 3 nodes, none more may fail/);
    await tells(/^WARNING No further node may fail/m);
    await tells(/^- pve3 is offline: nothing of it and its guests$/m);
    await tells(/^1 node is offline: pve3; what happened there cannot be read\.$/m, 'recent');
  });
});

describe('what changed or failed', () => {
  test('failures with their reason, guests that were made, and totals', async () => {
    const { data } = await demo.request('POST', '/nodes/pve2/qemu/101/status/start');
    expect(await demo.taskEnd(data)).toContain('already running');
    await done('POST', '/nodes/pve1/qemu', { vmid: 150, name: 'fresh' });
    await tells(/^1 guest was made, restored or cloned: 150( fresh)? \(qmcreate\)\.$/m, 'recent');
    const text = await check('recent');
    expect(text).toMatch(/^Since .* UTC: \d+ tasks on 3 nodes, [2-9] failed/);
    expect(text).toMatch(/:qmstart:101:\S+ VM 101 already running/);
    expect(text).toMatch(/^qmstart +1 +1 +0$/m);
  });

  test('a time that is none is an error that says how to write it', async () => {
    const { text, isError } = await server.call('pve_check_cluster', { report: 'recent', since: 'yesterday' });
    expect(isError).toBe(true);
    expect(text).toMatch(/is no time[\s\S]*Next: Write how long ago/);
  });
});
