import { expect, test } from 'vitest';
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
  return [...(asked?.hazards ?? []), ...(asked?.notes ?? [])];
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
