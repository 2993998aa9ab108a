import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { NodeShell } from '../../src/ssh/types.ts';
import { errorsOf, nodeOf, outputOf, plain, poolFor } from '../support/ssh.ts';
import { hasSshd, makeKey, startSshd } from '../support/sshd.ts';

/**
 * `sudo` is a stand-in here: a real one needs a second user and a file in /etc/sudoers.d, which tests do not make. It takes
 * nothing but `-n --`, and clears the environment as the real one does.
 */
describe.skipIf(!hasSshd())('commands by sudo', () => {
  let folder: string;
  let key: string;
  let authorized: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxmox-ssh-'));
    key = join(folder, 'key');
    authorized = makeKey(key);
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function shellWith(sudo: string): Promise<NodeShell> {
    const programs = await mkdtemp(join(folder, 'bin-'));
    await mkdir(programs, { recursive: true });
    await writeFile(join(programs, 'sudo'), `#!/bin/sh\n${sudo}\n`);
    await chmod(join(programs, 'sudo'), 0o755);
    const sshd = await startSshd({ authorized: [authorized], programs });
    onTestFinished(() => sshd.kill());
    const { pool } = poolFor(sshd, key, { sudo: true });
    onTestFinished(() => pool.close());
    return nodeOf(pool);
  }
  const checked = '[ "$1" = -n ] && [ "$2" = -- ] || exit 99; shift 2';
  const cleared = 'env -i PATH="$PATH" AS=sudo';

  test('every word goes through unchanged', async () => {
    const shell = await shellWith(`${checked}; exec ${cleared} "$@"`);
    const words = ['-n', '--', "a'b", '$HOME', '\n', ''];
    const result = await shell.exec({ argv: ['printf', String.raw`%s\0`, ...words] }, plain);
    expect(outputOf(result)).toBe(words.map((word) => `${word}\0`).join(''));
    const who = await shell.exec({ argv: ['sh', '-c', 'echo $AS'] }, plain);
    expect(outputOf(who)).toBe('sudo\n');
  });

  test.each([
    ['that becomes the command', `exec ${cleared} "$@"`],
    ['that gives it a session of its own, as use_pty does', `setsid -w ${cleared} "$@"; exit $?`],
  ])('by a sudo %s, what has to end ends with its children', async (_how, run) => {
    const shell = await shellWith(`${checked}; ${run}`);
    const stop = new AbortController();
    const result = shell.exec(
      { argv: ['sh', '-c', 'sleep 987041 & setsid sleep 987041 & sleep 987041'] },
      { ...plain, signal: stop.signal },
    );
    await vi.waitUntil(async () => (await running('sleep 987041 ')).length === 3, { interval: 20, timeout: 10_000 });
    stop.abort();
    expect(await result).toMatchObject({ ended: 'cancelled' });
    expect(await result).not.toHaveProperty('leftRunning');
    expect(await running('987041')).toEqual([]);
  });

  test.each([
    'sudo: a password is required',
    'sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper',
    'admin is not in the sudoers file.',
    "Sorry, user admin is not allowed to execute '/bin/true' as root on pve1.",
  ])('its refusal is an error that says what to do: %s', async (words) => {
    const shell = await shellWith(`printf '%s\\n' "${words}" >&2; exit 1`);
    await expect(shell.exec({ argv: ['true'] }, plain)).rejects.toMatchObject({
      code: 'forbidden',
      data: { reason: [words], hint: expect.stringContaining('NOPASSWD') },
    });
  });

  test('a command that fails by itself is no refusal', async () => {
    const shell = await shellWith(`${checked}; exec "$@"`);
    const result = await shell.exec({ argv: ['sh', '-c', 'echo "no such thing" >&2; exit 1'] }, plain);
    expect(result.exitCode).toBe(1);
    expect(errorsOf(result)).toBe('no such thing\n');
  });

  test('where even the ending needs a password, it is said that something may run on', async () => {
    const shell = await shellWith(`${checked}; [ "$1" = /bin/sh ] && exit 1; setsid -w ${cleared} "$@"`);
    const result = await shell.exec({ argv: ['sleep', '987042'] }, { ...plain, timeoutMs: 300 });
    expect(result).toMatchObject({ ended: 'timeout', leftRunning: true });
    for (const line of await running('sleep 987042 ')) process.kill(Number(line.split(':')[0]), 'SIGKILL');
  });
});

/** Processes whose command line begins so, as `pid: command line`. */
async function running(words: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map(async (pid) => [
      pid,
      (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' '),
    ]),
  );
  return lines.filter(([, line]) => line?.startsWith(words)).map(([pid, line]) => `${pid}: ${line}`);
}
