import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { UndoRecord } from '../../../src/gate/undo-record.ts';
import { changeName, openUndoStore, type UndoStore } from '../../../src/gate/undo-store.ts';
import { type FakeClock, fakeClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/folder.ts';

const day = 24 * 60 * 60 * 1000;
const plan = '0b7e4c52-6d0f-4b62-9d0a-1c9a4e0f8a11';
const after = { settings: [{ key: 'cores', value: '4' }], hash: 'a'.repeat(64), masked: [] };

let clock: FakeClock;
let dir: string;
let store: UndoStore;
beforeEach(async () => {
  clock = fakeClock();
  dir = join(await temporaryFolder(), 'undo');
  store = openUndoStore({ dir, clock });
});

function record(more: Partial<UndoRecord> = {}): UndoRecord {
  return {
    v: 1,
    plan,
    index: 0,
    at: new Date(clock.now()).toISOString(),
    connection: 'c1',
    guest: { type: 'qemu', vmid: 101, node: 'pve2', name: 'web-01' },
    keys: ['cores'],
    before: [{ key: 'cores', value: '2', pending: '3' }],
    hidden: [],
    made: [],
    ...more,
  };
}

/** Keeps one, whose file was written when the clock of the test says so. */
async function keep(more: Partial<UndoRecord> = {}): Promise<UndoRecord> {
  const kept = record(more);
  await store.keep(kept);
  await touch(kept, clock.now());
  return kept;
}

function fileOf(kept: Pick<UndoRecord, 'plan' | 'index'>): string {
  return join(dir, `${changeName(kept)}.json`);
}

async function touch(kept: UndoRecord, at: number): Promise<void> {
  await utimes(fileOf(kept), at / 1000, at / 1000);
}

describe('what is kept', () => {
  test('is read back, and completed once it is known how it was afterwards', async () => {
    const kept = await keep();
    expect(await store.read(kept)).toEqual(kept);
    await store.finish(kept, after);
    expect(await store.read(kept)).toEqual({ ...kept, after });
  });

  test('is for nobody else on this machine', async () => {
    const kept = await keep();
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect((await stat(fileOf(kept))).mode & 0o777).toBe(0o600);
    await store.finish(kept, after);
    expect((await stat(fileOf(kept))).mode & 0o777).toBe(0o600);
    expect(await readdir(dir)).toEqual([`${changeName(kept)}.json`]);
  });

  test('is listed by name, and dropped', async () => {
    const [first, second] = [await keep(), await keep({ index: 1 })];
    expect(await store.list()).toEqual(new Set([changeName(first), changeName(second)]));
    await store.drop(first);
    expect(await store.list()).toEqual(new Set([changeName(second)]));
    expect(await store.read(first)).toBeUndefined();
  });

  test('of a connection that was removed is forgotten', async () => {
    const [first, second] = [await keep(), await keep({ index: 1, connection: 'c2' })];
    await store.forget('c1');
    expect(await store.read(first)).toBeUndefined();
    expect(await store.read(second)).toEqual(second);
  });

  test('is nothing where nothing was kept yet, and no folder is made for that', async () => {
    expect(await store.list()).toEqual(new Set());
    expect(await store.read({ plan, index: 0 })).toBeUndefined();
    await store.forget('c1');
    await expect(stat(dir)).rejects.toThrow('ENOENT');
  });

  test('is shared by several at once', async () => {
    const other = openUndoStore({ dir, clock });
    const indexes = Array.from({ length: 20 }, (_, index) => index);
    await Promise.all(indexes.map((index) => (index % 2 ? store : other).keep(record({ index }))));
    expect((await store.list()).size).toBe(20);
    expect(await readdir(dir)).toHaveLength(20);
    for (const index of indexes) expect(await other.read({ plan, index })).toEqual(record({ index }));
  });
});

describe('after 30 days', () => {
  test('it is forgotten, when another one is kept and when they are listed', async () => {
    const old = await keep();
    clock.advance(30 * day + 1000);
    expect(await store.read(old)).toBeUndefined();
    await keep({ index: 1 });
    expect(await readdir(dir)).toEqual([`${plan}-1.json`]);
    clock.advance(30 * day + 1000);
    expect(await store.list()).toEqual(new Set());
    expect(await readdir(dir)).toEqual([]);
  });

  test('less a second it is still there', async () => {
    const kept = await keep();
    clock.advance(30 * day - 1000);
    expect(await store.read(kept)).toEqual(kept);
    expect(await store.list()).toEqual(new Set([changeName(kept)]));
  });

  test('both times have to be old: one alone may come of a clock that was wrong', async () => {
    const wrongFile = await keep();
    await touch(wrongFile, clock.now() - 90 * day);
    const wrongRecord = await keep({ index: 1, at: new Date(clock.now() - 90 * day).toISOString() });
    clock.jump('wall', -5 * day);
    await keep({ index: 2 });
    expect(await store.list()).toEqual(new Set([0, 1, 2].map((index) => `${plan}-${index}`)));
    expect(await store.read(wrongFile)).toEqual(wrongFile);
    expect(await store.read(wrongRecord)).toEqual(wrongRecord);
  });
});

describe('nothing on disk is trusted', () => {
  test.each([
    ['no JSON', '{'],
    ['another shape', '{"v":1}'],
    ['another version', JSON.stringify({ ...record0(), v: 2 })],
    ['a field that is not known', JSON.stringify({ ...record0(), path: '/etc' })],
    ['a name of a setting that is none', JSON.stringify({ ...record0(), keys: ['a b'] })],
    ['another change under this name', JSON.stringify({ ...record0(), index: 7 })],
    ['a path as its plan', JSON.stringify({ ...record0(), plan: '../../etc/passwd' })],
    ['too much', JSON.stringify({ ...record0(), connection: 'x'.repeat(5_000_000) })],
  ])('%s is no record', async (_what, text) => {
    await mkdir(dir);
    const file = join(dir, `${plan}-0.json`);
    await writeFile(file, text);
    await utimes(file, clock.now() / 1000, clock.now() / 1000);
    expect(await store.read({ plan, index: 0 })).toBeUndefined();
    await expect(store.finish({ plan, index: 0 }, after)).rejects.toMatchObject({ code: 'not_found' });
    await store.forget('c1');
    await keep({ index: 1 });
    expect((await readdir(dir)).sort()).toEqual([`${plan}-0.json`, `${plan}-1.json`]);
    clock.advance(31 * day);
    await store.list();
    expect(await readdir(dir)).toEqual([]);
  });

  test('a link is no record', async () => {
    const kept = await keep();
    await symlink(fileOf(kept), join(dir, `${plan}-1.json`));
    expect(await store.read({ plan, index: 1 })).toBeUndefined();
  });

  test('files of others stay as they are, however old', async () => {
    await mkdir(dir);
    for (const name of ['notes.txt', '.hidden', `${plan}.json`]) {
      await writeFile(join(dir, name), 'of another');
      await utimes(join(dir, name), 0, 0);
    }
    await keep();
    expect([...(await store.list())]).toEqual([`${plan}-0`]);
    expect((await readdir(dir)).sort()).toEqual(['.hidden', `${plan}-0.json`, `${plan}.json`, 'notes.txt'].sort());
  });

  test('what a process that died left half written goes after 30 days', async () => {
    await keep();
    const half = join(dir, `.${plan}.tmp`);
    await writeFile(half, '{"v":');
    await utimes(half, clock.now() / 1000, clock.now() / 1000);
    expect([...(await store.list())]).toEqual([`${plan}-0`]);
    clock.advance(31 * day);
    await store.list();
    expect(await readdir(dir)).toEqual([]);
  });

  test.each(['../../x', '', 'x', plan.toUpperCase(), `${plan}/..`])('a plan %j never becomes a path', async (odd) => {
    await expect(store.keep(record({ plan: odd }))).rejects.toMatchObject({ code: 'denied' });
    await expect(store.finish({ plan: odd, index: 0 }, after)).rejects.toMatchObject({ code: 'invalid_argument' });
    await store.drop({ plan: odd, index: 0 });
    expect(await store.read({ plan: odd, index: 0 })).toBeUndefined();
    expect(await store.read({ plan, index: -1 })).toBeUndefined();
  });
});

describe('a folder that cannot be written', () => {
  test('G10: a file in its place: nothing is kept, and why is said', async () => {
    await writeFile(dir, 'in the way');
    await expect(store.keep(record())).rejects.toMatchObject({
      code: 'denied',
      data: {
        message: `The values before the change cannot be kept in ${dir}`,
        reason: [expect.stringMatching(/EEXIST|ENOTDIR/)],
        hint: expect.stringContaining('Free disk space'),
      },
    });
    expect(await readFile(dir, 'utf8')).toBe('in the way');
    expect(await store.list()).toEqual(new Set());
  });

  test('G10: a name that is taken by a folder: no half file stays behind', async () => {
    await mkdir(join(dir, `${plan}-0.json`, 'full'), { recursive: true });
    await expect(store.keep(record())).rejects.toMatchObject({ code: 'denied' });
    expect(await readdir(dir)).toEqual([`${plan}-0.json`]);
  });
});

function record0(): object {
  return {
    ...{ v: 1, plan, index: 0, at: '2027-01-15T08:00:00.000Z', connection: 'c1', keys: ['cores'] },
    guest: { type: 'qemu', vmid: 101, node: 'pve2', name: 'web-01' },
    before: [{ key: 'cores', value: '2' }],
    hidden: [],
    made: [],
  };
}
