// One editor window without the editor: stored connections, gate and bridge, with a real server process on the other end.
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ClusterProfile } from '../../src/extension/connections/profile.ts';
import type { Window } from '../../src/extension/window.ts';
import { readThrough } from '../../src/gate/read-through.ts';
import type { Approver, Origin, Proposal } from '../../src/gate/types.ts';
import { createPveClient } from '../../src/pve/client.ts';
import { type Answering, scriptedApprover, yes } from '../support/approver.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { temporaryFolder } from '../support/folder.ts';
import { auditRecords, type McpServer, startServer } from '../support/mcp.ts';
import { addConnection, openTestWindow } from '../support/window.ts';

const click: Origin = { who: 'person', by: 'click' };
let demo: Demo;
let writes: string;

beforeAll(async () => {
  writes = join(tmpdir(), `writes-${randomUUID()}.jsonl`);
  demo = await startDemo({ speed: 50, requests: writes });
});
afterAll(async () => {
  await demo.stop();
  await rm(writes, { force: true });
});

/** A window with one stored connection to the demo cluster. */
async function openConnected(
  approver: Approver,
  { dir, level }: { dir?: string; level?: ClusterProfile['level'] } = {},
) {
  const opened = await openTestWindow(approver, dir === undefined ? {} : { dir });
  const profile = await addConnection(opened.window, demo, level === undefined ? {} : { level });
  return { ...opened, profile };
}

/** The server as the editor would start it: its environment is what `resolve` hands over, nulls left out. */
async function startBridged(window: Window, extra: Record<string, string> = {}): Promise<McpServer> {
  const env = Object.fromEntries(Object.entries(await window.launch()).filter(([, value]) => value !== null)) as Record<
    string,
    string
  >;
  const server = await startServer({ env: { ...env, ...extra } });
  onTestFinished(() => server.stop());
  return server;
}

const received = async () => (await readFile(writes, 'utf8').catch(() => '')).split('\n').filter(Boolean);

const shutdownOf = (connection: string, vmid: string, path = ['nodes', 'pve2', 'qemu']): Proposal => ({
  connection,
  operations: [{ kind: 'api', method: 'POST', segments: [...path, vmid, 'status', 'shutdown'] }],
  tool: 'test',
  wait: true,
});
const quietly = () => ({ signal: new AbortController().signal, onProgress: () => {} });

test('an agent’s shutdown runs after a yes, and the audit is under the window’s storage', async () => {
  const approver = scriptedApprover(yes);
  const { window, storageDir } = await openConnected(approver);
  const server = await startBridged(window);
  const progress: string[] = [];
  const answer = await server.call(
    'pve_power_guest',
    { guest: 'web-01', action: 'shutdown', reason: 'maintenance' },
    { onProgress: (message) => progress.push(message) },
  );
  expect(answer).toMatchObject({ isError: false, text: expect.stringMatching(/web-01.*101.*stopped/s) });
  expect(approver.asked[0]).toMatchObject({
    reason: 'maintenance',
    risk: 'operate',
    origin: { who: 'agent', client: expect.stringContaining('test-client') },
  });
  expect(progress.length).toBeGreaterThan(0);
  expect((await auditRecords(join(storageDir, 'audit'))).map(({ phase, outcome }) => [phase, outcome])).toEqual([
    ['before', undefined],
    ['after', 'ok'],
  ]);
  await demo.request('POST', '/nodes/pve2/qemu/101/status/start').then(({ data }) => demo.taskEnd(data));
});

test('a denial reaches the agent with its note, and nothing is sent', async () => {
  const { window } = await openConnected(scriptedApprover({ kind: 'deny', by: 'person', note: 'not before 6 pm' }));
  const server = await startBridged(window);
  const before = await received();
  const answer = await server.call('pve_power_guest', { guest: '101', action: 'stop' });
  expect(answer.isError).toBe(true);
  expect(answer.text).toContain('not before 6 pm');
  expect(await received()).toEqual(before);
});

test('G8: a bridged server ignores PVE_* and holds no credential', async () => {
  const { window } = await openConnected(scriptedApprover(), { level: 'read-only' });
  const server = await startBridged(window, {
    PVE_ACCESS_LEVEL: 'full',
    PVE_BASE_URL: 'https://127.0.0.1:1',
    PVE_TOKEN_ID: 'x',
    PVE_TOKEN_SECRET: 'y',
  });
  const { tools } = await server.client.listTools();
  expect(tools.map(({ name }) => name)).not.toContain('pve_power_guest');
  expect((await server.call('pve_get_cluster')).isError).toBe(false);
  const environment = await readFile(`/proc/${server.pid}/environ`, 'utf8').catch(() => '');
  expect(environment).not.toContain(demo.tokenSecret);
});

test('G10: a higher level reaches a running server, which lists the tool then, and is in the audit', async () => {
  const { window, profile, storageDir } = await openConnected(scriptedApprover(), { level: 'read-only' });
  const server = await startBridged(window);
  const { version } = await window.tools();
  await window.store.update((all) =>
    all.map((one) => (one.id === profile.id ? { ...one, level: 'full', revision: 2 } : one)),
  );
  await expect.poll(() => server.listChanges()).toBeGreaterThan(0);
  expect((await server.client.listTools()).tools.map(({ name }) => name)).toContain('pve_power_guest');
  expect((await window.tools()).version).not.toBe(version);
  const changes = await auditRecords(join(storageDir, 'audit'), 'changes');
  expect(changes.map((record) => record.changes).at(-1)).toEqual(['level: read-only → full']);
});

