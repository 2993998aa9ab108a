// Secrets planted wherever a cluster may have one; none may come out anywhere but in the person's own hands (gate.md G15).
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connectBridge } from '../../src/bridge/client.ts';
import { bridgeEnvironment } from '../../src/bridge/protocol.ts';
import type { Outcome, Progress, ProposedApi } from '../../src/gate/types.ts';
import { systemClock } from '../../src/pve/clock.ts';
import { type Answering, scriptedApprover, yes } from '../support/approver.ts';
import { temporaryFolder } from '../support/folder.ts';
import { call } from '../support/gate.ts';
import { makeIdentity, serve } from '../support/https-server.ts';
import { type McpServer, startServer } from '../support/mcp.ts';
import { addConnection, openTestWindow } from '../support/window.ts';

const tokenSecret = '5ec4e700-0000-4000-8000-00000000cafe';
const otherToken = '5ec4e700-0000-4000-8000-00000000beef';
const newToken = '5ec4e700-0000-4000-8000-00000000d00d';
const typed = 'canary-typed+1';
const pem = ['canarypem+/12345', 'pemCANARY/+54321'].map((part) => part.repeat(4));
const key = ['-----BEGIN OPENSSH PRIVATE KEY-----', ...pem, 'canaryend==', '-----END OPENSSH PRIVATE KEY-----'];
const secrets = ['canary', 'CANARY', tokenSecret, otherToken, newToken, encodeURIComponent(typed)];

/** A task's log, with everything that such logs have been seen to hold. */
const log = [
  'storing the key',
  ...key,
  'mounting http://ops:canary-url@nas/share',
  `logged in as ops@pve!other=${otherToken}`,
  `Authorization: PBSAPIToken=ops@pbs!x:${otherToken}`,
  `Cookie: PVEAuthCookie=PVE:root@pam:6A000000::${'canary+/'.repeat(8)}==`,
  'root:$y$j9T$canary$canarycanarycanary:20000',
  `key = AQ${'canary'.repeat(6)}==`,
  `the token is ${tokenSecret}`,
  ...key,
];
const upid = 'UPID:pve1:00001000:00ABCDEF:6A000000:qmshutdown:101:ops@pve!mcp:';

/** Answers with secrets, by path. */
const answers: Readonly<Record<string, unknown>> = {
  '/access/domains': [{ realm: 'ad', password: 'canary', 'client-key': 'canary' }],
  '/access/domains/ad': { 'client-key': 'canary' },
  '/access/users': [{ userid: 'ops@pve', keys: 'canary' }],
  '/cluster/acme/plugins': [{ plugin: 'dns', data: 'CF_Token=canary' }],
  '/cluster/acme/plugins/dns': { data: 'CF_Token=canary' },
  '/cluster/metrics/server/influx': { token: 'canary', 'otel-headers': 'canary' },
  '/cluster/notifications/endpoints/gotify': [{ name: 'g', token: 'canary' }],
  '/cluster/notifications/endpoints/webhook/w': { header: ['name=a,value=canary'], secret: [{ value: 'canary' }] },
  '/cluster/sdn/dns': [{ dns: 'd', key: 'canary' }],
  '/cluster/sdn/ipams/i': { token: 'canary' },
  '/nodes/pve1/lxc/100/config': { env: 'A=canary', description: `see ${tokenSecret}` },
  '/nodes/pve1/qemu/101/cloudinit': [{ key: 'cipassword', value: 'canary', pending: 'canary' }],
  '/nodes/pve1/qemu/101/cloudinit/dump': 'user: ops\npassword: canary\nchpasswd:\n  expire: False\n',
  '/nodes/pve1/qemu/101/config': { name: 'web', description: `the token is ${tokenSecret}`, cipassword: 'canary' },
  '/nodes/pve1/qemu/101/pending': [{ key: 'cipassword', value: 'canary' }],
  '/nodes/pve1/subscription': { key: 'canary' },
  [`/nodes/pve1/tasks/${upid}/log`]: log.map((t, n) => ({ n: n + 1, t })),
  '/storage': [{ storage: 'pbs', 'encryption-key': 'canary', password: 'canary' }],
  '/storage/rbd': { keyring: 'canary' },
};

