import type { Clock } from '../../pve/clock.ts';
import { messageOf } from '../../pve/error.ts';
import type { ActivityRow } from './rows.ts';

/** The newest activities, as many as were asked for. */
export interface Page {
  readonly rows: readonly ActivityRow[];
  readonly hasMore: boolean;
}

/** What a feed reads, and how it learns of news. */
export interface FeedOptions {
  /** Reads the newest `limit`. @throws when the audit cannot be read */
  readonly read: (limit: number) => Promise<Page>;
  /** Calls back when this or another window has written. */
  readonly watch: (onChange: () => void) => { close(): void };
  readonly clock: Clock;
}

/** The state behind the activity view: nothing is read or watched while nobody looks. */
export interface Feed {
  /** Nothing before the first reading. */
  page(): Page | undefined;
  /** Why the last reading failed. */
  problem(): string | undefined;
  /** Reads once, when that was not done yet. */
  load(): Promise<void>;
  refresh(): Promise<void>;
  /** Reads a page more. */
  more(): Promise<void>;
  setVisible(visible: boolean): void;
  onChange(listener: () => void): void;
  dispose(): void;
}

const pageSize = 50;
/** Records come in twos and threes, milliseconds. */
const gatherMs = 300;

/** Reads nothing until it is asked to, or can be seen. */
export function createFeed({ read, watch, clock }: FeedOptions): Feed {
  const listeners = new Set<() => void>();
  const ended = new AbortController();
  let page: Page | undefined;
  let problem: string | undefined;
  let limit = pageSize;
  let first: Promise<void> | undefined;
  let last = Promise.resolve();
  let watching: { close(): void } | undefined;
  let isGathering = false;

  const readNow = async (): Promise<void> => {
    try {
      page = await read(limit);
      problem = undefined;
    } catch (error) {
      problem = messageOf(error);
    }
    for (const listener of listeners) listener();
  };
  const refresh = (): Promise<void> => {
    last = last.then(readNow);
    first ??= last;
    return last;
  };
  const gather = async (): Promise<void> => {
    if (isGathering) return;
    isGathering = true;
    await clock.sleep(gatherMs, ended.signal).catch(() => {});
    isGathering = false;
    if (watching !== undefined) await refresh();
  };
  const unwatch = (): void => {
    watching?.close();
    watching = undefined;
  };

  return {
    page: () => page,
    problem: () => problem,
    load: () => first ?? refresh(),
    refresh,
    more() {
      limit += pageSize;
      return refresh();
    },
    setVisible(visible) {
      if (visible === (watching !== undefined)) return;
      if (!visible) return unwatch();
      watching = watch(() => void gather());
      void refresh();
    },
    onChange: (listener) => void listeners.add(listener),
    dispose() {
      unwatch();
      ended.abort();
      listeners.clear();
    },
  };
}
