import { expect, test } from 'vitest';
import { readActivities } from '../../../src/extension/activity/activities.ts';
import { createOldSnapshots, oldAfter, takenSnapshots } from '../../../src/extension/activity/old-snapshots.ts';
import { activityRow } from '../../../src/extension/activity/rows.ts';
import { removedBy, type TakenSnapshot, waysBack } from '../../../src/extension/activity/ways-back.ts';
import { type AuditEntry, openAudit } from '../../../src/gate/audit.ts';
import { createRedactor } from '../../../src/gate/redact.ts';
import { auditFolders, entry } from '../../support/audit.ts';
import { fakeClock } from '../../support/clock.ts';
import { pveError } from '../../support/cluster.ts';

const folders = auditFolders();

async function recorded(entries: readonly Partial<AuditEntry>[]) {
  const dir = await folders.make();
  const clock = fakeClock();
  const audit = openAudit({ dir, clock, redactor: createRedactor() });
  for (const one of entries) {
    clock.advance(1000);
    await audit.append(entry(one));
  }
  await audit.close();
  const { activities } = await readActivities(dir, 50, () => {});
  return { dir, clock, activities };
}

const api = (method: 'POST' | 'DELETE', tail: readonly string[], params = {}): AuditEntry['operation'] => ({
  kind: 'api',
  connection: 'c-home',
  revision: 3,
  method,
  segments: ['nodes', 'pve2', 'qemu', '101', ...tail],
  params,
});
const name = 'before_20261101_101500';
const snapshot: Partial<AuditEntry> = {
  safeguard: 'snapshot',
  operation: api('POST', ['snapshot'], { snapname: name }),
  target: `snapshot "${name}" of "web-01" (101, VM on pve2)`,
};
const end = (outcome: AuditEntry['outcome']): Partial<AuditEntry> => ({
  phase: 'after',
  ...(outcome === undefined ? {} : { outcome }),
});
const none = new Set<string>();
const web: TakenSnapshot = {
  connection: 'c-home',
  connectionName: 'home',
  type: 'qemu',
  vmid: 101,
  name,
  guest: 'web-01 (101)',
  at: 1_800_000_002_000,
};

test('a snapshot that was taken first and is there is a way back; the row is named after what was asked', async () => {
  const { activities, clock } = await recorded([
    snapshot,
    { ...snapshot, ...end('ok') },
    { index: 1 },
    { index: 1, ...end('failed'), detail: 'got timeout\nmore of it', next: 'Try again later.' },
  ]);
  const [activity] = activities;
  if (activity === undefined) throw new Error('No activity');
  const back = waysBack(activity, none, none);
  expect(back).toEqual({ snapshot: web, changes: [] });
  const row = activityRow(activity, clock.now(), back);
  expect(row.label).toBe('Stop web-01 (101), snapshot first');
  expect(row.description).toMatch(/ · failed: got timeout$/);
  expect(row.children.map((step) => step.back?.snapshot?.name)).toEqual([name, undefined]);
});

test.each(['failed', 'unknown', 'started', undefined] as const)('one whose end is %s is none', async (outcome) => {
  const ended = outcome === undefined ? [] : [{ ...snapshot, ...end(outcome) }];
  const { activities } = await recorded([snapshot, ...ended]);
  expect(activities.map((one) => waysBack(one, none, none))).toEqual([{ changes: [] }]);
});

test('one that was removed since is none, and one that could not be removed is', async () => {
  const remove = { plan: 'plan-2', operation: api('DELETE', ['snapshot', name]) };
  const { activities } = await recorded([
    { ...snapshot, ...end('ok') },
    { ...remove, ...end('failed') },
  ]);
  const gone = (all: typeof activities) =>
    new Set(all.flatMap(({ records }) => records.flatMap((r) => removedBy(r) ?? [])));
  expect(gone(activities)).toEqual(none);
  const later = (
    await recorded([
      { ...snapshot, ...end('ok') },
      { ...remove, ...end('ok') },
    ])
  ).activities;
  const [, taken] = later;
  expect(waysBack(taken ?? { records: [] }, none, gone(later))).toEqual({ changes: [] });
});