function dataOf(method: string, path: string): unknown {
  if (method === 'POST' && path.includes('/token/')) return { 'full-tokenid': 'ops@pve!new', value: newToken };
  if (method === 'POST') return upid;
  if (path === '/cluster/resources')
    return [{ id: 'qemu/101', type: 'qemu', vmid: 101, node: 'pve1', name: 'web', status: 'running' }];
  if (path.endsWith('/status/current')) return { status: 'running', qmpstatus: 'running', name: 'web' };
  if (path === `/nodes/pve1/tasks/${upid}/status`)
    return { upid, status: 'stopped', exitstatus: `failed with ${tokenSecret}` };
  return answers[path];
}

function answer({ url = '', method = '' }: IncomingMessage, body: string, response: ServerResponse): void {
  const path = decodeURIComponent(url).replace('/api2/json', '').split('?')[0] ?? '';
  if (method !== 'PUT') {
    response.end(JSON.stringify({ data: dataOf(method, path) }));
    return;
  }
  const echo = `'${new URLSearchParams(body).get('cipassword')}' is too simple (${body})`;
  const errors = { ciuser: echo, cipassword: echo };
  response.writeHead(400, 'Parameter verification failed.');
  response.end(JSON.stringify({ data: null, message: `Parameter verification failed: ${echo}`, errors }));
}

async function plantedNode() {
  const identity = makeIdentity();
  const asked = new Set<string>();
  const node = await serve(identity, (request, response) => {
    asked.add(`${request.method} ${decodeURIComponent(request.url ?? '').replace('/api2/json', '')}`);
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => answer(request, body, response));
  });
  onTestFinished(() => node.close());
  return { url: node.url, fingerprint: identity.fingerprint, tokenId: 'ops@pve!mcp', tokenSecret, asked };
}

/** Each place by its name, so that a failure tells which one leaks. */
function expectNone(outputs: Readonly<Record<string, string>>): void {
  for (const [where, text] of Object.entries(outputs)) {
    expect(text, `${where} was written to`).not.toBe('');
    for (const secret of secrets) expect(text.includes(secret), `${secret} in ${where}`).toBe(false);
  }
}

