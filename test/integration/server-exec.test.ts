// Commands of agents through the real server over stdio, on a node that is a real OpenSSH server.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { execServers, hostLine } from '../support/exec-servers.ts';
import { startPasswordServer } from '../support/ssh-password.ts';
import { hasSshd, makeKey } from '../support/sshd.ts';

const onNodes = { PVE_SSH_HOST_COMMANDS: '1' };
const withoutSsh = {
  PVE_SSH_USER: '',
  PVE_SSH_PORT: '',
  PVE_SSH_KEY: '',
  PVE_SSH_ADDRESSES: '',
  PVE_SSH_KNOWN_HOSTS: '',
};

/** Waits until the process is gone. */
async function ended(pid: number): Promise<void> {
  for (let looks = 0; looks < 100; looks += 1) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await delay(50);
  }
  throw new Error(`process ${pid} lives on`);
}

async function content(file: string): Promise<string> {
  for (let looks = 0; looks < 100; looks += 1) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return text;
    await delay(50);
  }
  throw new Error(`${file} was not written`);
}

describe.skipIf(!hasSshd())('commands of agents', () => {
  const at = execServers();

  describe('on a node', () => {
    test('G1: run as they were approved, word by word, and are recorded; exit code, output and errors come apart', async () => {
      const server = await at.shared(onNodes);
      const words = ['a  b', '$HOME', "it's", '`id`', '', '*', 'ü€', 'x;y'];
      const { text, isError } = await server.call('pve_exec_host', { node: 'pve2', argv: ['printf', '%s|', ...words] });
      expect(isError).toBe(false);
      expect(text).toMatch(/^Exit code 0 in /);
      expect(text).toContain(`${words.join('|')}|`);
      expect(server.questions).toHaveLength(1);
      expect(server.questions[0]).toContain("printf '%s|' 'a  b' '$HOME' 'it'\\''s' '`id`' '' '*' 'ü€' 'x;y'");
      const failed = await server.call('pve_exec_host', { node: 'pve2', command: 'echo out; echo err >&2; exit 3' });
      expect(failed).toMatchObject({
        isError: false,
        text: expect.stringMatching(
          /^Failed with exit code 3 after .* \(node pve2\)\nstdout, 4 bytes:\nout\nstderr, 4 bytes:\nerr$/,
        ),
      });
      const records = await server.records();
      expect(records.map(({ phase, outcome }) => [phase, outcome])).toEqual([
        ['before', undefined],
        ['after', 'ok'],
        ['before', undefined],
        ['after', 'failed'],
      ]);
    });

    test('a denied one runs nothing', async () => {
      const server = await at.start(onNodes, { elicit: () => ({ action: 'accept', content: { answer: 'deny' } }) });
      const marker = join(await at.folder(), 'marker');
      const { text, isError } = await server.call('pve_exec_host', { node: 'pve2', command: `touch ${marker}` });
      expect(isError).toBe(true);
      expect(text).toMatch(/denied/);
      expect(server.questions).toHaveLength(1);
      expect(existsSync(marker)).toBe(false);
    });

    test('G8: while they are off the tool is not listed, a call is refused, and nobody is asked', async () => {
      const server = await at.shared();
      const before = at.node.standIns.calls.length;
      expect((await server.client.listTools()).tools.map(({ name }) => name)).not.toContain('pve_exec_host');
      const { text, isError } = await server.call('pve_exec_host', { node: 'pve2', command: 'id' });
      expect(isError).toBe(true);
      expect(text).toMatch(/switched off for agents[\s\S]*PVE_SSH_HOST_COMMANDS=1/);
      const read = await server.call('pve_read_file', { node: 'pve2', path: '/etc/hostname' });
      expect(read).toMatchObject({ isError: true, text: expect.stringMatching(/switched off for agents/) });
      expect(server.questions).toEqual([]);
      expect(at.node.standIns.calls).toHaveLength(before);
    });

    test('at the level read-only, what reads is asked about, and what does more is refused without a question', async () => {
      const server = await at.shared({ ...onNodes, PVE_ACCESS_LEVEL: 'read-only' });
      const marker = join(await at.folder(), 'marker');
      const { text, isError } = await server.call('pve_exec_host', { node: 'pve2', command: `touch ${marker}` });
      expect(isError).toBe(true);
      expect(text).toMatch(/access level of .* is read-only/);
      expect(server.questions).toEqual([]);
      expect(existsSync(marker)).toBe(false);
      const read = await server.call('pve_exec_host', { node: 'pve2', argv: ['ls', marker] });
      expect(read).toMatchObject({ isError: false, text: expect.stringMatching(/^Failed with exit code 2/) });
      expect(server.questions).toHaveLength(1);
    });

    test('while they are on, the server says so to whoever started it', async () => {
      const server = await at.shared({ ...onNodes, PVE_SSH_QUIET_READS: '1' });
      expect((await server.client.listTools()).tools.map(({ name }) => name)).toContain('pve_exec_host');
      expect(server.stderr()).toMatch(/commands and files on the nodes of "127\.0\.0\.1"/);
      expect(server.stderr()).toMatch(/only read.* without a question/);
    });

    test('reading runs without a question where that is on; what writes or shows secrets still asks', async () => {
      const server = await at.shared({ ...onNodes, PVE_SSH_QUIET_READS: '1' });
      const marker = join(await at.folder(), 'marker');
      const run = (command: string) => server.call('pve_exec_host', { node: 'pve2', command });
      expect((await run('uptime | head -n 1')).text).toMatch(/^(Exit code|Failed)/);
      expect(server.questions).toEqual([]);
      await run(`touch ${marker}`);
      expect(server.questions).toHaveLength(1);
      await run('cat /etc/shadow | head -c 0');
      expect(server.questions).toHaveLength(2);
      expect((await server.records()).filter(({ phase }) => phase === 'before')).toHaveLength(3);
    });

    test('of much output the beginning and the end come, with how much is missing', async () => {
      const server = await at.shared(onNodes);
      const command = 'echo first; head -c 5000000 /dev/zero | tr "\\0" "x" | fold -w 99; echo; echo last';
      const { text, raw } = await server.call('pve_exec_host', { node: 'pve2', command });
      expect(raw.length).toBeLessThanOrEqual(25_000);
      expect(text).toMatch(/\nstdout, 50\d{5} bytes, without their middle:\nfirst\nxxx/);
      expect(text).toMatch(/\[50\d{5}|\[49\d{5} bytes left out here\]/);
      expect(text).toMatch(/\nlast\nstderr: nothing$/);
      const binary = await server.call('pve_exec_host', { node: 'pve2', command: 'head -c 3000 /dev/zero' });
      expect(binary.text).toMatch(/stdout: binary output, 3000 bytes, not shown/);
    });

    test('time-out kills it with its children, and tells what had come', async () => {
      const server = await at.shared(onNodes);
      const pids = join(await at.folder(), 'pids');
      const command = `echo begun; (sleep 300 & echo $! > ${pids}; wait)`;
      const { text } = await server.call('pve_exec_host', { node: 'pve2', command, timeout_seconds: 1 });
      expect(text).toMatch(/^Not finished: its time was over, and it was killed after 1\.\d s[\s\S]*begun/);
      await ended(Number(await content(pids)));
    });

    test('what never ends is bounded in time and in length', async () => {
      const server = await at.shared(onNodes);
      const { text, raw } = await server.call('pve_exec_host', { node: 'pve2', argv: ['yes'], timeout_seconds: 1 });
      expect(text).toMatch(/^Not finished: its time was over/);
      expect(raw.length).toBeLessThanOrEqual(25_000);
    });

    test('G3: cancelling the call kills it with its children; while it ran its output was told', async () => {
      const server = await at.shared(onNodes);
      const pids = join(await at.folder(), 'pids');
      const command = `echo working on it; sleep 300 & echo $! > ${pids}; wait`;
      const call = new AbortController();
      const heard: string[] = [];
      const answer = server.call(
        'pve_exec_host',
        { node: 'pve2', command },
        {
          signal: call.signal,
          onProgress: (message) => heard.push(message),
        },
      );
      const pid = Number(await content(pids));
      await expect.poll(() => heard.join('\n'), { timeout: 5000 }).toContain('working on it');
      call.abort();
      await expect(answer).rejects.toThrow();
      await ended(pid);
      await expect
        .poll(async () => (await server.records()).map(({ phase }) => phase), { timeout: 5000 })
        .toEqual(['before', 'after']);
    });

    test('in a plan, a command that fails ends it, and it is asked about once', async () => {
      const server = await at.shared(onNodes);
      const marker = join(await at.folder(), 'marker');
      const { text } = await server.call('pve_run_plan', {
        title: 'Two commands',
        steps: [
          { tool: 'pve_exec_host', arguments: { node: 'pve2', command: 'exit 4' } },
          { tool: 'pve_exec_host', arguments: { node: 'pve2', command: `touch ${marker}` } },
        ],
      });
      expect(server.questions).toHaveLength(1);
      expect(text).toMatch(/^0 of 2 steps ran; step 1 did not succeed/);
      expect(existsSync(marker)).toBe(false);
    });

    test('unlocks a guest, which no token can', async () => {
      const server = await at.shared(onNodes);
      const lock = async () =>
        ((await at.node.demo.request('GET', '/nodes/pve2/qemu/109/config')).data as { readonly lock?: string }).lock;
      expect(await lock()).toBe('backup');
      const { text } = await server.call('pve_exec_host', { node: 'pve2', command: 'qm unlock 109' });
      expect(text).toMatch(/^Exit code 0/);
      expect(await lock()).toBeUndefined();
    });
  });

  describe('the way by SSH', () => {
    test('a host key that is not known is refused with its fingerprint, and the line that helps is heeded at once', async () => {
      const known = join(await at.folder(), 'known_hosts');
      await writeFile(known, '');
      const server = await at.start({ ...onNodes, PVE_SSH_KNOWN_HOSTS: known });
      const call = () => server.call('pve_exec_host', { node: 'pve2', command: 'echo reached' });
      const { text, isError } = await call();
      expect(isError).toBe(true);
      expect(text).toMatch(/host_key.*is not trusted, so nothing was sent/);
      expect(text).toMatch(/shown: ssh-ed25519 SHA256:/);
      expect(text).toContain(hostLine(at.node).trim());
      await writeFile(known, hostLine(at.node));
      expect((await call()).text).toMatch(/^Exit code 0[\s\S]*reached/);
    });

    test('a fingerprint that is set is enough; another one is refused', async () => {
      const known = join(await at.folder(), 'known_hosts');
      await writeFile(known, '');
      const strange = `SHA256:${'A'.repeat(43)}`;
      const first = await at.start({ ...onNodes, PVE_SSH_KNOWN_HOSTS: known, PVE_SSH_FINGERPRINT: `pve2=${strange}` });
      const refused = await first.call('pve_exec_host', { node: 'pve2', command: 'echo reached' });
      expect(refused.text).toMatch(/not the one of PVE_SSH_FINGERPRINT, so nothing was sent/);
      const print = /shown: ssh-ed25519 (SHA256:\S+)/.exec(refused.text)?.[1] ?? '';
      const second = await at.start({ ...onNodes, PVE_SSH_KNOWN_HOSTS: known, PVE_SSH_FINGERPRINT: `pve2=${print}` });
      expect((await second.call('pve_exec_host', { node: 'pve2', command: 'echo reached' })).text).toMatch(/reached/);
    });

    test('a changed host key is refused with both', async () => {
      const folder = await at.folder();
      const known = join(folder, 'known_hosts');
      const other = makeKey(join(folder, 'other')).split(' ').slice(0, 2).join(' ');
      await writeFile(known, `[127.0.0.1]:${at.node.sshd.port} ${other}\n`);
      const server = await at.start({ ...onNodes, PVE_SSH_KNOWN_HOSTS: known });
      const { text, isError } = await server.call('pve_exec_host', { node: 'pve2', command: 'id' });
      expect(isError).toBe(true);
      expect(text).toMatch(/has changed[\s\S]*trusted: ssh-ed25519 SHA256:[\s\S]*shown: ssh-ed25519 SHA256:/);
    });

    test('a password opens it, after the host key was found right', async () => {
      const password = await startPasswordServer('c4n4ry pass word');
      onTestFinished(password.stop);
      const settings = (fingerprint: string) => ({
        ...onNodes,
        PVE_SSH_KEY: '',
        PVE_SSH_PASSWORD: 'c4n4ry pass word',
        PVE_SSH_PORT: String(password.port),
        PVE_SSH_FINGERPRINT: fingerprint,
      });
      const first = await at.start(settings(''));
      const refused = await first.call('pve_exec_host', { node: 'pve2', command: 'id' });
      expect(refused.text).toMatch(/is not trusted, so nothing was sent/);
      expect(password.attempts).toEqual([]);
      const print = /shown: ssh-ed25519 (SHA256:\S+)/.exec(refused.text)?.[1] ?? '';
      const server = await at.start(settings(`pve2=${print}`));
      await server.call('pve_exec_host', { node: 'pve2', command: 'id' });
      expect(password.attempts).toEqual(['password c4n4ry pass word']);
      const everything = [server.received(), server.stderr(), JSON.stringify(await server.records())];
      expect(everything.join('\n')).not.toContain('c4n4ry');
    });

    test.each([
      ['no key', {}, 'missing', /There is no SSH key[\s\S]*ssh-keygen -t ed25519/],
      ['a key that is not authorised', {}, 'stranger', /does not let .* in with the key SHA256:[\s\S]*ssh-copy-id/],
      [
        'a wrong passphrase',
        { PVE_SSH_KEY_PASSPHRASE: 'c4n4ry-wrong' },
        'closed',
        /The passphrase does not open the SSH key/,
      ],
      ['no agent', { PVE_SSH_KEY: '' }, '', /No SSH agent is running[\s\S]*ssh-add/],
    ])('%s is told, with what to do, and the secret stays here', async (_what, env, file, expected) => {
      const folder = await at.folder();
      if (file === 'stranger') makeKey(join(folder, file));
      if (file === 'closed') makeKey(join(folder, file), 'ed25519', 'c4n4ry-right');
      const server = await at.start({ ...onNodes, PVE_SSH_KEY: join(folder, file), ...env });
      const { text, isError } = await server.call('pve_exec_host', { node: 'pve2', command: 'id' });
      expect(isError).toBe(true);
      expect(text).toMatch(expected);
      const everything = [server.received(), server.stderr(), JSON.stringify(await server.records())];
      expect(everything.join('\n')).not.toContain('c4n4ry');
    });

    test('without SSH the answer says how it is set up', async () => {
      const server = await at.shared(withoutSsh);
      const { text, isError } = await server.call('pve_exec_guest', { guest: 107, command: 'id' });
      expect(isError).toBe(true);
      expect(text).toMatch(/SSH is not set up[\s\S]*PVE_SSH_USER/);
    });

    test('a setting that is not understood stops the start with the nearest name', async () => {
      await expect(at.start({ PVE_SSH_PASSWRD: 'c4n4ry' })).rejects.toThrow(/Did you mean PVE_SSH_PASSWORD\?/);
    });
  });

  describe('in a container', () => {
    test('G1: the words that pct gets are those that were approved', async () => {
      const server = await at.shared();
      const before = at.node.standIns.calls.length;
      const words = ['printf', '%s|', 'a  b', '$HOME', "it's", ''];
      const { text, isError } = await server.call('pve_exec_guest', { guest: 107, argv: words });
      expect(isError, text).toBe(false);
      expect(text).toMatch(/^Exit code 0 in .* \(container 107 on pve2\)\n[\s\S]*a {2}b\|\$HOME\|it's\|\|/);
      const ran = at.node.standIns.calls.slice(before).filter(({ argv }) => argv[0] === 'exec');
      expect(ran).toHaveLength(1);
      expect(ran[0]?.argv.slice(0, 2)).toEqual(['exec', '107']);
      // The words are packed for the way through pct; what comes out inside is above.
      expect(ran[0]?.argv.at(-1)).toContain("'printf' '%s|' 'a  b' '$HOME'");
    });

    test('a denied one reaches no program of the node', async () => {
      const server = await at.start({}, { elicit: () => ({ action: 'decline' }) });
      const before = at.node.standIns.calls.length;
      const { isError } = await server.call('pve_exec_guest', { guest: 107, command: 'id' });
      expect(isError).toBe(true);
      expect(server.questions).toHaveLength(1);
      expect(at.node.standIns.calls.length).toBe(before);
    });

    test('time-out ends what runs inside', async () => {
      const server = await at.shared();
      const pids = join(await at.folder(), 'pids');
      const command = `echo begun; sleep 300 & echo $! > ${pids}; wait`;
      const { text } = await server.call('pve_exec_guest', { guest: 107, command, timeout_seconds: 2 });
      expect(text).toMatch(/^Not finished: its time was over/);
      await ended(Number(await content(pids)));
    });
  });

  describe('in a VM', () => {
    test('G1, G5: go by the guest agent, without SSH, and reach the cluster as they were approved', async () => {
      const server = await at.shared(withoutSsh);
      const { text, isError } = await server.call('pve_exec_guest', { guest: 101, argv: ['echo', 'a  b', '$HOME'] });
      expect(isError, text).toBe(false);
      expect(text).toMatch(/^Exit code 0 in .* \(VM 101 on pve2\)\nstdout, \d+ bytes:\na {2}b \$HOME\n/);
      expect(server.questions).toHaveLength(1);
      const failed = await server.call('pve_exec_guest', { guest: 101, command: 'echo out; exit 3' });
      expect(failed).toMatchObject({
        isError: false,
        text: expect.stringMatching(/^Failed with exit code 3[\s\S]*out/),
      });
    });

    test('a stopped one is told, and not asked about again', async () => {
      const server = await at.shared(withoutSsh);
      const { text, isError } = await server.call('pve_exec_guest', { guest: 113, command: 'id' });
      expect(isError).toBe(true);
      expect(text).toMatch(/not running/);
    });
  });
});
