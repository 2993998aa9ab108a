import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { NodeShell, SshPool } from '../../src/ssh/types.ts';
import { nodeOf, outputOf, plain, poolFor } from '../support/ssh.ts';
import { hasSshd, makeKey, type Sshd, startSshd } from '../support/sshd.ts';

describe.skipIf(!hasSshd())('a command that has to end', () => {
  let folder: string;
  let sshd: Sshd;
  let pool: SshPool;
  let shell: NodeShell;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxmox-ssh-'));
    const key = join(folder, 'key');
    sshd = await startSshd({ authorized: [makeKey(key)] });
    ({ pool } = poolFor(sshd, key));
    shell = await nodeOf(pool);
  });
  afterAll(async () => {
    await pool.close();
    await sshd.stop();
    await rm(folder, { recursive: true });
  });

  test('endless output is cut by the time-out; memory holds the head and the tail', async () => {
    const result = await shell.exec({ argv: ['yes', 'ends-by-time'] }, { ...plain, timeoutMs: 500, maxBytes: 2000 });
    expect(result.ended).toBe('timeout');
    expect(result.stdout.bytes).toBeGreaterThan(100_000);
    expect(result.stdout.head.toString()).toBe('ends-by-time\n'.repeat(100).slice(0, 1000));
    expect(result.stdout.tail).toHaveLength(1000);
    expect(result).not.toHaveProperty('leftRunning');
    expect(await running('ends-by-time')).toEqual([]);
  });

  test.each([
    ['in its own group', ['sh', '-c', 'sleep 987001 & sleep 987001']],
    ['in sessions of their own', ['sh', '-c', 'setsid sleep 987002 & setsid sh -c "sleep 987002; :" & sleep 987002']],
    ['whose parent is gone', ['sh', '-c', '(setsid sleep 987003 &) ; (setsid sleep 987003 &) ; sleep 987003']],
    [
      'with another environment',
      ['env', '-i', '/bin/sh', '-c', 'sleep 987004 & /usr/bin/setsid /bin/sleep 987004 & /bin/sleep 987004'],
    ],
    ['that ignore TERM', ['sh', '-c', 'trap "" TERM HUP; sleep 987005 & while :; do sleep 987005; done']],
  ])('children %s are gone after the time-out', async (_how, argv) => {
    const needle = argv.join(' ').match(/9870\d\d/)?.[0] ?? '';
    const seen = vi.waitUntil(async () => (await running(needle)).length >= 3, { timeout: 10_000, interval: 20 });
    const stop = new AbortController();
    const result = shell.exec({ argv }, { ...plain, signal: stop.signal });
    await seen;
    stop.abort();
    expect(await result).toMatchObject({ ended: 'cancelled' });
    expect(await result).not.toHaveProperty('leftRunning');
    expect(await running(needle)).toEqual([]);
  });

  test('a command that is cancelled while it is on its way ends too', async () => {
    const argv = ['env', '-i', '/bin/sh', '-c', '/bin/sleep 987006 & /bin/sleep 987006'];
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
    expect(await running('987006')).toEqual([]);
  });

  test('what other commands have started lives on', async () => {
    const stop = new AbortController();
    const other = shell.exec({ argv: ['sh', '-c', 'sleep 987011; :'] }, { ...plain, signal: stop.signal });
    await vi.waitUntil(async () => (await running('987011')).length === 2, { timeout: 10_000, interval: 20 });
    const ended = await shell.exec({ argv: ['sh', '-c', 'sleep 987012; :'] }, { ...plain, timeoutMs: 200 });
    expect(ended.ended).toBe('timeout');
    expect(await running('987012')).toEqual([]);
    expect(await running('987011')).toHaveLength(2);
    stop.abort();
    expect(await other).toMatchObject({ ended: 'cancelled' });
    expect(await running('987011')).toEqual([]);
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
    const result = await shell.exec({ argv: ['sh', '-c', 'sleep 987021 & echo done'] }, { ...plain, timeoutMs: 500 });
    expect(result).toMatchObject({ ended: 'timeout', exitCode: 0 });
    expect(outputOf(result)).toBe('done\n');
    expect(await running('987021')).toEqual([]);
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

/** Processes with this word in their command line, those that have ended aside. */
async function running(word: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map(async (pid) => (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')),
  );
  return lines.filter((line) => line.includes(word));
}
