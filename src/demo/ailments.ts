import { seconds } from './clock.ts';
import { failure } from './errors.ts';
import type { Cluster, World } from './state.ts';

/** What is wrong with the cluster on purpose, so that tests see a report tell it. Nothing at the start. */
export interface Ailments {
  /** Node → how far its clock is ahead, seconds. */
  readonly skew: Map<string, number>;
  /** Node → what SMART says of its first disk, and percent of its life that is left. */
  readonly disks: Map<string, { readonly health: string; readonly wearout: number }>;
  /** Node → days until its certificate ends. */
  readonly certificates: Map<string, number>;
  /** Node → what its replication failed with. */
  readonly replication: Map<string, string>;
  /** Disks of guests that do not exist, as one node's storage lists them. */
  readonly orphans: { readonly node: string; readonly storage: string; readonly vmid: number }[];
  /** Storage → the only nodes that have it. */
  readonly storageNodes: Map<string, readonly string[]>;
}

export function noAilments(): Ailments {
  return {
    skew: new Map(),
    disks: new Map(),
    certificates: new Map(),
    replication: new Map(),
    orphans: [],
    storageNodes: new Map(),
  };
}

/** Whether a storage is there on a node. */
export function isOn({ ailments }: Cluster, storage: string, node: string): boolean {
  return ailments.storageNodes.get(storage)?.includes(node) ?? true;
}

/**
 * Makes something ail: `skew`, `disk`, `certificate`, `replication`, `orphan`, `storage-nodes`, `storage-full`,
 * `snapshot-age`, `ha-error`.
 */
export function ail({ cluster, clock }: World, kind: string, order: Readonly<Record<string, unknown>>): void {
  const { ailments, guests, storages } = cluster;
  const node = String(order.node ?? '');
  const amount = Number(order.amount ?? 0);
  const guest = guests.get(Number(order.guest));
  const storage = storages.find(({ id }) => id === order.storage);
  if (kind === 'skew') ailments.skew.set(node, amount);
  else if (kind === 'disk') ailments.disks.set(node, { health: String(order.health ?? 'PASSED'), wearout: amount });
  else if (kind === 'certificate') ailments.certificates.set(node, amount);
  else if (kind === 'replication') ailments.replication.set(node, String(order.error ?? 'no route to host'));
  else if (kind === 'orphan' && storage !== undefined)
    ailments.orphans.push({ node, storage: storage.id, vmid: amount });
  else if (kind === 'storage-nodes' && storage !== undefined) ailments.storageNodes.set(storage.id, node.split(','));
  else if (kind === 'storage-full' && storage !== undefined) storage.used = Math.round(storage.total * amount);
  else if (kind === 'snapshot-age' && guest !== undefined) {
    const snaptime = seconds(clock.now()) - amount * 86_400;
    guest.snapshots = guest.snapshots.map((snapshot) => ({ ...snapshot, snaptime }));
  } else if (kind === 'ha-error' && guest?.ha !== undefined) guest.ha.state = 'error';
  else throw failure(`unknown ailment ${JSON.stringify(order)}`);
}
