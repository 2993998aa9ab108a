// Two editor windows on one storage folder: what one of them stores holds the other one back at once (gate.md G9).
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterProfile, Profile } from '../../src/extension/connections/profile.ts';
import type { Window } from '../../src/extension/window.ts';
import type { Origin, Outcome, ProposedApi } from '../../src/gate/types.ts';
import { parking, yes } from '../support/approver.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { temporaryFolder } from '../support/folder.ts';
import { auditRecords } from '../support/mcp.ts';
import { memorySecrets } from '../support/secrets.ts';
import { addConnection, openTestWindow } from '../support/window.ts';

const agent: Origin = { who: 'agent', client: 'test', launch: 'l' };
const picker: Origin = { who: 'person', by: 'picker' };
const reboot: ProposedApi = {
  kind: 'api',
  method: 'POST',
  segments: ['nodes', 'pve2', 'qemu', '101', 'status', 'reboot'],
};
const version: ProposedApi = { kind: 'api', method: 'GET', segments: ['version'] };

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo({ speed: 50 });
});
afterAll(() => demo.stop());

/** Two windows; questions of the other one stay open until the test answers them. */
async function twoWindows() {
  const dir = await temporaryFolder();
  const secrets = memorySecrets();
  const { parked, park } = parking();
  const never = { name: 'editor' as const, ask: () => Promise.reject(new Error('nobody is asked here')) };
  const { window: one } = await openTestWindow(never, { dir, secrets });
  const profile = await addConnection(one, demo, { level: 'full' });
  const { window: other } = await openTestWindow({ name: 'editor', ask: async (r, s) => park(r, s) }, { dir, secrets });
  const perform = async (operation: ProposedApi, from = agent, window: Window = other): Promise<Outcome> => {
    const { outcomes } = await window.session.gate.perform(
      { connection: profile.id, operations: [operation], tool: 'test', wait: true },
      from,
      { signal: new AbortController().signal, onProgress: () => {} },
    );
    const [outcome] = outcomes;
    if (outcome === undefined) throw new Error('No outcome');
    return outcome;
  };
  const question = async (from = agent) => {
    const count = parked.length;
    const end = perform(reboot, from);
    await expect.poll(() => parked.length).toBe(count + 1);
    const asked = parked[count];
    if (asked === undefined) throw new Error('Nothing was asked');
    return { end, asked };
  };
  const file = join(dir, 'connections.json');
  return { dir, file, one, other, profile, parked, perform, question };
}
type World = Awaited<ReturnType<typeof twoWindows>>;

const editing =
  (edit: (profile: ClusterProfile) => Profile | undefined) =>
  ({ one }: World): Promise<void> =>
    one.store.update((all) =>
      all.flatMap((profile) => (profile.kind === 'cluster' ? (edit(profile) ?? []) : [profile])),
    );
const raise = ({ revision }: ClusterProfile) => ({ revision: revision + 1 });

const changes: readonly [string, (world: World) => Promise<void>, object][] = [
  ['a freeze', ({ one }) => one.store.setFrozen(true), { status: 'denied', by: 'freeze' }],
  [
    'its removal',
    ({ one, profile }) => one.store.remove(profile.id),
    { status: 'failed', error: { code: 'not_found' } },
  ],
  ['a lower level', editing((it) => ({ ...it, ...raise(it), level: 'read-only' })), { status: 'denied', by: 'level' }],
  [
    'a new policy',
    editing((it) => ({ ...it, ...raise(it), policies: [{ verdict: 'read-only', vmids: [101, 101] }] })),
    { status: 'denied', by: 'policy' },
  ],
  ['a damaged file', ({ file }) => writeFile(file, '{"version":1,'), { status: 'failed' }],
  ['a file of a newer release', ({ file }) => writeFile(file, '{"version":999,"profiles":[]}'), { status: 'failed' }],
  ['a file that is gone', ({ file }) => rm(file), { status: 'failed' }],
  [
    'a file that cannot be read',
    async ({ file }) => {
      await rm(file);
      await mkdir(file);
    },
    { status: 'failed' },
  ],
];

