import { afterEach, describe, expect, it } from 'vitest';
import type { PveRequest } from '../../src/pve/request.ts';
import type { PveTransport, TransportOptions } from '../../src/pve/transport.ts';
import { fakeClock } from '../support/clock.ts';
import { serveTcp } from '../support/https-server.ts';
import {
  closeAll,
  closeLater,
  connect,
  type FakeNode,
  failure,
  type Handler,
  ok,
  startNode,
  version,
  write,
} from '../support/pve-node.ts';

afterEach(closeAll);

const limits = { connectMs: 1_000, headersMs: 300, bodyMs: 300 };
const status: PveRequest = { method: 'GET', path: ['cluster', 'status'] };
const nodeStatus = (node: string): PveRequest => ({ method: 'GET', path: ['nodes', node, 'status'] });

const says =
  (code: number, reason: string, body = ''): Handler =>
  (_request, response) =>
    response.writeHead(code, reason).end(body);
const offline = says(595, 'No route to host');

/** What `/cluster/status` says on a node; everything else is "fine". */
const member =
  (name: string, quorate: 0 | 1): Handler =>
  (request, response, number) => {
    if (!request.url?.endsWith('/cluster/status')) return ok(request, response, number);
    const data = [
      { type: 'cluster', name: 'lab', quorate },
      { type: 'node', name, local: 1, online: 1 },
      { type: 'node', name: 'other', local: 0, online: quorate },
    ];
    response.end(JSON.stringify({ data }));
  };

/** Nodes that answer as told, and one transport for all of them. */
async function cluster(
  handlers: readonly Handler[],
  options: Partial<TransportOptions> = {},
): Promise<PveTransport & { readonly nodes: FakeNode[]; counts(): number[] }> {
  const nodes = await Promise.all(handlers.map((handler) => startNode(handler)));
  const transport = connect(
    nodes.map(({ url }) => url),
    { limits, ...options },
  );
  return { ...transport, nodes, counts: () => nodes.map(({ seen }) => seen.length) };
}

async function portOfNobody(): Promise<string> {
  const gone = await serveTcp(() => {});
  await gone.close();
  return gone.url;
}

describe('a read goes to the next endpoint', () => {
  it.each<[string, Handler]>([
    ['resets', ({ socket }) => socket.destroy()],
    ['hangs', () => {}],
    ['has no quorum', says(500, 'cluster not ready - no quorum?', '{"data":null}')],
    [
      'has lost its cluster file system',
      says(500, 'RPCEnvironment init request failed: Unable to load access control list: Connection refused'),
    ],
    ['is behind a proxy that cannot reach it', says(502, 'Bad Gateway', '<html>')],
    ['cannot reach itself', offline],
  ])('when one %s, and stays there', async (_name, handler) => {
    const { send, serving, endpoints, nodes, counts } = await cluster([handler, ok]);
    for (let times = 0; times < 3; times += 1) expect(await send(version)).toEqual({ data: 'fine' });
    expect(serving()).toBe(nodes[1]?.url);
    expect(endpoints().map(({ fault }) => fault === undefined)).toEqual([false, true]);
    expect(counts()[0]).toBeLessThanOrEqual(2); // a lost connection is tried once more
    expect(counts()[1]).toBe(3);
  });

  it.each<[string, Handler, string]>([
    ['401', says(401, 'Authentication failed!'), 'unauthenticated'],
    ['403', says(403, 'Permission check failed (/, Sys.Audit)', '{"data":null}'), 'forbidden'],
    ['500', says(500, "storage 'x' does not exist", '{"data":null}'), 'not_found'],
    ['501', says(501, "Method 'GET /x' not implemented", '{"data":null}'), 'not_implemented'],
    ['596', says(596, 'Broken pipe'), 'node_offline'],
  ])('but not for what PVE itself answers: %s', async (_name, handler, code) => {
    const { send, serving, nodes, counts } = await cluster([handler, ok]);
    expect((await failure(send(version))).code).toBe(code);
    expect([counts(), serving()]).toEqual([[1, 0], nodes[0]?.url]);
  });

  it('and is told what all of them said when none is left', async () => {
    const [first, second] = [await portOfNobody(), await portOfNobody()];
    const { send, serving } = connect([first, second], { limits });
    const { data } = await failure(send(version));
    expect(data.code).toBe('unreachable');
    expect(data.message).toBe(
      `${new URL(first).host} refused the connection; ${new URL(second).host} refused the connection`,
    );
    expect(serving()).toBeUndefined();
  });

  it('when a node is not in the majority; an answer from the minority is better than none', async () => {
    const { send, serving, nodes, endpoints } = await cluster([member('pve1', 0), member('pve2', 1)]);
    expect(await send(status)).toMatchObject({ data: [{ quorate: 1 }, { name: 'pve2' }, {}] });
    expect(serving()).toBe(nodes[1]?.url);
    expect(endpoints()[0]?.fault).toMatchObject({ code: 'no_quorum' });

    const torn = await cluster([member('pve1', 0), member('pve2', 0)]);
    expect(await torn.send(status)).toMatchObject({ data: [{ quorate: 0 }, { name: 'pve1' }, {}] });
    expect(await torn.send(version)).toEqual({ data: 'fine' });

    const alone = await cluster([member('pve1', 0)]);
    expect(await alone.send(status)).toMatchObject({ data: [{ quorate: 0 }, {}, {}] });
    expect(alone.endpoints()[0]?.fault).toBeUndefined();
  });

  it('for a node that is offline only where the other endpoint could be that very node', async () => {
    const answering =
      (name: string): Handler =>
      (request, response, number) =>
        (request.url?.includes('/nodes/') ? offline : member(name, 1))(request, response, number);
    const { send, serving, nodes, counts } = await cluster([answering('pve1'), answering('pve2')]);
    await send(status);
    expect((await failure(send(nodeStatus('pve3')))).code).toBe('node_offline');
    expect(counts()).toEqual([2, 0]);
    expect((await failure(send(nodeStatus('pve1')))).code).toBe('node_offline');
    expect(counts()).toEqual([3, 1]);
    expect(serving()).toBe(nodes[0]?.url);
  });

  it('but not while a storage or an agent keeps its node waiting', async () => {
    const { send, counts } = await cluster([() => {}, ok]);
    const scan = { method: 'GET', path: ['nodes', 'pve1', 'storage', 'nfs', 'content'] } as const;
    expect((await failure(send(scan))).code).toBe('timeout');
    expect(counts()).toEqual([1, 0]);
  });
});

