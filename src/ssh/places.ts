import type { PveClient } from '../pve/client.ts';
import type { Clock } from '../pve/clock.ts';
import { PveError } from '../pve/error.ts';
import type { SshPlace } from './types.ts';

/** Tells where a node is. @throws PveError `not_found` for one whose address nobody knows */
export type Places = (node: string, signal: AbortSignal) => Promise<SshPlace>;

export interface PlacesOptions {
  /** What a person has set counts first, by node. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly ofCluster: (signal: AbortSignal) => Promise<readonly SshPlace[]>;
  /** How a person sets one. */
  readonly hint: string;
  readonly clock: Clock;
}

/** A cluster is asked again where its nodes are after so long, milliseconds. */
const addressMs = 60_000;

/** Where nodes are: what a person has set, then what the cluster says. */
export function createPlaces({ addresses, ofCluster, hint, clock }: PlacesOptions): Places {
  let said: { readonly nodes: readonly SshPlace[]; readonly until: number } | undefined;
  const addressOf = async (node: string, signal: AbortSignal): Promise<string | undefined> => {
    if (Object.hasOwn(addresses, node)) return addresses[node];
    if (said === undefined || said.until < clock.monotonic())
      said = { nodes: await ofCluster(signal), until: clock.monotonic() + addressMs };
    return said.nodes.find((one) => one.node === node)?.address;
  };
  return async (node, signal) => {
    const address = await addressOf(node, signal);
    if (address !== undefined) return { node, address };
    throw new PveError({
      code: 'not_found',
      message: `The cluster does not say at which address the node ${node} is`,
      reason: [],
      hint: `Check the name of the node. ${hint}`,
    });
  };
}

/** Where a cluster says that its nodes are (GET `/cluster/status`); a node without an address is left out. */
export async function nodeAddresses(
  client: Pick<PveClient, 'clusterStatus'>,
  signal?: AbortSignal,
): Promise<readonly SshPlace[]> {
  const { nodes } = await client.clusterStatus(signal === undefined ? {} : { signal });
  return nodes.flatMap(({ name, ip }) => (ip === undefined ? [] : [{ node: name, address: ip }]));
}
