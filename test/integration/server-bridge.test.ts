import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BridgeHost, createBridgeHost, type LaunchHandle } from '../../src/bridge/host.ts';
import { bridgeEnvironment } from '../../src/bridge/protocol.ts';
import type { ConnectionInfo, Gate, Origin, Outcome, Proposal } from '../../src/gate/types.ts';
import { systemClock } from '../../src/pve/clock.ts';
import { apiOnly } from '../support/api-only.ts';
import { type McpServer, startServer } from '../support/mcp.ts';

const guest = { id: 'qemu/101', type: 'qemu', vmid: 101, name: 'web-01', node: 'pve2', status: 'running' };
const home: ConnectionInfo = { id: 'c1', name: 'home', level: 'read-only' };

/** What the extension has: a gate, which keeps what reaches it. */
function fakeGate(): Gate & { readonly seen: { proposal: Proposal; origin: Origin }[] } {
  const seen: { proposal: Proposal; origin: Origin }[] = [];
  return {
    seen,
    async perform(proposal, origin, { onProgress }) {
      seen.push({ proposal, origin });
      onProgress({ message: 'at the gate' });
      return {
        plan: 'p1',
        outcomes: proposal.operations.map((one) => (one.kind === 'api' && one.method === 'GET' ? listed : denied)),
      };
    },
  };
}
const listed: Outcome = { status: 'done', data: [guest], ms: 1 };
const denied: Outcome = { status: 'denied', by: 'person', why: 'A person said no.', note: 'Not now' };

let gate: ReturnType<typeof fakeGate>;
let connections: readonly ConnectionInfo[];
let host: BridgeHost;
let server: McpServer | undefined;
beforeEach(async () => {
  gate = fakeGate();
  connections = [home];
  host = await createBridgeHost({ gate, clock: systemClock, connections: async () => connections });
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await host.close();
});

/** Starts a server as the editor does. */
async function start(env: Record<string, string> = {}): Promise<McpServer> {
  server = await startServer({ env: { ...environment(await host.open()), ...env }, name: 'Copilot' });
  return server;
}

function environment({ path, launch, key }: LaunchHandle): Record<string, string> {
  return { [bridgeEnvironment.path]: path, [bridgeEnvironment.launch]: launch, [bridgeEnvironment.key]: key };
}

const names = async ({ client }: McpServer) => (await client.listTools()).tools.map(({ name }) => name);

