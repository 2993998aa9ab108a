import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AuditEntry, openAudit } from '../../../src/gate/audit.ts';
import { createRedactor } from '../../../src/gate/redact.ts';
import { findUnfinished } from '../../../src/gate/unfinished.ts';
import { auditFolders, entry } from '../../support/audit.ts';
import { fakeClock } from '../../support/clock.ts';

const folders = auditFolders();
/** Above what any system gives out: surely gone. */
const gone = 2 ** 30;

/** Writes these records, then makes the files look as if a process of that number had written them. */
async function written(
  pid: number,
  entries: readonly AuditEntry[],
  { dir = '', maxBytes = 1e6, clock = fakeClock() } = {},
) {
  const folder = dir === '' ? await folders.make() : dir;
  const audit = openAudit({ dir: folder, clock, redactor: createRedactor(), maxBytes });
  for (const it of entries) await audit.append(it);
  await audit.close();
  for (const name of await readdir(folder)) {
    const renamed = name.replace(`-${process.pid}-`, `-${pid}-9`);
    await rename(join(folder, name), join(folder, renamed));
  }
  return folder;
}

const before = (plan: string, index = 0) => entry({ plan, index });
const after = (plan: string, index = 0) => entry({ phase: 'after', plan, index, outcome: 'ok' });
const found = async (dir: string) => (await findUnfinished(dir)).map(({ id }) => id);

test('G3: exactly the steps with a before and no after', async () => {
  const dir = await written(gone, [
    before('a'),
    after('a'),
    before('a', 1),
    before('b'),
    entry({ phase: 'decided', plan: 'c' }),
  ]);
  expect(await findUnfinished(dir)).toMatchObject([
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
