import { afterAll, describe, expect, test } from 'vitest';
import { tokens } from '../../support/tokens.ts';
import { demoServer, paged } from './demo-door.ts';
import { manyGuests } from './fake-door.ts';

// What standard answers cost a model, fences included. The bounds have some air, so that a word more is no failure.

const measured: string[] = [];
afterAll(() => {
  const lines = ['tokens  at most  answer', ...measured];
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
});

const node = '/nodes/pve1';
const upid = (at: number, type: string, id: string) =>
  `UPID:pve1:${(5000 + at).toString(16).toUpperCase().padStart(8, '0')}:0005${(40_000 + at * 7).toString(16).toUpperCase()}:6B00${(12_000 + at).toString(16).toUpperCase()}:${type}:${id}:root@pam!mcp:`;
const tasks = Array.from({ length: 25 }, (_, at) => {
  const start = 1_795_176_000 - at * 611;
  const type = ['qmstart', 'vzdump', 'qmigrate', 'vzsnapshot'][at % 4] ?? '';
  const status = at % 5 === 0 ? 'VM 100 already running' : 'OK';
  return { upid: upid(at, type, String(100 + at)), node: 'pve1', starttime: start, endtime: start + at * 9, status };
});
const writers = ['pvedaemon[5021]', 'pvestatd[988]', 'systemd[1]', 'corosync[911]', 'sshd[20113]'];
const journal = Array.from({ length: 100 }, (_, at) => {
  const said = [
    `<root@pam!mcp> starting task ${upid(at, 'qmstart', String(100 + (at % 7)))}`,
    'status update time (5.932 seconds)',
    `Started session-${at}.scope - Session ${at} of User root.`,
    '[KNET  ] link: host: 2 link: 0 is down',
    `Accepted publickey for root from 10.20.0.${at} port 5${at}12 ssh2: ED25519 SHA256:qkWbzQ`,
  ][at % 5];
  return `Nov 20 11:${String(10 + Math.floor(at / 4)).padStart(2, '0')}:${String((at * 13) % 60).padStart(2, '0')} pve1 ${writers[at % 5]}: ${said}`;
});
const log = Array.from({ length: 200 }, (_, at) => ({
  n: at + 1,
  t:
    at % 4 === 0
      ? `INFO: creating vzdump archive '/mnt/pve/nfs-backup/dump/vzdump-qemu-${at}-2026_11_20-02_00_01.vma.zst'`
      : `INFO:  ${at % 100}% (${at * 80}.0 MiB of 16.0 GiB) in ${at} s, read: 85.3 MiB/s, write: 84.1 MiB/s`,
}));
const backups = Array.from({ length: 60 }, (_, at) => ({
  volid: `nfs-backup:backup/vzdump-qemu-${100 + (at % 20)}-2026_11_${String(1 + (at % 19)).padStart(2, '0')}-02_00_0${at % 9}.vma.zst`,
  content: 'backup',
  format: 'vma.zst',
  size: 6_400_000_000 + at * 12_345_678,
  ctime: 1_795_000_000 - at * 40_000,
  vmid: 100 + (at % 20),
  subtype: 'qemu',
}));

const standard: readonly (readonly [
  name: string,
  tool: string,
  args: Record<string, unknown>,
  most: number,
  instead: Record<string, unknown>,
])[] = [
  ['cluster overview', 'pve_get_cluster', {}, 400, {}],
  ['500 guests, first page', 'pve_list_guests', {}, 4000, { '/cluster/resources': manyGuests(500) }],
  ['500 guests, all', 'pve_list_guests', { limit: 500 }, 11_000, { '/cluster/resources': manyGuests(500) }],
  ['one guest with config', 'pve_get_guest', { guest: 101, include: ['config'] }, 600, {}],
  ['one node', 'pve_get_node', { node: 'pve1' }, 300, {}],
  ['storage list', 'pve_list_storage', {}, 350, {}],
  ['25 tasks', 'pve_list_tasks', { node: 'pve1' }, 2000, { [`${node}/tasks`]: paged(tasks) }],
  [
    'log of a task, 30 of 200 lines',
    'pve_get_task',
    { upid: upid(0, 'vzdump', '100') },
    1200,
    {
      [`${node}/tasks/${upid(0, 'vzdump', '100')}/status`]: { upid: upid(0, 'vzdump', '100'), status: 'running' },
      [`${node}/tasks/${upid(0, 'vzdump', '100')}/log`]: paged(log),
    },
  ],
  ['system log, 100 lines', 'pve_get_log', { node: 'pve1', limit: 100 }, 2200, { [`${node}/journal`]: journal }],
  ['backups, 50 of 60', 'pve_list_backups', {}, 3000, { [`${node}/storage/nfs-backup/content`]: backups }],
];

describe('ten standard answers stay within their price', () => {
  test.each(standard)('%s', async (name, tool, args, most, instead) => {
    const text = await demoServer({ instead, budget: 100_000 }).raw(tool, args);
    expect(text).not.toMatch(/^Error/m);
    const cost = tokens(text);
    measured.push(`${String(cost).padStart(6)}  ${String(most).padStart(7)}  ${name}`);
    expect(cost).toBeLessThanOrEqual(most);
    expect(cost).toBeGreaterThan(100);
  });

  test('500 guests in full fit into an answer of the usual length', async () => {
    const { raw } = demoServer({ instead: { '/cluster/resources': manyGuests(500) } });
    const text = await raw('pve_list_guests', { limit: 500 });
    expect(text.match(/^\d{3} service-/gm)).toHaveLength(500);
  });
});