test('changes whose values before are kept are ways back, and those that were undone say so', async () => {
  const { activities, clock } = await recorded([
    { index: 0, ...end('ok') },
    { index: 1, ...end('ok') },
  ]);
  const [activity] = activities;
  if (activity === undefined) throw new Error('No activity');
  const back = waysBack(activity, new Set(['plan-1-1', 'plan-9-0']), none);
  expect(back).toEqual({ changes: [{ plan: 'plan-1', index: 1 }] });
  expect(activityRow(activity, clock.now(), back).description).toMatch(/done$/);
  expect(activityRow(activity, clock.now(), back, new Set(['plan-1-1'])).description).toMatch(/ · undone$/);
});

function cluster({ vmids = [101, 102], names = [name], fail = false } = {}) {
  const asked: string[] = [];
  let running = 0;
  let most = 0;
  return {
    asked,
    most: () => most,
    client: async () => ({
      async resources() {
        if (fail) throw pveError('unreachable');
        return vmids.map((vmid) => ({
          id: `qemu/${vmid}`,
          type: 'qemu',
          vmid,
          node: 'pve3',
          name: 'x',
          status: 'running',
        }));
      },
      async snapshots({ node, vmid }: { readonly node: string; readonly vmid: number }) {
        asked.push(`${node} ${vmid}`);
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        return names.map((each) => ({ name: each }));
      },
    }),
  };
}

function bench(taken: readonly TakenSnapshot[], of = cluster()) {
  const clock = fakeClock();
  const aged = taken.map((one) => ({ ...one, at: clock.now() - oldAfter - 1 }));
  return { ...of, clock, old: createOldSnapshots({ taken: async () => aged, client: of.client as never, clock }) };
}

test('snapshots of more than a week that are still there are found, on the node where the guest is now', async () => {
  const { dir, clock } = await recorded([{ ...snapshot, ...end('ok') }]);
  const { asked, client } = cluster();
  const old = createOldSnapshots({ taken: () => takenSnapshots(dir), client: client as never, clock });
  await old.look();
  expect(old.found()).toEqual({ snapshots: [], unread: 0 });
  clock.advance(oldAfter + 1);
  await old.look(true);
  expect(old.found().snapshots).toMatchObject([{ name, guest: 'web-01 (101)' }]);
  expect(asked).toEqual(['pve3 101']);
  old.forget(web);
  expect(old.found().snapshots).toEqual([]);
});

test('the clusters are asked at most every ten minutes, unless a person wants it', async () => {
  const { old, asked, clock } = bench([web]);
  await Promise.all([old.look(), old.look()]);
  clock.advance(9 * 60_000);
  await old.look();
  expect(asked).toHaveLength(1);
  await old.look(true);
  clock.advance(10 * 60_000);
  await old.look();
  expect(asked).toHaveLength(3);
});

test('each guest is asked once, two at once, and no more than twenty', async () => {
  const vmids = Array.from({ length: 25 }, (_, at) => 101 + at);
  const taken = vmids.flatMap((vmid) => [
    { ...web, vmid },
    { ...web, vmid, name: 'before_20261102_101500' },
  ]);
  const { old, asked, most } = bench(taken, cluster({ vmids }));
  await old.look();
  expect([asked.length, new Set(asked).size, most()]).toEqual([20, 20, 2]);
  expect([old.found().snapshots.length, old.found().unread]).toEqual([20, 5]);
});

test('what is gone is not listed, and a cluster that does not answer is counted', async () => {
  const gone = bench([web], cluster({ vmids: [] }));
  await gone.old.look();
  expect(gone.old.found()).toEqual({ snapshots: [], unread: 0 });
  const removed = bench([web], cluster({ names: ['current'] }));
  await removed.old.look();
  expect(removed.old.found()).toEqual({ snapshots: [], unread: 0 });
  const down = bench([web], cluster({ fail: true }));
  await down.old.look();
  expect(down.old.found()).toEqual({ snapshots: [], unread: 1 });
});
