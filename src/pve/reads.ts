import type { Clock } from './clock.ts';
import { startDeadline, waitFor } from './deadline.ts';
import { isSchemaRequest, type PveReply, type PveRequest, type Send, type SendOptions } from './request.ts';

export interface SharedReadsOptions {
  readonly clock: Clock;
  /** For so long an answer is good for the next who asks, milliseconds; 1,000 when absent. */
  readonly ttlMs?: number;
}

interface Entry {
  readonly reply: Promise<PveReply>;
  /** Ends the request when nobody waits for it any more. */
  readonly abort: AbortController;
  waiting: number;
  /** By the monotonic clock; none while it is under way. */
  answeredAt?: number;
}

/**
 * The same way to a cluster, on which identical reads that are under way at the same time are one, and an answer serves
 * for a moment longer. `fresh: true` goes past it, and so does what is looked at until it changes: tasks with their logs, and
 * the state of a guest; and the document of the API, whose megabytes its reader keeps already. A write empties it, before and after. Answers are frozen: several callers hold the same one. Errors are shared by those who wait, and forgotten.
 */
export function sharedReads(send: Send, { clock, ttlMs = 1_000 }: SharedReadsOptions): Send {
  const entries = new Map<string, Entry>();

  const drop = (entry: Entry, key: string) => {
    if (entries.get(key) === entry) entries.delete(key);
  };

  const start = (request: PveRequest, key: string, options: SendOptions): Entry => {
    const abort = new AbortController();
    const { signal: _own, ...others } = options;
    const entry: Entry = { abort, waiting: 0, reply: send(request, { ...others, signal: abort.signal }).then(frozen) };
    entries.set(key, entry);
    entry.reply.then(
      () => {
        entry.answeredAt = clock.monotonic();
      },
      () => drop(entry, key),
    );
    return entry;
  };

  const join = async (entry: Entry, key: string, signal: AbortSignal | undefined): Promise<PveReply> => {
    const mine = startDeadline(signal);
    entry.waiting += 1;
    try {
      return await waitFor(entry.reply, mine.signal);
    } finally {
      mine.clear();
      entry.waiting -= 1;
      if (entry.waiting === 0 && entry.answeredAt === undefined) {
        drop(entry, key);
        entry.abort.abort();
      }
    }
  };

  return async (request, options = {}) => {
    if (request.method !== 'GET') {
      entries.clear();
      try {
        return await send(request, options);
      } finally {
        entries.clear();
      }
    }
    const key = keyOf(request, options);
    if (options.fresh === true || isForOne(request)) {
      entries.delete(key);
      return send(request, options);
    }
    const isOld = ({ answeredAt }: Entry) => answeredAt !== undefined && clock.monotonic() - answeredAt >= ttlMs;
    for (const [name, entry] of entries) if (isOld(entry)) entries.delete(name);
    return join(entries.get(key) ?? start(request, key, options), key, options.signal);
  };
}

function isForOne(request: PveRequest): boolean {
  return isSchemaRequest(request) || request.path[2] === 'tasks' || request.path.at(-1) === 'current';
}

/** Reads with limits of their own are not made to share somebody else's. */
function keyOf({ path, params = {} }: PveRequest, { timeoutMs }: SendOptions): string {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([path, sorted, timeoutMs]);
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
