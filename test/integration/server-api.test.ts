import { afterAll, describe, expect, test } from 'vitest';
import { createBridgeHost } from '../../src/bridge/host.ts';
import { bridgeEnvironment } from '../../src/bridge/protocol.ts';
import { apidoc } from '../../src/demo/apidoc.ts';
import type { Outcome } from '../../src/gate/types.ts';
import { parseApidoc } from '../../src/pve/apidoc.ts';
import { systemClock } from '../../src/pve/clock.ts';
import { isSchemaRequest } from '../../src/pve/request.ts';
import { apiOnly } from '../support/api-only.ts';
import { demoEnvironment, type McpServer, startServer } from '../support/mcp.ts';
import { serversOverDemo } from '../support/servers.ts';
import { sayingYes } from '../support/writing.ts';

const over = serversOverDemo();
const start = (questions: string[] = []) =>
  over.start({ env: demoEnvironment(over.demo, over.dir, 'full'), elicit: sayingYes(questions) });

async function ask(server: McpServer, tool: string, args: Record<string, unknown>): Promise<string> {
  const { text, isError } = await server.call(tool, args);
  expect(isError, text).toBe(false);
  return text;
}

describe('the API of the cluster through the tools', () => {
  test('is searched, written to and read back', async () => {
    const server = await start();
    const found = await ask(server, 'pve_find_api', { query: 'guest config', method: 'PUT' });
    expect(found).toContain('/nodes/{node}/qemu/{vmid}/config');
    const path = '/nodes/pve2/qemu/101/config';
    const one = await ask(server, 'pve_find_api', { path, method: 'PUT', query: 'description' });
    expect(one).toMatch(/^description +/m);
    const written = await ask(server, 'pve_api_write', { method: 'PUT', path, params: { description: 'by hand' } });
    expect(written).toMatch(/description: by hand is active/);
    expect(await ask(server, 'pve_api_get', { path, fields: ['description'] })).toContain('by hand');
    expect(await over.writes()).toHaveLength(1);
  });

  test('refuses an unknown parameter, naming the nearest, and asks nobody', async () => {
    const asked: string[] = [];
    const server = await start(asked);
    const args = { method: 'PUT', path: '/nodes/pve2/qemu/101/config', params: { descripton: 'x' } };
    expect((await server.call('pve_api_write', args)).text).toContain('did you mean description?');
    expect(asked).toEqual([]);
    expect(await over.writes()).toEqual([]);
  });

  test('cannot be read: its tools refuse with the reason, the others go on', async () => {
    const server = await start();
    await over.demo.control({ fault: '404 Not Found', path: '/pve-docs', times: 100 });
    try {
      const { text, isError } = await server.call('pve_find_api', { query: 'resize' });
      expect(isError).toBe(true);
      expect(text).toMatch(/^Error \(/);
      await over.demo.control({ fault: 'html', path: '/pve-docs', times: 100 });
      expect(await ask(server, 'pve_power_guest', { guest: 'queue-03', action: 'shutdown' })).toContain('OK');
    } finally {
      await over.demo.control({ fault: 'none' });
    }
    expect((await server.call('pve_find_api', { query: 'resize' })).isError).toBe(false);
  });

  test('is read once for all calls', async () => {
    const server = await start();
    await ask(server, 'pve_find_api', { query: 'resize' });
    await over.demo.control({ fault: '404 Not Found', path: '/pve-docs', times: 100 });
    try {
      await ask(server, 'pve_find_api', { query: 'snapshot' });
    } finally {
      await over.demo.control({ fault: 'none' });
    }
  });
});

describe('the API of the cluster across the bridge', () => {
  const ends: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });

  test('reaches the server that the editor started', async () => {
    const schema: Outcome = { status: 'done', data: parseApidoc(apidoc()), ms: 1 };
    const nothing: Outcome = { status: 'done', data: null, ms: 1 };
    const host = await createBridgeHost({
      gate: {
        perform: async ({ operations }) => ({
          plan: 'p1',
          outcomes: operations
            .map(apiOnly)
            .map(({ method, segments }) => (isSchemaRequest({ method, path: segments }) ? schema : nothing)),
        }),
      },
      clock: systemClock,
      connections: async () => [{ id: 'c1', name: 'home', level: 'read-only' }],
    });
    ends.push(() => host.close());
    const { path, launch, key } = await host.open();
    const env = { [bridgeEnvironment.path]: path, [bridgeEnvironment.launch]: launch, [bridgeEnvironment.key]: key };
    const server = await startServer({ env });
    ends.push(() => server.stop());
    const found = await ask(server, 'pve_find_api', { path: '/nodes/{node}/qemu/{vmid}/resize', method: 'PUT' });
    expect(found).toMatch(/^size\* /m);
  });
});
