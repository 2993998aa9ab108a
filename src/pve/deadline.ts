import { PveError } from './error.ts';

export interface Deadline {
  /** Aborts with a `PveError`. */
  readonly signal: AbortSignal;
  clear(): void;
}

/**
 * Ends a work when its caller gives up, or after some time, whatever comes first.
 * @param outer the caller's own signal; a `PveError` as its reason is handed on, anything else becomes `cancelled`
 * @param limit milliseconds, and what the signal's reason then is
 */
export function startDeadline(
  outer: AbortSignal | undefined,
  limit?: { readonly ms: number; readonly late: () => PveError },
): Deadline {
  const controller = new AbortController();
  const timer = limit && setTimeout(() => controller.abort(limit.late()), limit.ms);
  const onOuter = () => controller.abort(outer?.reason instanceof PveError ? outer.reason : cancelled());
  if (outer?.aborted) onOuter();
  outer?.addEventListener('abort', onOuter, { once: true });
  const clear = () => {
    clearTimeout(timer);
    outer?.removeEventListener('abort', onOuter);
  };
  return { signal: controller.signal, clear };
}

/** Waits for a work that others wait for too: the signal ends this wait, not the work. @throws the signal's reason */
export async function waitFor<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const ended = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function cancelled(): PveError {
  return new PveError({
    code: 'cancelled',
    message: 'The request was cancelled',
    hint: 'Ask again when it is wanted.',
    reason: [],
  });
}
