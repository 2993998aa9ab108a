import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { oneTimePassword } from '../../src/demo/totp.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { makeIdentity, serve } from '../support/https-server.ts';
import { demoEnvironment, type Elicit, type McpServer, startServer } from '../support/mcp.ts';
import { type ProxyServer, startProxy } from '../support/proxy.ts';

let demo: Demo;
let home: string;
/** This test's own folder. */
let dir: string;
const opened: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'proxmox-login-'));
  demo = await startDemo({ speed: 20 });
});
beforeEach(async () => {
  dir = await mkdtemp(join(home, 'test-'));
});
afterEach(async () => {
  for (const it of opened.splice(0).reverse()) await it.stop();
});
afterAll(async () => {
  await demo.stop();
  await rm(home, { recursive: true, force: true });
});

const yes: Elicit = () => ({ action: 'accept', content: { answer: 'run' } });
const unauthenticated = /^Error \(unauthenticated\): [\s\S]*\nNext: /;

async function start(env: Record<string, string>, elicit?: Elicit): Promise<McpServer> {
  const server = await startServer({ env, ...(elicit === undefined ? {} : { elicit }) });
  opened.push(server);
  return server;
}

async function demoOfItsOwn(guests = 24): Promise<Demo> {
  const own = await startDemo({ speed: 20, guests });
  opened.push(own);
  return own;
}

/** The environment for the login of a user of the demo. */
function asUser(of: Demo, login: Record<string, string>): Record<string, string> {
  const { PVE_TOKEN_ID: _id, PVE_TOKEN_SECRET: _secret, ...rest } = demoEnvironment(of, join(dir, 'audit'));
  return { ...rest, PVE_USERNAME: of.username, PVE_PASSWORD: of.password, ...login };
}

function asTotpUser(of: Demo, login: Record<string, string>): Record<string, string> {
  return asUser(of, { PVE_USERNAME: of.totpUsername, PVE_PASSWORD: of.totpPassword, ...login });
}

describe('user and password', () => {
  test('reads, and writes with the CSRF token', async () => {
    const server = await start(asUser(demo, {}), yes);
    expect((await server.call('pve_get_cluster')).text).toMatch(/^Cluster demo/);
    const { text } = await server.call('pve_power_guest', { guest: 'queue-03', action: 'shutdown' });
    expect(text).toMatch(/shutdown OK in .*, now stopped$/);
  });

  test('a login that PVE no longer takes, in mid-work: reads and writes go on with a new one', async () => {
    const server = await start(asUser(demo, {}), yes);
    await server.call('pve_get_cluster');
    await demo.control({ ticket: 'expire' });
    expect((await server.call('pve_list_guests', { limit: 3 })).isError).toBe(false);
    await server.call('pve_get_guest', { guest: 116 });
    await demo.control({ ticket: 'expire' });
    expect((await server.call('pve_power_guest', { guest: 116, action: 'start' })).text).toContain('start OK');
  });

  test('a wrong password is asked about once, and not again by itself', async () => {
    const logins: string[] = [];
    const identity = makeIdentity();
    const node = await serve(identity, (request, response) => {
      logins.push(`${request.method} ${request.url}`);
      request.resume();
      response.writeHead(401, 'authentication failure', { 'content-type': 'application/json', connection: 'close' });
      response.end('{"data":null,"message":"authentication failure\\n"}');
    });
    opened.push({ stop: node.close });
    const env = asUser(demo, { PVE_BASE_URL: node.url, PVE_FINGERPRINT: identity.fingerprint });
    const server = await start({ ...env, PVE_PASSWORD: 'wrong-canary' });
    for (const tool of ['pve_get_cluster', 'pve_list_guests', 'pve_list_tasks']) {
      const { text, isError } = await server.call(tool);
      expect(isError).toBe(true);
      expect(text).toMatch(unauthenticated);
      expect(text).toContain('authentication failure');
      expect(text).toMatch(/password[\s\S]*restart/);
      expect(text).not.toContain('canary');
    }
    expect(logins).toEqual(['POST /api2/json/access/ticket']);
  });

  test('a user without a realm stops the start', async () => {
    await expect(start(asUser(demo, { PVE_USERNAME: 'demo' }))).rejects.toThrow('user@realm');
  });
});

