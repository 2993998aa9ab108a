import { type GuestInterface, guestInterfaces } from './agent.ts';
import type { GuestPlace, PveClient } from './client.ts';
import type { Clock } from './clock.ts';
import { PveError } from './error.ts';

/** Milliseconds between two looks. */
const pause = 3000;

/** Addresses by which others can reach a guest, such as `10.0.0.5 (eth0)`: loopback and link-local ones are none. */
export function reachable(interfaces: readonly GuestInterface[]): string[] {
  return interfaces.flatMap(({ name, addresses }) =>
    addresses
      .map((address) => address.replace(/\/\d+$/, ''))
      .filter((address) => !/^(127\.|169\.254\.|::1$|fe80:)/i.test(address))
      .map((address) => `${address} (${name})`),
  );
}

/**
 * Waits until a guest has an address. What its agent says before it runs is no error: it may still be starting.
 * @returns nothing when it has none within `patienceMs`
 */
export async function firstAddress(
  pve: Pick<PveClient, 'send'>,
  guest: GuestPlace,
  { clock, signal, patienceMs }: { readonly clock: Clock; readonly signal: AbortSignal; readonly patienceMs: number },
): Promise<string[]> {
  for (let waited = 0; waited < patienceMs; waited += pause) {
    try {
      const found = reachable(await guestInterfaces(pve, guest));
      if (found.length > 0) return found;
    } catch (error) {
      if (signal.aborted || !(error instanceof PveError) || ['denied', 'forbidden'].includes(error.code)) throw error;
    }
    await clock.sleep(pause, signal);
  }
  return [];
}
