import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Demo, startDemo } from '../support/demo.ts';

const script = resolve(import.meta.dirname, '../../dist/demo.js');
const folder = mkdtempSync(join(tmpdir(), 'demo-test-'));
const writes = join(folder, 'writes.jsonl');
let demo: Demo;

beforeAll(async () => {
  demo = await startDemo({ speed: 20, requests: writes });
});
afterAll(async () => {
  await demo.stop();
  rmSync(folder, { recursive: true });
});

describe('the demo cluster as a process', () => {
  it('shows the certificate whose fingerprint it printed', async () => {
    const { port } = new URL(demo.url);
    const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    expect(socket.getPeerCertificate().fingerprint256).toBe(demo.fingerprint);
    socket.destroy();
    const nodes = (await demo.request('GET', '/nodes')).data;
    expect(nodes).toContainEqual(expect.objectContaining({ node: 'pve1', ssl_fingerprint: demo.fingerprint }));
  });

  it('is trusted by who trusts the CA that it shows', async () => {
    const [ca] = (await demo.request('GET', '/nodes/pve1/certificates/info')).data as { readonly pem: string }[];
    const port = Number(new URL(demo.url).port);
    const socket = connect({ port, host: 'localhost', ca: ca?.pem });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    socket.destroy();
  });

  it('runs a task from the request to the changed guest', async () => {
    const begun = await demo.request('POST', '/nodes/localhost/lxc/102/status/shutdown');
    expect(begun).toMatchObject({ status: 200, reason: 'OK', data: expect.stringContaining('UPID:pve1:') });
    expect(await demo.taskEnd(begun.data)).toBe('OK');
    const current = await demo.request('GET', '/nodes/pve1/lxc/102/status/current');
    expect(current.data).toMatchObject({ status: 'stopped' });
  });

  it('tells /cluster/resources of a change within pvestatd’s interval', async () => {
    const state = async () => {
      const { data } = await demo.request('GET', '/cluster/resources', { type: 'vm' });
      return JSON.stringify(data).match(/"id":"qemu\/105".*?"status":"(\w+)"/)?.[1];
    };
    expect(await state()).toBe('stopped');
    await demo.taskEnd((await demo.request('POST', '/nodes/pve1/qemu/105/status/start')).data);
    await expect.poll(state, { timeout: 2000 }).toBe('running');
  });

  it('answers errors with PVE’s reason in the status line and in the body', async () => {
    const missing = await demo.request('GET', '/nodes/pve1/qemu/999/config');
    const reason = "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist";
    expect(missing).toMatchObject({ status: 500, reason, json: { data: null, message: `${reason}\n` } });
    expect(missing.headers).toMatchObject({
      connection: 'close',
      'content-type': 'application/json;charset=UTF-8',
      server: 'pve-api-daemon/3.0',
    });
    const wrong = await demo.request('GET', '/cluster/resources', { type: 'all' });
    expect(wrong).toMatchObject({
      status: 400,
      reason: 'Parameter verification failed.',
      json: { errors: { type: "value 'all' does not have a value in the enumeration 'vm, storage, node, sdn'" } },
    });
  });

  it('takes an encoded slash for a separator, as PVE does', async () => {
    expect((await demo.request('GET', '/nodes/pve2%2Fqemu%2F101/config')).data).toMatchObject({ name: 'web-01' });
  });

  it('appends every write that arrives to a file, and nothing else', async () => {
    await demo.request('PUT', '/nodes/pve1/qemu/105/config', { description: 'a b&c', tags: 'x' });
    await demo.request('DELETE', '/nodes/pve1/qemu/104', { purge: 1 });
    const text = readFileSync(writes, 'utf8');
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.slice(-2)).toEqual([
      { method: 'PUT', path: '/nodes/pve1/qemu/105/config', params: { description: 'a b&c', tags: 'x' } },
      { method: 'DELETE', path: '/nodes/pve1/qemu/104', params: { purge: '1' } },
    ]);
    expect(lines.map(({ method }) => method)).not.toContain('GET');
    expect(text).not.toContain(demo.tokenSecret);
  });
});

describe('login', () => {
  const at = (secret: string) => `PVEAPIToken=${demo.tokenId}=${secret}`;
  it.each([
    ['nothing', () => '', 'No ticket'],
    ['a wrong secret', () => at('00000000-0000-0000-0000-000000000000'), 'Authentication failed!'],
    ['no secret', () => at(''), 'Authentication failed!'],
    ['an unknown token', () => `PVEAPIToken=root@pam!x=${demo.tokenSecret}`, 'Authentication failed!'],
    ['the secret of another token', () => at(demo.readOnlyTokenSecret), 'Authentication failed!'],
    ['a malformed token', () => 'PVEAPIToken=garbage', 'Authentication failed!'],
  ])('with %s is refused after a while, with an empty body', async (_, authorization, reason) => {
    const begun = performance.now();
    const answered = await demo.request('GET', '/version', {}, authorization());
    expect(answered).toMatchObject({ status: 401, reason, body: '' });
    expect(performance.now() - begun).toBeGreaterThan(140);
  });

  it('with the read-only token reads and does not write', async () => {
    const readOnly = `PVEAPIToken=${demo.readOnlyTokenId}=${demo.readOnlyTokenSecret}`;
    expect((await demo.request('GET', '/nodes', {}, readOnly)).status).toBe(200);
    const refused = await demo.request('POST', '/nodes/pve2/qemu/101/status/stop', {}, readOnly);
    expect(refused).toMatchObject({ status: 403, reason: 'Permission check failed (/vms/101, VM.PowerMgmt)' });
  });
});

