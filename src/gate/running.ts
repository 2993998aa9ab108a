import type { Freeze, Standing } from './types.ts';

/** What runs and can be ended: commands and transfers. A request that is on its way cannot. */
export interface Running {
  /**
   * @param freeze as it was when this was allowed
   * @returns a signal that fires at the next freeze, and how to say that it has ended
   */
  enter(freeze: Freeze): { readonly signal: AbortSignal; readonly leave: () => void };
  /** Ends what was begun under an older freeze. @param now nothing when it cannot be read: that ends all */
  recheck(now: Standing | undefined): void;
}

/** Nothing runs yet. One gate has one. */
export function createRunning(): Running {
  const running = new Set<{ readonly count: number; readonly over: AbortController }>();
  return {
    enter({ count }) {
      const one = { count, over: new AbortController() };
      running.add(one);
      return { signal: one.over.signal, leave: () => void running.delete(one) };
    },
    recheck(now) {
      for (const { count, over } of running) if (now?.freeze.count !== count) over.abort();
    },
  };
}
