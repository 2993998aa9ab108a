import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join as joinPath } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openChannel } from '../../src/bridge/channel.ts';
import { openEndpoint } from '../../src/bridge/endpoint.ts';
import { type Bench, openBench } from '../unit/bridge/bench.ts';
import { frameOf, helloFor, performing, provenPeer, type RawPeer, shutdown, stranger } from '../unit/bridge/support.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

describe('strangers', () => {
  it('G16: are dropped after 2 seconds, however busy they look', async () => {
    const { host, join, clock } = bench;
    const handle = await host.open();
    const silent = await stranger(handle.path);
    const slow = await stranger(handle.path);
    slow.write('Content-Le');
    const refused = await stranger(handle.path);
    const hello = helloFor(handle, refused.challenge);
    refused.send({ ...hello, params: { ...hello.params, protocol: 9 } });
    await refused.next();
    clock.advance(1999);
    await expect(Promise.race([silent.closed.then(() => 'closed'), answered(handle.path)])).resolves.toBe('challenge');
    clock.advance(1);
    await Promise.all([silent.closed, slow.closed, refused.closed]);
    await expect(join(handle)).resolves.toBeDefined();
  });

  it('G16: are at most 4 at once; the oldest makes room, so that they cannot keep the right one out', async () => {
    const { host, join } = bench;
    const handle = await host.open();
    const peers: RawPeer[] = [];
    for (let count = 0; count < 4; count += 1) peers.push(await stranger(handle.path));
    const fifth = await stranger(handle.path);
    await peers[0]?.closed;
    expect(peers.slice(1).map(({ socket }) => socket.closed)).toEqual([false, false, false]);
    await expect(join(handle)).resolves.toBeDefined();
    await Promise.all([...peers, fifth].map(({ closed }) => closed));
  });

  it.each([
    ['a call before its hello', frameOf(performing(shutdown))],
    ['an unknown method', frameOf({ jsonrpc: '2.0', id: 1, method: 'approve', params: {} })],
    ['an unknown notification', frameOf({ jsonrpc: '2.0', method: 'approve', params: {} })],
    ['no JSON', frameOf('{"jsonrpc":')],
    ['a frame that a stranger may not send', Buffer.from('Content-Length: 4097\r\n\r\n')],
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ])('G16: %s is the end of a connection, not of the launch', async (_what, bytes) => {
    const { host, join, gate } = bench;
    const handle = await host.open();
    const peer = await stranger(handle.path);
    peer.write(bytes);
    await peer.closed;
    expect(gate.calls).toEqual([]);
    await expect(join(handle)).resolves.toBeDefined();
  });

  it('G16: garbage never performs anything and never stops the host', async () => {
    const { host, join, gate } = bench;
    const handle = await host.open();
    const garbage = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.json().map((text) => frameOf(text)),
      fc
        .record({
          jsonrpc: fc.constant('2.0'),
          id: fc.nat(),
          method: fc.constantFrom('hello', 'perform'),
          params: fc.object(),
        })
        .map(frameOf),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(garbage, { minLength: 1, maxLength: 4 }), async (pieces) => {
        const peer = await stranger(handle.path);
        peer.write(Buffer.concat(pieces));
        peer.socket.end();
        await peer.closed;
      }),
      { numRuns: 40 },
    );
    expect(gate.calls).toEqual([]);
    await expect(join(handle)).resolves.toBeDefined();
  });
});

