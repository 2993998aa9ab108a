import { describe, expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import words from '../../../package.nls.json' with { type: 'json' };
import { oldSnapshotRows } from '../../../src/extension/activity/old-rows.ts';
import { type ActivityRow, changedRows, viewRows } from '../../../src/extension/activity/rows.ts';
import { rowsWith, snapshotPlan, valuesBefore } from '../../../src/extension/activity/take-back.ts';
import type { TakenSnapshot } from '../../../src/extension/activity/ways-back.ts';
import type { UndoRecord } from '../../../src/gate/undo-record.ts';
import type { GuestRef } from '../../../src/pve/guest.ts';
import { pveError } from '../../support/cluster.ts';

const now = 1_800_000_000_000;
const day = 24 * 3_600_000;
const taken: TakenSnapshot = {
  connection: 'c-home',
  connectionName: 'home',
  type: 'qemu',
  vmid: 101,
  name: 'before_20261101_101500',
  guest: 'web-01 (101)',
  at: now - 29 * day,
};

function client({ type = 'qemu', names = [taken.name] }: { type?: GuestRef['type']; names?: readonly string[] } = {}) {
  return {
    findGuest: async (): Promise<GuestRef> => ({ vmid: 101, type, node: 'pve3', name: 'web-01', status: 'running' }),
    snapshots: async () => names.map((name) => ({ name, time: now / 1000 - 60 })),
  };
}

describe('a snapshot that was taken first', () => {
  const path = ['nodes', 'pve3', 'qemu', '101', 'snapshot', taken.name];

  test('is rolled back to on the node where the guest is now, and the question says what is lost', async () => {
    const { operation, beforehand } = await snapshotPlan('rollBack', taken, client());
    expect(operation).toEqual({ kind: 'api', method: 'POST', segments: [...path, 'rollback'] });
    expect(beforehand[0]).toMatch(/^It was made on 2027-01-1\d \d\d:\d\d:00, before a change/);
    expect(beforehand[1]).toContain('Everything that was written to the guest since is lost');
  });

  test('is removed there', async () => {
    const { operation, beforehand } = await snapshotPlan('removeSnapshot', taken, client());
    expect(operation).toEqual({ kind: 'api', method: 'DELETE', segments: path });
    expect(beforehand.join(' ')).toContain('no way back');
  });

  test('that is gone, or whose guest is another one, is an error that says so; nothing is asked', async () => {
    await expect(snapshotPlan('rollBack', taken, client({ names: ['current'] }))).rejects.toThrow(
      'The snapshot "before_20261101_101500" of web-01 (101) is not there any more',
    );
    await expect(snapshotPlan('removeSnapshot', taken, client({ type: 'lxc' }))).rejects.toThrow(
      'is another one by now',
    );
  });

  test('of a cluster that does not answer: its own error is told', async () => {
    const findGuest = () => Promise.reject(pveError('unreachable', { reason: ['no route'] }));
    await expect(snapshotPlan('rollBack', taken, { ...client(), findGuest })).rejects.toThrow('no route');
  });
});

test('old snapshots are one row above all others, with the snapshots below', () => {
  expect(oldSnapshotRows({ snapshots: [], unread: 3 }, now)).toEqual([]);
  const [group, ...others] = oldSnapshotRows({ snapshots: [taken], unread: 1 }, now);
  expect(others).toEqual([]);
  expect(group).toMatchObject({
    label: 'Snapshots taken before a change, older than a week (1)',
    description: 'one guest was not asked or did not answer',
    children: [
      { label: 'before_20261101_101500 of web-01 (101)', description: '29 days · home', back: { snapshot: taken } },
    ],
  });
  const all = viewRows({ rows: [row('a')], hasMore: true }, 'EACCES', group === undefined ? [] : [group]);
  expect(all.map(({ kind }) => kind)).toEqual(['error', 'snapshots', 'activity', 'more']);
});

const row = (id: string, more: Partial<ActivityRow> = {}): ActivityRow => ({
  ...{ id, kind: 'activity', label: id, description: '', icon: { id: 'pass' }, tooltip: '', children: [], ...more },
});

test('a picker lists what can be taken back: the whole, or its steps where each has its own question', () => {
  const change = (index: number) => ({ plan: 'p', index });
  const two = row('two', {
    back: { changes: [change(0), change(1)] },
    children: [row('two 0', { back: { changes: [change(0)] } }), row('two 1', { back: { changes: [change(1)] } })],
  });
  const rows = [
    row('none'),
    row('one', { back: { changes: [change(0)] } }),
    two,
    row('s', { back: { snapshot: taken, changes: [] } }),
  ];
  const ids = (what: 'snapshot' | 'changes') => rowsWith(rows, what).map(({ id }) => id);
  expect(ids('changes')).toEqual(['one', 'two 0', 'two 1']);
  expect(ids('snapshot')).toEqual(['s']);
});

test('a row is drawn anew when its ways back change', () => {
  const before = row('a', { back: { snapshot: taken, changes: [] } });
  expect(changedRows([before], [row('a', { back: { changes: [] } })])).toHaveLength(1);
});

test('the values before a change are listed, secrets only by whether they were set', () => {
  const record = {
    ...{ v: 1, plan: '6f1f2c1e-0000-4000-8000-000000000000', index: 0, at: new Date(now).toISOString() },
    ...{ connection: 'c', guest: { type: 'qemu', vmid: 101, node: 'pve2', name: 'web\u202e-01' }, made: [] },
    keys: ['memory', 'cores', 'tags', 'cipassword', 'sshkeys'],
    before: [
      { key: 'memory', value: '2048', pending: '4096' },
      { key: 'tags', value: 'a', goes: true },
    ],
    hidden: [
      { key: 'cipassword', wasSet: true, waited: false },
      { key: 'sshkeys', wasSet: false, waited: false },
    ],
  } satisfies UndoRecord;
  const [head, ...lines] = valuesBefore(record).trimEnd().split('\n');
  expect(head).toMatch(/^Settings of "web<U\+202E>-01" \(101\) before the change, /);
  expect(lines).toEqual([
    '  memory: 2048; 4096 waited for the next start',
    '  cores: not set',
    '  tags: a; was about to go at the next start',
    '  cipassword: set; secret, so it was not kept',
    '  sshkeys: not set',
  ]);
});

test.each([
  ['proxmox.activity.rollBack', 'snapshot'],
  ['proxmox.activity.removeSnapshot', 'snapshot'],
  ['proxmox.activity.undo', 'undo'],
])('%s is offered on rows with that way back, as an icon and in the menu', (command, way) => {
  const { title = '' } = manifest.contributes.commands.find((one) => one.command === command) ?? {};
  expect(words).toHaveProperty([title.slice(1, -1)], expect.stringMatching(/…$/));
  const entries = manifest.contributes.menus['view/item/context'].filter((one) => one.command === command);
  expect(entries.map(({ group }) => group.startsWith('inline'))).toEqual([true, false]);
  for (const { when } of entries) expect(when).toBe(`view == proxmox.activity && viewItem =~ /;${way};/`);
});
