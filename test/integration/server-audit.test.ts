// The audit of the standalone server: what a killed one has left open, and the commands that read it.
import { execFile } from 'node:child_process';
import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { entry, leftBehind } from '../support/audit.ts';
import { fakeClock } from '../support/clock.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { temporaryFolder } from '../support/folder.ts';
import { auditRecords, demoEnvironment, type Elicit, type McpServer, serverPath, startServer } from '../support/mcp.ts';

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo({ speed: 10, seed: 1 });
});
afterAll(() => demo.stop());

const yes: Elicit = () => ({ action: 'accept', content: { answer: 'run' } });

async function start(auditDir: string): Promise<McpServer> {
  const server = await startServer({ env: demoEnvironment(demo, auditDir), elicit: yes });
  onTestFinished(() => server.stop());
  return server;
}

/** The newest task of a VM or container with this action. */
async function taskOf(action: string): Promise<string> {
  const { data } = await demo.request('GET', '/cluster/tasks');
  const tasks = z.array(z.object({ upid: z.string(), type: z.string() })).parse(data);
  return tasks.find(({ type }) => type === `qm${action}` || type === `vz${action}`)?.upid ?? '';
}

test('G3: what a server that was killed has left open is ended by the next one, as the task log says', async () => {
  const dir = await temporaryFolder();
  const server = await start(dir);
  const onProgress = (message: string) => {
    if (message.includes('task started')) process.kill(server.pid, 'SIGKILL');
  };
  await server.call('pve_power_guest', { guest: 'log-03', action: 'reboot' }, { onProgress }).catch(() => {});
  const upid = await taskOf('reboot');
  expect(await demo.taskEnd(upid)).toBe('OK');
  const next = await start(dir);
  await expect
    .poll(() => auditRecords(dir))
    .toMatchObject([
      { phase: 'before' },
      { phase: 'after', outcome: 'ok', upid, target: expect.stringContaining('log-03') },
    ]);
  expect(next.stderr()).toBe('');
});

test('G3: what has no task there is unknown, and told once', async () => {
  const dir = await temporaryFolder();
  const operation = { ...entry().operation, segments: ['nodes', 'pve2', 'qemu', '120', 'status', 'reboot'] };
  const connection = { id: new URL(demo.url).hostname, name: 'home', revision: 1 };
  const clock = fakeClock();
  clock.jump('wall', Date.now() - 3_600_000 - clock.now());
  await leftBehind(dir, [entry({ operation, connection, target: '"log-03" (120, VM on pve2)' })], { clock });
  const server = await start(dir);
  await expect
    .poll(() => server.stderr())
    .toMatch(/^Outcome unknown.*log-03.*POST \/nodes\/pve2\/qemu\/120\/status\/reboot/);
  expect(await auditRecords(dir)).toMatchObject([{ phase: 'before' }, { phase: 'after', outcome: 'unknown' }]);
  await server.stop();
  const next = await start(dir);
  await next.call('pve_get_cluster');
  expect(next.stderr()).toBe('');
});

test('G10: the records of a server are verified and exported by its own commands', async () => {
  const dir = await temporaryFolder();
  const server = await start(dir);
  await server.call('pve_power_guest', { guest: 'queue-03', action: 'shutdown', reason: 'Maintenance' });
  await server.stop();

  const run = promisify(execFile);
  const audit = (...args: string[]) =>
    run(process.execPath, [serverPath, 'audit', ...args], { env: { PVE_AUDIT_DIR: dir } });
  const verified = await audit('verify');
  expect(verified.stdout).toMatch(/^audit-.*\.jsonl: ok, 3 records, .*, head [0-9a-f]{64}\n$/);
  expect(verified.stderr).toContain('task log of Proxmox VE');
  const { stdout } = await audit('export', '--since', '2020-01-01');
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).phase),
  ).toEqual(['before', 'after']);
  expect((await audit('export', '--format', 'csv', dir)).stdout).toContain('"Maintenance"');
  expect(stdout).not.toContain(demo.tokenSecret);

  const [name = ''] = await readdir(dir);
  await appendFile(join(dir, name), 'nonsense\n');
  await expect(audit('verify', dir)).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringContaining('WRONG at line 4'),
  });
  await expect(audit('check')).rejects.toMatchObject({ code: 2, stdout: '' });
  expect((await run(process.execPath, [serverPath, '--help'])).stdout).toMatch(/audit verify.*\n.*audit export/);
});
