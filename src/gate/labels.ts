import { printable, quoted } from './printable.ts';
import { listed } from './risk/rule.ts';
import { riskRule, variables } from './risk.ts';
import type { GuestFacts, Operation } from './types.ts';

/** "web-01" (101, VM on pve2) */
export function guestLabel(guest: Pick<GuestFacts, 'name' | 'vmid' | 'type' | 'node'>): string {
  return `${quoted(guest.name)} (${guest.vmid}, ${guest.type === 'qemu' ? 'VM' : 'container'} on ${printable(guest.node, 64)})`;
}

/**
 * What an operation acts on, in words: `storage "nas"`, `network interface "vmbr0" on pve1`, `snapshot "before"` of a guest.
 * Who makes something names it by a parameter.
 * @returns nothing where it acts on a guest as a whole, and where no rule knows it
 */
export function targetLabel({ method, segments, params }: Operation): string | undefined {
  const rule = riskRule({ method, segments });
  if (rule === undefined || rule.target === '') return undefined;
  const values: Operation['params'] = { ...params, ...variables(rule.path, segments) };
  return rule.target.replace(/ ?\{([^}]+)\}/g, (_all, name: string) => {
    const value =
      listed(values[name]).length > 1 ? listed(values[name]).join(', ') : [values[name] ?? ''].flat().join();
    if (value === '') return '';
    return ` ${plain.test(name) && /^[\w-]+$/.test(value) ? printable(value, 64) : isVmids(name, value) ? value : quoted(value)}`;
  });
}

/** Nodes are written as everywhere else, numbers as numbers. */
const plain = /^(node|pos|osdid)$/;

function isVmids(name: string, value: string): boolean {
  return /^(vmid|vms)$/.test(name) && /^\d[\d, ]{0,200}$/.test(value);
}
