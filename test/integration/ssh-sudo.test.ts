import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { NodeShell } from '../../src/ssh/types.ts';
import { naps } from '../support/processes.ts';
import { errorsOf, nodeOf, outputOf, plain, poolFor } from '../support/ssh.ts';
import { hasSshd, makeKey, startSshd } from '../support/sshd.ts';

/**
 * `sudo` is a stand-in here: a real one needs a second user and a file in /etc/sudoers.d, which tests do not make. It takes
 * nothing but `-n --`, and clears the environment as the real one does.
 */
describe.skipIf(!hasSshd())('commands by sudo', () => {
  const { nap, sleeping, endAll } = naps();
  const asleep = async (number: number) =>
    (await sleeping(nap(number))).filter((line) => line.startsWith('sleep ')).length;
  let folder: string;
  let key: string;
  let authorized: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxmox-ssh-'));
    key = join(folder, 'key');
    authorized = makeKey(key);
  });
  afterAll(async () => {
    await endAll();
    await rm(folder, { recursive: true });
  });

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
      { argv: ['sh', '-c', `sleep ${nap(1)} & setsid sleep ${nap(1)} & sleep ${nap(1)}`] },
      { ...plain, signal: stop.signal },
    );
    await vi.waitUntil(async () => (await asleep(1)) === 3, { interval: 20, timeout: 10_000 });
    stop.abort();
    expect(await result).toMatchObject({ ended: 'cancelled' });
    expect(await result).not.toHaveProperty('leftRunning');
    expect(await sleeping(nap(1))).toEqual([]);
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

  test('a command that ran and says among other things what sudo says is no refusal', async () => {
    const shell = await shellWith(`${checked}; exec "$@"`);
    const script = 'echo "saved, but:" >&2; echo "sudo: a password is required" >&2; exit 1';
    expect((await shell.exec({ argv: ['sh', '-c', script] }, plain)).exitCode).toBe(1);
  });

  test('where even the ending needs a password, it is said that something may run on', async () => {
    const shell = await shellWith(`${checked}; [ "$1" = /bin/sh ] && exit 1; setsid -w ${cleared} "$@"`);
    const result = await shell.exec({ argv: ['sleep', nap(2)] }, { ...plain, timeoutMs: 300 });
    expect(result).toMatchObject({ ended: 'timeout', leftRunning: true });
    expect(await asleep(2)).toBe(1);
  });
});
