import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openUndoStore, type UndoStore } from '../../../src/gate/undo-store.ts';
import { fakeClock } from '../../support/clock.ts';
import { pveError } from '../../support/cluster.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { type BenchOptions, call, gateBench } from '../../support/gate.ts';

const config = '/nodes/pve2/qemu/101/config';
const pending = 'GET /nodes/pve2/qemu/101/pending';
const change = call('PUT', config, { cores: 4 });

/** A gate that keeps what was before; each look at the config is answered by the next one of `looks`. */
async function keeping(
  looks: readonly (() => unknown)[],
  options: BenchOptions & { readonly broken?: Partial<UndoStore> } = {},
) {
  const store = openUndoStore({ dir: join(await temporaryFolder(), 'undo'), clock: fakeClock() });
  const bench = gateBench({ ...options, undo: { ...store, ...options.broken } });
  let count = 0;
  bench.cluster.on(pending, () => looks[count++]?.());
  const one = async () => {
    const outcome = await bench.one(change);
    const [name = ''] = await store.list();
    const record = name === '' ? undefined : await store.read({ plan: name.slice(0, -2), index: 0 });
    return { outcome, record, told: bench.progress.map(({ message }) => message).join('\n') };
  };
  return { bench, one };
}

const cores = (value: number) => () => [
  { key: 'cores', value },
  { key: 'digest', value: String(value) },
];
const failing = () => {
  throw pveError('unreachable');
};

test('it looks right before and right after the change', async () => {
  const { bench, one } = await keeping([cores(2), cores(4)]);
  const { outcome, record } = await one();
  expect(outcome.status).toBe('done');
  expect(record).toMatchObject({ before: [{ key: 'cores', value: '2' }], after: { settings: [{ value: '4' }] } });
  expect(bench.events.slice(bench.events.indexOf('before'))).toEqual([
    'before',
    pending,
    `PUT ${config}`,
    pending,
    'after',
  ]);
});

test('where nothing is kept it does not look', async () => {
  const bench = gateBench();
  expect((await bench.one(change)).status).toBe('done');
  expect(bench.cluster.sent).not.toContain(pending);
});

test('a call that is cancelled while it looks sends nothing', async () => {
  const { bench, one } = await keeping([
    () => {
      bench.cancel();
      throw pveError('cancelled');
    },
  ]);
  const { outcome, record } = await one();
  expect(outcome).toMatchObject({ status: 'failed', error: { code: 'cancelled' } });
  expect(bench.cluster.writes()).toEqual([]);
  expect(record).toBeUndefined();
});

test('a call that is cancelled once it was sent is looked at all the same', async () => {
  const { bench, one } = await keeping([cores(2), cores(4)]);
  bench.cluster.on(`PUT ${config}`, () => {
    bench.cancel();
    return null;
  });
  expect((await one()).record?.after?.settings).toEqual([{ key: 'cores', value: '4' }]);
});

test('a look afterwards that fails is told, and leaves the change as it is', async () => {
  const { one } = await keeping([cores(2), failing]);
  const { outcome, record, told } = await one();
  expect(outcome.status).toBe('done');
  expect(told).toContain('It is unreachable: this change cannot be undone from here');
  expect(record).toBeDefined();
  expect(record?.after).toBeUndefined();
});

test('a disk that is full afterwards is told, and leaves the change as it is', async () => {
  const finish = () => Promise.reject(pveError('denied'));
  const { one } = await keeping([cores(2), cores(4)], { broken: { finish } });
  const { outcome, told } = await one();
  expect(outcome.status).toBe('done');
  expect(told).toContain('cannot be undone from here');
});

test('what Proxmox VE never got is not kept', async () => {
  const { bench, one } = await keeping([cores(2)]);
  bench.cluster.on(`PUT ${config}`, failing);
  const { outcome, record } = await one();
  expect(outcome.status).toBe('failed');
  expect(record).toBeUndefined();
});