describe('connections', () => {
  it('stay open between requests, but close after an error and at the 100th request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<unknown>();
    const ask = async (path: string): Promise<string | undefined> => {
      const { connection, socket } = await raw('GET', path, { agent });
      sockets.add(socket);
      return connection;
    };
    expect(await ask('/version')).toBe('Keep-Alive');
    expect(await ask('/nope')).toBe('close');
    expect(sockets.size).toBe(1);
    for (let count = 1; count < 100; count += 1) expect(await ask('/version')).toBe('Keep-Alive');
    expect(await ask('/version')).toBe('close');
    expect(sockets.size).toBe(2);
    agent.destroy();
  });

  it('close after five idle seconds', async () => {
    const agent = new Agent({ keepAlive: true });
    const { socket } = await raw('GET', '/version', { agent });
    const begun = performance.now();
    await once(socket, 'close');
    const idle = performance.now() - begun;
    expect(idle).toBeGreaterThan(4500);
    expect(idle).toBeLessThan(5800);
    agent.destroy();
  });

  it.each([
    [
      'a DELETE with a body',
      'DELETE',
      '/nodes/pve1/qemu/105',
      { body: 'purge=1' },
      "Unexpected content for method 'DELETE'",
    ],
    ['a body over 512 KiB', 'POST', '/nodes/pve1/qemu', { length: 512 * 1024 + 1 }, 'for data too large'],
    ['a chunked body', 'POST', '/nodes/pve1/qemu', { chunked: 'vmid=900' }, 'chunked transfer encoding not supported'],
    ['another verb', 'PATCH', '/version', {}, "method 'PATCH' not available"],
  ])('refuse %s with 501', async (_, method, path, sent, reason) => {
    expect(await raw(method, path, sent)).toMatchObject({ status: 501, reason });
    expect((await demo.request('GET', '/nodes/pve1/qemu/105/config')).status).toBe(200);
  });
});

describe('start and end', () => {
  it('says which argument is wrong and exits with 2; --help explains them', async () => {
    const { code, stdout, stderr } = await run(['--frobnicate']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain("Unknown option '--frobnicate'");
    expect(stderr).toContain('Usage: node dist/demo.js');
    expect(await run(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('--with-parent') });
  });

  it('says so when its port is taken', async () => {
    const { code, stderr } = await run(['--port', new URL(demo.url).port]);
    expect(code).toBe(1);
    expect(stderr).toContain('Cannot listen on 127.0.0.1');
  });

  it('ends at SIGTERM with open connections, and makes new secrets each time', async () => {
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout, 'data');
    const ready = JSON.parse(String(line));
    expect(ready.tokenId).toBe(demo.tokenId);
    expect(ready.tokenSecret).not.toBe(demo.tokenSecret);
    expect(ready.password).not.toBe(demo.password);
    const socket = connect({ port: Number(new URL(ready.url).port), host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    socket.on('error', () => undefined);
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(0);
    socket.destroy();
  });

  it('ends with its parent when told to', async () => {
    const child = spawn(process.execPath, [script, '--with-parent'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.stdin.end();
    expect((await once(child, 'exit'))[0]).toBe(0);
  });
});

interface Sent {
  readonly agent?: Agent;
  readonly body?: string;
  readonly chunked?: string;
  /** A length that is announced and never sent. */
  readonly length?: number;
}

async function raw(method: string, path: string, { agent, body, chunked, length }: Sent) {
  const sent = request(`${demo.url}/api2/json${path}`, {
    method,
    rejectUnauthorized: false,
    agent: agent ?? new Agent(),
    headers: {
      authorization: `PVEAPIToken=${demo.tokenId}=${demo.tokenSecret}`,
      ...(body === undefined ? {} : { 'content-length': body.length }),
      ...(length === undefined ? {} : { 'content-length': length }),
      ...(chunked === undefined ? {} : { 'transfer-encoding': 'chunked' }),
    },
  });
  if (length === undefined) sent.end(body ?? chunked);
  else sent.flushHeaders();
  const [response] = await once(sent, 'response');
  const socket: TLSSocket = response.socket;
  response.resume();
  await once(response, 'end');
  if (length !== undefined) sent.on('error', () => undefined).destroy();
  await new Promise((turn) => setImmediate(turn)); // the agent takes the socket back first
  return {
    status: response.statusCode,
    reason: response.statusMessage,
    connection: response.headers.connection,
    socket,
  };
}

async function run(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (piece) => (texts.stdout += piece));
  child.stderr.on('data', (piece) => (texts.stderr += piece));
  const [code] = await once(child, 'close');
  return { code, ...texts };
}