describe('an endpoint that failed', () => {
  it('is left alone for 30 s, then is one to go to again', async () => {
    const clock = fakeClock();
    let answers: [Handler, Handler] = [offline, ok];
    const { send, counts } = await cluster(
      [0, 1].map((at) => (request, response, number) => answers[at === 0 ? 0 : 1](request, response, number)),
      { clock },
    );
    await send(version);
    answers = [ok, says(500, 'cluster not ready - no quorum?', '{"data":null}')];
    expect((await failure(send(version))).code).toBe('no_quorum');
    expect(counts()).toEqual([1, 2]);
    clock.advance(30_000);
    expect(await send(version)).toEqual({ data: 'fine' });
    expect(counts()[0]).toBe(2);
  });

  it('is asked at once when no other can be reached', async () => {
    let isDown = true;
    const { send, nodes } = await cluster([
      (request, response, number) => (isDown ? request.socket.destroy() : ok(request, response, number)),
      ok,
    ]);
    await send(version);
    await nodes[1]?.server.close();
    isDown = false;
    expect(await send(version)).toEqual({ data: 'fine' });
  });

  it('and the one that serves are told to who listens, once for each change', async () => {
    let isDown = false;
    const { send, onServing, nodes } = await cluster([
      (request, response, number) => (isDown ? request.socket.destroy() : ok(request, response, number)),
      ok,
    ]);
    const told: (string | undefined)[] = [];
    const stop = onServing((url) => told.push(url));
    for (let times = 0; times < 2; times += 1) await send(version);
    isDown = true;
    for (let times = 0; times < 2; times += 1) await send(version);
    const [first, second] = nodes.map(({ url }) => url);
    expect(told).toEqual([first, first, second]); // serves; is faulty; the other serves
    stop();
    isDown = false;
    await nodes[1]?.server.close();
    await send(version);
    expect(told).toHaveLength(3);
  });
});

describe('a write', () => {
  it('G3: fails over when no byte of it was sent', async () => {
    const silent = closeLater(await serveTcp(() => {}));
    for (const dead of [await portOfNobody(), silent.url, 'https://no-such-host.invalid:8006']) {
      const node = await startNode(ok);
      const { send, serving } = connect([dead, node.url], { limits });
      expect(await send(write('POST'))).toEqual({ data: 'fine' });
      expect([node.seen.length, serving()]).toEqual([1, node.url]);
    }
  });

  it.each<[string, Handler]>([
    ['lost', ({ socket }) => socket.destroy()],
    ['late', () => {}],
    ['595', offline],
    ['596', says(596, 'Broken pipe')],
    ['a refusal for want of quorum', says(500, 'cluster not ready - no quorum?', '{"data":null}')],
    ['a page', says(502, 'Bad Gateway', '<html>')],
    ['a redirect', says(302, 'Found')],
  ])('G3: never fails over once it was sent, and the answer is %s', async (_name, handler) => {
    const { send, counts } = await cluster([handler, ok]);
    await failure(send(write('POST')));
    expect(counts()).toEqual([1, 0]);
  });

  it('goes to the endpoint that serves', async () => {
    const { send, counts } = await cluster([offline, ok]);
    await send(version);
    await send(write('POST'));
    expect(counts()).toEqual([1, 2]);
  });
});
