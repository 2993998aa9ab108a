import type { Closed } from './close-unfinished.ts';
import { printable } from './printable.ts';

/** Whether a person should look at the target: its end is not known, and no task of it goes on. */
export function mustLook({ outcome, upid }: Closed): boolean {
  return outcome === 'unknown' || (outcome === 'open' && upid === undefined);
}

/** The step and what was learnt of it, on one line. */
export function leftOpenText({ step, detail }: Closed): string {
  const what = [step.target, step.request, `begun ${step.at}`].map((part) => printable(part)).join(', ');
  return `${what} (${printable(detail)}; ${step.file})`;
}
