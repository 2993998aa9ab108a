import type { Closed } from '../../gate/close-unfinished.ts';
import { printable } from '../../gate/printable.ts';

/** What a person should look at: neither an end that is known nor a task that goes on. */
export function mustLook({ outcome, upid }: Closed): boolean {
  return outcome === 'unknown' || (outcome === 'open' && upid === undefined);
}

/** One line for the log. */
export function leftOpenLine({ step, outcome, detail }: Closed): string {
  const end = outcome === 'open' ? 'Left open' : `Left open, now ${outcome}`;
  const what = `${printable(step.target)}, ${printable(step.request)}`;
  return `${end}: ${what}, begun ${printable(step.at)} (${printable(detail)}; ${step.file})`;
}
