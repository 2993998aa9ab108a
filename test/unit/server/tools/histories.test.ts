import { describe, expect, test } from 'vitest';
import { parseWhen } from '../../../../src/server/text/when.ts';
import { demoServer, paged, refused } from '../demo-door.ts';

/** A demo in which tasks have run: guests started and stopped in turn, on several nodes. */
async function busy(amount: number) {
  const server = demoServer();
  for (let at = 0; at < amount; at += 1) {
    server.request('POST', `/nodes/pve1/qemu/105/status/${at % 2 === 0 ? 'start' : 'stop'}`);
    server.clock.advance(5000);
    server.request('POST', '/nodes/pve2/qemu/101/status/start');
    server.clock.advance(5000);
  }
  return server;
}

const upids = (text: string) => [...text.matchAll(/UPID:pve\d:\S+:(?= )/g)].map(([upid]) => upid);

describe('pve_list_tasks', () => {
  test('tasks of all nodes in one order; the pages together are all of them, also while new ones start', async () => {
    const server = await busy(20);
    const before = server.world.cluster.tasks.map(({ upid }) => upid);
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 20; pages += 1) {
      const text = await server.ask('pve_list_tasks', { limit: 7, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...upids(text));
      cursor = /cursor "([^"]+)"/.exec(text)?.[1];
      if (cursor === undefined) break;
      server.request('POST', '/nodes/pve2/qemu/101/status/start');
      server.clock.advance(5000);
    }
    expect(seen).toEqual([...new Set(seen)]);
    expect([...seen].sort()).toEqual([...before].sort());
    expect(seen.map((upid) => upid.split(':')[4])).toEqual(
      seen
        .map((upid) => upid.split(':')[4])
        .sort()
        .reverse(),
    );
  });

  test('the head tells how many there are, not how many were read', async () => {
    const server = await busy(40);
    const text = await server.ask('pve_list_tasks', { limit: 5 });
    const all = server.world.cluster.tasks.length;
    expect(text).toMatch(new RegExp(`^${all} tasks on 3 nodes, newest first\\.`));
    expect(text).toContain(`${all - 5} more not shown.`);
  });

  test.each<[Record<string, unknown>, (upid: string) => boolean]>([
    [{ node: 'pve1' }, (upid) => upid.startsWith('UPID:pve1:')],
    [{ guest: 'build-01' }, (upid) => upid.includes(':105:')],
    [{ type: 'qmstop' }, (upid) => upid.includes(':qmstop:')],
    [{ errors: true, guest: 101 }, (upid) => upid.includes(':qmstart:101:')],
    [{ since: '1min' }, (upid) => Number.parseInt(upid.split(':')[4] ?? '', 16) * 1000 >= Date.UTC(2026, 10, 20, 12)],
  ])('%j', async (args, fits) => {
    const found = upids(await (await busy(3)).ask('pve_list_tasks', args));
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((upid) => !fits(upid))).toEqual([]);
  });

  test('an offline node is told, one that fails too, and neither hides the others', async () => {
    const server = demoServer({ instead: { '/nodes/pve2/tasks': refused('server_error', 'pve2 is ill') } });
    const node = server.world.cluster.nodes.find(({ name }) => name === 'pve3');
    if (node !== undefined) node.offline = true;
    const text = await server.ask('pve_list_tasks');
    expect(text).toContain('pve3 is offline: what ran there is not known.');
    expect(text).toContain('The tasks of pve2 could not be read: pve2 is ill.');
    expect(upids(text).every((upid) => upid.startsWith('UPID:pve1:'))).toBe(true);
  });

  test('what runs is told as running', async () => {
    const server = demoServer();
    server.request('POST', '/nodes/pve1/qemu/105/status/start');
    expect(await server.ask('pve_list_tasks', { running: true })).toMatch(/^1 running tasks? on[\s\S]* running$/);
  });
});

describe('pve_get_task', () => {
  test('the lines of a log that hold a text, with how many there are', async () => {
    const server = demoServer();
    const upid = String(server.list('/nodes/pve1/tasks')[0]?.upid);
    const text = await server.ask('pve_get_task', { upid, filter: '*:*', log_lines: 1 });
    expect(text).toMatch(/\nTook: +3 min 3\d s\n/);
    expect(text).toMatch(/\nLog, \d+ of \d+ lines with "\*:\*", the last 1 shown:\n {2}TASK ERROR: job errors$/);
  });
});

describe('the log of a task', () => {
  test('is its last lines, of lines of progress only the last of each run', async () => {
    const upid = 'UPID:pve1:00000BB9:1886B024:6AFFB7B1:vzdump:100:root@pam:';
    const lines = [
      'INFO: start',
      ...[1, 2, 3].map((at) => `INFO:  ${at}% (${at} MiB of 99 MiB) in ${at}s`),
      'INFO: done',
    ];
    const own = `/nodes/pve1/tasks/${upid}`;
    const { ask } = demoServer({
      instead: {
        [`${own}/status`]: { upid, status: 'running' },
        [`${own}/log`]: paged(lines.map((t, at) => ({ n: at + 1, t }))),
      },
    });
    expect(await ask('pve_get_task', { upid })).toMatch(
      /\nLog, 5 lines:\n {2}INFO: start\n {2}\(2 lines of progress left out\)\n {2}INFO: {2}3% .*\n {2}INFO: done$/,
    );
    expect(await ask('pve_get_task', { upid, filter: '% (' })).toContain('Log, 3 of 5 lines');
  });
});

