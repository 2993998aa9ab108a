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
    expect(text).not.toMatch(/Not shown|could not be read/);
  });

  test('pve_get_node: every part that can be asked for', async () => {
    const more = ['services', 'disks', 'network', 'updates', 'certificates', 'subscription', 'hardware'];
    const include = ['version', 'dns', 'time', ...more, 'storage', 'tasks'];
    const text = (await ask('pve_get_node', { node: 'pve1', include })).join('\n');
    expect(text).toMatch(/^pve-ssl\.pem .* \d+ d /m);
    expect(text).toMatch(/^Services: \d+ running/m);
    expect(text).not.toMatch(/Not shown|could not be read/);
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
    expect(more).not.toMatch(/Not shown|could not be read/);
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
    expect(list[0]).toMatch(/^\d+ tasks of build-01 \(105, VM on pve1\) in the history of pve1, newest first\.$/);
    expect(list.find((line) => line.endsWith(String(upid)))).toMatch(/ qmstart +105 .* OK /);
    expect((await ask('pve_list_tasks')).join('\n')).toContain(String(upid));
    expect((await ask('pve_list_tasks', { node: 'pve3', guest: 105 })).join()).toMatch(
      /^There are no tasks of build-01 .* in the history of pve3\.$/,
    );
  });

  test('pve_list_tasks: only what failed, with the reason', async () => {
    const { data: upid } = await demo.request('POST', '/nodes/pve2/qemu/101/status/start');
    await demo.taskEnd(upid);
    const lines = await ask('pve_list_tasks', { node: 'pve2', errors: true });
    expect(lines.find((line) => line.endsWith(String(upid)))).toContain('already running');
    expect(lines.slice(2).some((line) => / OK /.test(line))).toBe(false);
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
