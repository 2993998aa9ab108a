import { isVmid } from '../pve/guest.ts';
import { printable, quoted } from './printable.ts';
import { listed } from './risk/rule.ts';
import { riskRule, variables } from './risk.ts';
import type { ApiOperation, GuestFacts } from './types.ts';

/** "web-01" (101, VM on pve2) */
export function guestLabel(guest: Pick<GuestFacts, 'name' | 'vmid' | 'type' | 'node'>): string {
  return `${quoted(guest.name)} (${guest.vmid}, ${guest.type === 'qemu' ? 'VM' : 'container'} on ${printable(guest.node, 64)})`;
}

/**
 * What an operation acts on, in words: `storage "nas"`, `network interface "vmbr0" on pve1`, `snapshot "before"` of a guest.
 * Who makes something names it by a parameter.
 * @returns nothing where it acts on a guest as a whole, and where no rule knows it
 */
export function targetLabel({ method, segments, params }: ApiOperation): string | undefined {
  const rule = riskRule({ method, segments });
  if (rule === undefined || rule.target === '') return undefined;
  const values: ApiOperation['params'] = { ...params, ...variables(rule.path, segments) };
  return rule.target.replace(/ ?\{([^}]+)\}/g, (_all, name: string) => {
    const shown = valueText(name, values[name]);
    return shown === '' ? '' : ` ${shown}`;
  });
}

/** What tells the target of an operation from others, for a person to type: `nas`, `vmbr0`, `pve1`. Never empty. */
export function targetName({ method, segments, params }: ApiOperation): string {
  const rule = riskRule({ method, segments });
  const values: ApiOperation['params'] = rule === undefined ? {} : { ...params, ...variables(rule.path, segments) };
  const names = [...(rule?.target ?? '').matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name);
  const found = [...names, 'vmid'].map((name) => plainText(name, values[name])).find((text) => text !== '');
  return found ?? segments.at(-1) ?? '';
}

/** Nodes are written as everywhere else, numbers as numbers; all other text is foreign. */
function valueText(name: string, value: ApiOperation['params'][string] = ''): string {
  const text = plainText(name, value);
  if (text === '') return '';
  if (areVmids(name, value)) return printable(text, 200);
  return /^(node|pos|osdid)$/.test(name) && /^[\w-]+$/.test(text) ? printable(text, 64) : quoted(text);
}

function plainText(name: string, value: ApiOperation['params'][string] = ''): string {
  return (areVmids(name, value) ? listed(value) : [value].flat()).join(', ');
}

function areVmids(name: string, value: ApiOperation['params'][string]): boolean {
  return /^(vmid|vms)$/.test(name) && listed(value).length > 0 && listed(value).every(isVmid);
}
