import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AuditEntry, openAudit } from '../../../src/gate/audit.ts';
import { createRedactor } from '../../../src/gate/redact.ts';
import { findUnfinished } from '../../../src/gate/unfinished.ts';
import { auditFolders, entry, gone, leftBehind } from '../../support/audit.ts';
import { fakeClock } from '../../support/clock.ts';

const folders = auditFolders();
const written = async (pid: number, entries: readonly AuditEntry[], options: { maxBytes?: number } = {}) =>
  leftBehind(await folders.make(), entries, { pid, ...options });
const before = (plan: string, index = 0) => entry({ plan, index });
const after = (plan: string, index = 0) => entry({ phase: 'after', plan, index, outcome: 'ok' });
const found = async (dir: string) => (await findUnfinished(dir)).steps.map(({ id }) => id);

test('G3: exactly the steps with a before and no after', async () => {
  const dir = await written(gone, [
    before('a'),
    after('a'),
    before('a', 1),
    before('b'),
    entry({ phase: 'decided', plan: 'c' }),
  ]);
  expect((await findUnfinished(dir)).steps).toMatchObject([
    { id: 'a 1', target: '"web-01" (101, VM on pve2)', request: 'POST /nodes/pve2/qemu/101/status/stop' },
    { id: 'b 0', at: '2027-01-15T08:00:00.000Z' },
  ]);
});

test('G3: a step whose two records stand in two files is finished', async () => {
  const dir = await written(gone, [before('a'), after('a'), before('b')], { maxBytes: 10 });
  expect((await readdir(dir)).length).toBeGreaterThan(1);
  expect(await found(dir)).toEqual(['b 0']);
});

test('G3: what a process that is alive has under way is not its end', async () => {
  expect(await found(await written(process.ppid, [before('a')]))).toEqual([]);
  const dir = await folders.make();
  const audit = openAudit({ dir, clock: fakeClock(), redactor: createRedactor() });
  await audit.append(before('a'));
  expect(await found(dir)).toEqual([]);
  await audit.close();
});

test('G3: a process that had the number of this one is gone all the same', async () => {
  expect(await found(await written(process.pid, [before('a')]))).toEqual(['a 0']);
});

test('G3: a line cut by a crash, other files, and no folder at all are no steps', async () => {
  expect(await found(join(await folders.make(), 'none'))).toEqual([]);
  const dir = await folders.make();
  await mkdir(dir);
  const line = JSON.stringify({ ...before('a'), at: '2027-01-15T08:00:00.000Z' });
  await writeFile(
    join(dir, `audit-2027-01-15T080000000Z-${gone}-1.jsonl`),
    `${line}\n${line.replace('"a"', '"b"').slice(0, -5)}`,
  );
  await writeFile(join(dir, 'notes.jsonl'), line);
  expect(await found(dir)).toEqual(['a 0']);
});
