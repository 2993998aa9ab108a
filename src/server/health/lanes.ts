/** One request, or a few that belong together, to a node. */
export interface Job {
  readonly node: string;
  run(): Promise<void>;
}

/** A node has three workers for calls; people need one of them. */
const atOnce = 2;
const nodesAtOnce = 8;

/**
 * Runs jobs, at most two at once on a node and on eight nodes at once.
 * @param onDone how many have ended so far
 * @throws what a job throws, and the signal's reason; no job begins after that
 */
export async function inLanes(
  jobs: readonly Job[],
  signal: AbortSignal,
  onDone: (done: number) => void,
): Promise<void> {
  const byNode = new Map<string, Job[]>();
  for (const job of jobs) byNode.set(job.node, [...(byNode.get(job.node) ?? []), job]);
  let done = 0;
  const stop = new AbortController();
  const lane = async (queue: Job[]): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      signal.throwIfAborted();
      if (stop.signal.aborted) return;
      await job.run();
      done += 1;
      onDone(done);
    }
  };
  const queues = [...byNode.values()];
  const worker = async (): Promise<void> => {
    for (let queue = queues.shift(); queue !== undefined; queue = queues.shift()) {
      const own = queue;
      await Promise.all(Array.from({ length: atOnce }, () => lane(own)));
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(nodesAtOnce, queues.length) }, worker));
  } catch (error) {
    stop.abort();
    throw error;
  }
}