async function filesIn(dir: string): Promise<string> {
  const names = await readdir(dir);
  return (await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')))).join('\n');
}

/** Yes, with the name typed where it is wanted. */
const asItWants: Answering = ({ mustType }) => ({ ...yes, ...(mustType === undefined ? {} : { typed: mustType }) });
const shutdown = call('POST', '/nodes/pve1/qemu/101/status/shutdown');
const setPassword: ProposedApi = {
  ...call('PUT', '/nodes/pve1/qemu/101/config', { ciuser: 'ops' }),
  ask: ['cipassword'],
};
const makeToken = call('POST', '/access/users/ops@pve/token/new', { comment: 'for tests' });

/** What every tool that touches such places says. */
async function callTools({ call: callTool }: McpServer): Promise<void> {
  const texts = [
    await callTool('pve_get_guest', { guest: 101, include: ['config'] }),
    await callTool('pve_get_task', { upid, log_lines: 100 }),
    await callTool('pve_get_task', { upid, log_lines: 4 }),
    await callTool('pve_power_guest', { guest: 101, action: 'shutdown' }, { onProgress: () => {} }),
  ].map(({ text }) => text);
  for (const text of texts) expect(text).toContain('[redacted]');
}

test('G15: in the editor no planted secret reaches an agent, the audit, the log or the server', async () => {
  const node = await plantedNode();
  const hands: string[] = [];
  const seen: unknown[] = [];
  const person = Object.assign(scriptedApprover(...Array.from({ length: 6 }, () => asItWants)), {
    secret: async () => typed,
    async reveal(_label: string, value: string) {
      hands.push(value);
    },
  });
  const { window, storageDir, lines } = await openTestWindow(person);
  const { id } = await addConnection(window, node, { level: 'full' });

  const { path = '', launch = '', key: proof = '' } = await launchOf(window.launch());
  const child = await connectBridge({ path, launch, key: proof, clock: systemClock });
  const perform = async (...operations: ProposedApi[]): Promise<readonly Outcome[]> => {
    const progress: Progress[] = [];
    const proposal = { connection: id, operations, tool: 'pve_test', wait: true };
    const options = { signal: new AbortController().signal, onProgress: (it: Progress) => progress.push(it) };
    const { outcomes } = await child.perform(proposal, 'a test', options);
    seen.push(outcomes, progress);
    return outcomes;
  };
  for (const place of Object.keys(answers)) {
    expect(await perform(call('GET', place)), place).toMatchObject([{ status: 'done' }]);
    expect(JSON.stringify(seen.at(-2)), place).toContain('[redacted]');
  }
  const echoed = { ciuser: expect.stringContaining("'[redacted]' is too simple") };
  expect(await perform(setPassword)).toMatchObject([{ status: 'failed', error: { fields: echoed } }]);
  expect(await perform(makeToken)).toMatchObject([{ status: 'done', data: { value: 'shown to the person' } }]);
  expect(await perform(shutdown)).toMatchObject([{ status: 'failed', error: { code: 'task_failed' } }]);
  const passed = call('PUT', '/cluster/options', { http_proxy: 'http://a:canary@b' });
  expect(await perform(passed)).toMatchObject([{ status: 'denied', by: 'policy' }]);
  await child.close();

  const env = Object.fromEntries(Object.entries(await window.launch()).filter(([, value]) => value !== null));
  const server = await startServer({ env: env as Record<string, string> });
  onTestFinished(() => server.stop());
  await callTools(server);

  // The person got it, once; and the cluster got what the person typed.
  expect(hands).toEqual([newToken]);
  expect(node.asked).toContain('PUT /nodes/pve1/qemu/101/config');
  const asked = person.asked.map((request) => JSON.stringify(request));
  expect(asked.length).toBe(5);
  expectNone({
    answers: JSON.stringify(seen),
    questions: asked.join('\n'),
    audit: await filesIn(join(storageDir, 'audit')),
    tools: server.received(),
    'log and stderr': `.${lines.join('\n')}${server.stderr()}`,
  });
});

async function launchOf(launch: Promise<Readonly<Record<string, string | null>>>) {
  const env = await launch;
  return {
    path: env[bridgeEnvironment.path] ?? '',
    launch: env[bridgeEnvironment.launch] ?? '',
    key: env[bridgeEnvironment.key] ?? '',
  };
}

test('G15: standalone no planted secret reaches the client, the audit or stderr', async () => {
  const node = await plantedNode();
  const auditDir = await temporaryFolder();
  const questions: string[] = [];
  const server = await startServer({
    env: {
      PVE_BASE_URL: node.url,
      PVE_FINGERPRINT: node.fingerprint,
      PVE_TOKEN_ID: 'ops@pve!mcp',
      PVE_TOKEN_SECRET: tokenSecret,
      PVE_ACCESS_LEVEL: 'full',
      PVE_AUDIT_DIR: auditDir,
    },
    elicit: (request) => {
      questions.push(JSON.stringify(request));
      return { action: 'accept', content: { answer: 'run' } };
    },
  });
  onTestFinished(() => server.stop());
  await callTools(server);
  expect(questions).toHaveLength(1);
  expectNone({
    questions: questions.join('\n'),
    audit: await filesIn(auditDir),
    tools: server.received(),
    stderr: `.${server.stderr()}`,
  });
});
