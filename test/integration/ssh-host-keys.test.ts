import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { PveError } from '../../src/pve/error.ts';
import { never, nodeOf, outputOf, plain, poolFor } from '../support/ssh.ts';
import { hasSshd, type KeyType, makeKey, type Sshd, startSshd } from '../support/sshd.ts';

describe.skipIf(!hasSshd())('host keys', () => {
  let folder: string;
  let key: string;
  let authorized: string;
  let sshd: Sshd;
  let other: Sshd;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxmox-ssh-'));
    key = join(folder, 'key');
    authorized = makeKey(key);
    sshd = await startSshd({ authorized: [authorized], hostKeys: ['ed25519', 'rsa', 'ecdsa'] });
    other = await startSshd({ authorized: [authorized] });
  });
  afterAll(async () => {
    await sshd.stop();
    await other.stop();
    await rm(folder, { recursive: true });
  });

  function poolOf(server: Sshd, options: Parameters<typeof poolFor>[2] = {}) {
    const made = poolFor(server, key, options);
    onTestFinished(() => made.pool.close());
    return made;
  }
  const blob = (line: string): string => line.split(' ')[1] ?? '';
  const fingerprint = (server: Sshd, type: KeyType = 'ed25519'): string =>
    execFileSync('ssh-keygen', ['-lf', join(server.folder, `host_${type}.pub`)], { encoding: 'utf8' }).split(' ')[1] ??
    '';
  /** What `known_hosts` says, with a person who would say yes to anything. */
  async function contact(server: Sshd, knownHosts: string) {
    const made = poolOf(server, { knownHosts: async () => knownHosts });
    const outcome = await nodeOf(made.pool).then(
      () => 'in',
      (error: PveError) => error,
    );
    return { outcome, asked: made.asked };
  }
  const name = (server: Sshd): string => `[127.0.0.1]:${server.port}`;

  test('at first contact a person sees node, address, type and SHA-256; a yes is stored and asked no more', async () => {
    const made = poolOf(sshd);
    await nodeOf(made.pool);
    expect(made.asked).toEqual([
      {
        role: 'node',
        name: 'pve1',
        address: '127.0.0.1',
        port: sshd.port,
        type: 'ssh-ed25519',
        key: blob(sshd.hostKey('ed25519')),
        sha256: fingerprint(sshd),
        trustedAt: [],
      },
    ]);
    const again = poolOf(sshd, { trusted: async () => made.trusted });
    await nodeOf(again.pool);
    expect(again.asked).toEqual([]);
  });

  test('a no, and a question that fails, end it before anything was sent', async () => {
    const before = sshd.log().length;
    const no = poolOf(sshd, { firstContact: async () => false });
    await expect(nodeOf(no.pool)).rejects.toMatchObject({ code: 'host_key' });
    expect(no.trusted).toEqual([]);
    const broken = poolOf(sshd, { firstContact: () => Promise.reject(new Error('the window is gone')) });
    await expect(nodeOf(broken.pool)).rejects.toThrow('the window is gone');
    expect(broken.trusted).toEqual([]);
    expect(sshd.log().slice(before)).not.toMatch(/publickey|Accepted/);
  });

  test('a person may take longer than the time to get ready', async () => {
    let answer = (_yes: boolean): void => {};
    const made = poolOf(sshd, {
      firstContact: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    const shell = nodeOf(made.pool);
    await vi.waitUntil(() => made.asked.length === 1, { interval: 10 });
    // Nothing stands while the person thinks: the server would end it after its own time for a login.
    await vi.waitUntil(() => /Connection (closed|reset)|Received disconnect/.test(sshd.log()), { interval: 10 });
    answer(true);
    const result = await (await shell).exec({ argv: ['echo', 'in'] }, plain);
    expect(outputOf(result)).toBe('in\n');
  });

  test('a changed key is refused with both fingerprints, and nobody is asked', async () => {
    const trusted = [
      {
        role: 'node',
        name: 'pve1',
        address: '127.0.0.1',
        port: other.port,
        key: blob(sshd.hostKey('ed25519')),
      } as const,
    ];
    const made = poolOf(other, { trusted: async () => trusted });
    const error: PveError = await nodeOf(made.pool).then(
      () => expect.fail('it got in'),
      (cause) => cause,
    );
    expect(error).toMatchObject({ code: 'host_key' });
    expect(error.data.reason).toEqual([
      `trusted: ssh-ed25519 ${fingerprint(sshd)}`,
      `shown: ssh-ed25519 ${fingerprint(other)}`,
    ]);
    expect(made.asked).toEqual([]);
    expect(other.log()).not.toContain('Accepted');
  });

  test('an address that shows the key of another node, as after a fail-over, is refused', async () => {
    const trusted = [
      { role: 'node', name: 'pve2', address: '10.0.0.2', port: 22, key: blob(other.hostKey()) } as const,
    ];
    const made = poolOf(other, { trusted: async () => trusted });
    const error: PveError = await nodeOf(made.pool).then(
      () => expect.fail('it got in'),
      (cause) => cause,
    );
    expect(error).toMatchObject({ code: 'host_key' });
    expect(error.message).toContain('shows the host key of pve2 (10.0.0.2)');
    expect(made.asked).toEqual([]);
  });

  test('a node at a new address: the same key is asked about, another one is refused', async () => {
    const at = (server: Sshd) => [
      { role: 'node', name: 'pve1', address: '10.0.0.1', port: 22, key: blob(server.hostKey()) } as const,
    ];
    const same = poolOf(sshd, { trusted: async () => at(sshd) });
    await nodeOf(same.pool);
    expect(same.asked).toMatchObject([{ trustedAt: ['10.0.0.1'] }]);
    const changed = poolOf(sshd, { trusted: async () => at(other) });
    await expect(nodeOf(changed.pool)).rejects.toMatchObject({ code: 'host_key' });
    expect(changed.asked).toEqual([]);
  });

  test('a known key of any type is asked for first, so that it does not lose against an unknown one', async () => {
    for (const type of ['ed25519', 'rsa', 'ecdsa'] satisfies KeyType[]) {
      const known = await contact(sshd, `${name(sshd)} ${sshd.hostKey(type)}`);
      expect(known).toEqual({ outcome: 'in', asked: [] });
    }
  });

  test('known_hosts: what ssh-keyscan and ssh-keygen -H write is honoured', async () => {
    const scanned = execFileSync('ssh-keyscan', ['-p', `${sshd.port}`, '127.0.0.1'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(scanned).toContain(name(sshd));
    expect(await contact(sshd, scanned)).toEqual({ outcome: 'in', asked: [] });
    const file = join(folder, 'known_hosts');
    await writeFile(file, scanned);
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    const hashed = await readFile(file, 'utf8');
    expect(hashed).not.toContain('127.0.0.1');
    expect(await contact(sshd, hashed)).toEqual({ outcome: 'in', asked: [] });
  });

  test('known_hosts: another key for the host is refused, one for another host says nothing', async () => {
    const changed = await contact(sshd, `${name(sshd)} ${other.hostKey()}`);
    expect(changed).toMatchObject({ outcome: { code: 'host_key' }, asked: [] });
    const elsewhere = await contact(sshd, `[127.0.0.1]:1 ${sshd.hostKey()}\n127.0.0.1 ${other.hostKey()}`);
    expect(elsewhere).toMatchObject({ outcome: 'in', asked: [{ name: 'pve1' }] });
  });

  test('known_hosts: a revoked key is refused always, also when it is trusted', async () => {
    const lines = `${name(sshd)} ${sshd.hostKey()}\n@revoked * ${sshd.hostKey()}`;
    expect(await contact(sshd, lines)).toMatchObject({ outcome: { code: 'host_key' }, asked: [] });
    const trusted = [
      { role: 'node', name: 'pve1', address: '127.0.0.1', port: sshd.port, key: blob(sshd.hostKey()) } as const,
    ];
    const made = poolOf(sshd, { trusted: async () => trusted, knownHosts: async () => lines });
    await expect(nodeOf(made.pool)).rejects.toMatchObject({ code: 'host_key', message: /revoked/ });
  });

  test('known_hosts: an authority alone trusts nobody by itself; a person is asked about the plain key', async () => {
    const { outcome, asked } = await contact(sshd, `@cert-authority * ${other.hostKey()}`);
    expect(outcome).toBe('in');
    expect(asked).toHaveLength(1);
  });

  test('known_hosts that cannot be read refuses, for it may hold what is revoked', async () => {
    const made = poolOf(sshd, { knownHosts: () => Promise.reject(new Error('EACCES')) });
    await expect(nodeOf(made.pool)).rejects.toThrow('EACCES');
    expect(made.asked).toEqual([]);
  });

  describe('with a jump host', () => {
    const jump = (server: Sshd) => ({ jump: { host: '127.0.0.1', port: server.port, user: server.user } });

    test('the way leads through it, and both keys are judged', async () => {
      const made = poolOf(sshd, jump(other));
      const shell = await nodeOf(made.pool);
      const result = await shell.exec({ argv: ['sh', '-c', 'echo "$SSH_CONNECTION"'] }, plain);
      expect(outputOf(result)).toMatch(new RegExp(`^127\\.0\\.0\\.1 \\d+ 127\\.0\\.0\\.1 ${sshd.port}\n$`));
      expect(made.asked.map(({ role, port }) => [role, port])).toEqual([
        ['jump', other.port],
        ['node', sshd.port],
      ]);
      expect(other.log()).toContain('Accepted publickey');
    });

    test('a jump host with a changed key gets nothing, nor does the node', async () => {
      const trusted = [
        { role: 'jump', name: '127.0.0.1', address: '127.0.0.1', port: other.port, key: blob(sshd.hostKey()) } as const,
      ];
      const seen = sshd.log().length;
      const made = poolOf(sshd, { ...jump(other), trusted: async () => trusted });
      const error: PveError = await nodeOf(made.pool).then(
        () => expect.fail('it got in'),
        (cause) => cause,
      );
      expect(error).toMatchObject({ code: 'host_key' });
      expect(error.message).toContain('the jump host');
      expect(sshd.log().slice(seen)).not.toContain('Connection from');
    });

    test('a node that the jump host cannot reach, and one that may not be reached', async () => {
      const dead = poolOf({ ...sshd, port: 1 }, jump(other));
      const error: PveError = await nodeOf(dead.pool).then(
        () => expect.fail('it got in'),
        (cause) => cause,
      );
      expect(error).toMatchObject({ code: 'unreachable' });
      expect(error.message).toContain('The jump host could not connect to pve1');
      const strict = await startSshd({ authorized: [authorized], config: ['AllowTcpForwarding no'] });
      onTestFinished(() => strict.stop());
      const forbidden = poolOf(sshd, jump(strict));
      await expect(nodeOf(forbidden.pool)).rejects.toMatchObject({ code: 'unreachable' });
    });

    test('when the jump host drops, what runs is told as lost, and the next use finds the way again', async () => {
      const hop = await startSshd({ authorized: [authorized] });
      onTestFinished(() => hop.kill());
      const made = poolOf(sshd, jump(hop));
      const shell = await nodeOf(made.pool);
      const run = shell.exec(
        { argv: ['sh', '-c', 'echo on; sleep 30'] },
        { ...plain, onOutput: () => void hop.dropConnections() },
      );
      await expect(run).rejects.toMatchObject({ code: 'unreachable', data: { mayHaveRun: true } });
      expect(outputOf(await shell.exec({ argv: ['echo', 'again'] }, plain))).toBe('again\n');
    });

    test('a jump host that gives no sign of life any more is connected to anew', async () => {
      const hop = await startSshd({ authorized: [authorized] });
      onTestFinished(() => hop.kill());
      const made = poolOf(sshd, { ...jump(hop), silenceMs: 400 });
      const shell = await nodeOf(made.pool);
      await hop.freezeConnections();
      expect(outputOf(await shell.exec({ argv: ['echo', 'again'] }, plain))).toBe('again\n');
      expect(hop.log().match(/^Accepted publickey/gm)).toHaveLength(2);
    });

    test('several nodes share one connection to it', async () => {
      const hop = await startSshd({ authorized: [authorized] });
      onTestFinished(() => hop.kill());
      const made = poolOf(sshd, jump(hop));
      await nodeOf(made.pool, 'pve1');
      await made.pool.node({ node: 'pve1', address: 'localhost' }, never);
      expect(hop.log().match(/^Accepted publickey/gm)).toHaveLength(1);
    });
  });
});
