import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Environment, readConfig } from '../../../src/server/config.ts';
import { temporaryFolder } from '../../support/folder.ts';

const base = { PVE_BASE_URL: 'pve1', PVE_TOKEN_ID: 'root@pam!mcp', PVE_TOKEN_SECRET: 'a-secret-value' };
const print = `SHA256:${'a'.repeat(43)}`;

async function connection(env: Environment, learn: (secret: string) => void = () => {}) {
  const [only] = (await readConfig(env, learn)).connections;
  return only;
}
const withSsh = (env: Environment) => connection({ ...base, ...env });

async function refusal(env: Environment): Promise<string> {
  return readConfig(env, () => {}).then(
    () => 'it started',
    (error: unknown) => String(error instanceof Error && 'data' in error ? JSON.stringify(error.data) : error),
  );
}

describe('SSH of the standalone server', () => {
  test('is off, and with it what goes over it', async () => {
    const only = await connection(base);
    expect(only).not.toHaveProperty('ssh');
    expect(only).not.toHaveProperty('commands');
  });

  test('a user alone: port 22, the agent, no sudo, the user’s own known_hosts', async () => {
    const config = await readConfig({ ...base, PVE_SSH_USER: 'root', SSH_AUTH_SOCK: '/run/agent' }, () => {});
    expect(config.sshAgent).toBe('/run/agent');
    expect(config.connections[0]?.ssh).toEqual({
      user: 'root',
      port: 22,
      auth: { kind: 'agent' },
      sudo: false,
      addresses: {},
      fingerprints: [],
    });
    expect(config.connections[0]).not.toHaveProperty('commands');
  });

  test('everything', async () => {
    const only = await withSsh({
      PVE_SSH_USER: 'ops',
      PVE_SSH_PORT: '2222',
      PVE_SSH_KEY: '/keys/id',
      PVE_SSH_KEY_PASSPHRASE: ' open it ',
      PVE_SSH_JUMP: 'me@bastion:2200',
      PVE_SSH_SUDO: '1',
      PVE_SSH_ADDRESSES: 'pve1=10.0.0.1, pve2=fd00::2',
      PVE_SSH_KNOWN_HOSTS: '/keys/known_hosts',
      PVE_SSH_FINGERPRINT: `pve1=${print}, bastion=${print}=`,
      PVE_SSH_HOST_COMMANDS: '1',
      PVE_SSH_QUIET_READS: 'true',
    });
    expect(only?.ssh).toEqual({
      user: 'ops',
      port: 2222,
      auth: { kind: 'key', file: '/keys/id', passphrase: ' open it ' },
      jump: { user: 'me', host: 'bastion', port: 2200 },
      sudo: true,
      addresses: { pve1: '10.0.0.1', pve2: 'fd00::2' },
      knownHosts: '/keys/known_hosts',
      fingerprints: [
        { name: 'pve1', sha256: print },
        { name: 'bastion', sha256: print },
      ],
    });
    expect(only?.commands).toEqual({ host: true, quietReads: true });
  });

  test('a password; the user of the jump host is the same where none is said', async () => {
    const only = await withSsh({ PVE_SSH_USER: 'root', PVE_SSH_PASSWORD: ' secret ', PVE_SSH_JUMP: 'bastion' });
    expect(only?.ssh).toMatchObject({
      auth: { kind: 'password', password: ' secret ' },
      jump: { user: 'root', host: 'bastion', port: 22 },
    });
  });

  test('reading commands in VMs need no SSH', async () => {
    const only = await withSsh({ PVE_SSH_QUIET_READS: '1' });
    expect(only?.commands).toEqual({ quietReads: true });
    expect(only).not.toHaveProperty('ssh');
  });

  test('switches that are off are off', async () => {
    const off = { PVE_SSH_USER: 'root', PVE_SSH_HOST_COMMANDS: '0', PVE_SSH_QUIET_READS: 'false', PVE_SSH_SUDO: '' };
    const only = await withSsh(off);
    expect(only).not.toHaveProperty('commands');
    expect(only?.ssh?.sudo).toBe(false);
  });

  test('G15: password and passphrase are learnt before anything else', async () => {
    const learnt: string[] = [];
    const secrets = { PVE_SSH_PASSWORD: 'canary-password', PVE_SSH_KEY_PASSPHRASE: 'canary-passphrase' };
    await expect(connection({ ...base, ...secrets }, (secret) => learnt.push(secret))).rejects.toThrow();
    expect(learnt).toEqual(expect.arrayContaining(Object.values(secrets)));
  });

  test.each([
    ['a key without a user', { PVE_SSH_KEY: '/k' }, 'PVE_SSH_KEY is set without PVE_SSH_USER'],
    ['commands on nodes without a user', { PVE_SSH_HOST_COMMANDS: '1' }, 'PVE_SSH_HOST_COMMANDS is set without'],
    ['a user with the realm', { PVE_SSH_USER: 'root@pam' }, 'PVE_SSH_USER is no name of a user'],
    ['port 0', { PVE_SSH_USER: 'root', PVE_SSH_PORT: '0' }, 'PVE_SSH_PORT is not understood'],
    [
      'a key and a password',
      { PVE_SSH_USER: 'r', PVE_SSH_KEY: '/k', PVE_SSH_PASSWORD: 'canary' },
      'PVE_SSH_KEY and PVE_SSH_PASSWORD are both set',
    ],
    [
      'an agent and a key',
      { PVE_SSH_USER: 'r', PVE_SSH_KEY: '/k', PVE_SSH_AGENT: '1' },
      'PVE_SSH_KEY and PVE_SSH_AGENT are both set',
    ],
    [
      'a passphrase of no key',
      { PVE_SSH_USER: 'r', PVE_SSH_KEY_PASSPHRASE: 'canary' },
      'PVE_SSH_KEY_PASSPHRASE is set without PVE_SSH_KEY',
    ],
    [
      'a key below the folder of the start',
      { PVE_SSH_USER: 'r', PVE_SSH_KEY: 'id' },
      'PVE_SSH_KEY is a path below the folder',
    ],
    [
      'known_hosts below it',
      { PVE_SSH_USER: 'r', PVE_SSH_KNOWN_HOSTS: 'known_hosts' },
      'PVE_SSH_KNOWN_HOSTS is a path below the folder',
    ],
    ['a jump host that is none', { PVE_SSH_USER: 'r', PVE_SSH_JUMP: 'a b' }, 'PVE_SSH_JUMP is not understood'],
    [
      'addresses that are none',
      { PVE_SSH_USER: 'r', PVE_SSH_ADDRESSES: '10.0.0.1' },
      'PVE_SSH_ADDRESSES is not understood',
    ],
    ['two addresses of one node', { PVE_SSH_USER: 'r', PVE_SSH_ADDRESSES: 'pve1=a,pve1=b' }, 'each node once'],
    [
      'a fingerprint of no node',
      { PVE_SSH_USER: 'r', PVE_SSH_FINGERPRINT: print },
      'PVE_SSH_FINGERPRINT is not understood',
    ],
    ['a fingerprint that is none', { PVE_SSH_USER: 'r', PVE_SSH_FINGERPRINT: 'pve1=SHA256:abc' }, 'node=SHA256:'],
    ['a switch that is neither', { PVE_SSH_USER: 'r', PVE_SSH_SUDO: 'yes' }, 'PVE_SSH_SUDO is not understood'],
    [
      'a name that is nearly one',
      { PVE_SSH_PASS: 'canary' },
      'PVE_SSH_PASS is not a setting","hint":"Did you mean PVE_SSH_',
    ],
    [
      'a file and SSH beside it',
      { PVE_BASE_URL: '', PVE_TOKEN_ID: '', PVE_TOKEN_SECRET: '', PVE_CONFIG: '/c.json', PVE_SSH_USER: 'r' },
      'PVE_CONFIG and PVE_SSH_USER are both set',
    ],
  ])('%s stops the start', async (_what, change, message) => {
    const said = await refusal({ ...base, ...change });
    expect(said).toContain(message);
    expect(said).not.toContain('canary');
  });
});

