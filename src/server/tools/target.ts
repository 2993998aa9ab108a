import * as z from 'zod';
import { largestTransfer } from '../../gate/operation.ts';
import { usual } from '../../gate/through-agent.ts';
import type { Target } from '../../gate/types.ts';
import type { PveClient } from '../../pve/client.ts';
import { guestArgument, nodeArgument } from './common.ts';
import { kind } from './guest-text.ts';
import { findNode } from './node.ts';
import { unfit } from './on-guest.ts';

/** Where a command runs or a file is. */
export interface Place {
  readonly target: Target;
  /** `VM 101 on pve2`, `node pve1`: without the guest's name, which is foreign text. */
  readonly title: string;
}

/** For tools that reach both; exactly one of them is given. */
export const placeArguments = { guest: guestArgument.optional(), node: nodeArgument.optional() } as const;

/** What a file may have. @param most bytes */
export const maxBytesArgument = (most: number = largestTransfer) => z.int().min(1).max(most).default(usual.maxBytes);

/** @throws PveError `invalid_argument` where both or none are given, `not_found`, `ambiguous` */
export async function placeOf(
  pve: PveClient,
  { guest, node }: { readonly guest?: number | string | undefined; readonly node?: string | undefined },
): Promise<Place> {
  if (guest !== undefined && node !== undefined)
    throw unfit(
      'guest and node are both given',
      'Give the one whose file it is; the node of a guest is found by itself.',
    );
  if (guest !== undefined) return guestPlace(pve, guest);
  if (node !== undefined) return nodePlace(pve, node);
  throw unfit('Neither guest nor node is given', 'Give the one whose file it is.');
}

/** @throws PveError `not_found`, `ambiguous` */
export async function guestPlace(pve: PveClient, guest: number | string): Promise<Place> {
  const { vmid, type, node } = await pve.findGuest(guest);
  return {
    target: { at: type === 'lxc' ? 'container' : 'vm', node, vmid },
    title: `${kind(type)} ${vmid} on ${node}`,
  };
}

/** @throws PveError `not_found` */
export async function nodePlace(pve: PveClient, wanted: string): Promise<Place> {
  const { node = wanted } = findNode(await pve.resources('node'), wanted);
  return { target: { at: 'host', node }, title: `node ${node}` };
}