describe('a proven connection', () => {
  it.each([
    ['a frame above 1 MiB', Buffer.from(`Content-Length: ${1024 * 1024 + 1}\r\n\r\n`)],
    ['an unknown notification', frameOf({ jsonrpc: '2.0', method: 'grant', params: {} })],
    ['a response', frameOf({ jsonrpc: '2.0', id: 1, result: 'run' })],
    ['no JSON', frameOf('nonsense')],
    ['null', frameOf('null')],
  ])('G16: %s destroys the socket; the host survives', async (_what, bytes) => {
    const { host, join, states } = bench;
    const peer = await provenPeer(await host.open());
    peer.write(bytes);
    await peer.closed;
    expect(states).toEqual(['waiting', 'connected', 'closed']);
    await expect(join(await host.open())).resolves.toBeDefined();
  });

  it('G16: a second hello on one connection is refused, even a right one', async () => {
    const handle = await bench.host.open();
    const peer = await stranger(handle.path);
    const hello = helloFor(handle, peer.challenge);
    peer.send({ ...hello, params: { ...hello.params, protocol: 2 } });
    expect(await peer.next()).toMatchObject({ error: {} });
    peer.send(hello);
    await peer.closed;
    expect(bench.states).toEqual(['waiting']);
  });

  it('G16: a second hello destroys the socket', async () => {
    const handle = await bench.host.open();
    const peer = await stranger(handle.path);
    const hello = helloFor(handle, peer.challenge);
    peer.send(hello);
    await peer.next();
    peer.send(hello);
    await peer.closed;
  });

  it('G16: random parameters never perform anything', async () => {
    const peer = await provenPeer(await bench.host.open());
    const odd = fc.oneof(
      fc.object(),
      fc.jsonValue().map((proposal) => ({ proposal, client: 'a', progress: 1 })),
    );
    await fc.assert(
      fc.asyncProperty(odd, async (params) => {
        peer.send({ jsonrpc: '2.0', id: 1, method: 'perform', params });
        expect(await peer.next()).toMatchObject({ error: { code: -32602 } });
      }),
      { numRuns: 40 },
    );
    expect(bench.gate.calls).toEqual([]);
    peer.socket.destroy();
  });
});

it('G16: an answer that is too large for a frame fails alone; the channel goes on', async () => {
  const open = (socket: Socket) => openChannel(socket, { mayReceive: () => 1000, maySend: 200, accepts: () => true });
  const endpoint = await openEndpoint((socket) => {
    const channel = open(socket);
    channel.onRequest('ask', ({ size }: { size: number }) => 'x'.repeat(size));
    channel.listen();
  });
  const socket = connect(endpoint.path);
  const channel = open(socket);
  channel.listen();
  await expect(channel.sendRequest('ask', { size: 500 })).rejects.toThrow(/larger than the 200 allowed/);
  expect(await channel.sendRequest('ask', { size: 5 })).toBe('xxxxx');
  socket.destroy();
  await endpoint.close();
});

describe('the socket', () => {
  it('G16: stands in a folder of its own that only its owner can enter, and goes with the first proven connection', async () => {
    const { host, join } = bench;
    const { path, ...rest } = await host.open();
    expect(Buffer.byteLength(path)).toBeLessThan(104);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await join({ path, ...rest });
    expect(existsSync(path)).toBe(false);
    await expect.poll(() => existsSync(dirname(path))).toBe(false);
  });

  it.each(['revoke', 'replace', 'expire', 'close'])('is removed with its folder (%s)', async (how) => {
    const { host, clock } = bench;
    const { path, revoke } = await host.open();
    if (how === 'revoke') await revoke();
    if (how === 'replace') await host.open();
    if (how === 'expire') clock.advance(30_000);
    if (how === 'close') await host.close();
    await expect.poll(() => existsSync(dirname(path))).toBe(false);
  });

  it('stands in XDG_RUNTIME_DIR where that is usable and short', async () => {
    const base = await mkdtemp(joinPath(tmpdir(), 'run-'));
    const used = await openEndpoint(() => {}, { XDG_RUNTIME_DIR: base });
    expect(used.path.startsWith(base)).toBe(true);
    await used.close();
    for (const unusable of [`/${'x'.repeat(100)}`, joinPath(base, 'missing'), 'relative', '']) {
      const other = await openEndpoint(() => {}, { XDG_RUNTIME_DIR: unusable });
      expect({ base: other.path.startsWith(base), absolute: isAbsolute(other.path) }).toEqual({
        base: false,
        absolute: true,
      });
      await other.close();
    }
    expect(await readdir(base)).toEqual([]);
    await rm(base, { recursive: true });
  });
});

async function answered(path: string): Promise<unknown> {
  return (await stranger(path)).challenge.method;
}
