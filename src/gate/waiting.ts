import type { Denial } from './denial.ts';
import type { Origin } from './types.ts';

/** At most so many questions wait for a person (G11). */
const most = { perLaunch: 4, inAll: 16 };

/** One question that waits. */
export interface Place {
  /** Fires when the question is void. */
  readonly signal: AbortSignal;
  /** Why it is. */
  voided(): Denial | undefined;
  leave(): void;
}

/** The questions that wait for a person, so that a freeze or an edit ends them at once (G2). */
export interface Waiting {
  /**
   * @param stands says why the question does not stand any more.
   * @returns nothing when too many wait already.
   */
  enter(origin: Origin, stands: () => Promise<Denial | undefined>): Place | undefined;
  /** Asks all that wait whether they still stand. */
  recheck(): Promise<void>;
}

/** Nobody waits yet. One gate has one. */
export function createWaiting(): Waiting {
  const waiting = new Set<{ readonly origin: Origin; readonly check: () => Promise<void> }>();

  const isFull = (origin: Origin): boolean => {
    // What people start themselves must not be kept out by a flood of others.
    if (origin.who !== 'agent') return false;
    const agents = [...waiting].flatMap((one) => (one.origin.who === 'agent' ? [one.origin.launch] : []));
    return agents.length >= most.inAll || agents.filter((launch) => launch === origin.launch).length >= most.perLaunch;
  };

  return {
    enter(origin, stands) {
      if (isFull(origin)) return undefined;
      const controller = new AbortController();
      let denial: Denial | undefined;
      const place = {
        origin,
        async check() {
          const found = await stands();
          // A slower look at an older state does not take it back.
          denial ??= found;
          if (denial !== undefined) controller.abort(denial.why);
        },
      };
      waiting.add(place);
      // What has changed between the look at the target and now did not meet it here.
      void place.check();
      return { signal: controller.signal, voided: () => denial, leave: () => void waiting.delete(place) };
    },
    async recheck() {
      await Promise.all([...waiting].map(({ check }) => check()));
    },
  };
}
