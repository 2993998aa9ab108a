import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { auditRecords, demoEnvironment, serverPath } from '../support/mcp.ts';
import { serversOverDemo } from '../support/servers.ts';

const at = serversOverDemo();

/** Runs the server to its end, with nothing to read. */
async function run(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [serverPath, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += `stdout: ${chunk.toString('utf8')}`;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  const [code] = await once(child, 'close');
  return { code, output };
}

/** A file of two connections to the demo: `home` with these settings, and `other`, where agents only read. */
async function configFile(settings: object): Promise<string> {
  const { url, fingerprint, tokenId, tokenSecret } = at.demo;
  const login = { base_url: url, fingerprint, token_id: tokenId, token_secret: tokenSecret };
  const connections = [
    { name: 'home', ...login, access_level: 'read-execute', ...settings },
    { name: 'other', ...login },
  ];
  const file = join(at.dir, 'connections.json');
  await writeFile(file, JSON.stringify({ connections }), { mode: 0o600 });
  return file;
}

const approve = ['--approve=operate'];
const shutdown = { guest: 'queue-03', action: 'shutdown' };

describe('--approve=operate', () => {
  test('power operations run without a question; it is said at the start, and stands in the audit', async () => {
    const server = await at.start({ env: demoEnvironment(at.demo, join(at.dir, 'audit')), args: approve });
    const { text, isError } = await server.call('pve_power_guest', shutdown);
    expect(isError, text).toBe(false);
    expect(await at.writes()).toHaveLength(1);
    expect(server.stderr()).toBe(
      '--approve=operate: power operations and migrations of guests on "127.0.0.1" run without a question; the access level is read-execute.\n',
    );
    expect(await auditRecords(join(at.dir, 'audit'))).toEqual([
      expect.objectContaining({ phase: 'before', decision: 'allowed: the server was started with --approve=operate' }),
      expect.objectContaining({ phase: 'after', outcome: 'ok' }),
    ]);
  });

  test('below read-execute it changes nothing, and says so', async () => {
    const server = await at.start({ env: demoEnvironment(at.demo, join(at.dir, 'audit'), 'read-only'), args: approve });
    expect((await server.call('pve_power_guest', shutdown)).text).toMatch(
      /^Denied: The access level of .* is read-only/,
    );
    expect(server.stderr()).toMatch(/^--approve=operate changes nothing on .* the access level is read-only/);
    expect(await at.writes()).toEqual([]);
  });

  test('G14: a policy still asks, and still forbids', async () => {
    const policies = [
      { verdict: 'ask', vmids: [101, 101] },
      { verdict: 'read-only', node: 'pve3' },
    ];
    let questions = 0;
    const server = await at.start({
      env: { PVE_CONFIG: await configFile({ policies }), PVE_AUDIT_DIR: join(at.dir, 'audit') },
      args: approve,
      elicit: () => {
        questions += 1;
        return { action: 'decline' };
      },
    });
    const stop = (guest: string) => server.call('pve_power_guest', { guest, action: 'reboot', cluster: 'home' });
    expect((await stop('web-01')).text).toMatch(/^The user denied this\./);
    expect(questions).toBe(1);
    expect((await stop('dns-01')).text).toMatch(/^Denied: A policy says: Everything on the node "pve3"/);
    expect(await at.writes()).toEqual([]);
    expect((await stop('web-02')).text).toMatch(/reboot OK/);
    expect(questions).toBe(1);
  });

  test.each([
    [['--approve=destroy']],
    [['--approve=all']],
    [['--approve', 'operate']],
    [['--approve']],
    [['--approve=operate', '--approve=operate']],
    [['--approve=operate', 'audit']],
  ])('G8: %j is refused with what is allowed', async (args) => {
    const { code, output } = await run(args, demoEnvironment(at.demo, at.dir));
    expect(code).toBe(2);
    expect(output).toBe(
      'The only approval that can be given at the start is --approve=operate, and nothing beside it.\n',
    );
  });

  test('G8: it is refused where the editor asks', async () => {
    const bridge = { PROXMOX_BRIDGE_PATH: '/nowhere', PROXMOX_BRIDGE_LAUNCH: 'l', PROXMOX_BRIDGE_KEY: 'k'.repeat(43) };
    const { code, output } = await run(approve, bridge);
    expect(code).toBe(1);
    expect(output).toContain('--approve=operate is not possible where the editor asks');
  });
});

describe('policies and the time to answer, of a connection of a file', () => {
  test('G14: what a policy allows runs without a question, and nothing else does', async () => {
    const policies = [{ verdict: 'allow', vmids: [116, 116] }];
    const server = await at.start({
      env: { PVE_CONFIG: await configFile({ policies, answer_minutes: 1 }), PVE_AUDIT_DIR: join(at.dir, 'audit') },
    });
    const reboot = (guest: number, cluster: string) =>
      server.call('pve_power_guest', { guest, action: 'start', cluster }).then(({ text }) => text);
    expect(await reboot(116, 'home')).toMatch(/start OK/);
    expect(await reboot(101, 'home')).toMatch(/^Denied: Nobody could be asked/);
    expect(await reboot(116, 'other')).toMatch(/^Denied: The access level of "other" is read-only/);
    expect(await auditRecords(join(at.dir, 'audit'))).toContainEqual(
      expect.objectContaining({ phase: 'before', decision: expect.stringMatching(/^allowed: a policy says: /) }),
    );
  });
});

describe('a folder of somebody else’s files', () => {
  test('G8: a server that is started in it behaves as anywhere else', async () => {
    const loose = { PVE_ACCESS_LEVEL: 'full', PVE_APPROVE: 'operate' };
    const lines = Object.entries(loose).map(([name, value]) => `${name}=${value}\n`);
    const connections = [
      { name: 'evil', base_url: 'https://192.0.2.1', token_id: 'a@b!c', token_secret: 'x', access_level: 'full' },
    ];
    await mkdir(join(at.dir, '.vscode'));
    const files: Record<string, string> = {
      '.env': lines.join(''),
      '.npmrc': 'node-options=--env-file=.env\n',
      'package.json': JSON.stringify({ type: 'commonjs', config: loose, 'proxmox-mcp': loose }),
      PVE_CONFIG: JSON.stringify({ connections }),
      'connections.json': JSON.stringify({ connections }),
      'proxmox-mcp.json': JSON.stringify({ connections, approve: 'operate' }),
      '.vscode/settings.json': JSON.stringify({ 'proxmox.approve': 'operate', 'proxmox.accessLevel': 'full' }),
      '.vscode/mcp.json': JSON.stringify({
        servers: { proxmox: { command: 'proxmox-mcp', args: approve, env: loose } },
      }),
    };
    for (const [name, content] of Object.entries(files)) await writeFile(join(at.dir, name), content, { mode: 0o600 });

    const env = demoEnvironment(at.demo, join(at.home, 'audit'), 'read-only');
    const [inside, outside] = [await at.start({ env, cwd: at.dir }), await at.start({ env, cwd: at.home })];
    expect(await inside.client.listTools()).toEqual(await outside.client.listTools());
    for (const server of [inside, outside]) {
      expect((await server.call('pve_get_cluster')).isError).toBe(false);
      expect((await server.call('pve_power_guest', shutdown)).text).toMatch(
        /^Denied: The access level of .* is read-only/,
      );
      expect(server.stderr()).toBe('');
    }
    expect(await at.writes()).toEqual([]);
  });
});
