import { waitFor } from './deadline.ts';
import type { PveRequest } from './request.ts';

/** A node has three workers for calls; those that wait for a guest agent or a storage may not take them all. */
const atOnce = 2;

export interface Manners {
  /** Runs a work when fewer than two such works run on its node. @throws the signal's reason while it waits */
  run<T>(request: PveRequest, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/** Holds back what makes a node wait: calls to guest agents, and scans of storages. */
export function createManners(): Manners {
  const running = new Map<string, number>();
  const queues = new Map<string, (() => void)[]>();

  const enter = async (node: string, signal: AbortSignal): Promise<void> => {
    if ((running.get(node) ?? 0) < atOnce) {
      running.set(node, (running.get(node) ?? 0) + 1);
      return;
    }
    const queue = queues.get(node) ?? [];
    queues.set(node, queue);
    let admit = () => {};
    const turn = new Promise<void>((resolve) => (admit = resolve));
    queue.push(admit);
    try {
      await waitFor(turn, signal);
    } catch (reason) {
      const at = queue.indexOf(admit);
      if (at >= 0) queue.splice(at, 1);
      else leave(node); // admitted and given up in the same moment
      throw reason;
    }
  };
  /** Whoever waits takes the place over. */
  const leave = (node: string): void => {
    const next = queues.get(node)?.shift();
    if (next === undefined) running.set(node, (running.get(node) ?? 1) - 1);
    else next();
  };

  return {
    async run({ path }, signal, work) {
      const node = burdenedNode(path);
      if (node === undefined) return work();
      await enter(node, signal);
      try {
        return await work();
      } finally {
        leave(node);
      }
    },
  };
}

/** The node on which a request keeps a worker waiting for something else; nothing for all others. */
export function burdenedNode([root, node, kind, id, what]: readonly string[]): string | undefined {
  if (root !== 'nodes' || node === undefined) return undefined;
  const isAgent = kind === 'qemu' && what === 'agent';
  const isScan = kind === 'scan' || (kind === 'storage' && id !== undefined && what === 'content');
  return isAgent || isScan ? node : undefined;
}