describe.each(changes)('%s, stored by one window', (_what, change, expected) => {
  test('G9: denies the next write in the other, and asks nobody', async () => {
    const world = await twoWindows();
    await change(world);
    expect(await world.perform(reboot)).toMatchObject(expected);
    expect(world.parked).toEqual([]);
  });

  test('G9: denies and withdraws what waits in the other, and a late yes does nothing', async () => {
    const world = await twoWindows();
    const { end, asked } = await world.question();
    await change(world);
    expect(await end).toMatchObject({ status: 'denied' });
    expect(asked.signal.aborted).toBe(true);
    expect(asked.signal.reason).toEqual(expect.stringMatching(/\w+/));
    asked.answer(yes);
    const phases = (await auditRecords(join(world.dir, 'audit'))).map(({ phase }) => phase);
    expect(phases).toEqual(['decided']);
  });

  test('G9: voids a yes that comes before the other window has noticed', async () => {
    const world = await twoWindows();
    const { end, asked } = await world.question();
    const changing = change(world);
    await changing;
    asked.answer(yes);
    expect(await end).toMatchObject({ status: 'denied' });
  });
});

test('G9: a damaged file denies reads and people too', async () => {
  const world = await twoWindows();
  await writeFile(world.file, '[]');
  expect(await world.perform(version)).toMatchObject({ status: 'failed' });
  expect(await world.perform(reboot, picker)).toMatchObject({ status: 'failed' });
  expect(world.parked).toEqual([]);
});

test('G9: frozen in one window, people still act in the other, and agents still read', async () => {
  const world = await twoWindows();
  await world.one.store.setFrozen(true);
  expect(await world.perform(version)).toMatchObject({ status: 'done' });
  const { end, asked } = await world.question(picker);
  asked.answer(yes);
  expect(await end).toMatchObject({ status: 'done' });
});

test('G9: frozen and lifted at once, what waited in the other window is void, a person’s own too; new questions stand', async () => {
  const world = await twoWindows();
  const waiting = [await world.question(), await world.question(picker)];
  await world.one.store.setFrozen(true);
  await world.one.store.setFrozen(false);
  for (const { end, asked } of waiting) {
    asked.answer(yes);
    expect(await end).toMatchObject({ status: 'denied', by: 'freeze' });
  }
  const { end, asked } = await world.question();
  asked.answer(yes);
  expect(await end).toMatchObject({ status: 'done' });
});

test('G7 G9: a freeze in one window ends the grants of the other, and a grant of one does not count in the other', async () => {
  const world = await twoWindows();
  const { end, asked } = await world.question();
  expect(asked.request.offers).toContain('grant');
  asked.answer({ kind: 'run', grant: true });
  expect(await end).toMatchObject({ status: 'done' });
  expect(await world.perform(reboot, agent, world.one)).toMatchObject({ status: 'denied', by: 'nobody' });
  expect(await world.perform(reboot)).toMatchObject({ status: 'done' });
  await world.one.store.setFrozen(true);
  await expect.poll(() => world.other.session.gate.grants.list()).toEqual([]);
  await world.one.store.setFrozen(false);
  const again = await world.question();
  again.asked.answer({ kind: 'deny', by: 'person' });
  expect(await again.end).toMatchObject({ status: 'denied', by: 'person' });
});

test('G9: both windows freeze and lift at the same time: one file, each freeze counted once', async () => {
  const { one, other } = await twoWindows();
  await Promise.all([one.store.setFrozen(true), other.store.setFrozen(true)]);
  expect((await one.store.standing()).freeze).toMatchObject({ count: 1, since: expect.stringMatching(/^\d{4}-/) });
  await Promise.all([one.store.setFrozen(false), other.store.setFrozen(false)]);
  expect((await other.store.standing()).freeze).toEqual({ count: 1 });
});
