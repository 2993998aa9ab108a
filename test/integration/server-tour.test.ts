import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const tour = fileURLToPath(new URL('../../scripts/tour.mjs', import.meta.url));

/** Plays the tour without a terminal, and removes the audit that it leaves. */
async function play(...args: string[]) {
  const { code, stdout, stderr } = await new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [tour, ...args], (error, out, err) =>
      resolve({ code: error?.code ?? 0, stdout: out, stderr: err }),
    );
    child.stdin?.end();
  });
  const audit = /They are in (\S+)$/m.exec(stdout)?.[1];
  if (audit !== undefined) await rm(audit, { recursive: true, force: true });
  return { code, stdout, stderr };
}

describe.concurrent('the tour', () => {
  test('without a terminal the shutdown is declined, and the audit says so', async ({ expect: here }) => {
    const { code, stdout, stderr } = await play();
    here({ code, stderr }).toEqual({ code: 0, stderr: '' });
    here(stdout).toContain('| Shut down "web-01" (101, VM on pve2)');
    here(stdout).toContain('The user denied this. Nothing was sent.');
    here(stdout).toMatch(/Status: +running/);
    here(stdout).toContain('denied by person');
  });

  test('--yes approves: the task is followed to its end, and the audit has before and after', async ({
    expect: here,
  }) => {
    const { code, stdout, stderr } = await play('--yes');
    here({ code, stderr }).toEqual({ code: 0, stderr: '' });
    here(stdout).toMatch(
      /\. TASK OK\n +\. "web-01" \(101\) shut down in \d+ s\n\n +web-01 \(101, VM on pve2\): shutdown OK in [\d.]+ s, now stopped/,
    );
    here(stdout).toMatch(/Status: +stopped/);
    here(stdout).toMatch(/ before {2}risk operate[\s\S]* after {2}risk operate[\s\S]*outcome: ok/);
  });

  test('fits into 100 columns and has no control characters where there is no terminal', async ({ expect: here }) => {
    const { stdout } = await play();
    here(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
    here(stdout).not.toContain('\x1b');
  });
});

test('the tour refuses what it does not know', async () => {
  expect(await play('--approve')).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining('--approve') });
});
