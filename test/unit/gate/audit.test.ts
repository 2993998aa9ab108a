import { readFile, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Audit, type AuditOptions, openAudit } from '../../../src/gate/audit.ts';
import { operationDigest } from '../../../src/gate/operation.ts';
import { createRedactor, redacted } from '../../../src/gate/redact.ts';
import type { ApiOperation } from '../../../src/gate/types.ts';
import { apiOnly } from '../../support/api-only.ts';
import { auditFolders, auditLines, brokenAt, entry, parseLines } from '../../support/audit.ts';
import { fakeClock } from '../../support/clock.ts';
import { call, click, gateBench, power } from '../../support/gate.ts';

const folders = auditFolders();

async function withAudit(
  use: (audit: Audit, dir: string) => Promise<void>,
  options: Partial<AuditOptions> = {},
): Promise<void> {
  const dir = options.dir ?? (await folders.make());
  const audit = openAudit({ clock: fakeClock(), redactor: createRedactor(), ...options, dir });
  try {
    await use(audit, dir);
  } finally {
    await audit.close();
  }
}

describe('the file', () => {
  test('G10: begins with a header, holds each record in order, and its chain is whole', () =>
    withAudit(async (audit, dir) => {
      expect(audit.file()).toBe('');
      await Promise.all([
        audit.append(entry()),
        audit.append(entry({ index: 1 })),
        audit.append(entry({ phase: 'after', index: 2 })),
      ]);
      const lines = await auditLines(dir);
      expect(lines).toMatchObject([
        { v: 1, seq: 0, phase: 'header', pid: process.pid, release: __VERSION__ },
        { v: 1, seq: 1, phase: 'before', index: 0, at: '2027-01-15T08:00:00.000Z' },
        { seq: 2, phase: 'before', index: 1 },
        { seq: 3, phase: 'after', index: 2 },
      ]);
      expect(brokenAt(await readFile(audit.file(), 'utf8'), lines.at(-1)?.hash)).toBeUndefined();
    }));

  test('G10: belongs to this user alone', () =>
    withAudit(async (audit, dir) => {
      await audit.append(entry());
      expect((await stat(dir)).mode & 0o777).toBe(0o700);
      expect((await stat(audit.file())).mode & 0o777).toBe(0o600);
    }));

  test('G10: is not made for nothing', () =>
    withAudit(async (_audit, dir) => {
      await expect(stat(dir)).rejects.toThrow('ENOENT');
    }));

  test('G10: is followed by another one when it is long, each with its own chain', () =>
    withAudit(
      async (audit, dir) => {
        for (let index = 0; index < 6; index += 1) await audit.append(entry({ index }));
        const lines = await auditLines(dir);
        const headers = lines.filter(({ phase }) => phase === 'header');
        expect(headers.length).toBeGreaterThan(1);
        // Files of the same millisecond are read in any order.
        const indexes = lines.filter(({ phase }) => phase === 'before').map(({ index }) => index);
        expect(indexes.sort()).toEqual([0, 1, 2, 3, 4, 5]);
        expect(brokenAt(await readFile(audit.file(), 'utf8'))).toBeUndefined();
      },
      { maxBytes: 1000 },
    ));

  test('G10: two audits of one folder write two files', async () => {
    const dir = await folders.make();
    await withAudit(
      (one) =>
        withAudit(
          async (other) => {
            await Promise.all([one.append(entry()), other.append(entry()), one.append(entry()), other.append(entry())]);
            expect(one.file()).not.toBe(other.file());
            for (const { file } of [one, other]) {
              const text = await readFile(file(), 'utf8');
              expect(parseLines(text)).toHaveLength(3);
              expect(brokenAt(text)).toBeUndefined();
            }
          },
          { dir },
        ),
      { dir },
    );
  });
});

