/** Takes back what was scheduled; nothing happens when it already ran. */
export type Cancel = () => void;

/** The demo's time: the wall clock for what it shows, and its own pace for what takes time. */
export interface DemoClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `action` once after `ms` milliseconds of cluster time. */
  after(ms: number, action: () => void): Cancel;
}

/**
 * Real time, with everything that takes time `speed` times faster. No timer keeps the process alive.
 * @param speed 1 = as a real cluster; at least 0.1
 */
export function createClock(speed: number): DemoClock {
  return {
    now: () => Date.now(),
    after: (ms, action) => {
      const timer = setTimeout(action, ms / speed);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** Whole seconds since 1970, as PVE counts. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
