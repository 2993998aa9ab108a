import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openEndpoint } from '../../src/bridge/endpoint.ts';
import { newNonce, prove } from '../../src/bridge/proof.ts';
import { type Bench, openBench, watching } from '../unit/bridge/bench.ts';
import {
  cluster,
  done,
  frameOf,
  helloFor,
  performing,
  type RawPeer,
  rawPeer,
  shutdown,
  stranger,
} from '../unit/bridge/support.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const anotherKey = () => randomBytes(32).toString('base64url');

describe('the handshake', () => {
  it('G16: a wrong key is dropped, nothing is performed, and the launch is still good for the right one', async () => {
    const { host, join, gate } = bench;
    const handle = await host.open();
    await expect(join({ ...handle, key: anotherKey() })).rejects.toMatchObject({
      code: 'gate_unavailable',
      message:
        'The Proxmox VE extension refused this server: its key is wrong, was used before or is older than 30 seconds',
    });
    const thief = await stranger(handle.path);
    thief.write(
      Buffer.concat([helloFor({ ...handle, key: anotherKey() }, thief.challenge), performing(shutdown)].map(frameOf)),
    );
    await thief.closed;
    await expect(join({ ...handle, launch: 'another' })).rejects.toMatchObject({ code: 'gate_unavailable' });
    const confused = await stranger(handle.path);
    const hello = helloFor(handle, confused.challenge);
    confused.send({ ...hello, params: { ...hello.params, launch: 'another' } });
    await confused.closed;
    expect(gate.calls).toEqual([]);
    await expect(join(handle)).resolves.toBeDefined();
  });

  it('G16: a Hello recorded on one connection is refused on another', async () => {
    const handle = await bench.host.open();
    const [victim, thief] = [await stranger(handle.path), await stranger(handle.path)];
    const recorded = helloFor(handle, victim.challenge);
    thief.send(recorded);
    await thief.closed;
    victim.send(recorded);
    expect(await victim.next()).toMatchObject({ id: 0, result: { proof: expect.any(String) } });
    victim.socket.destroy();
  });

  it('G16: of two right connections one wins, the other is refused, and nobody connects afterwards', async () => {
    const { host, join, states } = bench;
    const handle = await host.open();
    const waiting = await stranger(handle.path);
    const results = await Promise.allSettled([join(handle), join(handle)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await waiting.closed;
    await expect(join(handle)).rejects.toMatchObject({ code: 'gate_unavailable' });
    expect(states).toEqual(['waiting', 'connected']);
  });

  it('G16: a newer launch voids the older, whether it is connected or not', async () => {
    const { host, join, gate } = bench;
    const old = await host.open();
    const first = await join(old);
    const broken = first.perform(shutdown, 'a', watching());
    broken.catch(() => undefined);
    const { signal } = await gate.next();
    const unused = await host.open();
    expect(signal.aborted).toBe(true);
    await expect(broken).rejects.toMatchObject({ code: 'gate_unavailable', data: { mayHaveRun: true } });
    const newest = await host.open();
    await expect(join(unused)).rejects.toMatchObject({ code: 'gate_unavailable' });
    await expect(join({ ...unused, path: newest.path })).rejects.toMatchObject({ code: 'gate_unavailable' });
    await expect(join(newest)).resolves.toBeDefined();
  });

  it('G16: launches opened at once leave exactly one that is good', async () => {
    const opened = await Promise.allSettled([bench.host.open(), bench.host.open(), bench.host.open()]);
    const replaced = { status: 'rejected', reason: { data: { code: 'gate_unavailable' } } };
    expect(opened).toMatchObject([replaced, replaced, { status: 'fulfilled' }]);
    for (const handle of opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))) {
      await expect(bench.join(handle)).resolves.toBeDefined();
    }
  });

  it('G16: after 30 seconds the key is void and the socket is gone', async () => {
    const { host, join, clock, states } = bench;
    const handle = await host.open();
    clock.advance(30_000);
    await expect(join(handle)).rejects.toMatchObject({ code: 'gate_unavailable' });
    expect(states).toEqual(['waiting', 'expired']);
  });

  it.each(['wall', 'monotonic'] as const)('G16: the 30 seconds are over when the %s clock says so', async (which) => {
    const { host, join, clock, gate } = bench;
    const handle = await host.open();
    clock.jump(which, 30_001);
    await expect(join(handle)).rejects.toMatchObject({ code: 'gate_unavailable' });
    expect(gate.calls).toEqual([]);
  });

  it('G16: another protocol version is refused in plain words, by either side', async () => {
    const { host, join } = bench;
    const handle = await host.open();
    const newer = await stranger(handle.path);
    const hello = helloFor(handle, newer.challenge);
    newer.send({ ...hello, params: { ...hello.params, protocol: 2, more: true } });
    const message = 'The extension speaks version 1 of the bridge, this server version 2';
    expect(await newer.next()).toMatchObject({ error: { message } });
    newer.socket.destroy();

    await withHost({ protocol: 3, nonce: newNonce(), more: true }, async (path, seen) => {
      await expect(join({ ...handle, path })).rejects.toMatchObject({
        code: 'gate_unavailable',
        message: 'The extension speaks version 3 of the bridge, this server version 1; nothing was sent',
        data: { hint: expect.stringMatching(/^Reload the window/) },
      });
      expect(seen()).toBe('');
    });
  });

  it('G16: a host that does not know the key sees a Hello and nothing else', async () => {
    const { host, join } = bench;
    const handle = await host.open();
    await withHost({ protocol: 1, nonce: newNonce() }, async (path, seen, peer) => {
      const joining = join({ ...handle, path });
      joining.catch(() => undefined);
      const hello = await (await peer()).next();
      // The child's own proof, reflected.
      const { proof } = z.object({ proof: z.string() }).parse(hello.params);
      (await peer()).send({ jsonrpc: '2.0', id: hello.id, result: { proof, connections: [] } });
      await expect(joining).rejects.toMatchObject({
        message: 'What answers at the socket is not the Proxmox VE extension; nothing was sent',
      });
      expect(seen().match(/Content-Length/g)).toHaveLength(1);
    });
  });

  it('a host that never answers ends the attempt', async () => {
    const { host, join, clock } = bench;
    const handle = await host.open();
    await withHost({ protocol: 1, nonce: newNonce() }, async (path, _seen, peer) => {
      const joining = join({ ...handle, path, timeoutMs: 700 });
      joining.catch(() => undefined);
      await (await peer()).next();
      clock.advance(700);
      await expect(joining).rejects.toThrow('The Proxmox VE extension did not answer within 700 ms; nothing was sent');
    });
  });

  it('G16: once proven, a connection outlives the limits of strangers and of the key', async () => {
    const { host, join, clock, gate, states } = bench;
    const client = await join(await host.open());
    clock.advance(2000);
    clock.advance(30_000);
    const call = client.perform(shutdown, 'a', watching());
    (await gate.next()).finish(done);
    expect(await call).toEqual(done);
    expect(states).toEqual(['waiting', 'connected']);
  });

  it('takes a list of connections that overtook the Welcome as the newer one', async () => {
    const { launch, key } = await bench.host.open();
    const hostNonce = newNonce();
    await withHost({ protocol: 1, nonce: hostNonce }, async (path, _seen, peer) => {
      const joining = bench.join({ launch, key, path });
      const hello = await (await peer()).next();
      const childNonce = z.object({ nonce: z.string() }).parse(hello.params).nonce;
      const proof = prove(Buffer.from(key, 'base64url'), 'host', { launch, hostNonce, childNonce });
      (await peer()).send({ jsonrpc: '2.0', method: 'connections', params: [[]] });
      (await peer()).send({ jsonrpc: '2.0', id: hello.id, result: { proof, connections: [cluster] } });
      expect((await joining).connections()).toEqual([]);
    });
  });

  it('G16: the key never crosses the socket', async () => {
    const { host, join, gate } = bench;
    const handle = await host.open();
    const crossed: Buffer[] = [];
    const relay = await openEndpoint((near) => {
      const far = connect(handle.path);
      near.on('data', (bytes) => crossed.push(bytes)).pipe(far);
      far.on('data', (bytes) => crossed.push(bytes)).pipe(near);
    });
    const client = await join({ ...handle, path: relay.path });
    const call = client.perform(shutdown, 'a', watching());
    (await gate.next()).finish(done);
    await call;
    const key = Buffer.from(handle.key, 'base64url');
    const bytes = Buffer.concat(crossed);
    expect(bytes.includes('"perform"')).toBe(true);
    for (const form of [key, handle.key, key.toString('base64'), key.toString('hex')])
      expect(bytes.includes(form)).toBe(false);
    await relay.close();
  });
});

/** Something that answers with this challenge; `seen` is what it received. */
async function withHost(
  challenge: object,
  test: (path: string, seen: () => string, peer: () => Promise<RawPeer>) => Promise<void>,
): Promise<void> {
  const received: Buffer[] = [];
  const sockets: Socket[] = [];
  let arrived = (_peer: RawPeer) => {};
  const peer = new Promise<RawPeer>((resolve) => {
    arrived = resolve;
  });
  const endpoint = await openEndpoint((socket) => {
    sockets.push(socket);
    const raw = rawPeer(socket);
    socket.on('data', (bytes) => received.push(bytes));
    raw.send({ jsonrpc: '2.0', method: 'challenge', params: challenge });
    arrived(raw);
  });
  try {
    await test(
      endpoint.path,
      () => Buffer.concat(received).toString(),
      () => peer,
    );
  } finally {
    for (const socket of sockets) socket.destroy();
    await endpoint.close();
  }
}
