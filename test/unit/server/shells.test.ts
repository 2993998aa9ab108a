import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SshConfig } from '../../../src/server/config-ssh.ts';
import { hostKeysOf } from '../../../src/server/shells.ts';
import { createHostKeys, describeKey, type SshHost } from '../../../src/ssh/host-keys.ts';
import { temporaryFolder } from '../../support/folder.ts';

const host: SshHost = { role: 'node', name: 'pve1', address: '10.0.0.1', port: 2222 };
const blob = (bytes = randomBytes(32)) => {
  const part = (data: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, data.length]), data]);
  return Buffer.concat([part(Buffer.from('ssh-ed25519')), part(bytes)]);
};
const [key, other] = [describeKey(blob()), describeKey(blob())];
const { signal } = new AbortController();

async function hostKeys(fingerprints: SshConfig['fingerprints'] = [], lines = '') {
  const knownHosts = join(await temporaryFolder(), 'known_hosts');
  await writeFile(knownHosts, lines);
  const ssh: SshConfig = { user: 'root', port: 22, auth: { kind: 'agent' }, sudo: false, addresses: {}, fingerprints };
  const keys = createHostKeys(hostKeysOf({ ...ssh, knownHosts }));
  return {
    knownHosts,
    judge: async () => (await keys.expect(host)).judge(key),
    ask: () => keys.ask(host, key, signal),
  };
}

test('G8: standalone, a host key that nobody has trusted beforehand is refused, with the line that would trust it', async () => {
  const { judge, ask, knownHosts } = await hostKeys();
  expect(await judge()).toBe('unknown');
  await expect(ask()).rejects.toMatchObject({
    code: 'host_key',
    data: {
      reason: [`shown: ssh-ed25519 ${key.sha256}`],
      hint: expect.stringContaining(`add to ${knownHosts} the line: [10.0.0.1]:2222 ssh-ed25519 ${key.key}`),
    },
  });
  expect(await judge()).toBe('unknown');
});

test('the line that was told is the one that trusts it', async () => {
  const { judge } = await hostKeys([], `[10.0.0.1]:2222 ssh-ed25519 ${key.key}\n`);
  expect(await judge()).toBe('trusted');
});

test('G8: a fingerprint counts for the node that it is set for, and for no other key', async () => {
  const trusting = await hostKeys([{ name: 'pve1', sha256: key.sha256 }]);
  await trusting.ask();
  expect(await trusting.judge()).toBe('trusted');
  for (const fingerprints of [[{ name: 'pve2', sha256: key.sha256 }], [{ name: 'pve1', sha256: other.sha256 }]])
    await expect((await hostKeys(fingerprints)).ask()).rejects.toMatchObject({ code: 'host_key' });
});

test('a fingerprint does not outweigh another key in known_hosts', async () => {
  const { judge } = await hostKeys(
    [{ name: 'pve1', sha256: key.sha256 }],
    `[10.0.0.1]:2222 ssh-ed25519 ${other.key}\n`,
  );
  expect(await judge()).toMatchObject({ code: 'host_key', message: expect.stringMatching(/has changed/) });
});

test('a file of host keys that cannot be read refuses everything: it may say what is revoked', async () => {
  const ssh: SshConfig = {
    user: 'root',
    port: 22,
    auth: { kind: 'agent' },
    sudo: false,
    addresses: {},
    fingerprints: [],
  };
  const keys = createHostKeys(hostKeysOf({ ...ssh, knownHosts: '/nowhere/known_hosts' }));
  await expect(keys.expect(host)).rejects.toMatchObject({ code: 'host_key' });
});
