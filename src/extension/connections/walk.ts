/** A step that was left: to the one before, or out of the whole. */
export type Left = 'back' | 'cancel';
export type Stepped<T> = { readonly value: T } | Left;

export interface Step<W> {
  ask(wizard: W): Promise<Stepped<unknown>>;
  /** Absent: always. */
  readonly applies?: (wizard: W) => boolean;
  /** A question in between; Back passes over it. */
  readonly isModal?: true;
}

/** Takes one step after the other, and back again. @returns whether all were taken */
export async function walk<W>(all: readonly Step<W>[], wizard: W): Promise<boolean> {
  const applies = (step: Step<W>) => step.applies?.(wizard) !== false;
  for (let at = 0; at < all.length; ) {
    const step = all[at];
    if (step === undefined || !applies(step)) {
      at += 1;
      continue;
    }
    const answer = await step.ask(wizard);
    if (answer === 'cancel') return false;
    if (answer !== 'back') at += 1;
    else at = all.findLastIndex((other, index) => index < at && other.isModal !== true && applies(other));
    if (at < 0) return false;
  }
  return true;
}
