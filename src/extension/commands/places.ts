import { printable } from '../../gate/printable.ts';
import { targetOf } from '../tree/branches.ts';
import type { ConnectionView } from '../tree/live.ts';
import { order, type Row } from '../tree/row.ts';

/** Something of a cluster that a command is about. */
export interface Place {
  readonly connection: string;
  readonly connectionName: string;
  /** Absent for the cluster as a whole. */
  readonly node?: string;
  readonly guest?: { readonly type: 'qemu' | 'lxc'; readonly vmid: number; readonly name: string };
  readonly storage?: string;
}

/** The place that a row of the explorer stands for. */
export function placeOf({ connection, guest, node, storage }: Row, connectionName: string): Place {
  return {
    connection,
    connectionName,
    ...(guest === undefined ? {} : { node: guest.node, guest }),
    ...(node === undefined ? {} : { node }),
    ...(storage === undefined ? {} : { storage }),
  };
}

/** Everything of one kind, or of all, that the explorer knows: clusters, their nodes, then their guests by number. */
export function placesOf(views: readonly ConnectionView[]): readonly Place[] {
  return views.flatMap(({ profile, resources }) => {
    const whole: Place = { connection: profile.id, connectionName: profile.name };
    const nodes = resources
      .flatMap(({ type, node }) => (type === 'node' && node !== undefined ? [node] : []))
      .sort(order)
      .map((node) => ({ ...whole, node }));
    const guests = resources
      .flatMap((resource) => targetOf(resource, profile) ?? [])
      .sort((a, b) => a.vmid - b.vmid)
      .map(({ node, type, vmid, name }) => ({ ...whole, node, guest: { type, vmid, name } }));
    return [whole, ...nodes, ...guests];
  });
}

/** "web-01 (101)", "pve1", or the connection's own name. */
export function placeName({ connectionName, node, guest, storage }: Place): string {
  if (guest !== undefined) return `${printable(guest.name, 64)} (${guest.vmid})`;
  return printable(storage ?? node ?? connectionName, 64);
}
