// The host of the bridge against too much of it: connections, calls, messages, answers that nobody takes.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, it } from 'vitest';
import { openChannel } from '../../src/bridge/channel.ts';
import { openEndpoint } from '../../src/bridge/endpoint.ts';
import { bridgeLimits, tooManyCalls } from '../../src/bridge/protocol.ts';
import { enduringBench, settled } from '../support/bridge-attack.ts';
import { type Bench, watching } from '../unit/bridge/bench.ts';
import {
  done,
  frameOf,
  performing,
  provenPeer,
  type RawPeer,
  rawPeer,
  shutdown,
  stranger,
} from '../unit/bridge/support.ts';

const current = enduringBench();
let bench: Bench;
beforeEach(() => {
  bench = current();
});

it('G16: of 1,000 silent connections at most 4 stay, little memory is held, and the right child gets in', async () => {
  const handle = await bench.host.open();
  const before = heap();
  const peers: RawPeer[] = [];
  for (let batch = 0; batch < 20; batch += 1) {
    const some = Array.from({ length: 50 }, () => rawPeer(handle.path));
    await Promise.all(some.map((peer) => peer.next().catch(() => undefined)));
    peers.push(...some);
  }
  const open = () => peers.filter(({ socket }) => !socket.closed);
  await expect.poll(() => open().length).toBe(bridgeLimits.strangers);
  expect(heap() - before).toBeLessThan(16e6);
  await expect(bench.join(handle)).resolves.toBeDefined();
  await Promise.all(peers.map(({ closed }) => closed));
  expect(bench.gate.calls).toEqual([]);
});

describe('a flood', () => {
  it('G16: beyond 64 calls under way a call is refused, and the gate never sees it', async () => {
    const { host, join, gate } = bench;
    const client = await join(await host.open());
    const held = Array.from({ length: bridgeLimits.calls }, () => client.perform(shutdown, 'a', watching()));
    await expect.poll(() => gate.calls.length).toBe(64);
    const failure = client.perform(shutdown, 'a', watching()).catch((error) => error.data);
    expect(await failure).toEqual({
      code: 'gate_unavailable',
      message: '64 calls of this server are under way already; nothing was sent',
      hint: 'Wait until some of them have ended.',
      reason: [],
    });
    expect(gate.calls).toHaveLength(64);
    gate.calls[0]?.finish(done);
    await held[0];
    held.push(client.perform(shutdown, 'a', watching()));
    await expect.poll(() => gate.calls.length).toBe(65);
    for (const { finish } of gate.calls) finish(done);
    expect((await Promise.all(held)).every((result) => result.plan === 'p1')).toBe(true);
  });

  it('G16: a child that takes no answers is not read any further, until it takes them or goes', async () => {
    const { host, gate } = bench;
    const peer = await provenPeer(await host.open());
    peer.socket.pause();
    const total = 8000;
    const pumped = pump(peer, total);
    expect(await stable(pumped)).toBeLessThan(total / 2);
    expect(gate.calls).toHaveLength(bridgeLimits.calls);
    peer.socket.resume();
    const refused = Array.from({ length: total - bridgeLimits.calls }, () => peer.next());
    for (const answer of await Promise.all(refused)) expect(answer).toMatchObject({ error: { code: tooManyCalls } });

    peer.socket.pause();
    expect(await stable(pump(peer, total))).toBeLessThan(total / 2);
    peer.socket.destroy();
    await expect.poll(() => gate.calls.every(({ signal }) => signal.aborted)).toBe(true);
    expect(gate.calls).toHaveLength(bridgeLimits.calls);
  });

  it('G16: messages are read no faster than they are handled', async () => {
    const frame = frameOf({ jsonrpc: '2.0', method: 'tick', params: {} });
    const total = 60_000;
    let [handled, most] = [0, 0];
    const endpoint = await openEndpoint((socket: Socket) => {
      const channel = openChannel(socket, { mayReceive: () => 1000, maySend: 1000, accepts: () => true });
      channel.onNotification('tick', () => {
        handled += 1;
        most = Math.max(most, socket.bytesRead - handled * frame.length);
      });
      channel.listen();
    });
    const socket = connect(endpoint.path);
    socket.write(Buffer.concat(Array.from({ length: total }, () => frame)));
    await expect.poll(() => handled, { timeout: 10_000 }).toBe(total);
    expect(most).toBeLessThan(512 * 1024);
    socket.destroy();
    await endpoint.close();
  });

  it('G16: a stranger has nothing to cancel; cancelling what is unknown harms no call of a proven child', async () => {
    const handle = await bench.host.open();
    const cancel = (id: number) => frameOf({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } });
    const thief = await stranger(handle.path);
    thief.write(cancel(1));
    await thief.closed;
    const peer = await provenPeer(handle);
    peer.send(performing(shutdown));
    const call = await bench.gate.next();
    for (let id = 8; id < 3000; id += 1) peer.write(cancel(id));
    await settled(peer);
    expect(call.signal.aborted).toBe(false);
    peer.write(cancel(7));
    await once(call.signal, 'abort');
    peer.socket.destroy();
  });
});

/** Sends so many calls, a few at a time, each as soon as the host has taken those before; tells how many are on their way. */
function pump(peer: RawPeer, total: number): () => number {
  let sent = 0;
  const next = (): void => {
    if (sent === total) return;
    const some = Array.from({ length: 100 }, (_, index) => frameOf({ ...performing(shutdown), id: 10 + sent + index }));
    sent += some.length;
    peer.socket.write(Buffer.concat(some), (error) => error ?? next());
  };
  next();
  return () => sent;
}

/** Waits until the value no longer changes. */
async function stable(read: () => number): Promise<number> {
  for (let last = Number.NaN; ; ) {
    const now = read();
    if (now === last) return now;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

/** Bytes in use after a collection. */
function heap(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}
