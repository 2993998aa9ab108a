import type { Clock } from '../pve/clock.ts';
import { isOver, type Moment, moment } from './approval.ts';

/** What the gate keeps in memory of answers, for people to see and take back. */
export interface Memory<T extends { readonly id: string }> {
  list(): readonly T[];
  /** Forgets one: a grant ends, a denied operation is asked about again. */
  drop(id: string): void;
  onChange(listener: () => void): void;
}

/** Items that are forgotten after a while, by whichever clock says so first. */
export interface KeptMemory<T extends { readonly id: string }> extends Memory<T> {
  add(item: T): void;
  /** Drops everything that is not to be kept. */
  keep(which: (item: T) => boolean): void;
}

/** Lives in this process only: a restart forgets everything. @param ms how long an item is kept, milliseconds. */
export function createMemory<T extends { readonly id: string }>(clock: Clock, ms: number): KeptMemory<T> {
  const items = new Map<string, { readonly item: T; readonly since: Moment }>();
  const listeners = new Set<() => void>();
  const dropAll = (ids: readonly string[]): void => {
    if (ids.filter((id) => items.delete(id)).length === 0) return;
    for (const listener of listeners) listener();
  };
  const idsOf = (which: (kept: { readonly item: T; readonly since: Moment }) => boolean): string[] =>
    [...items].filter(([, kept]) => which(kept)).map(([id]) => id);
  const forgetOld = (): void => dropAll(idsOf(({ since }) => isOver(since, ms, clock)));

  return {
    list() {
      forgetOld();
      return [...items.values()].map(({ item }) => item);
    },
    add(item) {
      items.set(item.id, { item, since: moment(clock) });
      for (const listener of listeners) listener();
    },
    drop: (id) => dropAll([id]),
    keep: (which) => dropAll(idsOf(({ item }) => !which(item))),
    onChange: (listener) => void listeners.add(listener),
  };
}
