// A bridge under attack: a bench whose host has to be well afterwards, and what attackers need.
import { afterEach, beforeEach, expect } from 'vitest';
import { type Bench, openBench, watching } from '../unit/bridge/bench.ts';
import { done, type RawPeer, shutdown } from '../unit/bridge/support.ts';

/**
 * A bench for each test. Whatever a test does to its host, afterwards the host has had no fault of its own and takes a right
 * server on a new launch.
 */
export function enduringBench(): () => Bench {
  let bench: Bench;
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => void faults.push(fault);
  beforeEach(async () => {
    bench = await openBench();
    process.on('unhandledRejection', onFault).on('uncaughtExceptionMonitor', onFault);
  });
  afterEach(async () => {
    const { host, join, gate } = bench;
    const before = gate.calls.length;
    const client = await join(await host.open());
    const call = client.perform(shutdown, 'right', watching());
    await expect.poll(() => gate.calls.length).toBe(before + 1);
    gate.calls.at(-1)?.finish(done);
    expect(await call).toEqual(done);
    await bench.close();
    process.off('unhandledRejection', onFault).off('uncaughtExceptionMonitor', onFault);
    expect(faults.splice(0)).toEqual([]);
  });
  return () => bench;
}

/** Everything that was sent has been looked at, or the connection is closed. */
export async function settled(peer: RawPeer): Promise<void> {
  peer.send({ jsonrpc: '2.0', id: 999_999, method: 'last', params: {} });
  for (;;) {
    const answer = await peer.next().catch(() => undefined);
    if (answer === undefined || answer.id === 999_999) return;
  }
}
