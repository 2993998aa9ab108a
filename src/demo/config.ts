import { allocated, newDiskOn, unusedKey, withRealSize } from './disks.ts';
import { failure, wrongParameters } from './errors.ts';
import { digestOf, lockText } from './guests.ts';
import { specOf, splitList } from './parameters.ts';
import { type Call, callerMust, guestOf } from './route.ts';
import { checkSetting, diskKey, isHotPlugged, settingSpecs } from './settings.ts';
import type { Guest, GuestKind } from './state.ts';

/** `GET …/config`: pending values as if they were in force, unless only those in force are asked for. */
export function configOf(guest: Guest, { current }: { readonly current: boolean }): Record<string, string | number> {
  const shown = { ...guest.config, digest: digestOf(guest) };
  if (current) return withoutPassword(shown);
  const removed = Object.keys(guest.pending).filter((key) => guest.pending[key] === null);
  const pending = Object.entries(withoutPassword({ ...shown, ...guest.pending })).filter(
    ([key]) => !removed.includes(key),
  );
  return Object.fromEntries(pending.flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
}

/** `GET …/pending`: every setting with its value in force and the one that waits for the next start. */
export function pendingList(guest: Guest): Record<string, unknown>[] {
  const inForce: Record<string, string | number> = withoutPassword({ ...guest.config, digest: digestOf(guest) });
  const coming = withoutPassword(guest.pending);
  const keys = new Set([...Object.keys(inForce), ...Object.keys(guest.pending)]);
  return [...keys].map((key) => {
    const value = inForce[key];
    const waiting = coming[key];
    return {
      key,
      ...(value === undefined ? {} : { value }),
      ...(waiting === undefined || waiting === null ? {} : { pending: waiting }),
      ...(waiting === null ? { delete: 1 } : {}),
    };
  });
}

/** It is told as asterisks, as far as it is set. */
function withoutPassword<T extends string | number | null>(config: Readonly<Record<string, T>>) {
  const hides = (key: string, value: T) => key === 'cipassword' && value !== null;
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, hides(key, value) ? ('*'.repeat(10) as T) : value]),
  );
}

/** Puts what waited into force. */
export function applyPending(guest: Guest): void {
  const pending = guest.pending;
  guest.pending = {};
  for (const [key, value] of Object.entries(pending)) put(guest, key, value);
}

/** Checks a change with all that PVE refuses at once; what it returns makes the change. */
export function prepareChange(call: Call, kind: GuestKind): { readonly guest: Guest; readonly change: () => void } {
  const guest = guestOf(call, kind);
  const { parameters } = call;
  const removed = splitList(parameters.text('delete') ?? '');
  const reverted = splitList(parameters.text('revert') ?? '');
  const settings = settingsOf(call, kind);
  checkDeleted(removed, settings, kind);
  checkSettings(call, guest.vmid, settings);
  for (const key of [...removed, ...reverted]) checkSetting(call, guest.vmid, key);
  const digest = parameters.text('digest');
  if (digest !== undefined && digest !== digestOf(guest)) throw failure(changedText[kind]);
  if (guest.config.lock !== undefined) throw failure(lockText(guest));
  refuseProtected(guest, removed);
  return {
    guest,
    change: () => {
      for (const key of reverted) delete guest.pending[key];
      // First of all: the disk that a new one replaces gets no place that is about to be emptied.
      for (const key of removed) set(guest, key, null);
      for (const [key, value] of Object.entries(settings)) {
        const made = diskKey.test(key)
          ? withRealSize(guest, allocated(call.world.cluster, guest, String(value)))
          : value;
        set(guest, key, made);
      }
    },
  };
}

/** Whether the caller may set these, and take space where they ask for new disks. */
export function checkSettings(call: Call, vmid: number, settings: Guest['config']): void {
  for (const [key, value] of Object.entries(settings)) {
    checkSetting(call, vmid, key, String(value));
    const storage = diskKey.test(key) ? newDiskOn(String(value)) : undefined;
    if (storage !== undefined) callerMust(call, `/storage/${storage}`, 'Datastore.AllocateSpace');
  }
}

/** The settings that were sent, typed and normalised as `GET …/config` answers them. */
export function settingsOf({ parameters }: Call, kind: GuestKind): Guest['config'] {
  const settings: Guest['config'] = {};
  for (const key of parameters.names()) {
    const spec = specOf(settingSpecs[kind], key);
    const value = parameters.text(key);
    if (spec !== undefined && value !== undefined) settings[key] = spec.type === 'string' ? value : Number(value);
  }
  if (typeof settings.tags === 'string') settings.tags = uniqueTags(settings.tags);
  return settings;
}

const changedText: Readonly<Record<GuestKind, string>> = {
  qemu: 'checksum mismatch (file change by other user?)',
  lxc: 'detected modified configuration - file changed by other user? Try again.',
};

function checkDeleted(removed: readonly string[], settings: Guest['config'], kind: GuestKind): void {
  for (const key of removed) {
    const isUnused = /^unused\d+$/.test(key);
    if (!isUnused && specOf(settingSpecs[kind], key) === undefined) {
      throw wrongParameters({ delete: `unknown option '${key}'` });
    }
    if (Object.hasOwn(settings, key)) {
      throw wrongParameters({ delete: `you can't use '-${key}' and -delete ${key}' at the same time` });
    }
  }
}

/** Protection keeps disks, whether used or not. */
function refuseProtected(guest: Guest, removed: readonly string[]): void {
  const disk = removed.find((key) => diskKey.test(key) && key in guest.config);
  if (disk === undefined || guest.config.protection !== 1) return;
  const [volid = ''] = String(guest.config[disk]).split(',');
  const what = disk.startsWith('unused') ? `can't remove unused disk '${volid}'` : `can't remove drive '${disk}'`;
  throw failure(`${what} - protection mode enabled`);
}

function set(guest: Guest, key: string, value: string | number | null): void {
  if (guest.running && !isHotPlugged(guest.kind, key)) {
    const same = value === null ? !(key in guest.config) : guest.config[key] === value;
    if (same) delete guest.pending[key];
    else guest.pending[key] = value;
    return;
  }
  delete guest.pending[key];
  put(guest, key, value);
}

/** A disk that is taken away stays as an unused one until it is used again; taking that away destroys it. */
function put({ config }: Guest, key: string, value: string | number | null): void {
  const before = config[key];
  if (value !== null) config[key] = value;
  else delete config[key];
  const used = diskKey.test(key) && value !== null ? String(value).split(',')[0] : undefined;
  const again = Object.keys(config).find((each) => /^unused/.test(each) && each !== key && config[each] === used);
  if (again !== undefined) delete config[again];
  const [volid = ''] = String(before ?? '').split(',');
  const isDisk = diskKey.test(key) && !key.startsWith('unused') && !String(before).includes('media=cdrom');
  const isGone =
    isDisk && before !== undefined && !Object.values(config).some((each) => String(each).split(',')[0] === volid);
  if (isGone) config[unusedKey(config)] = volid;
}

// Tags are kept sorted and in lower case.
function uniqueTags(list: string): string {
  return [...new Set(splitList(list.toLowerCase()))].sort().join(';');
}

/** Gives its network devices addresses of their own. */
export function renewAddresses(config: Guest['config'], vmid: number): void {
  const tail = vmid.toString(16).toUpperCase().padStart(6, '0').match(/../g)?.join(':');
  for (const key of Object.keys(config).filter((each) => /^net\d+$/.test(each))) {
    config[key] = String(config[key]).replace(/BC:24:11(:[0-9A-F]{2}){3}/, `BC:24:11:${tail}`);
  }
}