describe('SSH in a file of connections', () => {
  const home = { name: 'home', base_url: 'pve1', token_id: 'root@pam!mcp', token_secret: 's' };
  const write = async (more: object) => {
    const file = join(await temporaryFolder(), 'connections.json');
    await writeFile(file, JSON.stringify({ connections: [{ ...home, ...more }] }));
    await chmod(file, 0o600);
    return file;
  };

  test('the same settings; paths are looked up from its folder', async () => {
    const file = await write({
      ssh_user: 'root',
      ssh_port: 2222,
      ssh_key: 'id',
      ssh_sudo: true,
      ssh_addresses: ['pve1=10.0.0.1', 'pve2=10.0.0.2'],
      ssh_known_hosts: 'hosts',
      ssh_fingerprint: `pve1=${print}`,
      ssh_host_commands: true,
      ssh_quiet_reads: false,
    });
    const only = await connection({ PVE_CONFIG: file });
    expect(only?.ssh).toEqual({
      user: 'root',
      port: 2222,
      auth: { kind: 'key', file: join(dirname(file), 'id') },
      sudo: true,
      addresses: { pve1: '10.0.0.1', pve2: '10.0.0.2' },
      knownHosts: join(dirname(file), 'hosts'),
      fingerprints: [{ name: 'pve1', sha256: print }],
    });
    expect(only?.commands).toEqual({ host: true });
  });

  test.each([
    [{ ssh_user: 'root', ssh_sudo: '1' }, 'connections.0.ssh_sudo is not as it should be'],
    [{ ssh_users: 'root' }, 'Did you mean ssh_user?'],
    [{ ssh_user: 'root', ssh_port: 70_000 }, 'PVE_CONFIG: ssh_port of \\"home\\" is not understood'],
  ])('%j stops the start', async (more, message) => {
    expect(await refusal({ PVE_CONFIG: await write(more) })).toContain(message);
  });
});

describe('the folders of files', () => {
  test('there are none unless somebody names them', async () => {
    expect((await readConfig(base, () => {})).filesDirs).toEqual([]);
  });

  test('several, beside everything else', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'b'));
    const named = `${folder}, ${join(folder, 'b')}`;
    expect((await readConfig({ ...base, PVE_FILES_DIR: named }, () => {})).filesDirs).toEqual([
      folder,
      join(folder, 'b'),
    ]);
  });

  test.each([
    ['below the folder of the start', 'files', 'PVE_FILES_DIR is a path below the folder'],
    ['that is not there', '/nowhere/files', 'PVE_FILES_DIR names a folder that cannot be read'],
    ['that is a file', '/etc/hostname', 'PVE_FILES_DIR names something that is no folder'],
    ['with a comma too many', '/tmp,', 'PVE_FILES_DIR is a path below'],
  ])('one %s stops the start', async (_what, folder, message) => {
    expect(await refusal({ ...base, PVE_FILES_DIR: folder })).toContain(message);
  });
});