describe('a server that the editor started', () => {
  test('reads and proposes through the gate of the extension, which stamps who asks', async () => {
    const { call, received } = await start();
    expect((await call('pve_list_guests')).text).toContain('web-01');
    const answer = await call('pve_power_guest', { guest: 'web-01', action: 'stop' }, { onProgress: () => {} });
    expect(answer).toMatchObject({
      text: 'The user denied this: Not now. Nothing was sent. Do not try another way; ask what they want.',
      isError: true,
    });
    expect(received()).toMatch(/notifications\/progress.*at the gate/);
    const requests = gate.seen.map(
      ({ proposal: { tool, operations } }) => `${tool} ${operations.map(apiOnly)[0]?.method}`,
    );
    // What is proposed is checked against the API of the cluster before.
    expect(requests).toEqual([
      ...['pve_list_guests GET', 'pve_power_guest GET', 'pve_power_guest GET', 'pve_power_guest POST'],
    ]);
    expect(gate.seen[0]?.origin).toEqual({ who: 'agent', client: 'Copilot 1.0.0', launch: expect.any(String) });
  });

  test('G8: offers commands on nodes only while a person has them switched on, and proposes them as they are', async () => {
    const started = await start();
    expect(await names(started)).toContain('pve_exec_guest');
    expect(await names(started)).not.toContain('pve_exec_host');
    connections = [{ ...home, host: true }];
    await host.notifyConnections();
    await expect.poll(() => started.listChanges()).toBe(1);
    expect(await names(started)).toContain('pve_exec_host');
    await started.call('pve_exec_guest', { guest: 101, argv: ['ls', 'a b'], timeout_seconds: 5 });
    expect(gate.seen.at(-1)?.proposal.operations).toEqual([
      {
        kind: 'command',
        target: { at: 'vm', node: 'pve2', vmid: 101 },
        run: { argv: ['ls', 'a b'] },
        timeoutSeconds: 5,
      },
    ]);
  });

  test('offers the toolsets, and answers at the length, that the person has set in the editor', async () => {
    const set = { [bridgeEnvironment.toolsets]: 'guests', [bridgeEnvironment.answerCharacters]: '2000' };
    const chosen = await start({ ...set, PVE_TOOLSETS: 'all' });
    expect(await names(chosen)).toContain('pve_list_guests');
    expect(await names(chosen)).not.toContain('pve_get_node');
    expect((await chosen.call('pve_get_node', { node: 'pve1' })).text).toContain('There is no tool "pve_get_node"');
  });

  test('a toolset that there is not stops the start, naming the setting', async () => {
    const wrong = { [bridgeEnvironment.toolsets]: 'everything' };
    await expect(start(wrong)).rejects.toThrow(/The setting proxmox\.mcp\.toolsets names a toolset that there is not/);
  });

  test('a plan is one proposal, with its title as a claim', async () => {
    const { call } = await start();
    const step = (action: string) => ({ tool: 'pve_power_guest', arguments: { guest: 'web-01', action } });
    const plan = { title: 'Power cycle', steps: [step('stop'), step('start')] };
    expect((await call('pve_run_plan', plan)).text).toMatch(/^The user denied this: Not now\. Nothing was sent\./);
    expect(gate.seen.at(-1)?.proposal).toMatchObject({
      tool: 'pve_run_plan',
      title: 'Power cycle',
      wait: true,
      operations: [{ segments: expect.arrayContaining(['stop']) }, { segments: expect.arrayContaining(['start']) }],
    });
  });

  test('ignores PVE_* altogether, even what would stop a standalone start', async () => {
    const { call } = await start({ PVE_NONSENSE: 'x', PVE_BASE_URL: 'http://nowhere', PVE_ACCESS_LEVEL: 'full' });
    expect((await call('pve_list_guests')).isError).toBe(false);
  });

  test('says that its tools changed when a level or the number of connections does, and only then', async () => {
    const running = await start();
    expect(await names(running)).not.toContain('pve_power_guest');
    connections = [{ ...home, name: 'renamed' }];
    await host.notifyConnections();
    connections = [{ ...home, level: 'read-execute' }];
    await host.notifyConnections();
    await expect.poll(running.listChanges).toBe(1);
    expect(await names(running)).toContain('pve_power_guest');
    connections = [home, { ...home, id: 'c2', name: 'office' }];
    await host.notifyConnections();
    await expect.poll(running.listChanges).toBe(2);
    const { tools } = await running.client.listTools();
    expect(
      tools.every(({ inputSchema }) => inputSchema.properties !== undefined && 'cluster' in inputSchema.properties),
    ).toBe(true);
    await running.call('pve_list_guests', { cluster: 'office' });
    expect(gate.seen.at(-1)?.proposal.connection).toBe('c2');
  });

  test('G16: with the bridge gone every call is an error that says what to do; the server lives on', async () => {
    const running = await start();
    await host.close();
    for (const [tool, args] of [
      ['pve_list_guests', {}],
      ['pve_power_guest', { guest: 101, action: 'stop' }],
    ] as const) {
      const { text, isError } = await running.call(tool, args);
      expect(isError).toBe(true);
      expect(text).toMatch(/^Error \(gate_unavailable\): [\s\S]*Next: /);
    }
    expect(gate.seen).toEqual([]);
  });

  test('G16: a wrong key ends the start with a message, without the key in it', async () => {
    const env = { ...environment(await host.open()), [bridgeEnvironment.key]: 'A'.repeat(43) };
    const failure = await startServer({ env }).then(
      () => 'it started',
      (error: unknown) => String(error),
    );
    expect(failure).toMatch(/cannot start[\s\S]*gate_unavailable[\s\S]*Next: /);
    expect(failure).not.toContain('A'.repeat(43));
  });
});
