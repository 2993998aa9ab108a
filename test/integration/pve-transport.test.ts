import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { tokenAuth } from '../../src/pve/auth.ts';
import { schemaRequest } from '../../src/pve/request.ts';
import { createTransport } from '../../src/pve/transport.ts';
import { apidocOf } from '../support/apidoc.ts';
import {
  closeAll,
  connect,
  failure,
  type Handler,
  node,
  ok,
  secret,
  startNode,
  version,
  write,
  writes,
} from '../support/pve-node.ts';

afterEach(closeAll);

describe('a request', () => {
  it('carries the token, and its parameters where PVE reads them', async () => {
    const { send, seen } = await node(ok);
    const params = { force: true, vmid: 101, delete: ['net0', 'a&b'], note: 'ü x' };
    for (const method of ['GET', ...writes] as const) await send({ method, path: ['nodes', 'pve1', 'x'], params });
    const form = 'force=1&vmid=101&delete=net0&delete=a%26b&note=%C3%BC+x';
    expect(seen.map(({ line, body }) => [line, body])).toEqual([
      [`GET /api2/json/nodes/pve1/x?${form}`, ''],
      ['POST /api2/json/nodes/pve1/x', form],
      ['PUT /api2/json/nodes/pve1/x', form],
      [`DELETE /api2/json/nodes/pve1/x?${form}`, ''],
    ]);
    expect(seen.every(({ headers }) => headers.authorization === `PVEAPIToken=root@pam!vscode=${secret}`)).toBe(true);
    expect(seen.map(({ headers }) => headers['content-type'])).toEqual([
      undefined,
      ...['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded', undefined],
    ]);
  });

  it('without parameters has no body', async () => {
    const { send, seen } = await node(ok);
    await send(write('POST'));
    expect([seen[0]?.body, seen[0]?.headers['content-length']]).toEqual(['', '0']);
  });

  it.each([
    [['nodes', 'pve1/qemu/100?purge=1#']],
    [['nodes', '..', 'access']],
    [['nodes', '../access']],
    [[]],
  ])('for %j reaches no endpoint at all', async (path) => {
    const { send, seen, server } = await node(ok);
    expect((await failure(send({ method: 'DELETE', path }))).code).toBe('invalid_argument');
    expect([seen, server.connections()]).toEqual([[], 0]);
  });

  it('keeps what looks like a query inside its segment', async () => {
    const { send, seen } = await node(ok);
    await send({ method: 'DELETE', path: ['nodes', 'pve1', 'qemu', '100?purge=1#'] });
    expect(seen[0]?.line).toBe('DELETE /api2/json/nodes/pve1/qemu/100%3Fpurge%3D1%23');
  });
});

describe('the document of the API', () => {
  const methods = { '/version': { GET: { parameters: { properties: { password: { type: 'string' } } } } } };
  const script = apidocOf(methods);

  it('G17: comes by the same connector, without a login, and reaches nobody with another certificate', async () => {
    const { send, seen } = await node((_request, response) => response.end(script));
    const { data } = await send(schemaRequest);
    expect(data).toMatchObject({ methods: [{ method: 'GET', path: '/version' }] });
    expect(seen.map(({ line }) => line)).toEqual(['GET /pve-docs/api-viewer/apidoc.js']);
    const { authorization, cookie } = seen[0]?.headers ?? {};
    expect([authorization, cookie]).toEqual([undefined, undefined]);
    const { url, seen: nothing } = await startNode(ok);
    const trust = { kind: 'pin', sha256: [Array(32).fill('AA').join(':')] } as const;
    const wary = connect([url], { endpoints: [{ url, trust }] });
    expect((await failure(wary.send(schemaRequest))).code).toBe('certificate');
    expect(nothing).toEqual([]);
  });

  it('may come packed, and is the only path outside the API', async () => {
    const { send, seen } = await node((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(script)),
    );
    expect((await send(schemaRequest)).data).toMatchObject({ methods: [{ path: '/version' }] });
    for (const method of writes) await failure(send({ ...schemaRequest, method }));
    await failure(send({ method: 'GET', path: ['pve-docs', 'api-viewer', 'other.js'] }));
    expect(seen.slice(1).every(({ line }) => line.includes(' /api2/json/pve-docs/'))).toBe(true);
  });

  it.each([
    ['a login page', '<html></html>', 'not_proxmox'],
    ['one that is cut', script.slice(0, 200), 'not_proxmox'],
  ])('%s in its place is told, and does not count against the node', async (_what, body, code) => {
    const { endpoints, send } = await node((_request, response) => response.end(body));
    expect((await failure(send(schemaRequest))).code).toBe(code);
    expect(endpoints().map(({ fault }) => fault)).toEqual([undefined]);
  });
});

