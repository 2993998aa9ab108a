import { appendFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type AuditEntry, openAudit } from '../../../src/gate/audit.ts';
import { createRedactor } from '../../../src/gate/redact.ts';
import { auditCommand } from '../../../src/server/audit-command.ts';
import { auditFolders, auditLines, entry } from '../../support/audit.ts';
import { fakeClock } from '../../support/clock.ts';

const folders = auditFolders();

/** One record a day from 2027-01-15 08:00 UTC on. */
async function recorded(...entries: readonly Partial<AuditEntry>[]): Promise<string> {
  const dir = await folders.make();
  const clock = fakeClock();
  const audit = openAudit({ dir, clock, redactor: createRedactor() });
  for (const more of entries) {
    await audit.append(entry(more));
    clock.advance(24 * 3_600_000);
  }
  await audit.close();
  return dir;
}

async function run(args: readonly string[], env: Record<string, string> = {}) {
  let out = '';
  let err = '';
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      out += String(chunk);
      done();
    },
  });
  const stderr = {
    write(text: string | Uint8Array) {
      err += String(text);
      return true;
    },
  };
  const code = await auditCommand(args, env, { stdout, stderr });
  return { code, out, err };
}

describe('verify', () => {
  test('G10: prints each file with its head, and what a chain cannot show', async () => {
    const dir = await recorded({});
    const head = (await auditLines(dir)).at(-1)?.hash;
    const { code, out, err } = await run(['verify', dir]);
    expect([code, out.trimEnd().split('\n').length]).toEqual([0, 1]);
    expect(out).toContain(`head ${head}`);
    expect(err).toContain('task log of Proxmox VE');
  });

  test('G10: says what is wrong at which line, with exit code 1', async () => {
    const dir = await recorded({}, {});
    const [name = ''] = await readdir(dir);
    await appendFile(join(dir, name), 'nonsense\n');
    const { code, out } = await run(['verify', dir]);
    expect(code).toBe(1);
    expect(out).toContain('WRONG at line 4');
  });

  test('the folder is that of the settings when none is named', async () => {
    const dir = await recorded({});
    expect((await run(['verify'], { PVE_AUDIT_DIR: dir })).out).toContain('2 records');
    expect(await run(['verify'], { XDG_STATE_HOME: dir })).toEqual({
      code: 0,
      out: '',
      err: `There are no audit files in ${join(dir, 'proxmox-mcp')}.\n`,
    });
  });

  test('a folder that cannot be read is not all good', async () => {
    const dir = await folders.make();
    await writeFile(dir, '');
    for (const command of ['verify', 'export'])
      expect(await run([command, dir])).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringContaining('cannot be read'),
      });
  });
});

describe('export', () => {
  test('G10: JSON lines hold each record whole, with its file', async () => {
    const dir = await recorded({ plan: 'a' }, { plan: 'b' });
    const { code, out } = await run(['export', dir]);
    expect(code).toBe(0);
    const [file] = await readdir(dir);
    const [, ...records] = await auditLines(dir);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(records.map((one) => ({ file, ...one })));
  });

  test.each([
    [
      ['--since', '2027-01-16'],
      ['b', 'c'],
    ],
    [
      ['--until', '2027-01-16'],
      ['a', 'b'],
    ],
    [['--since', '2027-01-16', '--until', '2027-01-16'], ['b']],
    [
      ['--since', '2027-01-15T08:00:01'],
      ['b', 'c'],
    ],
    [['--since', '2027-01-15T09:00+02:00', '--until', '2027-01-16T08:00Z'], ['a']],
  ])('%j', async (span, expected) => {
    const dir = await recorded({ plan: 'a' }, { plan: 'b' }, { plan: 'c' });
    const { out } = await run(['export', ...span, dir]);
    expect([...out.matchAll(/"plan":"(.)"/g)].map(([, plan]) => plan)).toEqual(expected);
  });

  test('CSV: cells with quotes, commas and line ends stay one cell, and none is a formula', async () => {
    const hostile = {
      target: '=HYPERLINK("http://x","101")',
      note: '+1,\n"2"',
      reason: '\t@SUM(A1)',
      tool: '-1',
      detail: '\u001b]0;title\u0007 \u202e',
    };
    const { out } = await run(['export', '--format', 'csv', await recorded(hostile)]);
    const [head = '', row = '', end] = out.split('\r\n');
    expect([head.split(',').length, end]).toEqual([24, '']);
    expect(row).toContain(`"'=HYPERLINK(""http://x"",""101"")"`);
    expect(row).toContain(`"'+1,⏎""2"""`);
    expect(row).toContain(`"' @SUM(A1)"`);
    expect(row).toContain(`"'-1"`);
    expect(row).toContain('<U+001B>]0;title<U+0007> <U+202E>');
    expect(row).toContain('"POST /nodes/pve2/qemu/101/status/stop"');
    expect(row).not.toMatch(/(^|,)"[=+@\-\t]/);
  });

  test('what cannot be read is told, and the rest is there', async () => {
    const dir = await recorded({ plan: 'a' });
    const [name = ''] = await readdir(dir);
    await appendFile(join(dir, name), 'nonsense\n');
    expect(await run(['export', dir])).toMatchObject({
      code: 1,
      out: expect.stringContaining('"plan":"a"'),
      err: `${name}: a line is no record\n`,
    });
  });

  test('G10: no secret that was known when it was written is in any output', async () => {
    const dir = await folders.make();
    const redactor = createRedactor();
    redactor.add('s3cr3t-value');
    const audit = openAudit({ dir, clock: fakeClock(), redactor });
    const text = 'has s3cr3t-value in it';
    await audit.append(entry({ note: text, reason: text, target: text, detail: text, tool: text }));
    await audit.change({ phase: 'changed', connection: { id: 'c', name: text, revision: 1 }, changes: [text] });
    await audit.close();
    for (const args of [['verify'], ['export'], ['export', '--format', 'csv']]) {
      const { out, err } = await run([...args, dir]);
      expect(out).not.toBe('');
      expect(out + err).not.toContain('s3cr3t');
    }
  });
});

test.each([
  [[]],
  [['check']],
  [['verify', '--format', 'csv']],
  [['verify', 'a', 'b']],
  [['export', '--format', 'xml']],
  [['export', '--since', 'yesterday']],
  [['export', '--until', '2027-13-01']],
  [['export', '--until']],
])('%j is not understood: exit code 2, and nothing on stdout', async (args) => {
  expect(await run(args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--help') });
});
