import { execFileSync, spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/pve/clock.ts';
import type { PveError } from '../../src/pve/error.ts';
import { makeSshKey } from '../../src/ssh/new-key.ts';
import { createSshPool } from '../../src/ssh/pool.ts';
import type { SshAuth } from '../../src/ssh/types.ts';
import { memoryHostKeys, nodeOf, outputOf, plain, poolFor } from '../support/ssh.ts';
import { startPasswordServer } from '../support/ssh-password.ts';
import { hasSshd, type KeyType, makeKey, type Sshd, startSshd } from '../support/sshd.ts';

describe.skipIf(!hasSshd())('logging in', () => {
  let folder: string;
  let sshd: Sshd;
  const keys = new Map<string, string>();
  const file = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxmox-ssh-'));
    for (const type of ['ed25519', 'rsa', 'ecdsa'] satisfies KeyType[]) keys.set(type, makeKey(file(type), type));
    keys.set('locked', makeKey(file('locked'), 'ed25519', 'open sesame'));
    keys.set('ours', await makeSshKey(file('ours'), 'made here'));
    keys.set('ours-locked', await makeSshKey(file('ours-locked'), 'made here', 'a passphrase'));
    makeKey(file('stranger'));
    sshd = await startSshd({ authorized: [...keys.values()] });
  });
  afterAll(async () => {
    await sshd.stop();
    await rm(folder, { recursive: true });
  });

  const key = (name: string, passphrase?: string): SshAuth => ({
    kind: 'key',
    file: file(name),
    passphrase: async () => passphrase,
  });
  async function whoami(auth: SshAuth): Promise<string> {
    const { pool } = poolFor(sshd, '', { auth });
    onTestFinished(() => pool.close());
    return outputOf(await (await nodeOf(pool)).exec({ argv: ['id', '-un'] }, plain)).trim();
  }
  async function refusal(auth: SshAuth): Promise<PveError> {
    return whoami(auth).then(
      () => expect.fail('it got in'),
      (error: PveError) => error,
    );
  }

  test.each(['ed25519', 'rsa', 'ecdsa', 'ours'])('with a key of kind %s', async (name) => {
    expect(await whoami(key(name))).toBe(sshd.user);
  });

  test('with an encrypted key, by its passphrase', async () => {
    expect(await whoami(key('locked', 'open sesame'))).toBe(sshd.user);
    expect(await whoami(key('ours-locked', 'a passphrase'))).toBe(sshd.user);
  });

  test('an encrypted key is opened once, and anew when the file is another', async () => {
    let asked = 0;
    const auth: SshAuth = {
      kind: 'key',
      file: file('swapped'),
      passphrase: async () => {
        asked += 1;
        return asked === 1 ? 'open sesame' : 'a passphrase';
      },
    };
    await copyFile(file('locked'), auth.file);
    expect(await whoami(auth)).toBe(sshd.user);
    expect(await whoami(auth)).toBe(sshd.user);
    expect(asked).toBe(1);
    await copyFile(file('ours-locked'), auth.file);
    expect(await whoami(auth)).toBe(sshd.user);
    expect(asked).toBe(2);
  });

  test('a key that is made here is what OpenSSH makes, for its owner alone, and never written over', async () => {
    const line = execFileSync('ssh-keygen', ['-y', '-f', file('ours')], { encoding: 'utf8' }).trim();
    expect(line).toBe(keys.get('ours'));
    expect(await readFile(`${file('ours')}.pub`, 'utf8')).toBe(`${line}\n`);
    expect(execFileSync('stat', ['-c', '%a', file('ours')], { encoding: 'utf8' })).toBe('600\n');
    await expect(makeSshKey(file('ours'), 'again')).rejects.toMatchObject({ code: 'exists' });
    expect(execFileSync('ssh-keygen', ['-y', '-f', file('ours')], { encoding: 'utf8' }).trim()).toBe(line);
  });

  test('no key there, no private key, an unreadable one: each is told with what to do on each system', async () => {
    const absent = await refusal(key('absent'));
    expect(absent).toMatchObject({ code: 'invalid_argument', message: `There is no SSH key ${file('absent')}` });
    expect(absent.data.hint).toContain(`ssh-keygen -t ed25519 -f ${file('absent')}`);
    expect(absent.data.hint).toContain(`ssh-copy-id -i ${file('absent')}.pub -p ${sshd.port} ${sshd.user}@127.0.0.1`);
    expect(absent.data.hint).toContain('Windows (PowerShell)');

    await writeFile(file('garbage'), 'not a key at all');
    const garbage = await refusal(key('garbage'));
    expect(garbage).toMatchObject({ code: 'invalid_argument' });
    expect(garbage.message).toContain('no SSH key that can be used');
    expect(garbage.data.hint).toContain(`ssh-keygen -y -f ${file('garbage')}`);

    const publicHalf = await refusal(key('ed25519.pub'));
    expect(publicHalf).toMatchObject({ code: 'invalid_argument' });
    expect(publicHalf.message).toContain('the public half');

    const folderAsKey = await refusal({ kind: 'key', file: folder, passphrase: async () => undefined });
    expect(folderAsKey).toMatchObject({ code: 'invalid_argument' });
    expect(folderAsKey.message).toContain('cannot be read');
  });

  test('a missing and a wrong passphrase are told apart, and neither is repeated', async () => {
    const missing = await refusal(key('locked'));
    expect(missing).toMatchObject({ code: 'unauthenticated' });
    expect(missing.message).toContain('needs its passphrase');
    const wrong = await refusal(key('locked', 'wrong horse'));
    expect(wrong).toMatchObject({ code: 'unauthenticated' });
    expect(wrong.message).toContain('does not open');
    expect(JSON.stringify(wrong)).not.toContain('wrong horse');
  });

  test('a key that the node does not know is told as not authorised, with its fingerprint', async () => {
    const error = await refusal(key('stranger'));
    const fingerprint = execFileSync('ssh-keygen', ['-lf', `${file('stranger')}.pub`], { encoding: 'utf8' }).split(
      ' ',
    )[1];
    expect(error).toMatchObject({ code: 'unauthenticated' });
    expect(error.message).toContain(`does not let ${sshd.user} in with the key ${fingerprint}`);
    expect(error.data.hint).toContain('Authorise the key');
    expect(error.data.hint).toContain('ssh-copy-id');
  });

  test('only the configured way is tried, once, and the agent is not forwarded', async () => {
    const before = sshd.log().length;
    await refusal(key('stranger'));
    const tried =
      sshd
        .log()
        .slice(before)
        .match(/^(Failed|Accepted) .*$/gm) ?? [];
    expect(tried.filter((line) => !line.startsWith('Failed publickey'))).toEqual([]);
    const { pool } = poolFor(sshd, file('ed25519'));
    onTestFinished(() => pool.close());
    const shell = await nodeOf(pool);
    const result = await shell.exec({ argv: ['sh', '-c', 'echo "[$SSH_AUTH_SOCK]"'] }, plain);
    expect(outputOf(result)).toBe('[]\n');
  });

  test('with a real agent; one that does not answer and one without keys are told apart', async () => {
    const agent = await startAgent(file('agent'));
    const auth: SshAuth = { kind: 'agent', socket: agent.socket };
    const empty = await refusal(auth);
    expect(empty).toMatchObject({ code: 'invalid_argument', message: 'The SSH agent holds no keys' });
    agent.add(file('stranger'));
    const strangers = await refusal(auth);
    expect(strangers).toMatchObject({ code: 'unauthenticated' });
    expect(strangers.message).toContain('the keys of the SSH agent (SHA256:');
    agent.add(file('rsa'));
    expect(await whoami(auth)).toBe(sshd.user);

    const gone = await refusal({ kind: 'agent', socket: file('no-agent') });
    expect(gone).toMatchObject({ code: 'invalid_argument' });
    expect(gone.message).toContain('No SSH agent answers');
    expect(gone.data.hint).toContain('ssh-add');
    const unset = await refusal({ kind: 'agent', socket: undefined });
    expect(unset.message).toContain('SSH_AUTH_SOCK');
  });

  test('an agent with more keys than the server tries is told as such', async () => {
    const agent = await startAgent(file('crowd'));
    for (let count = 0; count < 7; count += 1) {
      makeKey(file(`crowd-${count}`));
      agent.add(file(`crowd-${count}`));
    }
    const error = await refusal({ kind: 'agent', socket: agent.socket });
    expect(error).toMatchObject({ code: 'unauthenticated' });
    expect(error.message).toContain('after too many keys');
  });

  test('a server that never answers is told as such within the time-out', async () => {
    const silent = createServer((socket) => void socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { hostKeys } = memoryHostKeys();
    const login = { user: 'root', port, auth: key('ed25519'), sudo: false };
    const pool = createSshPool({ login, hostKeys, clock: systemClock, readyMs: 200 });
    onTestFinished(() => pool.close());
    await expect(nodeOf(pool)).rejects.toMatchObject({ code: 'timeout' });
  });

  test('what does not speak SSH is told as such', async () => {
    const web = createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void web.close());
    const address = web.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { pool } = poolFor({ ...sshd, port }, file('ed25519'));
    onTestFinished(() => pool.close());
    const error = await nodeOf(pool).catch((cause: PveError) => cause);
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(String(error)).toContain('did not finish the SSH handshake');
  });
});

