import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NodeShell } from '../../src/ssh/types.ts';
import { errorsOf, outputOf, plain, startShell } from '../support/ssh.ts';
import { hasSshd } from '../support/sshd.ts';

describe.skipIf(!hasSshd())('commands on a node', () => {
  let shell: NodeShell;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ shell, stop } = await startShell());
  });
  afterAll(() => stop());

  test('its output, errors, exit code and duration come back', async () => {
    const result = await shell.exec({ argv: ['sh', '-c', 'echo out; echo err >&2; exit 3'] }, plain);
    expect(outputOf(result)).toBe('out\n');
    expect(errorsOf(result)).toBe('err\n');
    expect(result).toMatchObject({ exitCode: 3, ended: 'exit' });
    expect(result.ms).toBeGreaterThanOrEqual(0);
    expect(result).not.toHaveProperty('exitSignal');
  });

  test('a program that a signal ends, and one that is not there', async () => {
    const killed = await shell.exec({ argv: ['sh', '-c', 'kill -SEGV $$'] }, plain);
    expect(killed).toMatchObject({ exitSignal: 'SEGV', ended: 'exit' });
    expect(killed).not.toHaveProperty('exitCode');
    const absent = await shell.exec({ argv: ['no-such-program'] }, plain);
    expect(absent.exitCode).toBe(127);
    expect(errorsOf(absent)).toContain('no-such-program');
  });

  test('every word arrives as it is, whatever characters it holds', async () => {
    const word = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !text.includes('\0') && text.isWellFormed()),
      fc.constantFrom(
        "'",
        "''",
        '"',
        '\\',
        '$HOME',
        '`id`',
        '$(id)',
        '!!',
        '*',
        '~',
        '-n',
        '--',
        '\n',
        '\r\n',
        ' ',
        '',
        '{a,b}',
        '#',
        ';',
        '&',
        '|',
        '\x1b[31m',
        '\x7f',
        '💥',
        'a\'b"c\\d\n',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 8 }), async (words) => {
        const result = await shell.exec({ argv: ['/usr/bin/printf', String.raw`%s\0`, ...words] }, plain);
        expect(outputOf(result)).toBe(words.map((text) => `${text}\0`).join(''));
      }),
      { numRuns: 100 },
    );
  });

  test('a NUL byte, half a surrogate pair, an empty command and one that is too long are refused before they are sent', async () => {
    await expect(shell.exec({ argv: ['echo', 'a\0b'] }, plain)).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(shell.exec({ argv: ['echo', '\ud800'] }, plain)).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(shell.exec({ argv: [] }, plain)).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(shell.exec({ argv: ['echo', 'x'.repeat(140_000)] }, plain)).rejects.toMatchObject({
      code: 'too_large',
    });
    const long = await shell.exec({ argv: ['echo', 'x'.repeat(120_000)] }, plain);
    expect(long.stdout.bytes).toBe(120_001);
  });

  test('its input is bytes or a stream, and ends', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    const fromBytes = await shell.exec({ argv: ['cat'], stdin: bytes }, plain);
    expect(fromBytes.stdout.head).toEqual(bytes);
    const chunks = Array.from({ length: 64 }, (_, index) => Buffer.alloc(65_536, index));
    const fromStream = await shell.exec({ argv: ['sha256sum'], stdin: Readable.from(chunks) }, plain);
    expect(outputOf(fromStream)).toContain(createHash('sha256').update(Buffer.concat(chunks)).digest('hex'));
    const none = await shell.exec({ argv: ['cat'] }, plain);
    expect(none).toMatchObject({ exitCode: 0, stdout: { bytes: 0 } });
  });

  test('a program that does not read its input ends all the same', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(65_536);
      })(),
    );
    const result = await shell.exec({ argv: ['true'], stdin: endless }, plain);
    expect(result).toMatchObject({ exitCode: 0, ended: 'exit' });
    expect(endless.destroyed).toBe(true);
  });

  test('output is told while it comes', async () => {
    const seen: string[] = [];
    // The second line is written only once the first was seen here.
    const input = new Readable({ read() {} });
    const result = await shell.exec(
      { argv: ['sh', '-c', 'echo one; read answer; echo $answer >&2'], stdin: input },
      {
        ...plain,
        onOutput(stream, chunk) {
          seen.push(`${stream}: ${chunk}`);
          if (stream === 'stdout') input.push('two\n');
        },
      },
    );
    expect(result.exitCode).toBe(0);
    expect(seen).toEqual(['stdout: one\n', 'stderr: two\n']);
  });

  test('of 5 MB the head and the tail are kept, and all of it is counted', async () => {
    const all = await shell.exec({ argv: ['seq', '1', '700000'] }, { ...plain, maxBytes: 10_000_000 });
    expect(all.stdout.bytes).toBe(4_788_895);
    expect(outputOf(all)).toBe(Array.from({ length: 700_000 }, (_, index) => `${index + 1}\n`).join(''));
    const part = await shell.exec({ argv: ['seq', '1', '700000'] }, { ...plain, maxBytes: 1000 });
    expect(part.stdout.bytes).toBe(4_788_895);
    expect(part.stdout.head.toString()).toBe(outputOf(all).slice(0, 500));
    expect(part.stdout.tail.toString()).toBe(outputOf(all).slice(-500));
  });

  test('nothing waits at a pager, there is no terminal, and texts are in English', async () => {
    const result = await shell.exec(
      { argv: ['sh', '-c', 'echo $PAGER $SYSTEMD_PAGER $GIT_PAGER $LC_ALL; tty'] },
      plain,
    );
    expect(outputOf(result)).toBe('cat cat cat C.UTF-8\nnot a tty\n');
  });
});
