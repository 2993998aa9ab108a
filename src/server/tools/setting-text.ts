import { forModel } from '../../gate/printable.ts';
import type { Setting, Settings } from '../../pve/pending.ts';

/** What was asked to become of one setting; nothing as value: that it goes. */
export interface Asked {
  readonly key: string;
  readonly value?: string;
}

/**
 * What became of the settings that were asked for, a line each, and of others that changed with them:
 * `memory: 2048 → 4096, active`, `cores: 4 pending until the next start (active: 2)`, `scsi0: unchanged (…)`.
 */
export function changesText(before: Settings, after: Settings, asked: readonly Asked[]): string[] {
  const named = new Set(asked.map(({ key }) => key));
  const others = [...new Set([...before.byKey.keys(), ...after.byKey.keys()])].filter(
    (key) => !named.has(key) && !ownChanges.includes(key) && isOther(before.byKey.get(key), after.byKey.get(key)),
  );
  return [
    ...asked.map((one) => settingText(before.byKey.get(one.key), after.byKey.get(one.key), one)),
    ...others.map((key) => `also ${settingText(before.byKey.get(key), after.byKey.get(key), { key })}`),
  ];
}

/** Proxmox VE changes these by itself. */
const ownChanges = ['lock', 'parent', 'digest', 'vmgenid', 'meta', 'smbios1'];

function isOther(before: Setting | undefined, after: Setting | undefined): boolean {
  return before?.value !== after?.value || before?.pending !== after?.pending || before?.goes !== after?.goes;
}

function settingText(before: Setting | undefined, after: Setting | undefined, { key, value }: Asked): string {
  const name = forModel(key, 64);
  const [was, is] = [shown(before?.value), shown(after?.value)];
  const active = is === '' ? 'not set now' : `active: ${is}`;
  if (after?.goes === true) return `${name}: goes at the next start (${active})`;
  if (after?.pending !== undefined) return `${name}: ${shown(after.pending)} pending until the next start (${active})`;
  const undone = before?.pending !== undefined || before?.goes === true ? ', what was pending is undone' : '';
  if (before?.value === after?.value) {
    if (undone !== '') return `${name}: ${is === '' ? 'not set' : is}${undone}`;
    const isAsAsked = value === undefined ? is === '' : value === after?.value;
    return `${name}: unchanged (${is === '' ? 'not set' : is})${isAsAsked ? '' : ': Proxmox VE did not take the new value'}`;
  }
  if (is === '') return `${name}: removed (was ${was})`;
  return `${name}: ${was === '' ? '' : `${was} → `}${is}, active`;
}

function shown(value: string | undefined): string {
  return value === undefined ? '' : forModel(value, 120);
}
