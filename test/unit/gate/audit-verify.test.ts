import { appendFile, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openAudit } from '../../../src/gate/audit.ts';
import { chainNotes, reportParts, verifyAudit } from '../../../src/gate/audit-verify.ts';
import { createRedactor } from '../../../src/gate/redact.ts';
import { auditFolders, auditLines, entry } from '../../support/audit.ts';
import { fakeClock } from '../../support/clock.ts';

const folders = auditFolders();

/** A folder with the audit of one process that is gone, in several files where `maxBytes` is small. */
async function recorded(records: number, { maxBytes = 1e6 } = {}): Promise<string> {
  const dir = await folders.make();
  const audit = openAudit({ dir, clock: fakeClock(), redactor: createRedactor(), maxBytes });
  for (let index = 0; index < records; index += 1) await audit.append(entry({ index }));
  await audit.close();
  return dir;
}

const filesOf = async (dir: string) => (await readdir(dir)).sort().map((name) => join(dir, name));
async function fileOf(dir: string): Promise<string> {
  return (await filesOf(dir))[0] ?? '';
}
async function edit(file: string, change: (lines: string[]) => string[]): Promise<void> {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  await writeFile(file, `${change(lines).join('\n')}\n`);
}
const problems = async (dir: string) => (await verifyAudit(dir)).map(({ problem }) => problem);
const swap = (text: string, was: string, is: string) => {
  if (!text.includes(was)) throw new Error(`No ${was} in ${text}`);
  return text.replace(was, is);
};

test('G10: a whole file is told with its records, its span and its head', async () => {
  const dir = await recorded(3);
  const head = (await auditLines(dir)).at(-1)?.hash;
  const at = '2027-01-15T08:00:00.000Z';
  const [report] = await verifyAudit(dir);
  expect(report).toMatchObject({ records: 4, from: at, to: at, head });
  expect(report).not.toHaveProperty('problem');
  expect(report === undefined ? [] : reportParts(report)).toEqual([
    `${report?.file}: ok (in use)`,
    `4 records, ${at} to ${at}`,
    `head ${head}`,
  ]);
  expect(chainNotes.join(' ')).toMatch(/cannot show.*Keep the heads.*task log of Proxmox VE/);
});

describe('a change inside', () => {
  test.each<[string, number, RegExp, (lines: string[]) => string[]]>([
    ['an edited record', 3, /was changed/, (l) => l.map((it, at) => (at === 2 ? swap(it, '"operate"', '"read"') : it))],
    ['an edited header', 1, /was changed/, (l) => l.map((it, at) => (at === 0 ? swap(it, '0.0.0', '0.0.1') : it))],
    [
      'an edited hash',
      4,
      /was changed/,
      (l) => l.map((it, at) => (at === 3 ? it.replace(/"hash":"./, '"hash":"x') : it)),
    ],
    ['a deleted record', 3, /number 3 in place of 2/, (l) => l.filter((_line, at) => at !== 2)],
    ['a deleted header', 1, /number 1 in place of 0/, (l) => l.slice(1)],
    ['two the other way round', 2, /number 2 in place of 1/, ([a = '', b = '', c = '', ...rest]) => [a, c, b, ...rest]],
    ['a repeated record', 3, /number 1 in place of 2/, ([a = '', b = '', ...rest]) => [a, b, b, ...rest]],
    ['an added record', 6, /number 4 in place of 5/, (l) => [...l, l.at(-1) ?? '']],
    ['a line of nonsense', 3, /no record/, (l) => l.map((it, at) => (at === 2 ? 'nonsense' : it))],
    ['the same in other words', 3, /no record/, (l) => l.map((it, at) => (at === 2 ? it.replace('{', '{ ') : it))],
    ['a second value', 3, /no record/, (l) => l.map((it, at) => (at === 2 ? it.replace('{', '{"risk":"read",') : it))],
  ])('G10: %s is found, with its line', async (_what, line, what, change) => {
    const dir = await recorded(4);
    await edit(await fileOf(dir), change);
    expect(await problems(dir)).toEqual([{ line, what: expect.stringMatching(what) }]);
  });

  test('G10: what is wrong with one file hides nothing of the others', async () => {
    const dir = await recorded(2);
    const sound = await recorded(2);
    await rename(await fileOf(sound), join(dir, `audit-2027-01-16T080000000Z-${process.ppid}-1.jsonl`));
    await edit(await fileOf(dir), (lines) => lines.slice(1));
    await mkdir(join(dir, `audit-2027-01-17T080000000Z-${process.ppid}-1.jsonl`));
    const reports = await verifyAudit(dir);
    expect(reports.map(({ records, problem }) => [records, problem === undefined])).toEqual([
      [0, false],
      [3, true],
      [0, false],
    ]);
    expect(reports[2]?.problem?.what).toContain('cannot be read');
  });
});

describe('over several files of one process', () => {
  test('G10: each names the one before it, and all are sound', async () => {
    const dir = await recorded(4, { maxBytes: 1 });
    expect(await problems(dir)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('G10: a file that was removed between them is missed', async () => {
    const dir = await recorded(4, { maxBytes: 1 });
    const [, second = ''] = await filesOf(dir);
    await rm(second);
    expect(await problems(dir)).toEqual([
      undefined,
      { line: 1, what: expect.stringContaining('is missing') },
      undefined,
    ]);
  });

  test('G10: records that were cut off at the end of a file are missed by the next one', async () => {
    const dir = await recorded(4, { maxBytes: 1 });
    await edit(await fileOf(dir), (lines) => lines.slice(0, -1));
    expect(await problems(dir)).toEqual([
      { line: 2, what: expect.stringContaining('records are missing') },
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('G10: a line that a full disk has cut is explained by the next file, which names the head before it', async () => {
    const dir = await recorded(2, { maxBytes: 1 });
    await appendFile(await fileOf(dir), '{"v":1,"seq":2,');
    expect(await problems(dir)).toEqual([undefined, undefined]);
  });
});

describe('the end of a file', () => {
  const gone = async (dir: string) => {
    const file = await fileOf(dir);
    const renamed = file.replace(`-${process.pid}-`, `-${2 ** 30}-9`);
    await rename(file, renamed);
    return renamed;
  };

  test('G10: a line that a living process is writing is no fault', async () => {
    const dir = await recorded(2);
    await appendFile(await fileOf(dir), '{"v":1,"seq":3,');
    const [report] = await verifyAudit(dir);
    expect(report).toMatchObject({ records: 3, isOpen: true });
    expect(report).not.toHaveProperty('problem');
  });

  test('G10: a line that was cut within is a fault of a file whose process is gone', async () => {
    const dir = await recorded(2);
    const file = await gone(dir);
    await truncate(file, (await readFile(file)).length - 20);
    expect(await verifyAudit(dir)).toMatchObject([{ records: 2, isOpen: false, problem: { line: 3 } }]);
  });

  test('G10: an emptied file is a fault', async () => {
    const dir = await recorded(2);
    await truncate(await gone(dir));
    expect(await problems(dir)).toEqual([{ line: 1, what: expect.stringContaining('empty') }]);
  });
});

test('a folder that is not there holds no files, one that is none cannot be read', async () => {
  const dir = await folders.make();
  expect(await verifyAudit(dir)).toEqual([]);
  await writeFile(dir, '');
  await expect(verifyAudit(dir)).rejects.toThrow('ENOTDIR');
});
