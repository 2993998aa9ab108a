import type { GuestPlace, PveClient } from './client.ts';
import type { Clock } from './clock.ts';
import { PveError } from './error.ts';
import { looseList, looseObject, text } from './loose.ts';
import type { SendOptions } from './request.ts';

/** Milliseconds between two looks. */
const pause = 3000;

/**
 * Addresses of a guest by which others can reach it, such as `10.0.0.5 (eth0)`; empty while it has none. Of a container GET
 * `…/interfaces`, of a VM GET `…/agent/network-get-interfaces`, which needs its guest agent.
 */
export async function guestAddresses(
  { send }: Pick<PveClient, 'send'>,
  { node, type, vmid }: GuestPlace,
  options?: SendOptions,
): Promise<string[]> {
  const rest = type === 'lxc' ? ['interfaces'] : ['agent', 'network-get-interfaces'];
  return addressesFrom(
    (await send({ method: 'GET', path: ['nodes', node, type, String(vmid), ...rest] }, options)).data,
  );
}

/** The addresses in either answer, loopback and link-local ones left out. @throws PveError `server_error` */
export function addressesFrom(data: unknown): string[] {
  const list = Array.isArray(data) ? data : looseObject(data, 'the network interfaces of a guest').result;
  return looseList(list, 'the network interfaces of a guest').flatMap((card) => {
    const listed = looseList(card['ip-addresses'] ?? [], 'the addresses of a guest').map((one) => one['ip-address']);
    const all = listed.length > 0 ? listed : [card.inet, card.inet6];
    return all
      .flatMap((address) => text(address)?.replace(/\/\d+$/, '') ?? [])
      .filter((address) => !/^(127\.|169\.254\.|::1$|fe80:)/i.test(address))
      .map((address) => `${address} (${text(card.name) ?? '?'})`);
  });
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
      const found = await guestAddresses(pve, guest, { signal });
      if (found.length > 0) return found;
    } catch (error) {
      if (signal.aborted || !(error instanceof PveError) || ['denied', 'forbidden'].includes(error.code)) throw error;
    }
    await clock.sleep(pause, signal);
  }
  return [];
}
