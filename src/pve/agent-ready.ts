import { readAgentInfo } from './agent.ts';
import type { Clock } from './clock.ts';
import { PveError } from './error.ts';
import type { Send } from './request.ts';

/** A VM whose agent is asked. */
export interface AgentPlace {
  readonly node: string;
  readonly vmid: number;
}
export interface Patience {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds to wait for an agent that may still come up; each look at one that does not run takes 3 s. */
  readonly patienceMs: number;
}

/** Long enough for a guest that has just been started to answer soon, short enough for one that never will. */
export const usualPatienceMs = 8_000;
const pauseMs = 500;

/** The path of what the agent of a VM is asked. */
export function agentPath({ node, vmid }: AgentPlace, what: string): string[] {
  return ['nodes', node, 'qemu', String(vmid), 'agent', what];
}

/**
 * Waits until the guest agent answers (GET `…/agent/info`), so that what is sent then is sent once.
 * @returns what it can do, without `guest-`
 * @throws PveError `agent_unavailable` when it is disabled or does not run, `wrong_state` for a VM that is stopped
 */
export async function agentReady(send: Send, place: AgentPlace, patience: Patience): Promise<readonly string[]> {
  const look = async () =>
    readAgentInfo(
      (await send({ method: 'GET', path: agentPath(place, 'info') }, { signal: patience.signal, fresh: true })).data,
    );
  return (await patiently(place, patience, look)).commands;
}

/** Repeats a read while the agent does not run yet. @throws PveError as `agentReady` does */
export async function patiently<T>(
  { vmid }: AgentPlace,
  { clock, signal, patienceMs }: Patience,
  read: () => Promise<T>,
): Promise<T> {
  const started = clock.monotonic();
  for (;;) {
    try {
      return await read();
    } catch (cause) {
      const trouble =
        cause instanceof PveError
          ? troubles.find(({ said }) => cause.data.reason.some((line) => said.test(line)))
          : undefined;
      if (!(cause instanceof PveError) || trouble === undefined) throw cause;
      if (!trouble.mayPass || clock.monotonic() - started + pauseMs > patienceMs)
        throw new PveError(
          { ...cause.data, code: trouble.code, message: `VM ${vmid}: ${trouble.what}`, hint: trouble.hint },
          { cause },
        );
      // After a cancel the next look says so.
      await clock.sleep(pauseMs, signal).catch(() => {});
    }
  }
}

interface Trouble {
  readonly said: RegExp;
  readonly code: 'agent_unavailable' | 'wrong_state';
  readonly what: string;
  readonly hint: string;
  readonly mayPass: boolean;
}
const troubles: readonly Trouble[] = [
  {
    said: /No QEMU guest agent configured/,
    code: 'agent_unavailable',
    what: "the guest agent is disabled in the VM's options",
    hint: 'Enable it (option agent: enabled=1), install qemu-guest-agent in the guest, and stop and start the VM once.',
    mayPass: false,
  },
  {
    said: /guest agent is not running|'guest-(info|ping|sync[a-z-]*)' failed - got timeout/i,
    code: 'agent_unavailable',
    what: 'the guest agent is enabled and does not answer',
    hint: 'The guest may still be starting: try again in a minute. Otherwise qemu-guest-agent is not installed or not running in the guest, or the VM was not stopped and started since the agent was enabled.',
    mayPass: true,
  },
  {
    said: /^VM \d+ (is )?not running$/,
    code: 'wrong_state',
    what: 'it is stopped, so nothing can be done inside',
    hint: 'Start the VM first.',
    mayPass: false,
  },
];
