import type { Condition, Conditions } from './rules.ts';

/** `101`, `100-199`, `100 to 199`. @returns nothing for what is no VMID or goes backwards */
export function parseVmids(text: string): readonly [number, number] | undefined {
  const [, first, last = first] = /^([1-9]\d{2,8})(?:\s*(?:-|–|to)\s*([1-9]\d{2,8}))?$/.exec(text.trim()) ?? [];
  return first !== undefined && Number(first) <= Number(last) ? [Number(first), Number(last)] : undefined;
}

/** @returns nothing for what Proxmox VE would not take as the name of a node, a pool or a tag */
export function parseCondition(condition: Condition, text: string): Conditions | undefined {
  if (condition === 'vmids') {
    const vmids = parseVmids(text);
    return vmids === undefined ? undefined : { vmids };
  }
  return text.length <= 100 && patterns[condition].test(text) ? { [condition]: text } : undefined;
}

/** A condition as it would be typed; empty while the rule does not go by it. */
export function conditionText(condition: Condition, conditions: Conditions): string {
  const { vmids } = conditions;
  if (condition !== 'vmids') return conditions[condition] ?? '';
  if (vmids === undefined) return '';
  return vmids[0] === vmids[1] ? String(vmids[0]) : `${vmids[0]}-${vmids[1]}`;
}

const patterns: Readonly<Record<Exclude<Condition, 'vmids'>, RegExp>> = {
  node: /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
  pool: /^[\w-]+(\/[\w-]+){0,2}$/,
  tag: /^\w[\w+.-]*$/,
};
