import { PveError } from './error.ts';
import type { Resource } from './records.ts';

/** A guest as it was found: a VM (`qemu`) or a container (`lxc`). */
export interface GuestRef {
  readonly vmid: number;
  readonly type: 'qemu' | 'lxc';
  readonly node: string;
  /** Empty while the guest is so fresh that its name is not known yet. */
  readonly name: string;
  readonly status: string;
}

/** The segments of a guest's own path: `/nodes/{node}/qemu/{vmid}`. */
export function guestPath({ node, type, vmid }: Pick<GuestRef, 'node' | 'type' | 'vmid'>): string[] {
  return ['nodes', node, type, String(vmid)];
}

/** Whether a text is a VMID as Proxmox VE writes it: 100 to 999999999. */
export function isVmid(text: string): boolean {
  return /^[1-9]\d{2,8}$/.test(text);
}

/** The guests among the resources, by VMID. */
export function guestsOf(resources: readonly Resource[]): GuestRef[] {
  return resources.flatMap((it) => toGuest(it) ?? []).sort((a, b) => a.vmid - b.vmid);
}

/**
 * Finds the guest that a person or a model means. Digits are a VMID, even where another guest bears them as its name;
 * anything else is a name, to the letter.
 * @throws PveError `not_found` with names that are near; `ambiguous`, listing all guests with that name
 */
export function matchGuest(resources: readonly Resource[], guest: number | string): GuestRef {
  const wanted = String(guest).trim();
  const guests = guestsOf(resources);
  const hits = /^\d+$/.test(wanted)
    ? guests.filter(({ vmid }) => vmid === Number(wanted))
    : guests.filter(({ name }) => name === wanted && name !== '');
  const [first, second] = hits;
  if (first === undefined) throw noSuchGuest(wanted, guests);
  if (second !== undefined) throw ambiguous(wanted, hits);
  return first;
}

/** "web-01" (101, VM on pve2) */
export function guestLabel({ name, vmid, type, node }: GuestRef): string {
  const kind = type === 'qemu' ? 'VM' : 'container';
  return name === '' ? `${vmid} (${kind} on ${node})` : `"${name}" (${vmid}, ${kind} on ${node})`;
}

function toGuest({ type, vmid, node, name = '', status = 'unknown' }: Resource): GuestRef | undefined {
  if ((type !== 'qemu' && type !== 'lxc') || vmid === undefined || node === undefined) return undefined;
  return { vmid, type, node, name, status };
}

function noSuchGuest(wanted: string, guests: readonly GuestRef[]): PveError {
  const near = guests
    .map((guest) => ({ guest, distance: distance(wanted.toLowerCase(), guest) }))
    .filter((it) => it.distance <= 2)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 5)
    .map(({ guest }) => guestLabel(guest));
  return new PveError({
    code: 'not_found',
    message: `There is no guest ${/^\d+$/.test(wanted) ? wanted : JSON.stringify(wanted)} that this token may see`,
    hint: near.length > 0 ? `Near: ${near.join(', ')}` : 'List the guests to see names and VMIDs.',
    reason: [],
  });
}

function ambiguous(wanted: string, hits: readonly GuestRef[]): PveError {
  return new PveError({
    code: 'ambiguous',
    message: `The name ${JSON.stringify(wanted)} fits ${hits.length} guests: ${hits.map(guestLabel).join(', ')}`,
    hint: 'Say the VMID of the one that is meant.',
    reason: [],
  });
}

/** How far a guest is from what was asked for; a part of its name, or its VMID, is near. */
function distance(wanted: string, { name, vmid }: GuestRef): number {
  const candidate = name.toLowerCase();
  if (candidate === wanted) return 0;
  if (wanted.length >= 2 && candidate.includes(wanted)) return 1;
  return Math.min(edits(wanted, candidate), edits(wanted, String(vmid)));
}

/** Levenshtein distance. */
function edits(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
