import type { ProgressNotification, ProgressToken } from '@modelcontextprotocol/sdk/types.js';
import { printable } from '../gate/printable.ts';
import type { Redactor } from '../gate/redact.ts';
import type { Progress } from '../gate/types.ts';
import type { Clock } from '../pve/clock.ts';

/** How a call tells its client how far it is. */
export interface ProgressReport {
  report(progress: Progress): void;
  /** Nothing is sent after this. */
  end(): void;
}

const beatMs = 5000;

/**
 * Progress of one call, for a client that asked for it. What is silent for long counts as hung in clients, so the last
 * message is repeated every few seconds with the time that has passed since it came.
 * @param token as the client gave it; without one nothing is sent.
 */
export function startProgress(
  token: ProgressToken | undefined,
  { clock, redactor }: { readonly clock: Clock; readonly redactor: Pick<Redactor, 'text'> },
  send: (params: ProgressNotification['params']) => Promise<void>,
): ProgressReport {
  if (token === undefined) return { report: () => {}, end: () => {} };
  const over = new AbortController();
  let step = 0;
  let last = 'Working';
  let since = clock.monotonic();
  const say = (message: string) => {
    step += 1;
    // The client may have gone in the meantime; the call ends by its own signal then.
    send({ progressToken: token, progress: step, message }).catch(() => over.abort());
  };
  const beat = async () => {
    for (;;) {
      await clock.sleep(beatMs, over.signal);
      say(`${last} (${Math.round((clock.monotonic() - since) / 1000)} s)`);
    }
  };
  // It ends by the abort of its sleep, and by nothing else.
  beat().catch(() => {});
  return {
    report({ message }) {
      if (over.signal.aborted) return;
      // Redacted first: a secret that is cut in two would not be known any more.
      last = printable(redactor.text(message), 200);
      since = clock.monotonic();
      say(last);
    },
    end: () => over.abort(),
  };
}