describe('tampering', () => {
  const tampered: readonly [string, (lines: string[]) => string[]][] = [
    ['an edited line', (lines) => lines.map((line, at) => (at === 2 ? line.replace('"operate"', '"read"') : line))],
    ['an edited header', (lines) => lines.map((line, at) => (at === 0 ? line.replace('0.0.0', '0.0.1') : line))],
    ['an edited hash', (lines) => lines.map((line, at) => (at === 3 ? line.replace(/"hash":"./, '"hash":"x') : line))],
    ['a deleted line', (lines) => lines.filter((_line, at) => at !== 2)],
    ['a deleted first line', (lines) => lines.slice(1)],
    ['two lines the other way round', ([a = '', b = '', c = '', ...rest]) => [a, c, b, ...rest]],
    ['a repeated line', ([a = '', b = '', ...rest]) => [a, b, b, ...rest]],
    ['a cut after a line', (lines) => lines.slice(0, -1)],
    ['a cut within a line', (lines) => lines.map((line, at) => (at === lines.length - 1 ? line.slice(0, 40) : line))],
    ['an added line', (lines) => [...lines, lines.at(-1) ?? '']],
  ];

  test.each(tampered)('G10: %s is seen', (_what, tamper) =>
    withAudit(async (audit) => {
      for (let index = 0; index < 4; index += 1) await audit.append(entry({ index }));
      const text = await readFile(audit.file(), 'utf8');
      const head = parseLines(text).at(-1)?.hash;
      const lines = text.trimEnd().split('\n');
      expect(brokenAt(text, head)).toBeUndefined();
      expect(brokenAt(`${tamper(lines).join('\n')}\n`, head)).toBeDefined();
    }));
});

test('G10: neither known secrets nor parameters that hold one reach the file, in whatever field', () => {
  const redactor = createRedactor();
  redactor.add('s3cr3t-value');
  const use = async (audit: Audit): Promise<void> => {
    const operation: ApiOperation = {
      ...apiOnly(entry().operation),
      segments: ['nodes', 's3cr3t-value'],
      params: { password: 'hunter2', token: 'hunter3', key: ['hunter4'], comment: 's3cr3t-value', other: 'kept' },
    };
    const text = 'has s3cr3t-value in it';
    const origin = { who: 'agent', client: text, launch: 'l' } as const;
    const words = { note: text, reason: text, target: text, detail: text, tool: text, decision: text };
    await audit.append(entry({ operation, origin, ...words }));

    const written = await readFile(audit.file(), 'utf8');
    expect(written).not.toMatch(/s3cr3t|hunter/);
    const [, line] = parseLines(written);
    const params = { password: redacted, token: redacted, key: redacted, comment: redacted, other: 'kept' };
    expect(line?.operation).toMatchObject({ params, segments: ['nodes', redacted] });
    // The digest of the secrets themselves would let them be guessed.
    expect(line?.digest).toBe(operationDigest(line?.operation as ApiOperation));
    expect(line?.digest).not.toBe(operationDigest(operation));
  };
  return withAudit(use, { redactor });
});

describe('when it cannot be written', () => {
  test('G10: a folder below a file: writes and sensitive reads are denied, plain reads go on, and it heals', async () => {
    const dir = await folders.make();
    await writeFile(dir, 'in the way');
    await withAudit(
      async (audit) => {
        const bench = gateBench({ audit, origin: click });
        bench.cluster.on('GET /version', () => '9');
        expect(await bench.one(power(101, 'start'))).toMatchObject({
          status: 'denied',
          by: 'audit',
          why: expect.stringContaining('cannot be written'),
        });
        expect(await bench.one(call('GET', '/nodes/pve1/report'))).toMatchObject({ status: 'denied', by: 'audit' });
        expect(await bench.one(call('GET', '/version'))).toMatchObject({ status: 'done' });
        expect(
          bench.cluster.sent.filter((request) => !request.includes('101') && !request.includes('version')),
        ).toEqual([]);
        expect(bench.cluster.writes()).toEqual([]);

        await unlink(dir);
        expect(await bench.one(power(101, 'start'))).toMatchObject({ status: 'done' });
        expect((await auditLines(join(dir, 'audit'))).map(({ phase }) => phase)).toEqual(['header', 'before', 'after']);
      },
      { dir: join(dir, 'audit') },
    );
  });

  test('G10: a file that is a link put in its place is never followed', () =>
    withAudit(async (audit, dir) => {
      await audit.append(entry());
      const name = basename(audit.file());
      await audit.close();
      const next = name.replace(/-(\d+)\.jsonl$/, (_all, number) => `-${Number(number) + 1}.jsonl`);
      const elsewhere = join(dirname(dir), 'elsewhere');
      await symlink(elsewhere, join(dir, next));
      await expect(audit.append(entry())).rejects.toMatchObject({ code: 'denied' });
      await expect(stat(elsewhere)).rejects.toThrow('ENOENT');
      await audit.append(entry());
    }));

  test('G10: one record that failed does not stop the next one', async () => {
    const dir = await folders.make();
    await writeFile(dir, 'in the way');
    await withAudit(
      async (audit) => {
        const failed = audit.append(entry());
        await expect(failed).rejects.toMatchObject({
          code: 'denied',
          data: { hint: expect.stringContaining('permissions') },
        });
        await rm(dir);
        await audit.append(entry());
        expect(brokenAt(await readFile(audit.file(), 'utf8'))).toBeUndefined();
      },
      { dir },
    );
  });
});
