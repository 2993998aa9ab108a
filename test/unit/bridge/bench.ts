import { type BridgeClient, type ConnectBridgeOptions, connectBridge } from '../../../src/bridge/client.ts';
import { createBridgeHost } from '../../../src/bridge/host.ts';
import type { ConnectionInfo, PerformOptions, Progress } from '../../../src/gate/types.ts';
import { cluster, manualClock, recordingGate } from './support.ts';

/** A bridge host with a recording gate and a clock that only the test moves. */
export async function openBench() {
  const clock = manualClock();
  const gate = recordingGate();
  const states: string[] = [];
  const clients: BridgeClient[] = [];
  const shown: { read: () => Promise<readonly ConnectionInfo[]> } = { read: async () => [cluster] };
  const host = await createBridgeHost({
    gate: gate.gate,
    clock,
    connections: () => shown.read(),
    onState: (_launch, state) => states.push(state),
  });

  async function join(handle: Omit<ConnectBridgeOptions, 'clock'>): Promise<BridgeClient> {
    const client = await connectBridge({ ...handle, clock });
    clients.push(client);
    return client;
  }

  async function close(): Promise<void> {
    for (const client of clients) await client.close();
    await host.close();
  }
  return { clock, gate, states, shown, host, join, close };
}
export type Bench = Awaited<ReturnType<typeof openBench>>;

/** Options of one call, and what progress it saw. */
export function watching(signal = new AbortController().signal): PerformOptions & { readonly seen: Progress[] } {
  const seen: Progress[] = [];
  return { signal, seen, onProgress: (progress) => seen.push(progress) };
}
