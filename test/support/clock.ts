import type { Clock } from '../../src/pve/clock.ts';

export interface FakeClock extends Clock {
  /** Moves both clocks and wakes whoever slept until then. */
  advance(ms: number): void;
  /** Moves one clock only, as a corrected date or a suspended machine does; nobody wakes. */
  jump(which: 'wall' | 'monotonic', ms: number): void;
}

/**
 * A clock that only tests move, 2027-01-15 at first.
 * @param shortSleep sleeps up to this long pass by themselves, milliseconds: polling goes on, a question stays open.
 */
export function fakeClock(shortSleep = 10_000): FakeClock {
  let wall = 1_800_000_000_000;
  let monotonic = 1000;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  const advance = (ms: number): void => {
    wall += ms;
    monotonic += ms;
    for (const sleeper of [...sleepers].filter(({ at }) => at <= monotonic)) {
      sleepers.delete(sleeper);
      sleeper.wake();
    }
  };
  return {
    now: () => wall,
    monotonic: () => monotonic,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      if (ms <= shortSleep) return advance(ms);
      await new Promise<void>((resolve, reject) => {
        const sleeper = { at: monotonic + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      });
    },
    advance,
    jump(which, ms) {
      if (which === 'wall') wall += ms;
      else monotonic += ms;
    },
  };
}