describe('logging in with a password', () => {
  test('the password is sent once the host key is trusted, and not before', async () => {
    const server = await startPasswordServer('secret');
    onTestFinished(server.stop);
    const answers = [false, true];
    const memory = memoryHostKeys({
      firstContact: async () => {
        expect(server.attempts).toEqual([]);
        return answers.shift() ?? false;
      },
    });
    const login = { user: 'root', port: server.port, auth: password('secret'), sudo: false };
    const pool = createSshPool({ login, hostKeys: memory.hostKeys, clock: systemClock });
    onTestFinished(() => pool.close());
    await expect(nodeOf(pool)).rejects.toMatchObject({ code: 'host_key' });
    expect(server.attempts).toEqual([]);
    const result = await (await nodeOf(pool)).exec({ argv: ['anything'] }, plain);
    expect(outputOf(result)).toBe('hello\n');
    expect(server.attempts).toEqual(['password secret']);
  });

  test('a changed host key gets no password', async () => {
    const server = await startPasswordServer('secret');
    onTestFinished(server.stop);
    const other = makeOtherKey();
    const memory = memoryHostKeys();
    memory.trusted.push({ role: 'node', name: 'pve1', address: '127.0.0.1', port: server.port, key: other });
    const login = { user: 'root', port: server.port, auth: password('secret'), sudo: false };
    const pool = createSshPool({ login, hostKeys: memory.hostKeys, clock: systemClock });
    onTestFinished(() => pool.close());
    await expect(nodeOf(pool)).rejects.toMatchObject({ code: 'host_key' });
    expect(memory.asked).toEqual([]);
    expect(server.attempts).toEqual([]);
  });

  test('a wrong password is refused, tried once, and never repeated in the error', async () => {
    const server = await startPasswordServer('secret');
    onTestFinished(server.stop);
    const login = { user: 'root', port: server.port, auth: password('hunter2'), sudo: false };
    const pool = createSshPool({ login, hostKeys: memoryHostKeys().hostKeys, clock: systemClock });
    onTestFinished(() => pool.close());
    const error: PveError = await nodeOf(pool).then(
      () => expect.fail('it got in'),
      (cause) => cause,
    );
    expect(error).toMatchObject({ code: 'unauthenticated' });
    expect(error.message).toContain('with the password');
    expect(JSON.stringify(error) + error.stack).not.toContain('hunter2');
    expect(server.attempts).toEqual(['password hunter2']);
  });

  test.each([
    ['drop', { code: 'unreachable', data: { mayHaveRun: true } }],
    ['refuse', { code: 'forbidden' }],
  ] as const)('a command that has arrived is not sent again: %s', async (exec, error) => {
    const server = await startPasswordServer('secret', exec);
    onTestFinished(server.stop);
    const login = { user: 'root', port: server.port, auth: password('secret'), sudo: false };
    const pool = createSshPool({ login, hostKeys: memoryHostKeys().hostKeys, clock: systemClock });
    onTestFinished(() => pool.close());
    const shell = await nodeOf(pool);
    await expect(shell.exec({ argv: ['reboot'] }, plain)).rejects.toMatchObject(error);
    expect(server.commands).toEqual([expect.stringContaining("exec 'reboot'")]);
  });

  function password(text: string): SshAuth {
    return { kind: 'password', password: async () => text };
  }
  function makeOtherKey(): string {
    const name = Buffer.from('ssh-ed25519');
    const length = (bytes: Buffer): Buffer => Buffer.from([0, 0, 0, bytes.length]);
    const point = Buffer.alloc(32, 7);
    return Buffer.concat([length(name), name, length(point), point]).toString('base64');
  }
});

/** A real ssh-agent, ended when the test is over. */
async function startAgent(socket: string): Promise<{ readonly socket: string; add(file: string): void }> {
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  onTestFinished(() => void child.kill());
  const ask = (): boolean => {
    try {
      execFileSync('ssh-add', ['-l'], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'pipe' });
      return true;
    } catch (error) {
      // 1: it answers that it holds no keys; 2: nobody answers.
      return error instanceof Error && 'status' in error && error.status === 1;
    }
  };
  while (!ask()) await delay(20);
  return {
    socket,
    add(file) {
      chmodSync(file, 0o600);
      execFileSync('ssh-add', ['-q', file], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'pipe' });
    },
  };
}
