import { createPveClient, type PveClient } from '../pve/client.ts';
import type { Clock } from '../pve/clock.ts';
import { PveError } from '../pve/error.ts';
import type { Send } from '../pve/request.ts';
import { riskRule } from './risk.ts';
import type { ApiOperation, Assessment, GuestFacts, PerformOptions } from './types.ts';

/** How long a request to HA may take to show in the guest's state, milliseconds. */
const patience = 120_000;
const pause = 2000;

/**
 * The task of a guest that HA manages is only the request to HA; the guest follows some seconds later. Waits until
 * GET …/status/current shows the state, or answers on the node, that the operation leads to. Returns at once for other guests.
 * @throws PveError `task_failed` when HA gives up, `timeout` when patience ends.
 */
export async function haSettled(
  send: Send,
  { operation, facts }: Assessment,
  { clock, signal, onProgress }: PerformOptions & { readonly clock: Clock },
): Promise<void> {
  const wanted = operation.kind === 'api' ? wantedBy(operation) : undefined;
  if (facts.guest?.ha === undefined || wanted === undefined) return;
  const { guest } = facts;
  onProgress({ message: `HA manages ${facts.label}: waiting until it is ${wanted.text}` });
  const pve = createPveClient(send);
  for (let waited = 0; waited < patience; waited += pause) {
    const seen = await lookAt(pve, guest, wanted.node, signal);
    if (seen.node === (wanted.node ?? seen.node) && seen.status === (wanted.status ?? seen.status)) return;
    if (seen.haState === 'error') throw notThere('task_failed', `HA has given up on ${facts.label}`);
    await clock.sleep(pause, signal);
  }
  throw notThere('timeout', `HA has not brought ${facts.label} to "${wanted.text}" within two minutes`);
}

interface Wanted {
  readonly text: string;
  readonly status?: string;
  readonly node?: string;
}

function wantedBy(operation: ApiOperation): Wanted | undefined {
  const { becomes, moves } = riskRule(operation) ?? {};
  if (becomes !== undefined) return { text: becomes, status: becomes };
  const { target } = operation.params;
  return moves === true && typeof target === 'string' ? { text: `on ${target}`, node: target } : undefined;
}

/** A guest is on one node only: where it is to go, or else where it was. On its way it may for a moment be on neither. */
async function lookAt(pve: PveClient, guest: GuestFacts, to: string | undefined, signal: AbortSignal) {
  for (const node of to === undefined ? [guest.node] : [to, guest.node]) {
    try {
      const { status, ha } = await pve.guestStatus({ ...guest, node }, { signal });
      return { node, status, haState: ha.state };
    } catch (error) {
      if (to === undefined || !(error instanceof PveError) || error.code !== 'not_found') throw error;
    }
  }
  return {};
}

function notThere(code: 'task_failed' | 'timeout', message: string): PveError {
  return new PveError({ code, message, reason: [], hint: "Look at the guest's state and at its HA state." });
}
