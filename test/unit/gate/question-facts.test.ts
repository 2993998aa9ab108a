import { describe, expect, test } from 'vitest';
import { factText } from '../../../src/gate/question.ts';
import { no } from '../../support/approver.ts';
import { call, gateBench, power } from '../../support/gate.ts';

const day = 86_400;
const backups = 'GET /nodes/pve2/storage/nas/content';

/** A bench whose cluster has one storage for backups, with these backups of guest 101, by age in days. */
function withBackups(...ages: readonly number[]) {
  const bench = gateBench();
  bench.cluster.on('GET /nodes/pve2/storage', () => [
    { storage: 'nas', content: 'backup,iso', active: 1 },
    { storage: 'fast', content: 'images', active: 1 },
    { storage: 'gone', content: 'backup', active: 0 },
  ]);
  bench.cluster.on(backups, () => ages.map((age) => ({ volid: 'x', ctime: bench.clock.now() / 1000 - age * day })));
  return bench;
}

async function hazardsOf(bench: ReturnType<typeof gateBench>, operation: ReturnType<typeof power>) {
  await bench.one(operation);
  const asked = bench.asked[0]?.assessments[0];
  return [...(asked?.hazards ?? []), ...(asked?.notes ?? [])].map(factText);
}

test.each([
  [[], ['No backup of it was found.']],
  [[40, 9], ['No backup in 9 days: the last one is of 2027-01-06.']],
  [[40, 3], ['Its last backup is of 2027-01-12.']],
] as const)('G18: a question about what may lose data tells of backups %j days old', async (ages, expected) => {
  expect(await hazardsOf(withBackups(...ages), power(101, 'stop'))).toEqual(expected);
});

test('G18: that there is no backup stands before what the gate found, a fresh one after it', async () => {
  const none = withBackups();
  const fresh = withBackups(1);
  for (const { cluster } of [none, fresh]) Object.assign(cluster.guests.get(101)?.config ?? {}, { protection: 1 });
  expect(await hazardsOf(none, power(101, 'stop'))).toEqual(['No backup of it was found.', 'It is protected.']);
  expect(await hazardsOf(fresh, power(101, 'stop'))).toEqual(['It is protected.', 'Its last backup is of 2027-01-14.']);
});

test('G18: backups that cannot be read are said to be unknown, and the question is asked', async () => {
  const bench = withBackups(1);
  bench.cluster.on(backups, () => {
    throw new Error('mount point is gone');
  });
  expect(await hazardsOf(bench, power(101, 'stop'))).toEqual([
    'Whether it has a backup could not be read (mount point is gone).',
  ]);
  expect(bench.cluster.writes()).toHaveLength(1);
});

test('a clean shutdown costs no look at the backups', async () => {
  const bench = withBackups();
  expect(await hazardsOf(bench, power(101, 'shutdown'))).toEqual([]);
  expect(bench.cluster.sent).not.toContain(backups);
});

test('G18: who removes a storage reads who has volumes on it', async () => {
  const bench = gateBench();
  bench.cluster.on('GET /cluster/resources', () => [
    { id: 'storage/pve1/fast', type: 'storage', node: 'pve1', storage: 'fast' },
    { id: 'storage/pve2/fast', type: 'storage', node: 'pve2', storage: 'fast' },
    { id: 'storage/pve2/other', type: 'storage', node: 'pve2', storage: 'other' },
  ]);
  bench.cluster.on('GET /nodes/pve1/storage/fast/content', () => [{ vmid: 102 }, { volid: 'fast:iso/x.iso' }]);
  bench.cluster.on('GET /nodes/pve2/storage/fast/content', () => [{ vmid: '101' }, { vmid: 101 }]);
  expect(await hazardsOf(bench, call('DELETE', '/storage/fast'))).toEqual([
    'Guests with disks or backups on it: 101, 102.',
  ]);
});

test('G18: who stops a node reads what runs on it', async () => {
  const bench = gateBench();
  expect(await hazardsOf(bench, call('POST', '/nodes/pve2/status', { command: 'reboot' }))).toEqual([
    'Guests that run on it: 101.',
  ]);
});

describe('a firewall that is switched on', () => {
  const rule = { type: 'in', action: 'ACCEPT', enable: 1, proto: 'tcp' };
  const closed = {
    8006: 'No enabled rule lets port 8006 in (web interface and API): who uses it may be cut off.',
    22: 'No enabled rule lets port 22 in (SSH): who uses it may be cut off.',
  };
  const open = { 8006: 'A rule lets port 8006 in.', 22: 'A rule lets port 22 in.' };

  test.each<[string, readonly object[], readonly string[]]>([
    ['no rules', [], [closed[8006], closed[22]]],
    ['both ports', [{ ...rule, dport: '22,8006' }], [open[8006], open[22]]],
    ['a range', [{ ...rule, dport: '8000:9000' }], [closed[22], open[8006]]],
    ['a macro', [{ ...rule, proto: '', macro: 'SSH' }], [closed[8006], open[22]]],
    ['another macro', [{ ...rule, macro: 'HTTPS' }], [closed[8006], closed[22]]],
    ['all ports', [{ ...rule, proto: undefined }], [open[8006], open[22]]],
    ['another protocol', [{ ...rule, proto: 'udp' }], [closed[8006], closed[22]]],
    ['disabled', [{ ...rule, enable: 0 }], [closed[8006], closed[22]]],
    ['going out', [{ ...rule, type: 'out' }], [closed[8006], closed[22]]],
    ['that drop', [{ ...rule, action: 'DROP' }], [closed[8006], closed[22]]],
    [
      'a source',
      [{ ...rule, source: '192.0.2.0/24' }],
      [open[8006], open[22]].map((one) => one.replace('.', ', from 192.0.2.0/24 only.')),
    ],
    ['a group', [{ type: 'group', action: 'admins', enable: 1 }], [closed[8006], open[22]]],
    ['a group that is off', [{ type: 'group', action: 'admins', enable: 0 }], [closed[8006], closed[22]]],
  ])('G18: the question says whether 8006 and 22 are let in: %s', async (_what, rules, expected) => {
    const bench = gateBench({ answers: [no] });
    bench.cluster.on('GET /cluster/firewall/rules', () => rules);
    bench.cluster.on('GET /cluster/firewall/groups/admins', () => [{ ...rule, dport: '22' }]);
    expect(await hazardsOf(bench, call('PUT', '/cluster/firewall/options', { enable: 1 }))).toEqual(expected);
  });

  test('G18: of a node those of the cluster count too, of a guest only its own and SSH; unreadable is said', async () => {
    const bench = () => {
      const it = gateBench({ answers: [no] });
      it.cluster.on('GET /cluster/firewall/rules', () => [{ ...rule, dport: '8006' }]);
      it.cluster.on('GET /nodes/pve1/firewall/rules', () => [{ ...rule, dport: '22' }]);
      it.cluster.on('GET /nodes/pve2/qemu/101/firewall/rules', () => []);
      return it;
    };
    expect(await hazardsOf(bench(), call('PUT', '/nodes/pve1/firewall/options', { enable: 1 }))).toEqual([
      open[8006],
      open[22],
    ]);
    expect(await hazardsOf(bench(), call('PUT', '/nodes/pve2/qemu/101/firewall/options', { enable: 1 }))).toEqual([
      closed[22],
    ]);
    expect(
      await hazardsOf(gateBench({ answers: [no] }), call('PUT', '/nodes/pve1/firewall/options', { enable: 1 })),
    ).toEqual(['Whether a rule lets 8006 and 22 in could not be read: people may be cut off.']);
  });
});
