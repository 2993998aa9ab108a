import { forModel } from '../../gate/printable.ts';
import type { GuestRef } from '../../pve/guest.ts';
import type { Resource } from '../../pve/records.ts';
import { count } from '../text/units.ts';

/** `web-01 (101, VM on pve2)` */
export function guestTitle({ name, vmid, type, node }: GuestRef): string {
  return name === ''
    ? `${vmid} (${kind(type)} on ${node})`
    : `${forModel(name, 64)} (${vmid}, ${kind(type)} on ${node})`;
}

export function kind(type: string): string {
  return type === 'lxc' ? 'container' : 'VM';
}

/** `24 (15 VMs, 9 containers): 17 running, 7 stopped; 1 of them a template` */
export function tally(guests: readonly Resource[]): string {
  if (guests.length === 0) return 'none that the token may see';
  const kinds = [
    count(guests.filter(({ type }) => type === 'qemu').length, 'VM'),
    count(guests.filter(({ type }) => type === 'lxc').length, 'container'),
  ];
  const states = new Map<string, number>();
  for (const { status = 'unknown' } of guests) states.set(status, (states.get(status) ?? 0) + 1);
  const parts = [...states]
    .sort(([a], [b]) => a.localeCompare(b, 'en'))
    .map(([state, amount]) => `${amount} ${forModel(state, 20)}`);
  const templates = guests.filter(({ template }) => template === true).length;
  return `${guests.length} (${kinds.join(', ')}): ${parts.join(', ')}${templates === 0 ? '' : `; ${count(templates, 'template')} among them`}`;
}
