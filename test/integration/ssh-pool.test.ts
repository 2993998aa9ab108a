import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { nodeOf, outputOf, plain, poolFor } from '../support/ssh.ts';
import { hasSshd, makeKey, type Sshd, type SshdOptions, startSshd } from '../support/sshd.ts';

describe.skipIf(!hasSshd())('connections to nodes', () => {
  let folder: string;
  let key: string;
  let authorized: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxmox-ssh-'));
    key = join(folder, 'key');
    authorized = makeKey(key);
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function server(options: SshdOptions = {}): Promise<Sshd> {
    const sshd = await startSshd({ authorized: [authorized], ...options });
    onTestFinished(() => sshd.kill());
    return sshd;
  }
  function poolOf(sshd: Sshd, options: Parameters<typeof poolFor>[2] = {}) {
    const made = poolFor(sshd, key, options);
    onTestFinished(() => made.pool.close());
    return made;
  }
  const connections = (sshd: Sshd): number => sshd.log().match(/^Accepted publickey/gm)?.length ?? 0;

  test('fifty commands at the same time go over one connection', async () => {
    const sshd = await server();
    const { pool } = poolOf(sshd);
    const shells = await Promise.all(Array.from({ length: 50 }, () => nodeOf(pool)));
    const results = await Promise.all(
      shells.map((shell, index) => shell.exec({ argv: ['sh', '-c', `sleep 0.02; echo ${index}`] }, plain)),
    );
    expect(results.map(outputOf)).toEqual(shells.map((_, index) => `${index}\n`));
    expect(connections(sshd)).toBe(1);
  });

  test('a server that allows two sessions gets no more, and everything has its turn', async () => {
    const sshd = await server({ config: ['MaxSessions 2'] });
    const { pool } = poolOf(sshd);
    const shell = await nodeOf(pool);
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) => shell.exec({ argv: ['echo', `${index}`] }, plain)),
    );
    expect(results.map(outputOf)).toEqual(results.map((_, index) => `${index}\n`));
    expect(connections(sshd)).toBe(1);
  });

  test('a server that allows no session at all is told as such', async () => {
    const sshd = await server({ config: ['MaxSessions 0'] });
    const { pool } = poolOf(sshd);
    const shell = await nodeOf(pool);
    const refused = await shell.exec({ argv: ['true'] }, plain).catch((cause) => cause);
    expect(refused).toMatchObject({ code: 'unreachable', message: /opens no channel for a command; nothing was sent/ });
    expect(refused.data).not.toHaveProperty('mayHaveRun');
    await expect(shell.sftp(plain.signal)).rejects.toMatchObject({ message: /opens no channel for files/ });
  });

  test('a lost connection is replaced at the next use', async () => {
    const sshd = await server();
    const { pool } = poolOf(sshd);
    const shell = await nodeOf(pool);
    await shell.exec({ argv: ['true'] }, plain);
    await sshd.dropConnections();
    const again = await shell.exec({ argv: ['echo', 'again'] }, plain);
    expect(outputOf(again)).toBe('again\n');
    expect(connections(sshd)).toBe(2);
  });

  test('a connection that is lost in the middle of a command says that it may have run, and nothing is sent again', async () => {
    const sshd = await server();
    const { pool } = poolOf(sshd);
    const shell = await nodeOf(pool);
    const file = join(folder, 'runs');
    const run = shell.exec(
      { argv: ['sh', '-c', `echo run >> ${file}; echo on; sleep 30`] },
      { ...plain, onOutput: () => void sshd.dropConnections() },
    );
    await expect(run).rejects.toMatchObject({ code: 'unreachable', data: { mayHaveRun: true } });
    const after = await shell.exec({ argv: ['cat', file] }, plain);
    expect(outputOf(after)).toBe('run\n');
  });

  test('a connection that gives no sign of life is replaced, and the command is sent on the new one alone', async () => {
    const sshd = await server();
    const { pool } = poolOf(sshd, { silenceMs: 400 });
    const shell = await nodeOf(pool);
    await shell.exec({ argv: ['true'] }, plain);
    await sshd.freezeConnections();
    const file = join(folder, 'once');
    const result = await shell.exec({ argv: ['sh', '-c', `echo run >> ${file}; cat ${file}`] }, plain);
    expect(outputOf(result)).toBe('run\n');
    expect(connections(sshd)).toBe(2);
  });

  test('a forced command and a shell that runs nothing are no result of the command', async () => {
    const forced = await server({ config: ['ForceCommand echo forced'] });
    const run = await nodeOf(poolOf(forced).pool).then((shell) =>
      shell.exec({ argv: ['true'] }, plain).catch((e) => e),
    );
    expect(run).toMatchObject({ code: 'forbidden', data: { reason: ['forced'], mayHaveRun: true } });
  });

  test('a server that is gone is told as refused, and one that comes back is found again', async () => {
    const sshd = await server();
    const { pool } = poolOf(sshd);
    const shell = await nodeOf(pool);
    await sshd.kill();
    await expect(shell.exec({ argv: ['true'] }, plain)).rejects.toMatchObject({ code: 'unreachable' });
    const error = await nodeOf(pool).catch((cause) => cause);
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(error.message).toContain('refused');
    expect(error.data).not.toHaveProperty('mayHaveRun');
  });

  test('pools that are closed end what runs, and hand out nothing more', async () => {
    const sshd = await server();
    const { pool } = poolOf(sshd);
    const shell = await nodeOf(pool);
    const run = shell.exec({ argv: ['sleep', '30'] }, plain);
    await vi.waitUntil(() => sshd.log().includes('Starting session'), { interval: 10 });
    const ended = expect(run).rejects.toMatchObject({ code: 'unreachable' });
    await pool.close();
    await ended;
    await expect(nodeOf(pool)).rejects.toMatchObject({ code: 'cancelled' });
  });
});