describe('an answer', () => {
  it('gives data, and the total where there is one', async () => {
    const bodies = [
      '{"data":null}',
      '{"total":93,"data":[1]}',
      '{"data":[],"total":"7"}',
      '{"data":"UPID:x","total":null}',
    ];
    const { send } = await node((_request, response, number) => response.end(bodies[number - 1]));
    const replies = [];
    for (const _body of bodies) replies.push(await send(version));
    expect(replies).toEqual([{ data: null }, { data: [1], total: 93 }, { data: [], total: 7 }, { data: 'UPID:x' }]);
  });

  it('may come packed', async () => {
    const packed = gzipSync('{"data":"packed"}');
    const { send } = await node((_request, response) => response.setHeader('content-encoding', 'gzip').end(packed));
    expect(await send(version)).toEqual({ data: 'packed' });
  });

  it.each<[string, Handler]>([
    [
      'HTML',
      (_request, response) =>
        response.setHeader('content-type', 'text/html').end('<!doctype html><title>Router</title>'),
    ],
    ['nothing', (_request, response) => response.end()],
    ['JSON of another kind', (_request, response) => response.end('{"result":1}')],
    ['a bare value', (_request, response) => response.end('null')],
    [
      'bytes that only claim to be packed',
      (_request, response) => response.setHeader('content-encoding', 'gzip').end('{"data":1}'),
    ],
    ['a redirect', (_request, response) => response.writeHead(302, { location: '/api2/json/version' }).end()],
    [
      'a redirect elsewhere',
      (_request, response) => response.writeHead(301, { location: 'https://evil.invalid/' }).end('{"data":1}'),
    ],
    ['an HTML error', (_request, response) => response.writeHead(404).end('<h1>Not Found</h1>')],
  ])('of %s is not Proxmox VE', async (_name, handler) => {
    const { send, seen } = await node(handler);
    expect((await failure(send(version))).code).toBe('not_proxmox');
    expect(seen).toHaveLength(1);
  });

  it('that cannot be read does not mean that a write has not run', async () => {
    const { send } = await node((_request, response) => response.end('<html>'));
    expect((await failure(send(write('POST')))).data).toMatchObject({ code: 'not_proxmox', mayHaveRun: true });
  });

  it('that refuses is told in PVE’s own words', async () => {
    const { send } = await node((_request, response) => {
      response.writeHead(403, 'Permission check failed (/vms/101, VM.PowerMgmt)').end('{"data":null}');
    });
    expect((await failure(send(write('POST')))).data).toMatchObject({
      ...{ code: 'forbidden', status: 403, request: 'POST /nodes/pve1/qemu/101/status/start' },
      message: 'VM 101 on pve1: the privilege VM.PowerMgmt on /vms/101 is missing',
      hint: expect.stringContaining("--tokens 'root@pam!vscode'"),
    });
  });

  it.each<[string, Handler]>([
    [
      'announced as too large',
      (_request, response) => response.setHeader('content-length', 300_000).end(Buffer.alloc(300_000, 32)),
    ],
    [
      'that grows without end',
      (_request, response) => {
        const more = () => response.writable && response.write(Buffer.alloc(50_000, 32), () => setImmediate(more));
        more();
      },
    ],
    [
      'that is small only while packed',
      (_request, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(5_000_000))),
    ],
  ])('%s is dropped', async (_name, handler) => {
    const { send } = await node(
      (request, response, number) => (number === 1 ? handler : ok)(request, response, number),
      { maxBytes: 100_000 },
    );
    expect((await failure(send(version))).data).toMatchObject({
      code: 'too_large',
      message: 'The answer is larger than 98 KiB',
    });
    expect(await send(version)).toEqual({ data: 'fine' });
  });
});

it('a transport needs an address', () => {
  expect(() => createTransport({ endpoints: [], auth: tokenAuth('root@pam!vscode', secret) })).toThrow(
    expect.objectContaining({ code: 'invalid_argument' }),
  );
});