describe('a second factor', () => {
  test('from its secret', async () => {
    const own = await demoOfItsOwn();
    const server = await start(asTotpUser(own, { PVE_TOTP: own.totpSecret }));
    expect((await server.call('pve_get_cluster')).text).toMatch(/^Cluster demo/);
  });

  test('from one code: used at the start, before it is too old', async () => {
    const own = await demoOfItsOwn();
    const code = oneTimePassword(own.totpSecret, Math.floor(Date.now() / 30_000));
    const server = await start(asTotpUser(own, { PVE_TOTP: code }));
    expect((await server.call('pve_get_cluster')).text).toMatch(/^Cluster demo/);
    // The code is used up: another server cannot log in with it.
    const second = await start(asTotpUser(own, { PVE_TOTP: code }));
    expect((await second.call('pve_get_cluster')).text).toMatch(unauthenticated);
    // And this one cannot log in anew, and says how that would be done.
    await own.control({ ticket: 'expire' });
    const { text } = await server.call('pve_list_guests');
    expect(text).toMatch(unauthenticated);
    expect(text).toContain('PVE_TOTP');
  });

  test.each([
    ['a wrong secret', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', /did not accept the code/],
    ['none', '', /needs a code/],
  ])('%s: the answer says so, and what to set', async (_what, totp, message) => {
    const server = await start(asTotpUser(demo, { PVE_TOTP: totp }));
    const { text, isError } = await server.call('pve_get_cluster');
    expect(isError).toBe(true);
    expect(text).toMatch(unauthenticated);
    expect(text).toMatch(message);
    expect(text).toContain('PVE_TOTP');
  });
});

describe('an API token', () => {
  test('what needs a login with a password says so', async () => {
    const server = await start(demoEnvironment(demo, join(dir, 'audit')));
    const fault = "403 Permission check failed - 'GET /version' is not available with API token, need proper ticket.";
    await demo.control({ fault, path: '/cluster/resources' });
    const { text } = await server.call('pve_list_guests');
    expect(text).toMatch(/^Error \(ticket_required\): .*tokens? .*\n/);
    expect(text).toContain('need proper ticket.');
    expect(text).toMatch(/\nNext: .*password/);
  });
});

describe('several connections', () => {
  test('each tool takes the cluster; logins, levels and data are kept apart', async () => {
    const lab = await demoOfItsOwn(10);
    const file = join(dir, 'connections.json');
    const connections = [
      {
        name: 'home',
        base_url: demo.url,
        fingerprint: demo.fingerprint,
        token_id: demo.readOnlyTokenId,
        token_secret: demo.readOnlyTokenSecret,
      },
      {
        name: 'lab',
        base_url: [lab.url],
        fingerprint: [lab.fingerprint],
        username: lab.username,
        password: lab.password,
        access_level: 'read-execute',
      },
    ];
    await writeFile(file, JSON.stringify({ connections }), { mode: 0o600 });
    const server = await start({ PVE_CONFIG: file, PVE_AUDIT_DIR: join(dir, 'audit') }, yes);

    const { tools } = await server.client.listTools();
    for (const { inputSchema } of tools) expect(inputSchema.properties).toHaveProperty('cluster');
    expect((await server.call('pve_get_cluster', { cluster: 'home' })).text).toContain('24 (');
    expect((await server.call('pve_get_cluster', { cluster: 'lab' })).text).toContain('10 (');
    expect((await server.call('pve_get_cluster')).text).toMatch(/^Error \(ambiguous\)[\s\S]*"home".*"lab"/);
    expect((await server.call('pve_power_guest', { guest: 101, action: 'shutdown', cluster: 'home' })).text).toMatch(
      /^Denied: /,
    );
    expect((await server.call('pve_power_guest', { guest: 101, action: 'shutdown', cluster: 'lab' })).text).toContain(
      'shutdown OK',
    );
  });

  test('G15: a file that others may read stops the start', async () => {
    const file = join(dir, 'connections.json');
    await writeFile(file, '{"connections": []}', { mode: 0o644 });
    await expect(start({ PVE_CONFIG: file })).rejects.toThrow(/open to other users[\s\S]*chmod 600/);
  });
});

describe('a proxy', () => {
  async function start(env: Record<string, string>): Promise<[McpServer, ProxyServer]> {
    const proxy = await startProxy(Number(new URL(demo.url).port), 'me:proxy-canary');
    opened.push(proxy);
    const filled = Object.entries(env).map(([name, value]) => [name, value.replace('PROXY', proxy.host)]);
    const base = { ...demoEnvironment(demo, dir), PVE_BASE_URL: 'pve1.example.invalid' };
    const server = await startServer({ env: { ...base, ...Object.fromEntries(filled) } });
    opened.push(server);
    return [server, proxy];
  }

  test.each(['HTTPS_PROXY', 'https_proxy'])('%s is the way', async (name) => {
    const [server, proxy] = await start({ [name]: 'http://me:proxy-canary@PROXY' });
    expect((await server.call('pve_get_cluster')).text).toMatch(/^Cluster demo/);
    expect(proxy.asked[0]).toMatch(/^pve1\.example\.invalid:8006 Basic /);
  });

  test('NO_PROXY is obeyed', async () => {
    const [server, proxy] = await start({ HTTPS_PROXY: 'http://me:proxy-canary@PROXY', NO_PROXY: '.invalid' });
    expect((await server.call('pve_get_cluster')).text).toMatch(/^Error \(unreachable\)/);
    expect(proxy.asked).toEqual([]);
  });

  test('G15: a proxy that refuses is told without its password', async () => {
    const [server] = await start({ HTTPS_PROXY: 'http://me:wrong-canary@PROXY' });
    const { text } = await server.call('pve_get_cluster');
    expect(text).toMatch(/^Error \(unreachable\): The proxy .*\n[\s\S]*Next: /);
    expect(server.received() + server.stderr()).not.toMatch(/canary|bWU6d3Jvbmc/);
  });
});
