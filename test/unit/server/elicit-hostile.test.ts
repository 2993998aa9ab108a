import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { expect, test } from 'vitest';
import { createGate } from '../../../src/gate/gate.ts';
import { createRedactor } from '../../../src/gate/redact.ts';
import { createSchemas } from '../../../src/server/api/schemas.ts';
import { localDoor } from '../../../src/server/door.ts';
import { elicitApprover } from '../../../src/server/elicit.ts';
import { createMcpServer, serveTools } from '../../../src/server/mcp.ts';
import { toolsOf } from '../../../src/server/tools/all.ts';
import { toolsets } from '../../../src/server/toolsets.ts';
import { fakeClock } from '../../support/clock.ts';
import { fakeCluster } from '../../support/cluster.ts';
import { home } from '../../support/gate.ts';

type Message = JSONRPCMessage & { readonly id?: number; readonly method?: string };
const yes = { action: 'accept', content: { answer: 'run' } };
const no = { action: 'decline' };

/** A server of its own with its gate, and a client that may send whatever it likes. */
async function hostileClient() {
  const clock = fakeClock();
  const cluster = fakeCluster();
  const redactor = createRedactor();
  const server = createMcpServer('1.2.3');
  const gate = createGate({
    standing: async () => ({ profiles: [home], freeze: { count: 0 } }),
    connect: async () => cluster.send,
    approver: elicitApprover(server, { clock, redactor }),
    audit: { append: async () => {}, change: async () => {} },
    redactor,
    clock,
  });
  const door = localDoor(gate, [home], async () => {});
  serveTools(server, { tools: toolsOf(toolsets), door, schemas: createSchemas(clock), redactor, clock });
  const [near, far] = InMemoryTransport.createLinkedPair();
  const received: Message[] = [];
  near.onmessage = (message) => void received.push(message as Message);
  await Promise.all([server.connect(far), near.start()]);
  const send = (message: object) => near.send({ jsonrpc: '2.0', ...message } as JSONRPCMessage);
  const find = async (which: (message: Message) => boolean): Promise<Message> => {
    await expect.poll(() => received.some(which)).toBe(true);
    return received.find(which) as Message;
  };
  await send({
    id: 1,
    method: 'initialize',
    params: {
      protocolVersion: '2025-06-18',
      capabilities: { elicitation: {} },
      clientInfo: { name: 'hostile', version: '1' },
    },
  });
  await send({ method: 'notifications/initialized' });
  return {
    clock,
    cluster,
    stop: (id: number, guest: string) =>
      send({ id, method: 'tools/call', params: { name: 'pve_power_guest', arguments: { guest, action: 'stop' } } }),
    /** The id of the question about this guest. */
    question: async (guest: string) =>
      (await find(({ method, ...rest }) => method === 'elicitation/create' && JSON.stringify(rest).includes(guest))).id,
    reply: (id: number | undefined, result: unknown) => send({ id, result }),
    /** What the tool call with this id came to. */
    answer: async (id: number) => JSON.stringify(await find((message) => message.id === id && !('method' in message))),
    withdrawn: async (id: number | undefined) =>
      find((message) => message.method === 'notifications/cancelled' && JSON.stringify(message).includes(`:${id}`)),
    /** A read proves that the server has dealt with everything before it, and still serves. */
    async settle() {
      await send({ id: 99, method: 'tools/call', params: { name: 'pve_list_guests', arguments: {} } });
      expect(JSON.stringify(await find(({ id }) => id === 99))).toContain('web-01');
    },
  };
}

test('G2: a yes after the time limit does nothing; the question was withdrawn', async () => {
  const client = await hostileClient();
  await client.stop(10, 'web-01');
  const id = await client.question('web-01');
  client.clock.advance(5 * 60_000 + 1);
  expect(await client.answer(10)).toContain('Nobody answered in time. Nothing was sent.');
  await client.withdrawn(id);
  await client.reply(id, yes);
  await client.settle();
  expect(client.cluster.writes()).toEqual([]);
});

test('G2: a second yes runs nothing a second time', async () => {
  const client = await hostileClient();
  await client.stop(10, 'web-01');
  const id = await client.question('web-01');
  await client.reply(id, yes);
  await client.reply(id, yes);
  expect(await client.answer(10)).toContain('stop OK');
  await client.reply(id, yes);
  await client.settle();
  expect(client.cluster.writes()).toEqual(['POST /nodes/pve2/qemu/101/status/stop']);
});

test('G2: the first answer counts: a yes after a no does nothing', async () => {
  const client = await hostileClient();
  await client.stop(10, 'web-01');
  const id = await client.question('web-01');
  await client.reply(id, no);
  await client.reply(id, yes);
  expect(await client.answer(10)).toContain('The user denied this.');
  await client.settle();
  expect(client.cluster.writes()).toEqual([]);
});

test('G2: of two questions at once each has its own answer, in whatever order they come', async () => {
  const client = await hostileClient();
  await client.stop(10, 'web-01');
  await client.stop(11, 'mail-01');
  const [web, mail] = [await client.question('web-01'), await client.question('mail-01')];
  expect(web).not.toBe(mail);
  await client.reply(mail, yes);
  await client.reply(web, no);
  expect(await client.answer(11)).toContain('stop OK');
  expect(await client.answer(10)).toContain('The user denied this.');
  expect(client.cluster.writes()).toEqual(['POST /nodes/pve1/lxc/102/status/stop']);
});

test.each<[string, unknown]>([
  ['a grant beside the yes', { ...yes, content: { answer: 'run', grant: true } }],
  ['the answer of another question beside it', { ...yes, content: { answer: 'run', name: 'web-01' } }],
])('G18: %s is a no', async (_what, result) => {
  const client = await hostileClient();
  await client.stop(10, 'web-01');
  await client.reply(await client.question('web-01'), result);
  expect(await client.answer(10)).toContain('Nothing was sent.');
  expect(client.cluster.writes()).toEqual([]);
});

test('G18: what is no answer at all leaves the question open, and runs nothing', async () => {
  const client = await hostileClient();
  await client.stop(10, 'web-01');
  const id = await client.question('web-01');
  for (const result of ['run', [yes, yes], null]) await client.reply(id, result);
  await client.settle();
  expect(client.cluster.writes()).toEqual([]);
  await client.reply(id, no);
  expect(await client.answer(10)).toContain('The user denied this.');
});

test('G18: a yes to a question that nobody has asked does nothing, before one and beside one', async () => {
  const client = await hostileClient();
  for (let id = 0; id < 5; id += 1) await client.reply(id, yes);
  await client.stop(10, 'web-01');
  const id = await client.question('web-01');
  await client.reply(Number(id) + 1, yes);
  await client.settle();
  expect(client.cluster.writes()).toEqual([]);
  await client.reply(id, no);
  expect(await client.answer(10)).toContain('The user denied this.');
});
