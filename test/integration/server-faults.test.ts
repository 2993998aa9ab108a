import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Demo, startDemo } from '../support/demo.ts';
import { auditRecords, demoEnvironment, type McpServer, startServer } from '../support/mcp.ts';

let home: string;
const opened: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'proxmox-faults-'));
});
afterEach(async () => {
  for (const it of opened.splice(0).reverse()) await it.stop();
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** A demo cluster whose three nodes listen, and a server that knows them all. */
async function start(change: (demo: Demo) => Record<string, string> = () => ({})): Promise<[Demo, McpServer]> {
  const demo = await startDemo({ speed: 20, endpoints: 3 });
  opened.push(demo);
  return [demo, await serverOf(demo, change(demo))];
}

async function serverOf(demo: Demo, more: Record<string, string> = {}): Promise<McpServer> {
  const env = {
    ...demoEnvironment(demo, join(home, 'audit')),
    PVE_BASE_URL: demo.endpoints.map(({ url }) => url).join(','),
    PVE_FINGERPRINT: demo.endpoints.map(({ fingerprint }) => fingerprint).join(','),
  };
  const elicit = () => ({ action: 'accept', content: { answer: 'run' } }) as const;
  const server = await startServer({ env: { ...env, ...more }, elicit });
  opened.push(server);
  return server;
}

describe('several addresses of one cluster', () => {
  test('a node that is gone: the next one serves, the log tells, and work goes on with changes too', async () => {
    const [demo, server] = await start();
    expect((await server.call('pve_list_guests', { limit: 1 })).isError).toBe(false);
    await demo.control({ node: 'pve1', offline: true });
    const { text, isError } = await server.call('pve_get_cluster');
    expect({ text, isError }).toEqual({ text: expect.stringMatching(/pve1 +offline/), isError: false });
    expect((await server.call('pve_power_guest', { guest: 'web-01', action: 'shutdown' })).text).toContain(
      'shutdown OK',
    );
    expect(server.stderr()).toContain('Another node is asked instead. Error (unreachable)');
    expect(server.stderr().split('Another node')).toHaveLength(2);
  });

  test('the first one is gone before the start', async () => {
    const demo = await startDemo({ speed: 20, endpoints: 2 });
    opened.push(demo);
    await demo.control({ node: 'pve1', offline: true });
    const server = await serverOf(demo);
    expect((await server.call('pve_list_guests', { limit: 1 })).isError).toBe(false);
  });

  test('all of them are gone, and come back', async () => {
    const [demo, server] = await start();
    const all = demo.endpoints.map(({ node }) => node);
    for (const node of all) await demo.control({ node, offline: true });
    const { text } = await server.call('pve_get_cluster');
    expect(text).toMatch(/^Error \(unreachable\): .*refused[\s\S]*\nNext: /);
    for (const node of all) await demo.control({ node, offline: false });
    expect((await server.call('pve_get_cluster')).isError).toBe(false);
  });

  test('G17: one node shows another certificate: it gets nothing, and the log tells', async () => {
    const [, server] = await start((of) => ({
      PVE_FINGERPRINT: of.endpoints
        .slice(1)
        .map(({ fingerprint }) => fingerprint)
        .join(','),
    }));
    expect((await server.call('pve_get_cluster')).isError).toBe(false);
    expect(server.stderr()).toContain('Another node is asked instead. Error (certificate)');
  });
});

describe('a certificate that has changed', () => {
  async function afterSwap(how: 'new' | 'other-ca', withCa: boolean): Promise<string> {
    const demo = await startDemo({ speed: 20, endpoints: 1 });
    opened.push(demo);
    const file = join(home, 'ca.pem');
    await writeFile(file, demo.ca);
    await demo.control({ certificate: how });
    // The demo's own list still has the fingerprints of before.
    const server = await serverOf(demo, withCa ? { PVE_CA_FILE: file } : {});
    const { text, isError } = await server.call('pve_get_cluster');
    expect(isError).toBe(true);
    expect(text).toMatch(/^Error \(certificate\): [\s\S]*\nNext: /);
    return text;
  }

  test("G17: renewed by the cluster's own CA: refused, calmly", async () => {
    const text = await afterSwap('new', true);
    expect(text).toContain('renewed by the same cluster CA');
    expect(text).not.toMatch(/somebody else/i);
  });

  test('G17: issued by somebody else: refused, with a warning', async () => {
    const text = await afterSwap('other-ca', true);
    expect(text).toMatch(/Somebody else may be answering/);
    expect(text).toMatch(/Next: Do not continue/);
  });

  test('G17: without the CA nobody can tell, and both are possible', async () => {
    expect(await afterSwap('new', false)).toMatch(/renewed[\s\S]*somebody else may be answering/);
  });
});

describe('what a cluster answers instead of an answer', () => {
  // Each with a guest of its own, so that no answer of a moment ago serves.
  test.each<[number, string, string, RegExp]>([
    [
      100,
      'a lost privilege',
      '403 Permission check failed (/vms/1, VM.Audit)',
      /\(forbidden\)[\s\S]*pveum acl modify \/vms/,
    ],
    [101, 'a failure', '500 something broke', /\(server_error\)[\s\S]*says: something broke/],
    [102, 'a dead pmxcfs', '500 RPCEnvironment init request failed: refused', /\(server_error\)[\s\S]*pve-cluster/],
    [103, 'a node out of reach', '595 No route to host', /\(node_offline\)[\s\S]*No route to host/],
    [104, 'a worker that died', '596 Broken pipe', /\(node_offline\)[\s\S]*Broken pipe/],
    [105, "a proxy's login page", 'html', /\(not_proxmox\)/],
    [106, 'half a JSON text', 'garbled', /\(not_proxmox\)/],
    [107, 'an end in mid-body', 'cut', /\(unreachable\)/],
    [109, 'no end', 'oversized', /\(too_large\)/],
  ])('guest %i, %s: code, reason and next step; the next call works', async (guest, _what, fault, message) => {
    const server = await theServer();
    await theDemo.control({ fault, path: '/nodes', times: 20 });
    const { text, isError } = await server.call('pve_get_guest', { guest });
    await theDemo.control({ fault: 'none' });
    expect(isError).toBe(true);
    expect(text).toMatch(message);
    expect(text).toMatch(/^Error \([a-z_]+\): .*[\s\S]*\nNext: \S/);
    expect(await server.call('pve_get_guest', { guest })).toMatchObject({
      text: expect.stringContaining(String(guest)),
      isError: false,
    });
  });

  test('a guest on a node that is offline', async () => {
    const server = await theServer();
    await theDemo.control({ node: 'pve3', offline: true });
    const { text } = await server.call('pve_get_guest', { guest: 110 });
    await theDemo.control({ node: 'pve3', offline: false });
    expect(text).toMatch(/\(node_offline\)[\s\S]*\nNext: /);
  });

  test('no quorum: reads go on, a change is refused and stands in the audit as failed', async () => {
    const server = await theServer();
    await theDemo.control({ quorum: false });
    const read = await server.call('pve_list_guests', { limit: 1 });
    const { text, isError } = await server.call('pve_power_guest', { guest: 116, action: 'shutdown' });
    await theDemo.control({ quorum: true });
    expect(read.isError).toBe(false);
    expect(isError).toBe(true);
    expect(text).toMatch(/\(no_quorum\)[\s\S]*no quorum[\s\S]*\n *Next: .*pvecm status/);
    expect(await auditRecords(join(home, 'audit'))).toContainEqual(
      expect.objectContaining({ phase: 'after', outcome: expect.stringContaining('failed') }),
    );
  });

  test('a task and the state of a guest are as they are now, however often they are looked at', async () => {
    const server = await theServer();
    const state = async () => (await server.call('pve_get_guest', { guest: 110 })).text;
    expect(await state()).toMatch(/Status: +running/);
    const { data: upid } = await theDemo.request('POST', '/nodes/pve3/lxc/110/status/shutdown');
    await server.call('pve_get_task', { upid });
    await theDemo.taskEnd(upid);
    expect(await state()).toMatch(/Status: +stopped/);
    expect((await server.call('pve_get_task', { upid })).text).toMatch(/: OK\n[\s\S]*TASK OK/);
  });

  test('a change whose answer is lost is never sent again', async () => {
    const server = await theServer();
    await theDemo.control({ fault: 'reset', method: 'POST', path: '/nodes', times: 5 });
    const { text, isError } = await server.call('pve_power_guest', { guest: 108, action: 'shutdown' });
    await theDemo.control({ fault: 'none' });
    expect(isError).toBe(true);
    expect(text).toMatch(/Unknown: this was sent, and its answer was lost\. Do not send it again\./);
    expect(text).toContain('How to look: ');
  });

  let theDemo: Demo;
  let running: McpServer | undefined;
  beforeAll(async () => {
    theDemo = await startDemo({ speed: 20 });
  });
  afterAll(async () => {
    await running?.stop();
    await theDemo.stop();
  });
  async function theServer(): Promise<McpServer> {
    if (running === undefined) {
      running = await serverOf(theDemo);
      opened.pop();
    }
    return running;
  }
});