describe('pve_get_log', () => {
  test('the last lines of a journal, oldest first; time and writer only where they change', async () => {
    const { ask } = demoServer();
    const text = await ask('pve_get_log', { node: 'pve1', limit: 6 });
    expect(text).toMatch(/^System log of pve1 \(its own time\): the last 6 lines\./);
    expect(text).toMatch(/\nNov 20:\n/);
    expect(
      text
        .split('\n')
        .slice(2)
        .every((line) => !line.includes(' pve1 ')),
    ).toBe(true);
  });

  test('lines that are alike stand once, with how often and since when', async () => {
    const text = await demoServer().ask('pve_get_log', { node: 'pve1', limit: 1000 });
    expect(text.match(/run-parts/g)).toHaveLength(1);
    expect(text).toMatch(/CRON: \(root\) CMD .* \(×24 since \d\d:\d\d:\d\d\)\n/);
  });

  test('task ids are shortened, and found by what they hold', async () => {
    const text = await demoServer().ask('pve_get_log', { node: 'pve1', filter: 'UPID:pve1' });
    expect(text).toMatch(/\d with "UPID:pve1" among all \d+ lines/);
    expect(text).toMatch(/ <root@pam> starting task vzdump:100\n/);
    expect(text.split('\n').slice(1).join('')).not.toContain('UPID');
  });

  test('a service is asked of the node where it can, and told apart here where it cannot', async () => {
    const server = demoServer();
    const text = await server.ask('pve_get_log', { node: 'pve1', service: 'pvestatd' });
    expect(server.asked.at(-1)).toContain('"service":"pvestatd"');
    expect(text).toMatch(/24 by pvestatd among/);
    expect(await server.ask('pve_get_log', { node: 'pve1', service: 'cron' })).toMatch(
      /24 by cron among[\s\S]* CRON: /,
    );
    const old = demoServer({ instead: { '/version': { version: '8.4.1', release: '8.4' } } });
    expect(await old.ask('pve_get_log', { node: 'pve1', service: 'pvestatd' })).toMatch(/24 by pvestatd among all/);
    expect(old.asked.at(-1)).not.toContain('service');
  });

  test('a time asks for a range, never together with a number of lines', async () => {
    const server = demoServer();
    const text = await server.ask('pve_get_log', { node: 'pve1', since: '3h', until: '1h' });
    expect(server.asked.at(-1)).toBe('/nodes/pve1/journal {"since":1795165200,"until":1795172400}');
    expect(text).toMatch(/^System log of pve1 \(its own time\): 5 lines/);
    expect(await server.ask('pve_get_log', { node: 'pve1', since: 'yesterday' })).toMatch(
      /"yesterday" is no time[\s\S]*24h, 7d/,
    );
  });

  test('nothing found says how far it looked', async () => {
    expect(await demoServer().ask('pve_get_log', { node: 'pve1', filter: 'oom-killer' })).toMatch(
      /^System log of pve1 .*: no line with "oom-killer" among all \d+ lines\. Look further back with since\.$/,
    );
  });

  test('the cluster log, by node and text; errors are marked', async () => {
    const text = await demoServer().ask('pve_get_log', { kind: 'cluster', node: 'pve1', filter: 'end task' });
    expect(text).toMatch(/^Cluster log \(UTC\): 1 with "end task" among/);
    expect(text).toMatch(/pve1\/pvedaemon: ERROR (root@pam )?end task vzdump:100 job errors$/);
  });

  test('the firewall log of a guest: its last lines, and how many there are', async () => {
    const all = Array.from({ length: 90 }, (_, at) => ({ n: at + 1, t: `101 6 DROP line ${at + 1}` }));
    const path = '/nodes/pve2/qemu/101/firewall/log';
    const text = await demoServer({ instead: { [path]: paged(all) } }).ask('pve_get_log', {
      kind: 'firewall',
      guest: 101,
      filter: 'line 8',
    });
    expect(text).toMatch(/^Firewall log of web-01 \(101, VM on pve2\): 11 with "line 8" among 90 lines/);
    expect(
      await demoServer({ bobs: [{ path: '/', privileges: ['VM.Audit'] }] }).ask('pve_get_log', {
        kind: 'firewall',
        guest: 101,
      }),
    ).toMatch(/^Error \(forbidden\): .*VM\.Console/);
  });

  test('without a node the nodes are named', async () => {
    expect(await demoServer().ask('pve_get_log')).toMatch(/^Error \(invalid_argument\)[\s\S]*pve1, pve2, pve3\./);
  });
});

describe('a moment', () => {
  const now = Date.UTC(2026, 2, 1, 12);
  test.each([
    ['30min', now / 1000 - 1800],
    ['24h', now / 1000 - 86_400],
    ['7d', now / 1000 - 604_800],
    ['2026-02-28', Date.UTC(2026, 1, 28) / 1000],
    ['2026-02-28T06:30', Date.UTC(2026, 1, 28, 6, 30) / 1000],
    ['2026-02-28 06:30:15+01:00', Date.UTC(2026, 1, 28, 5, 30, 15) / 1000],
  ])('%s', (text, seconds) => {
    expect(parseWhen(text, now)).toBe(seconds);
  });
  test.each(['', 'now', '5', '-5h', '2026-13-01', '2026-02-28T25:00', '1e9d'])('%j is none', (text) => {
    expect(() => parseWhen(text, now)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});
