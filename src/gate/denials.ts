import { randomUUID } from 'node:crypto';
import type { Clock } from '../pve/clock.ts';
import { stepsText } from './assess.ts';
import { createMemory, type KeptMemory } from './memory.ts';
import { operationDigest } from './operation.ts';
import type { Assessment } from './types.ts';

/** How long a person's no holds without asking again, milliseconds (G11). */
export const denialMs = 5 * 60_000;
/** So many of them offer a freeze. */
const many = 3;

/** G11: denied by a person in the last five minutes. */
export interface RecentDenial {
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  readonly expiresAt: number;
}

/** What people have denied to agents lately. */
export interface Denials extends KeptMemory<RecentDenial> {
  remember(steps: readonly Assessment[], note: string | undefined): void;
  /** The denial that stands against these steps: they contain everything that was denied then. */
  find(steps: readonly Assessment[]): RecentDenial | undefined;
  areMany(): boolean;
}

/** Each is forgotten after five minutes, by whichever clock says so first. */
export function createDenials(clock: Clock): Denials {
  const memory = createMemory<RecentDenial & { readonly keys: readonly string[] }>(clock, denialMs);
  return {
    ...memory,
    remember(steps, note) {
      memory.add({
        id: randomUUID(),
        title: stepsText(steps),
        ...(note === undefined || note === '' ? {} : { note }),
        expiresAt: clock.now() + denialMs,
        keys: steps.map(keyOf),
      });
    },
    find(steps) {
      const proposed = new Set(steps.map(keyOf));
      return memory.list().find(({ keys }) => keys.every((key) => proposed.has(key)));
    },
    areMany: () => memory.list().length >= many,
  };
}

/** What was denied is the act: another time limit or size limit makes it no other. */
function keyOf({ operation }: Assessment): string {
  if (operation.kind === 'command') return operationDigest({ ...operation, timeoutSeconds: 1 });
  return operationDigest(operation.kind === 'file' ? { ...operation, maxBytes: 1 } : operation);
}
