import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Audit, openAudit } from '../../../src/gate/audit.ts';
import { type AuditRecord, type ReadOptions, readAudit } from '../../../src/gate/audit-read.ts';
import { createRedactor } from '../../../src/gate/redact.ts';
import { auditFolders, entry } from '../../support/audit.ts';
import { fakeClock } from '../../support/clock.ts';

const folders = auditFolders();
async function read(dir: string, options: Partial<ReadOptions> = {}): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  for await (const record of readAudit(dir, { order: 'oldest', ...options })) records.push(record);
  return records;
}
const plans = (records: readonly AuditRecord[]) => records.flatMap(({ plan }) => plan ?? []);

/** Two audits of one folder that are written in turn, a second apart; the text in each record is `filler` long. */
async function twoAudits(records: number, filler = 0): Promise<string> {
  const dir = await folders.make();
  const clock = fakeClock();
  const audits: Audit[] = [0, 1].map(() => openAudit({ dir, clock, redactor: createRedactor() }));
  for (let at = 0; at < records; at += 1) {
    clock.advance(1000);
    await audits[at % 2]?.append(entry({ plan: `plan-${at}`, note: '…'.repeat(filler) }));
  }
  await Promise.all(audits.map((audit) => audit.close()));
  return dir;
}

describe('in either direction', () => {
  const numbers = Array.from({ length: 40 }, (_, at) => `plan-${at}`);

  // The lines are longer and shorter than a block, and end on both sides of its border.
  test.each([
    0, 300, 30_000,
  ])('G10: the files of several processes are merged by time, lines + %i characters', async (filler) => {
    const dir = await twoAudits(40, filler);
    expect(plans(await read(dir))).toEqual(numbers);
    expect(plans(await read(dir, { order: 'newest' }))).toEqual(numbers.toReversed());
  });

  test('a reader that stops early gets the newest', async () => {
    const found: AuditRecord[] = [];
    for await (const record of readAudit(await twoAudits(10), { order: 'newest' })) {
      found.push(record);
      if (found.length === 3) break;
    }
    expect(plans(found)).toEqual(['plan-9', 'plan-8', 'plan-7']);
  });

  test('only the lines that hold a text', async () => {
    expect(plans(await read(await twoAudits(12), { containing: '"plan-1"' }))).toEqual(['plan-1']);
  });
});

describe('what is no record', () => {
  test('is told, and hides nothing of the rest', async () => {
    const dir = await twoAudits(2);
    const [first] = await read(dir);
    const file = join(dir, first?.file ?? '');
    await appendFile(
      file,
      'nonsense\n{"at":"today","phase":"x"}\n{"at":"2027-01-15T08:00:09.000Z","phase":"new","plan":7}\n',
    );
    await appendFile(file, '{"cut":');
    await mkdir(join(dir, 'audit-2027-01-17T080000000Z-1-1.jsonl'));
    await writeFile(join(dir, 'notes.jsonl'), 'not ours\n');
    const told: string[] = [];
    for (const order of ['oldest', 'newest'] as const) {
      const records = await read(dir, { order, onProblem: (_file, what) => told.push(what) });
      expect(plans(records).sort()).toEqual(['plan-0', 'plan-1']);
      expect(records.filter(({ phase }) => phase === 'new')).toMatchObject([{ plan: undefined }]);
    }
    expect(told.filter((what) => what === 'a line is no record')).toHaveLength(4);
    expect(told.filter((what) => what.includes('EISDIR'))).toHaveLength(2);
  });

  test('a folder that is not there has no records, one that is none cannot be read', async () => {
    const dir = await folders.make();
    expect(await read(dir)).toEqual([]);
    await writeFile(dir, '');
    await expect(read(dir)).rejects.toThrow('ENOTDIR');
  });

  test('an empty file, and one without a line end, have none', async () => {
    const dir = await twoAudits(1);
    await writeFile(join(dir, 'audit-2027-01-17T080000000Z-1-1.jsonl'), '');
    await writeFile(join(dir, 'audit-2027-01-17T080000000Z-1-2.jsonl'), '{"at":');
    expect(plans(await read(dir, { order: 'newest' }))).toEqual(['plan-0']);
  });
});

test('the clock of a process that was put back does not lose records', async () => {
  const dir = await folders.make();
  const clock = fakeClock();
  const audit = openAudit({ dir, clock, redactor: createRedactor() });
  for (const plan of ['a', 'b', 'c']) {
    await audit.append(entry({ plan }));
    clock.jump('wall', -60_000);
  }
  await audit.close();
  expect(plans(await read(dir))).toEqual(['a', 'b', 'c']);
  expect(plans(await read(dir, { order: 'newest' }))).toEqual(['c', 'b', 'a']);
});
