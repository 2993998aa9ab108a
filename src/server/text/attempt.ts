import { forModel } from '../../gate/printable.ts';
import { PveError } from '../../pve/error.ts';

/** A part of an answer that may be missing without taking the rest with it. */
export type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false /** Why, printable. */; readonly why: string };

/** Waits for one part of an answer. @throws only what ends the whole call: cancelling, and faults of this program */
export async function attempt<T>(part: Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await part };
  } catch (error) {
    if (!(error instanceof PveError) || error.code === 'cancelled') throw error;
    return { ok: false, why: forModel(error.message, 200) };
  }
}

/** The value, or what stands in for it. */
export function valueOr<T, D>(read: Attempt<T>, otherwise: D): T | D {
  return read.ok ? read.value : otherwise;
}

/** `The rules could not be read: …`, for the place where they would stand; nothing when they were read. */
export function notRead(what: string, read: Attempt<unknown>): string[] {
  return read.ok ? [] : [`${what} could not be read: ${read.why}`];
}