test('G16: when the window closes while a question is open, nothing is sent and the agent is told', async () => {
  const asked = event();
  const never: Answering = (_request, signal) => {
    asked.happens();
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  };
  const { window } = await openConnected(scriptedApprover(never));
  const server = await startBridged(window);
  const before = await received();
  const answer = server.call('pve_power_guest', { guest: '101', action: 'stop' });
  await asked.happened;
  await window.dispose();
  expect(await answer).toMatchObject({ isError: true, text: expect.stringContaining('gate_unavailable') });
  expect(await received()).toEqual(before);
});

test('a server that is killed while it asks leaves nothing behind but a refusal', async () => {
  let withdrawn = false;
  const asked = event();
  const late: Answering = async (_request, signal) => {
    asked.happens();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    withdrawn = true;
    return yes;
  };
  const { window, storageDir } = await openConnected(scriptedApprover(late));
  const server = await startBridged(window);
  const before = await received();
  const answer = server
    .call('pve_power_guest', { guest: '101', action: 'stop' })
    .catch((error: unknown) => String(error));
  await asked.happened;
  process.kill(server.pid, 'SIGKILL');
  await answer;
  await expect.poll(() => withdrawn).toBe(true);
  await expect
    .poll(async () => (await auditRecords(join(storageDir, 'audit'))).map(({ phase }) => phase))
    .toEqual(['decided']);
  expect(await received()).toEqual(before);
  // The next start works.
  expect((await (await startBridged(window)).call('pve_get_cluster')).isError).toBe(false);
});

test('G9: a level lowered in one window denies the next write asked in another', async () => {
  const dir = await temporaryFolder();
  const { window: one, profile } = await openConnected(scriptedApprover(), { dir });
  const approver = scriptedApprover(yes);
  const { window: other } = await openTestWindow(approver, { dir });
  await one.store.update((all) => all.map((stored) => ({ ...stored, level: 'read-only', revision: 2 })));
  const agent: Origin = { who: 'agent', client: 'test', launch: 'l' };
  const { outcomes } = await other.session.gate.perform(shutdownOf(profile.id, '101'), agent, quietly());
  expect(outcomes).toMatchObject([{ status: 'denied', by: 'level' }]);
  expect(approver.asked).toEqual([]);
});

test('G9: damaged connections deny everything, to persons too', async () => {
  const { window, profile, storageDir } = await openConnected(scriptedApprover(yes));
  await writeFile(join(storageDir, 'connections.json'), '{"version":1,"profiles":[{}]}');
  const before = await received();
  const { outcomes } = await window.session.gate.perform(shutdownOf(profile.id, '101'), click, quietly());
  expect(outcomes).toMatchObject([{ status: 'failed', error: { reason: [expect.stringContaining('damaged')] } }]);
  expect(await received()).toEqual(before);
});

test('G13: a click is the yes for a shutdown; what is picked from a list is asked', async () => {
  const approver = scriptedApprover({ kind: 'deny', by: 'person' });
  const { window, profile } = await openConnected(approver);
  const path = ['nodes', 'pve1', 'lxc'];
  const picked = await window.session.gate.perform(
    shutdownOf(profile.id, '102', path),
    { who: 'person', by: 'picker' },
    quietly(),
  );
  expect(picked.outcomes).toMatchObject([{ status: 'denied', by: 'person' }]);
  expect(approver.asked.length).toBe(1);
  const clicked = await window.session.gate.perform(shutdownOf(profile.id, '102', path), click, quietly());
  expect(clicked.outcomes).toMatchObject([{ status: 'done' }]);
  expect(approver.asked.length).toBe(1);
});

test('a missing secret says so and what to do', async () => {
  const { window, profile } = await openConnected(scriptedApprover());
  await window.store.update((all) => all.map((one) => ({ ...one, id: randomUUID() })));
  const [moved] = await window.store.read();
  await expect(window.session.client(moved?.id ?? '').resources()).rejects.toMatchObject({
    code: 'unauthenticated',
    data: { hint: expect.stringContaining('Enter token') },
  });
  await expect(window.session.client(profile.id).resources()).rejects.toMatchObject({ code: 'not_found' });
});

test('the embedded demo cluster starts when it is read, and ends with the window', async () => {
  const { window } = await openConnected(scriptedApprover());
  const id = randomUUID();
  await window.store.update((all) => [
    ...all,
    { kind: 'demo', id, name: 'Demo cluster', revision: 1, level: 'read-execute' },
  ]);
  expect((await window.session.client(id).resources('vm')).length).toBe(24);
  const children = await childrenNamed('demo.js');
  expect(children.length).toBeGreaterThan(0);
  await window.dispose();
  await expect.poll(async () => (await childrenNamed('demo.js')).length).toBe(children.length - 1);
});

test('reads through the gate never write', async () => {
  const send = readThrough(async () => ({ plan: '', outcomes: [] }), { connection: 'c', tool: 't' });
  await expect(send({ method: 'POST', path: ['nodes'] })).rejects.toThrow(TypeError);
  await expect(createPveClient(send).resources()).rejects.toMatchObject({ code: 'denied' });
});

/** Something that a test waits for. */
function event(): { readonly happened: Promise<void>; happens(): void } {
  let happens = () => {};
  const happened = new Promise<void>((resolve) => {
    happens = resolve;
  });
  return { happened, happens };
}

/** Processes that this one has started and that run a script of this name. */
async function childrenNamed(script: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [stat, command] = await Promise.all([
        readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''),
        readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
      ]);
      return stat.split(' ')[3] === String(process.pid) && command.includes(script) ? [pid] : [];
    }),
  );
  return found.flat();
}
