import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { NodeShell } from '../../src/ssh/types.ts';
import { naps } from '../support/processes.ts';
import { outputOf, plain, startShell } from '../support/ssh.ts';
import { hasSshd } from '../support/sshd.ts';

describe.skipIf(!hasSshd())('a command that has to end', () => {
  const { nap, sleeping, endAll } = naps();
  let folder: string;
  let shell: NodeShell;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ folder, shell, stop } = await startShell());
  });
  afterAll(async () => {
    await endAll();
    await stop();
  });

  test('endless output is cut by the time-out; memory holds the head and the tail', async () => {
    const word = `ends-${nap(0)}`;
    const result = await shell.exec({ argv: ['yes', word] }, { ...plain, timeoutMs: 500, maxBytes: 2000 });
    expect(result.ended).toBe('timeout');
    expect(result.stdout.bytes).toBeGreaterThan(100_000);
    expect(result.stdout.head.toString()).toBe(`${word}\n`.repeat(100).slice(0, 1000));
    expect(result.stdout.tail).toHaveLength(1000);
    expect(result).not.toHaveProperty('leftRunning');
    expect(await sleeping(word)).toEqual([]);
  });

  test.each([
    ['in its own group', ['sh', '-c', `sleep ${nap(1)} & sleep ${nap(1)}`]],
    [
      'in sessions of their own',
      ['sh', '-c', `setsid sleep ${nap(2)} & setsid sh -c "sleep ${nap(2)}; :" & sleep ${nap(2)}`],
    ],
    ['whose parent is gone', ['sh', '-c', `(setsid sleep ${nap(3)} &) ; (setsid sleep ${nap(3)} &) ; sleep ${nap(3)}`]],
    [
      'with another environment',
      ['env', '-i', '/bin/sh', '-c', `sleep ${nap(4)} & /usr/bin/setsid /bin/sleep ${nap(4)} & /bin/sleep ${nap(4)}`],
    ],
    ['that ignore TERM', ['sh', '-c', `trap "" TERM HUP; sleep ${nap(5)} & while :; do sleep ${nap(5)}; done`]],
  ])('children %s are gone after the time-out', async (_how, argv) => {
    const needle = argv.join(' ').match(/\d{9}/)?.[0] ?? 'none';
    const seen = vi.waitUntil(async () => (await sleeping(needle)).length >= 3, { timeout: 10_000, interval: 20 });
    const stop = new AbortController();
    const result = shell.exec({ argv }, { ...plain, signal: stop.signal });
    await seen;
    stop.abort();
    expect(await result).toMatchObject({ ended: 'cancelled' });
    expect(await result).not.toHaveProperty('leftRunning');
    expect(await sleeping(needle)).toEqual([]);
  });

  test('a command that is cancelled while it is on its way ends too', async () => {
    const argv = ['env', '-i', '/bin/sh', '-c', `/bin/sleep ${nap(6)} & /bin/sleep ${nap(6)}`];
    const stops = [0, 1, 2, 3, 4, 6, 8, 12].map(async (ms) => {
      const stop = new AbortController();
      const result = shell.exec({ argv }, { ...plain, signal: stop.signal });
      setTimeout(() => stop.abort(), ms);
      return result.then(
        (done) => done.ended,
        (error) => error.code,
      );
    });
    expect(new Set(await Promise.all(stops))).toEqual(new Set(['cancelled']));
    expect(await sleeping(nap(6))).toEqual([]);
  });

  test('what other commands have started lives on', async () => {
    const stop = new AbortController();
    const other = shell.exec({ argv: ['sh', '-c', `sleep ${nap(11)}; :`] }, { ...plain, signal: stop.signal });
    await vi.waitUntil(async () => (await sleeping(nap(11))).length === 2, { timeout: 10_000, interval: 20 });
    const ended = await shell.exec({ argv: ['sh', '-c', `sleep ${nap(12)}; :`] }, { ...plain, timeoutMs: 200 });
    expect(ended.ended).toBe('timeout');
    expect(await sleeping(nap(12))).toEqual([]);
    expect(await sleeping(nap(11))).toHaveLength(2);
    stop.abort();
    expect(await other).toMatchObject({ ended: 'cancelled' });
    expect(await sleeping(nap(11))).toEqual([]);
  });

  test('what is cancelled before it is sent does not run', async () => {
    const file = join(folder, 'was-here');
    await expect(
      shell.exec({ argv: ['touch', file] }, { ...plain, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    const listed = await shell.exec({ argv: ['ls', folder] }, plain);
    expect(outputOf(listed)).not.toContain('was-here');
  });

  test('a child that keeps the output open is waited for until the time-out, and then ended too', async () => {
    const result = await shell.exec(
      { argv: ['sh', '-c', `sleep ${nap(21)} & echo done`] },
      { ...plain, timeoutMs: 500 },
    );
    expect(result).toMatchObject({ ended: 'timeout', exitCode: 0 });
    expect(outputOf(result)).toBe('done\n');
    expect(await sleeping(nap(21))).toEqual([]);
  });

  test('input that fails in the middle ends the command, which never sees it as complete', async () => {
    const file = join(folder, 'complete');
    const broken = Readable.from(
      (function* () {
        yield Buffer.from('first half');
        throw new Error('the disk is gone');
      })(),
    );
    const run = shell.exec(
      { argv: ['sh', '-c', `cat > ${file}.part && mv ${file}.part ${file}`], stdin: broken },
      plain,
    );
    await expect(run).rejects.toMatchObject({ data: { mayHaveRun: true, reason: ['the disk is gone'] } });
    expect((await readdir(folder)).includes('complete')).toBe(false);
  });
});
