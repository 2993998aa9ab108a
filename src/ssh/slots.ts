/** How many things may go on at the same time; the others wait in their order. */
export interface Slots {
  /** @returns what gives the place back. @throws the signal's reason */
  take(signal: AbortSignal): Promise<() => void>;
  /** The bound was too high: no more than those that go on now, without the one that failed. @returns whether that helps */
  shrink(): boolean;
}

export function createSlots(most: number): Slots {
  let bound = most;
  let taken = 0;
  const waiting = new Set<() => void>();

  const wake = (): void => {
    for (const next of [...waiting].slice(0, Math.max(0, bound - taken))) {
      waiting.delete(next);
      taken += 1;
      next();
    }
  };
  const giveBack = (): (() => void) => {
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      taken -= 1;
      wake();
    };
  };
  return {
    async take(signal) {
      signal.throwIfAborted();
      if (taken < bound) {
        taken += 1;
        return giveBack();
      }
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => {
          waiting.delete(next);
          reject(signal.reason);
        };
        const next = (): void => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        };
        waiting.add(next);
        signal.addEventListener('abort', onAbort, { once: true });
      });
      return giveBack();
    },
    shrink() {
      if (taken <= 1) return false;
      bound = Math.min(bound, taken - 1);
      return true;
    },
  };
}
