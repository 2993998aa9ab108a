import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeIdentity, serve } from '../support/https-server.ts';
import { type McpServer, startServer } from '../support/mcp.ts';
import { startProxy } from '../support/proxy.ts';

let home: string;
const opened: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'proxmox-secrets-'));
});
afterEach(async () => {
  for (const it of opened.splice(0).reverse()) await it.stop();
});
afterAll(() => rm(home, { recursive: true, force: true }));

const signature = Buffer.from('signature '.repeat(20)).toString('base64');
const known = {
  password: 'pass word+canary/1',
  totp: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
  ticket: `PVE:ops@pve:6A000000::${signature}`,
  csrf: `6A000000:${Buffer.from('csrf canary of this login').toString('base64')}`,
  tokenSecret: '5ec4e700-0000-4000-8000-00000000cafe',
  proxy: 'proxy+canary',
};
const login = `me:${known.proxy}`;
/** Each as it is, in an address, in a form, and in base64 as proxies get theirs. */
const forms = [...Object.values(known), btoa(login)].flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  new URLSearchParams({ s: secret }).toString().slice(2),
]);

/** A node that hands back whatever it is told: in answers, in notes, in errors and in the logs of tasks. */
async function talkativeNode() {
  const identity = makeIdentity();
  const told = new Set([login, btoa(login), ...Object.values(known)]);
  const node = await serve(identity, (request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      for (const text of [body, decodeURIComponent(body.replaceAll('+', ' ')), ...request.rawHeaders]) told.add(text);
      answer(request, response, new URLSearchParams(body), [...told].join(' '));
    });
  });
  opened.push({ stop: node.close });
  return { url: node.url, port: node.port, fingerprint: identity.fingerprint };
}

const upid = 'UPID:pve1:00001000:00ABCDEF:6A000000:qmshutdown:101:ops@pve:';

function answer({ url = '', method }: IncomingMessage, response: ServerResponse, form: URLSearchParams, told: string) {
  const reply = (data: unknown) => response.end(JSON.stringify({ data }));
  const path = decodeURIComponent(url).replace('/api2/json', '').split('?')[0] ?? '';
  if (path === '/access/ticket') {
    const challenge = { NeedTFA: 1, ticket: 'PVE:!tfa!{"totp":true}:6A000000::c2ln', CSRFPreventionToken: 'x' };
    const whole = { username: 'ops@pve', ticket: known.ticket, CSRFPreventionToken: known.csrf };
    return reply(form.has('tfa-challenge') ? whole : challenge);
  }
  if (path === '/cluster/resources')
    return reply([
      { id: 'qemu/101', type: 'qemu', vmid: 101, node: 'pve1', name: 'web', status: 'running', tags: told },
    ]);
  if (path.endsWith('/status/current')) return reply({ status: 'running', qmpstatus: 'running', name: 'web' });
  if (path.endsWith('/config')) return reply({ name: 'web', description: told, cipassword: 'canary' });
  if (path.endsWith('/log')) return reply([{ n: 1, t: told }]);
  if (path.includes('/tasks/')) return reply({ upid, status: 'stopped', exitstatus: told });
  if (method === 'POST') return reply(upid);
  const message = `${told}\nand ${told}`;
  response.writeHead(500, told.replace(/[^\t\x20-\x7e]/g, '?').slice(0, 2000), { connection: 'close' });
  return response.end(JSON.stringify({ data: null, message, errors: { field: told } }));
}

async function outputsOf(server: McpServer, auditDir: string): Promise<string> {
  const files = await readdir(auditDir);
  expect(files).not.toEqual([]);
  const audit = await Promise.all(files.map((file) => readFile(join(auditDir, file), 'utf8')));
  return [server.received(), server.stderr(), ...audit].join('\n');
}

test('G15: no password, TOTP secret, ticket, CSRF token, token secret or proxy password in any output', async () => {
  const node = await talkativeNode();
  const proxy = await startProxy(node.port, login);
  opened.push(proxy);
  const file = join(home, 'connections.json');
  const common = { base_url: 'pve1.example.invalid', fingerprint: node.fingerprint, access_level: 'full' };
  const connections = [
    { ...common, name: 'user', username: 'ops@pve', password: known.password, totp: known.totp },
    { ...common, name: 'token', token_id: 'ops@pve!mcp', token_secret: known.tokenSecret },
  ];
  await writeFile(file, JSON.stringify({ connections }), { mode: 0o600 });
  const auditDir = join(home, 'audit');
  const questions: string[] = [];
  const server = await startServer({
    env: {
      PVE_CONFIG: file,
      PVE_AUDIT_DIR: auditDir,
      HTTPS_PROXY: `http://me:${encodeURIComponent(known.proxy)}@${proxy.host}`,
    },
    elicit: (request) => {
      questions.push(JSON.stringify(request));
      return { action: 'accept', content: { answer: 'run' } };
    },
  });
  opened.push(server);

  for (const cluster of ['user', 'token']) {
    const include = ['config', 'tasks', 'snapshots'];
    const call = (tool: string, args = {}) => server.call(tool, { ...args, cluster }, { onProgress: () => {} });
    expect((await call('pve_list_guests')).text).toContain('[redacted]');
    expect((await call('pve_get_guest', { guest: 101, include: include.slice(0, 1) })).text).toContain('[redacted]');
    expect((await call('pve_get_guest', { guest: 101, include })).text).toContain('[redacted]');
    expect((await call('pve_get_cluster')).text).toMatch(/^Error \(server_error\)[\s\S]*\[redacted\]/);
    const reason = `because ${known.password} ${known.totp} ${known.tokenSecret} ${known.proxy}`;
    const shutdown = { guest: 101, action: 'shutdown', reason };
    expect((await call('pve_power_guest', shutdown)).text).toMatch(/task_failed[\s\S]*\[redacted\]/);
  }
  expect(proxy.asked.length).toBeGreaterThan(0);
  expect(questions.length).toBe(2);

  const outputs = (await outputsOf(server, auditDir)) + questions.join('\n');
  expect(outputs).toContain('"phase":"after"');
  for (const secret of forms) expect(outputs).not.toContain(secret);
  expect(outputs).not.toContain('canary');
});

test.each([
  ['a user without a realm', { username: 'ops', password: known.password, totp: known.totp }],
  ['a token and a user', { token_id: 'a@b!c', token_secret: known.tokenSecret, password: known.password }],
  ['a level that does not exist', { token_id: 'a@pve!mcp', token_secret: known.tokenSecret, access_level: 'all' }],
])('G15: a start that %s stops tells no secret', async (_what, settings) => {
  const written = { name: 'home', base_url: 'pve1.example.invalid', ...settings };
  const file = join(home, 'wrong.json');
  await writeFile(file, JSON.stringify({ connections: [written] }), { mode: 0o600 });
  const said = await startServer({ env: { PVE_CONFIG: file } }).then(
    () => 'it started',
    (error: unknown) => String(error),
  );
  expect(said).toContain('cannot start');
  for (const secret of forms) expect(said).not.toContain(secret);
});
