import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PveErrorData } from '../../src/pve/error.ts';
import { type Bench, openBench, watching } from '../unit/bridge/bench.ts';
import { cluster, done, frameOf, performing, provenPeer, reading, shutdown } from '../unit/bridge/support.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

/** What a call that fails says. */
async function problem(call: Promise<unknown>): Promise<PveErrorData> {
  const failed = await call.then(
    () => undefined,
    (error) => error,
  );
  expect(failed?.name).toBe('PveError');
  return failed.data;
}

describe('a call over the bridge', () => {
  it('G16: reaches the gate as proposed, with an origin that the host stamps', async () => {
    const { host, join, gate } = bench;
    const handle = await host.open();
    const client = await join(handle);
    const call = client.perform(shutdown, 'Copilot\u202e', watching());
    const { proposal, origin, finish } = await gate.next();
    expect(proposal).toEqual(shutdown);
    expect(origin).toEqual({ who: 'agent', client: 'Copilot<U+202E>', launch: handle.launch });
    finish(done);
    expect(await call).toEqual(done);
  });

  it('whose answer does not fit it fails, and may have run', async () => {
    const { host, join, gate } = bench;
    const client = await join(await host.open());
    const call = problem(client.perform(shutdown, 'a', watching()));
    (await gate.next()).finish({ plan: 'p', outcomes: [] });
    expect(await call).toMatchObject({
      code: 'gate_unavailable',
      message: 'The Proxmox VE extension failed during the call',
      mayHaveRun: true,
    });
  });

  it('hears progress, in order and only its own, before its result', async () => {
    const { host, join, gate } = bench;
    const client = await join(await host.open());
    const [one, two] = [watching(), watching()];
    const calls = [client.perform(reading, 'a', one), client.perform(reading, 'b', two)];
    const [first, second] = [await gate.next(), await gate.next()];
    second.progress({ message: 'other' });
    for (const message of ['one', 'two', 'three']) first.progress({ message });
    for (const { finish } of [first, second]) finish(done);
    await Promise.all(calls);
    expect(one.seen).toEqual([{ message: 'one' }, { message: 'two' }, { message: 'three' }]);
    expect(two.seen).toEqual([{ message: 'other' }]);
  });

  it('cancelled: reaches the gate as its signal, and only its own; the outcome still arrives', async () => {
    const { host, join, gate } = bench;
    const client = await join(await host.open());
    const cancel = new AbortController();
    const call = client.perform(shutdown, 'a', watching(cancel.signal));
    const other = client.perform(reading, 'a', watching());
    const [first, second] = [await gate.next(), await gate.next()];
    cancel.abort();
    await once(first.signal, 'abort');
    expect(second.signal.aborted).toBe(false);
    const denied = {
      plan: 'p',
      outcomes: [{ status: 'denied', by: 'cancelled', why: 'The call was cancelled' }],
    } as const;
    first.finish(denied);
    second.finish(done);
    expect([await call, await other]).toEqual([denied, done]);
  });

  it('cancelled in the same breath as it was sent: the gate gets a signal that has fired', async () => {
    const peer = await provenPeer(await bench.host.open());
    const cancel = { jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 7 } };
    peer.write(Buffer.concat([frameOf(performing(shutdown)), frameOf(cancel)]));
    expect((await bench.gate.next()).signal.aborted).toBe(true);
    peer.socket.destroy();
  });

  it('cancelled before it begins: nothing is sent', async () => {
    const { host, join, gate } = bench;
    const client = await join(await host.open());
    expect(await problem(client.perform(shutdown, 'a', watching(AbortSignal.abort())))).toMatchObject({
      code: 'cancelled',
    });
    expect(gate.calls).toEqual([]);
  });

  it('too large for a frame: says so, and the bridge goes on', async () => {
    const { host, join, gate } = bench;
    const client = await join(await host.open());
    const params = { a: 'x'.repeat(500_000), b: 'x'.repeat(500_000), c: 'x'.repeat(500_000) };
    const large = { ...reading, operations: reading.operations.map((operation) => ({ ...operation, params })) };
    expect(await problem(client.perform(large, 'a', watching()))).toMatchObject({ code: 'too_large' });
    const call = client.perform(reading, 'a', watching());
    (await gate.next()).finish(done);
    expect(await call).toEqual(done);
    expect(gate.calls).toHaveLength(1);
  });

  it('G16: with a proposal that the gate does not take: refused with the reason, and nothing is performed', async () => {
    const { host, join, gate } = bench;
    const client = await join(await host.open());
    const odd = { ...shutdown, risk: 'read' };
    const { code, reason, mayHaveRun } = await problem(client.perform(odd, 'a', watching()));
    expect({ code, mayHaveRun }).toEqual({ code: 'invalid_argument', mayHaveRun: undefined });
    expect(reason.join()).toContain('risk');
    expect(gate.calls).toEqual([]);
  });

  it.each([
    ['an approval beside it', performing(shutdown, { approved: true })],
    ['an origin beside it', performing(shutdown, { origin: { who: 'person', by: 'click' } })],
    ['a level inside it', performing({ ...shutdown, level: 'full' })],
    ['an unprintable client', performing(shutdown, { client: 'x\n' })],
    ['no proposal', performing(undefined)],
  ])('G16: %s is refused with an error answer', async (_what, message) => {
    const peer = await provenPeer(await bench.host.open());
    peer.send(message);
    expect(await peer.next()).toMatchObject({ id: 7, error: { code: -32602 } });
    peer.send({ ...performing(shutdown), method: 'approve' });
    expect(await peer.next()).toMatchObject({ id: 7, error: { code: -32601 } });
    expect(bench.gate.calls).toEqual([]);
    peer.socket.destroy();
  });
});

