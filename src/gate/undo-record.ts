import * as z from 'zod';
import { guestPath } from '../pve/guest.ts';
import { words } from '../pve/loose.ts';
import type { Setting, Settings } from '../pve/pending.ts';
import { canonicalDigest } from './canonical.ts';
import { redacted } from './redact.ts';
import { hiddenFieldsOf } from './secret-answers.ts';
import { givenSecrets, isSecretName } from './secret-parameters.ts';
import type { ApiOperation, GuestFacts } from './types.ts';

const keyName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const key = z.string().regex(keyName);
const settingSchema = z.strictObject({
  key,
  value: z.string().exactOptional(),
  pending: z.string().exactOptional(),
  goes: z.literal(true).exactOptional(),
});
const settings = z.array(settingSchema).max(500).readonly();

/** Values before a change of a guest's config, as they are kept for its undoing. No secret is among them. */
export const undoRecordSchema = z
  .strictObject({
    v: z.literal(1),
    /** The plan, and the step of it: together they name the change, in the audit too. */
    plan: z.uuid(),
    index: z.int().min(0).max(1000),
    /** When it was kept, ISO 8601. */
    at: z.iso.datetime(),
    connection: z.string().min(1).max(100),
    guest: z.strictObject({
      type: z.enum(['qemu', 'lxc']),
      vmid: z.int().min(100).max(999_999_999),
      node: z.string().min(1).max(64),
      name: z.string().max(255),
    }),
    /** What the request names: set, deleted or reverted. */
    keys: z.array(key).max(500).readonly(),
    /** Those of them that were set or pending, and may be read. */
    before: settings,
    /** Those of them whose values are secret or may not be read: only whether they were set, and whether a change waited. */
    hidden: z
      .array(z.strictObject({ key, wasSet: z.boolean(), waited: z.boolean() }))
      .max(500)
      .readonly(),
    /** Those for which the request asked for a new volume: it may bear the name of one that the same request destroyed. */
    made: z.array(key).max(500).readonly(),
    /** How it was right afterwards; missing where that was not read. */
    after: z
      .strictObject({
        settings,
        /** Of the whole config, see `nextViewHash`. */
        hash: z.string().regex(/^[0-9a-f]{64}$/),
        /** Of all keys, those whose values are not in the hash. */
        masked: z.array(key).max(1000).readonly(),
        /** Proxmox VE's own. */
        digest: z.string().max(64).exactOptional(),
      })
      .exactOptional(),
  })
  .readonly();

export type UndoRecord = z.infer<typeof undoRecordSchema>;

type GuestKind = GuestFacts['type'];

/** What of a request to change a config is no setting. */
const besides = [
  'digest',
  'delete',
  'revert',
  'force',
  'skiplock',
  'background_delay',
  'import-working-storage',
  'node',
  'vmid',
];

/** The settings that a request names: those that it sets (a person's answers too), deletes and reverts; no others. */
export function keysOf({ params, ask = [] }: Pick<ApiOperation, 'params' | 'ask'>): string[] {
  const listed = [params.delete, params.revert].flatMap((list) => [list ?? []].flat().flatMap(words));
  const set = [...Object.keys(params), ...ask].filter((name) => !besides.includes(name));
  // Proxmox VE's other name for the second drive.
  const names = [...set, ...listed].map((name) => (name === 'cdrom' ? 'ide2' : name));
  return [...new Set(names)].filter((name) => keyName.test(name));
}

/**
 * What is kept of a config before a request changes it.
 * @param settings as GET `…/pending` told them, without the secrets that the redactor knows
 */
export function recordBefore(
  operation: Pick<ApiOperation, 'method' | 'segments' | 'params' | 'ask'>,
  guest: UndoRecord['guest'],
  settings: Settings,
): Pick<UndoRecord, 'guest' | 'keys' | 'before' | 'hidden' | 'made'> {
  const keys = keysOf(operation);
  const secrets = new Set([...givenSecrets(operation), ...(operation.ask ?? [])]);
  const isHidden = (name: string) => secrets.has(name) || isHiddenSetting(guest.type, settings.byKey.get(name), name);
  return {
    guest,
    keys,
    made: keys.filter((name) => asksForVolume(operation.params[name])),
    before: keys.flatMap((name) => (isHidden(name) ? [] : (settings.byKey.get(name) ?? []))),
    hidden: keys.filter(isHidden).map((name) => {
      const setting = settings.byKey.get(name);
      return { key: name, wasSet: nextValue(setting) !== undefined, waited: isWaiting(setting) };
    }),
  };
}

/** `local-lvm:8`, and what is imported. */
function asksForVolume(value: ApiOperation['params'][string] | undefined): boolean {
  const parts = [value ?? []].flat().flatMap((line) => line.split(','));
  return parts.some((part) => /^((file|volume)=)?[A-Za-z][\w.-]*:\d+(\.\d+)?$|^import-from=/.test(part));
}

/** What is kept of the config afterwards. */
export function recordAfter(
  { guest, keys, hidden }: Pick<UndoRecord, 'guest' | 'keys' | 'hidden'>,
  settings: Settings,
): NonNullable<UndoRecord['after']> {
  const isHidden = (name: string) =>
    hidden.some((each) => each.key === name) || isHiddenSetting(guest.type, settings.byKey.get(name), name);
  const masked = [...settings.byKey.values()].flatMap((one) => (isHiddenSetting(guest.type, one) ? [one.key] : []));
  return {
    settings: keys.flatMap((name) => (isHidden(name) ? [] : (settings.byKey.get(name) ?? []))),
    hash: nextViewHash(settings, masked),
    masked,
    ...(settings.digest === undefined ? {} : { digest: settings.digest }),
  };
}

/** What is in force after the next start; nothing where the key is unset then. */
export function nextValue(setting: Setting | undefined): string | undefined {
  return setting?.goes === true ? undefined : (setting?.pending ?? setting?.value);
}

/** Whether a change of it waits for the next start. */
export function isWaiting(setting: Setting | undefined): boolean {
  return setting?.pending !== undefined || setting?.goes === true;
}

/**
 * SHA-256 over a whole config as it is after the next start, so that a restart between does not change it; nor does a snapshot
 * or a lock. Of masked keys it counts only that they are set: a hash of a secret would let it be guessed.
 */
export function nextViewHash({ byKey }: Settings, masked: readonly string[]): string {
  const view = [...byKey.values()].flatMap((setting) => {
    const value = nextValue(setting);
    if (value === undefined || apart.includes(setting.key)) return [];
    return [[setting.key, masked.includes(setting.key) ? redacted : value] as const];
  });
  return canonicalDigest('proxmox-next-config/1', Object.fromEntries(view));
}

const apart = ['digest', 'snapshots', 'parent', 'lock', 'meta'];

/** Whether a setting holds a secret, or comes as asterisks or without a part of it. */
export function isHiddenSetting(type: GuestKind, setting: Setting | undefined, name = setting?.key ?? ''): boolean {
  if (isSecretName(name) || hiddenFieldsOf(guestPath({ type, node: 'any', vmid: 100 })).has(name)) return true;
  return [setting?.value, setting?.pending].some(
    (value) => value !== undefined && (value.includes(redacted) || /^\*+$/.test(value)),
  );
}
