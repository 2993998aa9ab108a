// What a window's own gate has recorded is found again, and taken back, on the demo cluster.
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readActivities } from '../../src/extension/activity/activities.ts';
import { createOldSnapshots, oldAfter, takenSnapshots } from '../../src/extension/activity/old-snapshots.ts';
import { placeNow, type SnapshotAct, snapshotPlan } from '../../src/extension/activity/take-back.ts';
import { removedBy, waysBack } from '../../src/extension/activity/ways-back.ts';
import type { ApprovalRequest, Approver, Origin, ProposedApi } from '../../src/gate/types.ts';
import { undoOf } from '../../src/gate/undo.ts';
import { readSettings } from '../../src/pve/pending.ts';
import { fakeClock } from '../support/clock.ts';
import { startDemo } from '../support/demo.ts';
import { agent } from '../support/gate.ts';
import { addConnection, openTestWindow } from '../support/window.ts';

const person: Origin = { who: 'person', by: 'picker' };

test('a snapshot taken first is rolled back to and removed, and the change is undone', async () => {
  const asked: ApprovalRequest[] = [];
  const approver: Approver = {
    name: 'editor',
    offersMore: true,
    async ask(request) {
      asked.push(request);
      const { mustType, safeguard, origin } = request;
      const first = safeguard === undefined || origin.who === 'person' ? {} : { first: true as const };
      return { kind: 'run', ...(mustType === undefined ? {} : { typed: mustType }), ...first };
    },
  };
  const demo = await startDemo({ speed: 50, seed: 1 });
  onTestFinished(() => demo.stop());
  const { window, storageDir } = await openTestWindow(approver);
  const dir = join(storageDir, 'audit');
  const { id: connection } = await addConnection(window, demo, { level: 'full' });
  const client = window.session.client(connection);
  const perform = async (operation: ProposedApi, origin: Origin, beforehand: readonly string[] = []) => {
    const { outcomes } = await window.session.gate.perform(
      { connection, operations: [operation], tool: 'test', wait: true },
      origin,
      { signal: new AbortController().signal, onProgress: () => {}, beforehand },
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['done']);
  };
  const guest = await client.findGuest(101);
  const description = async () => (await readSettings(client, guest, { fresh: true })).byKey.get('description')?.value;
  const newest = async () => (await readActivities(dir, 50, () => {})).activities;
  const before = await description();

  const segments = ['nodes', guest.node, guest.type, '101', 'config'];
  await perform({ kind: 'api', method: 'PUT', segments, params: { description: 'changed' } }, agent);
  expect((await description())?.trim()).toBe('changed');
  const kept = await window.undo.list();
  const changed = (await newest()).map((one) => waysBack(one, kept, new Set())).find(({ snapshot }) => snapshot);
  const [change] = changed?.changes ?? [];
  const snapshot = changed?.snapshot;
  if (snapshot === undefined || change === undefined) throw new Error('No way back');
  expect(change.index).toBe(1);
  expect(snapshot.guest).toBe('web-01 (101)');

  const record = await window.undo.read(change);
  if (record === undefined) throw new Error('Nothing kept');
  const undo = undoOf(record, await readSettings(client, guest, { fresh: true }), await placeNow(record.guest, client));
  if (undo.kind === 'impossible') throw new Error(undo.why);
  await perform(undo.operation, person, undo.lost);
  expect(await description()).toBe(before);

  const take = async (act: SnapshotAct) => {
    const { operation, beforehand } = await snapshotPlan(act, snapshot, client);
    await perform(operation, person, beforehand);
    const request = asked.at(-1);
    expect(request?.mustType).toBeDefined();
    expect(request?.assessments[0]?.hazards.slice(0, beforehand.length)).toEqual(beforehand);
  };
  await take('rollBack');
  const clock = fakeClock();
  clock.jump('wall', Date.now() + oldAfter + 60_000 - clock.now());
  const old = createOldSnapshots({ taken: () => takenSnapshots(dir), client: async () => client, clock });
  await old.look();
  expect(old.found()).toEqual({ snapshots: [snapshot], unread: 0 });
  await take('removeSnapshot');
  await old.look(true);
  expect(old.found()).toEqual({ snapshots: [], unread: 0 });
  await expect(snapshotPlan('rollBack', snapshot, client)).rejects.toThrow('not there any more');
  const removed = new Set((await newest()).flatMap(({ records }) => records.flatMap((one) => removedBy(one) ?? [])));
  expect((await newest()).map((one) => waysBack(one, kept, removed).snapshot)).not.toContainEqual(snapshot);
});