describe('connections', () => {
  it('are told in the Welcome and again whenever they change', async () => {
    const { host, join, shown } = bench;
    const client = await join(await host.open());
    expect(client.connections()).toEqual([cluster]);
    const told = new Promise((resolve) => client.onConnections(resolve));
    const changed = [{ ...cluster, level: 'full' as const }];
    shown.read = async () => changed;
    await host.notifyConnections();
    expect(await told).toEqual(changed);
    expect(client.connections()).toEqual(changed);
  });

  it('that change during the handshake are not missed', async () => {
    const { host, join, shown } = bench;
    const joining = join(await host.open());
    shown.read = async () => [];
    await host.notifyConnections();
    expect((await joining).connections()).toEqual([]);
  });

  it('that are read late never replace what was read after them', async () => {
    const { host, join, shown } = bench;
    const client = await join(await host.open());
    const told: unknown[] = [];
    client.onConnections((list) => told.push(list.map(({ name }) => name)));
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    shown.read = () => held.then(() => [{ ...cluster, name: 'stale' }]);
    const stale = host.notifyConnections();
    for (const name of ['new', 'newer']) {
      shown.read = async () => [{ ...cluster, name }];
      await host.notifyConnections();
      release();
      await stale;
    }
    await expect.poll(() => told).toEqual([['new'], ['newer']]);
  });

  it('that cannot be read end the handshake; nothing falls back to an old list', async () => {
    const { host, join, shown, states } = bench;
    shown.read = () => Promise.reject(new Error('The profiles cannot be read'));
    await expect(join(await host.open())).rejects.toMatchObject({
      code: 'gate_unavailable',
      message: expect.stringContaining('The profiles cannot be read'),
    });
    await expect.poll(() => states).toEqual(['waiting', 'connected', 'closed']);
    await expect(host.notifyConnections()).rejects.toThrow('The profiles cannot be read');
  });
});

describe('a bridge that breaks', () => {
  it.each(['close', 'revoke', 'replace', 'shut down'])('G16: aborts every call in flight (%s)', async (how) => {
    const { host, join, gate, states } = bench;
    const handle = await host.open();
    const client = await join(handle);
    const closed = new Promise<void>((resolve) => client.onClose(resolve));
    const write = problem(client.perform(shutdown, 'a', watching()));
    const read = problem(client.perform(reading, 'a', watching()));
    const calls = [await gate.next(), await gate.next()];
    const aborted = Promise.all(calls.map(({ signal }) => once(signal, 'abort')));

    if (how === 'close') await client.close();
    if (how === 'revoke') await handle.revoke();
    if (how === 'replace') await host.open();
    if (how === 'shut down') await host.close();

    await Promise.all([aborted, closed]);
    expect(await write).toMatchObject({
      code: 'gate_unavailable',
      mayHaveRun: true,
      hint: expect.stringMatching(/Do not repeat it/),
    });
    expect(await read).toMatchObject({ code: 'gate_unavailable', hint: expect.stringMatching(/^Nothing was changed/) });
    expect((await read).mayHaveRun).toBeUndefined();
    expect(await problem(client.perform(shutdown, 'a', watching()))).toMatchObject({
      code: 'gate_unavailable',
      message: 'The Proxmox VE extension is not reachable; nothing was sent',
    });
    expect(gate.calls).toHaveLength(2);
    expect(states.slice(0, 3)).toEqual(['waiting', 'connected', 'closed']);
    await new Promise<void>((resolve) => client.onClose(resolve));
  });

  it('late progress and results of a closed call go nowhere and harm nothing', async () => {
    const { host, join, gate } = bench;
    const client = await join(await host.open());
    const broken = problem(client.perform(shutdown, 'a', watching()));
    const call = await gate.next();
    await client.close();
    await once(call.signal, 'abort');
    call.progress({ message: 'late' });
    call.finish(done);
    await broken;
    await expect(join(await host.open())).resolves.toBeDefined();
  });

  it('G16: opens nothing any more once the host is closed', async () => {
    await bench.host.close();
    expect(await problem(bench.host.open())).toMatchObject({ code: 'gate_unavailable' });
  });
});
