import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Demo, startDemo } from '../support/demo.ts';
import { demoEnvironment, type McpServer, startServer } from '../support/mcp.ts';

let demo: Demo;
let server: McpServer;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'proxmox-tools-'));
  demo = await startDemo({ speed: 20, seed: 1 });
  server = await startServer({ env: demoEnvironment(demo, dir, 'read-only') });
});
afterAll(async () => {
  await server.stop();
  await demo.stop();
  await rm(dir, { recursive: true, force: true });
});

/** The answer of a call that works, as lines. */
async function ask(tool: string, args: Record<string, unknown> = {}): Promise<string[]> {
  const { text, isError } = await server.call(tool, args);
  expect(isError, text).toBe(false);
  expect(text).not.toMatch(/\[\]|undefined|NaN|\[object/);
  return text.split('\n');
}

describe('the answers of the tools', () => {
  test('pve_get_cluster: totals first, then a row for each node', async () => {
    const lines = await ask('pve_get_cluster');
    expect(lines[0]).toMatch(/^Cluster \S+: 3 nodes, all online, quorate$/);
    expect(lines.join('\n')).toMatch(/^Guests: +24 \(\d+ VMs, \d+ containers\): \d+ running, \d+ stopped/m);
    expect(lines.at(-6)).toMatch(/^NODE +STATUS +CPU +MEMORY +ROOT DISK +UPTIME +GUESTS$/);
    expect(lines.slice(-5, -2).map((line) => line.split(' ')[0])).toEqual(['pve1', 'pve2', 'pve3']);
  });

  test('pve_get_cluster: every part that can be asked for', async () => {
    const include = ['options', 'ha', 'replication', 'pools', 'ceph', 'log'];
    const text = (await ask('pve_get_cluster', { include })).join('\n');
    for (const head of ['Datacenter options:', 'HA: 1 guest', 'Replication: ', '1 pool:', 'Ceph: ', 'Cluster log'])
      expect(text).toContain(`\n${head}`);
    expect(text).not.toMatch(/To include|could not be read/);
  });

  test('pve_get_node: every part that can be asked for', async () => {
    const more = ['services', 'disks', 'network', 'updates', 'certificates', 'subscription', 'hardware'];
    const include = ['version', 'dns', 'time', ...more, 'storage', 'tasks'];
    const text = (await ask('pve_get_node', { node: 'pve1', include })).join('\n');
    expect(text).toMatch(/^pve-ssl\.pem .* \d+ d /m);
    expect(text).toMatch(/^Services: \d+ running/m);
    expect(text).not.toMatch(/To include|could not be read/);
  });

  test('pve_list_guests: all of them by VMID, in pages where that is asked for', async () => {
    const lines = await ask('pve_list_guests');
    expect(lines).toHaveLength(26);
    expect(lines.find((line) => line.includes('web-01'))).toMatch(/^101 web-01 VM pve2 running /);
    const first = await ask('pve_list_guests', { limit: 20, fields: ['node'] });
    const cursor = /cursor "(\d+)"/.exec(first.at(-1) ?? '')?.[1];
    expect(first.at(-1)).toMatch(/^4 more not shown/);
    expect(await ask('pve_list_guests', { limit: 20, fields: ['node'], cursor })).toHaveLength(6);
  });

  test('pve_get_guest: by name, by VMID and by digits the same guest; more with include', async () => {
    const [byName, byNumber, byDigits] = [
      await ask('pve_get_guest', { guest: 'web-01' }),
      await ask('pve_get_guest', { guest: 101 }),
      await ask('pve_get_guest', { guest: '101' }),
    ];
    for (const lines of [byName, byNumber, byDigits]) {
      expect(lines[0]).toBe('web-01 (101, VM on pve2)');
      expect(lines[1]).toMatch(/^Status: +running, up /);
    }
    const all = ['config', 'pending', 'snapshots', 'addresses', 'agent', 'firewall', 'features', 'backups', 'tasks'];
    const more = (await ask('pve_get_guest', { guest: 101, include: all })).join('\n');
    expect(more).toMatch(/^Config, pending changes included:$/m);
    expect(more).toMatch(/^digest: +[0-9a-f]{40}$/m);
    expect(more).toMatch(/^(Snapshots: none|\d+ snapshots?, newest first:)$/m);
    expect(more).toContain('Last tasks on pve2:');
    expect(more).toMatch(/^ {2}eth0 \S+ 10\./m);
    expect(more).toMatch(/^Guest agent: +answers/m);
    expect(more).toMatch(/^\d+ backups, /m);
    expect(more).not.toMatch(/To include|could not be read/);
  });

  test('pve_get_node: load and guests; more with include', async () => {
    const text = (await ask('pve_get_node', { node: 'pve2', include: ['storage', 'tasks'] })).join('\n');
    expect(text).toMatch(/^Node pve2: online\n/);
    expect(text).toMatch(/^Memory: +[\d.]+ of [\d.]+ GiB \(\d+(\.\d)?%\)$/m);
    expect(text).toMatch(/^Storage:\nSTORAGE +TYPE +STATE/m);
    expect(text).toMatch(/^Last tasks:\n/m);
  });

  test('pve_list_storage: a shared one stands once, filters hold', async () => {
    const lines = await ask('pve_list_storage');
    expect(lines.filter((line) => / yes +/.test(line))).toHaveLength(1);
    expect(
      (await ask('pve_list_storage', { node: 'pve1', content: 'iso' })).slice(2).every((line) => / pve1\b/.test(line)),
    ).toBe(true);
    expect(await ask('pve_list_storage', { type: 'none' })).toEqual(['No storage fits these filters.']);
  });

  test('pve_list_tasks and pve_get_task: a task can be followed by what the list says', async () => {
    const { data: upid } = await demo.request('POST', '/nodes/pve1/qemu/105/status/start');
    const followed = await ask('pve_get_task', { upid: String(upid), wait: true });
    expect(followed[0]).toBe('Task qmstart of 105 on pve1: OK');
    expect(followed.at(-1)).toContain('TASK OK');
    const list = await ask('pve_list_tasks', { guest: 'build-01' });
    expect(list[0]).toMatch(/^\d+ tasks? of build-01 \(105, VM on pve1\) on 3 nodes, newest first\.$/);
    expect(list.find((line) => line.includes(String(upid)))).toMatch(/:qmstart:105:.* OK$/);
    expect((await ask('pve_list_tasks')).join('\n')).toContain(String(upid));
    expect((await ask('pve_list_tasks', { node: 'pve3', guest: 105 })).join()).toMatch(
      /^There are no tasks of build-01 .* on pve3\.$/,
    );
  });

  test('pve_list_tasks: only what failed, with the reason', async () => {
    const { data: upid } = await demo.request('POST', '/nodes/pve2/qemu/101/status/start');
    await demo.taskEnd(upid);
    const lines = await ask('pve_list_tasks', { node: 'pve2', errors: true });
    expect(lines.find((line) => line.includes(String(upid)))).toMatch(/already running$/);
    expect(lines.slice(2).some((line) => / OK$/.test(line))).toBe(false);
  });
});

describe('logs, measurements and backups', () => {
  test('pve_list_storage: what is on one, with its definition', async () => {
    const text = (await ask('pve_list_storage', { storage: 'nfs-backup', sort: 'newest', limit: 3 })).join('\n');
    expect(text).toMatch(/^Storage nfs-backup, shared\nType: +nfs\n/);
    expect(text).toMatch(/^\d+ volumes, .*backup \(/m);
    expect(text).toMatch(/^\d+ more not shown/m);
  });

  test('pve_list_tasks: of all nodes, in pages', async () => {
    const first = await ask('pve_list_tasks', { limit: 2 });
    const cursor = /cursor "([^"]+)"/.exec(first.at(-1) ?? '')?.[1];
    const second = await ask('pve_list_tasks', { limit: 2, cursor });
    expect(second.filter((line) => /^\d.* UPID:/.test(line) && first.includes(line))).toEqual([]);
  });

  test('pve_get_log: the packed journal of a node, the cluster log, the log of a firewall', async () => {
    const system = (await ask('pve_get_log', { node: 'pve1', since: '12h', filter: 'storage*slow' })).join('\n');
    expect(system).toMatch(/^System log of pve1 .*: \d+ with "storage\*slow" among \d+ lines/);
    expect(system).toMatch(/pvestatd: storage 'nfs-backup' is slow.* \(×\d+ since /);
    expect((await ask('pve_get_log', { node: 'pve1', service: 'cron' })).join('\n')).toContain('CRON: ');
    expect((await ask('pve_get_log', { kind: 'cluster', limit: 3 })).join('\n')).toMatch(
      /^Cluster log \(UTC\): the last 3 lines/,
    );
    expect((await ask('pve_get_log', { kind: 'firewall', guest: 101 }))[0]).toMatch(
      /^Firewall log of web-01 .*no lines/,
    );
  });

  test('pve_get_metrics: of a guest, a node and a storage', async () => {
    expect((await ask('pve_get_metrics', { guest: 'web-01', timeframe: 'day' })).join('\n')).toMatch(
      /^cpu .* \d{24}$/m,
    );
    expect((await ask('pve_get_metrics', { node: 'pve2', peaks: true }))[0]).toMatch(
      /^Node pve2, last hour, peaks: 60 points/,
    );
    expect((await ask('pve_get_metrics', { storage: 'local', node: 'pve3' })).join('\n')).toMatch(/^used .*GiB/m);
  });

  test('pve_list_backups: files, jobs, and who is unprotected', async () => {
    expect((await ask('pve_list_backups'))[0]).toMatch(/^\d+ backups, .* GiB, newest first\.$/);
    expect((await ask('pve_list_backups', { kind: 'jobs' })).join('\n')).toMatch(/^backup-nightly +\d{4}-/m);
    expect((await ask('pve_list_backups', { kind: 'unprotected' }))[0]).toMatch(/^In no backup job: \d+ guests$/);
  });

  test('an offline node is told, and hides nothing of the others', async () => {
    await demo.control({ node: 'pve3', offline: true });
    try {
      const tasks = (await ask('pve_list_tasks')).join('\n');
      expect(tasks).toMatch(/pve3 is offline|The tasks of pve3 could not be read/);
      expect(tasks).toMatch(/UPID:pve1:/);
      expect((await ask('pve_list_storage', { storage: 'local' })).join('\n')).toMatch(
        /What is on pve3 could not be read: [\s\S]* pve1 - local:iso/,
      );
    } finally {
      await demo.control({ node: 'pve3', offline: false });
    }
  });
});

describe('calls that cannot work', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['pve_get_guest', { guest: 'test' }, /^Error \(ambiguous\): .*106.*107[\s\S]*Next: Say the VMID/],
    ['pve_get_guest', { guest: 'web-1' }, /^Error \(not_found\): [\s\S]*Next: Near: .*"web-01" \(101, VM on pve2\)/],
    ['pve_get_guest', { guest: 999_999 }, /^Error \(not_found\): There is no guest 999999/],
    [
      'pve_get_node',
      { node: 'pve9' },
      /^Error \(not_found\): There is no node "pve9"[\s\S]*The nodes are pve1, pve2, pve3\./,
    ],
    ['pve_get_node', { node: '../access' }, /^Error \(not_found\)/],
    ['pve_list_tasks', { node: '../../access' }, /^Error \(/],
    ['pve_get_task', { upid: 'UPID:x' }, /^Error \(invalid_argument\): .*is not a task id/],
    ['pve_get_task', { upid: 'UPID:pve1:00000001:00000001:6A000000:qmstart:101:root@pam:' }, /^Error \([a-z_]+\): /],
    ['pve_list_guests', { vmid: 101 }, /vmid: is not an argument[\s\S]*pve_list_guests takes: node, type/],
  ])('%s %j', async (tool, args, message) => {
    const { text, isError } = await server.call(tool, args);
    expect(isError).toBe(true);
    expect(text).toMatch(message);
  });
});
