import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../../src/gate/redact.ts';
import type { PerformOptions, PlanResult } from '../../../src/gate/types.ts';
import type { Clock } from '../../../src/pve/clock.ts';
import { isSchemaRequest } from '../../../src/pve/request.ts';
import { createSchemas } from '../../../src/server/api/schemas.ts';
import { createMcpServer, serveTools } from '../../../src/server/mcp.ts';
import { toolsOf } from '../../../src/server/tools/all.ts';
import { toolsets } from '../../../src/server/toolsets.ts';
import { apiOnly } from '../../support/api-only.ts';
import { home } from './fake-door.ts';

/** A clock whose sleeps end when the test says so. */
function handClock() {
  let now = 0;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((wake, stop) => {
        const sleeper = { at: now + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          stop(signal.reason);
        });
      }),
  };
  const pass = (ms: number) => {
    now += ms;
    for (const sleeper of [...sleepers].filter(({ at }) => at <= now)) {
      sleepers.delete(sleeper);
      sleeper.wake();
    }
  };
  return { clock, pass, sleeping: () => sleepers.size };
}

/** The server goes on without the document of the API. */
const unread: PlanResult = { plan: 'p', outcomes: [{ status: 'skipped', why: 'not here' }] };

/** A client and a server in one process, before a gate that answers when the test says so. */
async function connected(clock: Clock) {
  const performed: PerformOptions[] = [];
  let finish: (result: PlanResult) => void = () => {};
  const redactor = createRedactor();
  redactor.add('s3cr3t-canary');
  const server = createMcpServer('1.2.3');
  const idle = serveTools(server, {
    tools: toolsOf(toolsets),
    redactor,
    clock,
    schemas: createSchemas(clock),
    door: {
      connections: () => [home],
      onConnections: () => {},
      perform: async ({ operations }, _client, options) => {
        if (operations.map(apiOnly).some(({ method, segments }) => isSchemaRequest({ method, path: segments })))
          return unread;
        performed.push(options);
        return new Promise((resolve) => {
          finish = resolve;
        });
      },
      close: async () => {},
    },
  });
  const [near, far] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'unit', version: '1' });
  await Promise.all([server.connect(far), client.connect(near)]);
  return {
    client,
    performed,
    idle,
    finish: (data: unknown = []) => finish({ plan: 'p', outcomes: [{ status: 'done', data, ms: 1 }] }),
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const call = { name: 'pve_list_guests', arguments: {} };

describe('calls over the protocol', () => {
  test('one that takes long reports every five seconds with the time that passed, and nothing after its end', async () => {
    const { clock, pass, sleeping } = handClock();
    const { client, finish } = await connected(clock);
    const heard: string[] = [];
    const answer = client.callTool(call, undefined, { onprogress: ({ message = '' }) => heard.push(message) });
    await settle();
    for (let beats = 0; beats < 2; beats += 1) {
      pass(5000);
      await settle();
    }
    expect(heard).toEqual(['Working (5 s)', 'Working (10 s)']);
    finish();
    await answer;
    expect(sleeping()).toBe(0);
    await client.close();
  });

  test('G15: what the gate reports reaches the client without the secrets in it', async () => {
    const { client, performed, finish } = await connected(handClock().clock);
    const heard: string[] = [];
    const args = { guest: 101, action: 'stop', wait: false };
    const answer = client.callTool({ name: 'pve_power_guest', arguments: args }, undefined, {
      onprogress: ({ message = '' }) => heard.push(message),
    });
    await settle();
    finish([{ type: 'qemu', vmid: 101, name: 'web-01', node: 'pve2' }]);
    await settle();
    performed[1]?.onProgress({ message: 'using s3cr3t-canary\nnow' });
    await settle();
    expect(heard).toEqual(['using [redacted]⏎now']);
    finish();
    await settle();
    finish({ status: 'stopped' });
    await answer;
    await client.close();
  });

  test('without a progress token nothing is reported', async () => {
    const { clock, sleeping } = handClock();
    const { client, finish } = await connected(clock);
    const answer = client.callTool(call);
    await settle();
    expect(sleeping()).toBe(0);
    finish();
    expect((await answer).isError).toBeUndefined();
    await client.close();
  });

  test('cancelling one reaches the gate', async () => {
    const { client, performed, finish, idle } = await connected(handClock().clock);
    const cancel = new AbortController();
    const answer = client.callTool(call, undefined, { signal: cancel.signal });
    await settle();
    cancel.abort();
    await expect(answer).rejects.toThrow();
    await settle();
    expect(performed[0]?.signal.aborted).toBe(true);
    finish();
    await idle();
    await client.close();
  });

  test('a client that goes away aborts what runs', async () => {
    const { client, performed, finish, idle } = await connected(handClock().clock);
    client.callTool(call).catch(() => {});
    await settle();
    await client.close();
    expect(performed[0]?.signal.aborted).toBe(true);
    finish();
    await idle();
  });
});
