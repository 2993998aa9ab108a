import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Demo, startDemo } from '../support/demo.ts';
import { demoEnvironment, serverPath, startServer } from '../support/mcp.ts';

let demo: Demo;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'proxmox-server-'));
  demo = await startDemo({ speed: 20 });
});
afterAll(async () => {
  await demo.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Runs the server with some input, to its end. */
async function run(args: readonly string[], env: Record<string, string>, input = '') {
  const child = spawn(process.execPath, [serverPath, ...args], { env, stdio: 'pipe' });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

const nowhere = {
  PVE_BASE_URL: 'https://127.0.0.1:9',
  PVE_TOKEN_ID: 'root@pam!test',
  PVE_TOKEN_SECRET: 'not-a-real-secret',
};

describe('the command line', () => {
  test('--version and --help answer on stdout', async () => {
    expect(await run(['--version'], {})).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
    expect((await run(['--help'], {})).stdout).toContain('PVE_ACCESS_LEVEL');
  });

  test('anything else is an error with exit code 2, and nothing on stdout', async () => {
    expect(await run(['--stdio'], {})).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('does not know "--stdio"'),
    });
  });
});

describe('a start that cannot work ends with exit code 1 and a message on stderr', () => {
  test.each<[string, Record<string, string>, string]>([
    ['nothing set', {}, 'PVE_BASE_URL is not set'],
    ['a name that does not exist', { ...nowhere, PVE_LEVEL: 'full' }, 'Did you mean PVE_ACCESS_LEVEL?'],
    ['a token that is none', { ...nowhere, PVE_TOKEN_ID: 'root' }, 'user@realm!name'],
    ['a CA file that is not there', { ...nowhere, PVE_CA_FILE: '/nowhere/ca.pem' }, 'PVE_CA_FILE cannot be read'],
    ['half of a bridge', { ...nowhere, PROXMOX_BRIDGE_PATH: '/nowhere' }, 'only a part'],
    [
      'a bridge that is not there',
      { PROXMOX_BRIDGE_PATH: '/nowhere/sock', PROXMOX_BRIDGE_LAUNCH: 'l', PROXMOX_BRIDGE_KEY: 'k'.repeat(43) },
      'extension is not reachable',
    ],
  ])('%s', async (_what, env, message) => {
    const { code, stdout, stderr } = await run([], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain(nowhere.PVE_TOKEN_SECRET);
  });

  test('G17: PVE_VERIFY_SSL=false without a fingerprint, which is shown to compare', async () => {
    const env = { ...demoEnvironment(demo, dir), PVE_FINGERPRINT: '', PVE_VERIFY_SSL: 'false' };
    const { code, stdout, stderr } = await run([], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`PVE_FINGERPRINT=${demo.fingerprint}`);
  });

  test('G17: the same when there is nobody to show a certificate', async () => {
    const { code, stderr } = await run([], { ...nowhere, PVE_VERIFY_SSL: 'false' });
    expect(code).toBe(1);
    expect(stderr).toContain('Set PVE_FINGERPRINT');
  });
});

describe('the protocol', () => {
  test('initialize and tools/list do not wait for the cluster; stdout carries messages only; the end of stdin ends the process', async () => {
    const initialize = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
    const messages = [
      { id: 1, method: 'initialize', params: initialize },
      { method: 'notifications/initialized' },
      { id: 2, method: 'tools/list' },
      { id: 3, method: 'no/such/method' },
    ];
    const input = `${messages.map((message) => JSON.stringify({ jsonrpc: '2.0', ...message })).join('\n')}\nnot json\n`;
    // Nobody answers at this address; a server that asked it would wait.
    const { code, stdout, stderr } = await run(
      [],
      { ...nowhere, PVE_BASE_URL: '192.0.2.1', PVE_AUDIT_DIR: dir },
      input,
    );
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .sort((a, b) => a.id - b.id);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(answers.map(({ jsonrpc, id }) => [jsonrpc, id])).toEqual([
      ['2.0', 1],
      ['2.0', 2],
      ['2.0', 3],
    ]);
    expect(answers[0].result).toMatchObject({
      serverInfo: { name: 'proxmox-mcp', title: 'Proxmox', version: '0.1.0' },
      instructions: expect.stringContaining('A denial is final'),
    });
    expect(answers[1].result.tools.length).toBeGreaterThan(5);
    expect(answers[2].error.code).toBe(-32601);
  });

  test('tools are listed as the level allows, with honest hints, and take no argument beside those of their schemas', async () => {
    const readOnly = await startServer({ env: demoEnvironment(demo, dir, 'read-only') });
    const execute = await startServer({ env: demoEnvironment(demo, dir, 'read-execute') });
    try {
      const { tools } = await execute.client.listTools();
      const names = tools.map(({ name }) => name);
      const readable = (await readOnly.client.listTools()).tools;
      // A command and a plan may only read; everything else that is listed at this level does nothing else.
      expect(readable.filter(({ annotations }) => annotations?.readOnlyHint !== true).map(({ name }) => name)).toEqual([
        'pve_exec_guest',
        'pve_run_plan',
      ]);
      expect(names).toEqual(expect.arrayContaining(readable.map(({ name }) => name)));
      expect(names).toContain('pve_power_guest');
      expect(names).not.toContain('pve_update_guest');
      expect(names).not.toContain('pve_exec_host');
      const reads = readable
        .map(({ name }) => name)
        .filter((name) => name !== 'pve_run_plan' && name !== 'pve_exec_guest');
      for (const { name, annotations, inputSchema } of tools) {
        // What comes out of guests may be anything.
        const openWorldHint = name === 'pve_exec_guest' || name === 'pve_read_file';
        expect(annotations).toEqual(
          reads.includes(name)
            ? { readOnlyHint: true, openWorldHint }
            : { readOnlyHint: false, destructiveHint: true, openWorldHint },
        );
        expect(inputSchema).toMatchObject({ type: 'object' });
        // What is not listed is refused by name, though the list does not say so of each tool.
        const refused = await execute.client.callTool({ name, arguments: { nonsense: 1 } });
        expect(refused).toMatchObject({ isError: true });
        expect(JSON.stringify(refused.content)).toContain('nonsense: is not an argument');
        expect(inputSchema.properties ?? {}).not.toHaveProperty('cluster');
      }
    } finally {
      await readOnly.stop();
      await execute.stop();
    }
  });

  test('SIGTERM ends the process', async () => {
    const server = await startServer({ env: demoEnvironment(demo, dir) });
    const closed = new Promise<void>((resolve) => {
      server.client.onclose = resolve;
    });
    process.kill(server.pid, 'SIGTERM');
    await closed;
    expect(() => process.kill(server.pid, 0)).toThrow('ESRCH');
  });
});

describe('trust', () => {
  test("G17: the cluster's own CA, from a file", async () => {
    const { data } = await demo.request('GET', '/nodes/pve1/certificates/info');
    const [, pem] = /"filename":"pve-root-ca.pem".*?"pem":("[^"]+")/.exec(JSON.stringify(data)) ?? [];
    const file = join(dir, 'ca.pem');
    await writeFile(file, JSON.parse(pem ?? '""'));
    const server = await startServer({
      env: { ...demoEnvironment(demo, dir), PVE_FINGERPRINT: '', PVE_CA_FILE: file },
    });
    try {
      expect((await server.call('pve_get_cluster')).text).toMatch(/^Cluster /);
    } finally {
      await server.stop();
    }
  });
});

describe('a cluster that cannot be used', () => {
  const otherPrint = Array.from({ length: 32 }, () => 'AB').join(':');
  test.each<[string, (env: Record<string, string>) => Record<string, string>, RegExp]>([
    [
      'wrong token',
      (env) => ({ ...env, PVE_TOKEN_SECRET: '00000000-0000-4000-8000-000000000000' }),
      /^Error \(unauthenticated\): .*\n[\s\S]*Next: /,
    ],
    ['untrusted certificate', (env) => ({ ...env, PVE_FINGERPRINT: '' }), /^Error \(certificate\): .*\n[\s\S]*Next: /],
    [
      'changed certificate',
      (env) => ({ ...env, PVE_FINGERPRINT: otherPrint }),
      /^Error \(certificate\): [\s\S]*AB:AB[\s\S]*Next: /,
    ],
    [
      'unreachable host',
      (env) => ({ ...env, PVE_BASE_URL: 'https://127.0.0.1:9' }),
      /^Error \(unreachable\): .*127\.0\.0\.1:9[\s\S]*Next: /,
    ],
  ])('%s: the answer says so, and the server goes on', async (_what, change, message) => {
    const env = change(demoEnvironment(demo, dir));
    const server = await startServer({ env });
    try {
      for (const tool of ['pve_get_cluster', 'pve_list_guests']) {
        const { text, isError } = await server.call(tool);
        expect(isError).toBe(true);
        expect(text).toMatch(message);
      }
      expect(server.received()).not.toContain(env.PVE_TOKEN_SECRET);
      expect(server.stderr()).toBe('');
    } finally {
      await server.stop();
    }
  });
});
