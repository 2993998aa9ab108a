import { setTimeout as delay } from 'node:timers/promises';

/** Time, injected wherever it matters, so that tests move it instead of waiting. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. It may jump. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes back, but may stop while the machine sleeps. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
};
