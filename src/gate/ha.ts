import { createPveClient } from '../pve/client.ts';
import type { Clock } from '../pve/clock.ts';
import { PveError } from '../pve/error.ts';
import type { Send } from '../pve/request.ts';
import { riskRule } from './risk.ts';
import type { Assessment, PerformOptions } from './types.ts';

/** How long a request to HA may take to show in the guest's state, milliseconds. */
const patience = 120_000;
const pause = 2000;

/**
 * The task of a guest that HA manages is only the request to HA; the guest follows some seconds later. Waits until
 * GET …/status/current shows the state that the operation leads to. Returns at once for other guests.
 * @throws PveError `task_failed` when HA gives up, `timeout` when patience ends.
 */
export async function haSettled(
  send: Send,
  { operation, facts }: Assessment,
  { clock, signal, onProgress }: PerformOptions & { readonly clock: Clock },
): Promise<void> {
  const becomes = riskRule(operation)?.becomes;
  if (facts.guest?.ha === undefined || becomes === undefined) return;
  onProgress({ message: `HA manages ${facts.label}: waiting until it is ${becomes}` });
  const pve = createPveClient(send);
  for (let waited = 0; waited < patience; waited += pause) {
    const { status, ha } = await pve.guestStatus(facts.guest, { signal });
    if (status === becomes) return;
    if (ha.state === 'error') throw notThere('task_failed', `HA has given up on ${facts.label}`);
    await clock.sleep(pause, signal);
  }
  throw notThere('timeout', `HA has not brought ${facts.label} to "${becomes}" within two minutes`);
}

function notThere(code: 'task_failed' | 'timeout', message: string): PveError {
  return new PveError({ code, message, reason: [], hint: "Look at the guest's state and at its HA state." });
}
