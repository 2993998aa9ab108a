import type { GuestPlace } from '../pve/client.ts';
import { isVolumeKey, sizeBytes, volumeSetting } from '../pve/disk-size.ts';
import { guestPath } from '../pve/guest.ts';
import type { Setting, Settings } from '../pve/pending.ts';
import { printable } from './printable.ts';
import type { ProposedApi } from './types.ts';
import { isWaiting, nextValue, nextViewHash, type UndoRecord } from './undo-record.ts';

/** What it takes to undo a change of a config, or why that cannot be. */
export type Undo =
  | {
      readonly kind: 'possible';
      /** Asked about as any other change. */
      readonly operation: ProposedApi;
      /** What comes back, one sentence each. */
      readonly back: readonly string[];
      /** What does not, or not as it was. */
      readonly lost: readonly string[];
    }
  | { readonly kind: 'impossible'; readonly why: string; readonly next: string };

/**
 * How to undo a change of a guest's config. A value is in force (`b` before the change, `n` now) or waits for the next start;
 * what is in force after the next start (`B`, `N`; unset where it goes) is what is undone:
 *
 * | now | before | what is sent |
 * | --- | --- | --- |
 * | N = B | any | nothing: it is as it was |
 * | n = b, so the change waits or withdrew what waited | nothing waited | `revert` |
 * | n = b | another value waited | that value, so that it waits again |
 * | n = b | it was about to go | `delete`, so that it goes again |
 * | n ≠ b: in force at once, the guest was stopped, or has restarted since | B was set | B |
 * | n ≠ b | B was unset | `delete` |
 *
 * A restart moves what waited into force, which leaves N as it is: the rows below then count, and undo still works. A volume is
 * put back only while the config still names it somewhere; of one that grew the size stays; `unusedN` is never touched, since
 * deleting one destroys it.
 * @param now GET `…/pending`, as a view reads it
 */
export function undoOf(record: UndoRecord, now: Settings, place: GuestPlace): Undo {
  const ways = record.keys.map((key) => wayBack(key, record, now));
  if (ways.every(({ kind }) => kind === 'same'))
    return impossible('It is as it was before already.', 'There is nothing to undo.');
  if (record.after === undefined)
    return impossible(
      'How the config was after the change was not read, so nobody can tell whether it was changed again since.',
      'Look at the settings, and set the former values where they are still right.',
    );
  if (record.after.hash !== nextViewHash(now, record.after.masked)) {
    const keys = changedSince(record.after.settings, record, now);
    const what = keys.length === 0 ? 'settings other than these' : keys.join(', ');
    return impossible(
      `The config was changed since: ${what}.`,
      'Undo the later change first, or set the former values where they are still right.',
    );
  }
  const lost = ways.flatMap((way) => way.lost ?? []);
  if (!ways.some(({ kind }) => kind === 'set' || kind === 'delete' || kind === 'revert'))
    return impossible(
      ['Nothing of it can come back.', ...lost].join(' '),
      'Restore a backup or a snapshot of before, if there is one.',
    );
  return {
    kind: 'possible',
    operation: operationOf(ways, now, place),
    back: ways.flatMap((way) => way.back ?? []),
    lost,
  };
}

/** What brings one key back. */
interface Way {
  readonly key: string;
  readonly kind: 'same' | 'lost' | 'set' | 'delete' | 'revert';
  readonly value?: string;
  readonly back?: string;
  readonly lost?: readonly string[];
}

function wayBack(key: string, record: UndoRecord, now: Settings): Way {
  const hidden = record.hidden.find((each) => each.key === key);
  if (hidden !== undefined) return hiddenWay(record, hidden, now);
  const [before, current] = [record.before.find((each) => each.key === key), now.byKey.get(key)];
  const [wanted, next] = [nextValue(before), nextValue(current)];
  if (wanted === next) return { key, kind: 'same' };
  if (/^unused\d+$/.test(key)) return unusedWay(key, wanted);
  const left = leftOver(key, next, record);
  if (before?.value === current?.value && !isWaiting(before))
    return { key, kind: 'revert', back: withdrawn(key), lost: left };
  const onlyLater = noLongerInForce(key, before, current);
  if (wanted === undefined) return { key, kind: 'delete', back: `${key}: unset again.`, lost: [...onlyLater, ...left] };
  const { value, lost = [] } = isVolumeKey(key) ? volumeBack(record, wanted, { key, next, now }) : { value: wanted };
  if (value === undefined) return { key, kind: 'lost', lost };
  return {
    key,
    kind: 'set',
    value,
    back: `${key}: ${shown(value)} again.`,
    lost: [...lost, ...pluggedAnew(key, current), ...onlyLater, ...left],
  };
}

/** Deleting an unused disk destroys it; one that is there now is another one's business. */
function unusedWay(key: string, wanted: string | undefined): Way {
  if (wanted === undefined) return { key, kind: 'same' };
  return {
    key,
    kind: 'lost',
    lost: [`${key}: ${shown(volumeSetting(wanted).volid)} was destroyed with all that was on it.`],
  };
}

/** Two secrets look the same, so that only an untouched config tells that nobody has changed one since. */
function hiddenWay(record: UndoRecord, { key, wasSet, waited }: UndoRecord['hidden'][number], now: Settings): Way {
  const current = now.byKey.get(key);
  const isUntouched = now.digest !== undefined && now.digest === record.after?.digest;
  if (!wasSet && nextValue(current) === undefined) return { key, kind: 'same' };
  if (!isUntouched)
    return {
      key,
      kind: 'lost',
      lost: [`${key}: its value is secret, so whether it was changed since cannot be told.`],
    };
  if (!waited && isWaiting(current)) return { key, kind: 'revert', back: withdrawn(key) };
  if (!wasSet) return { key, kind: 'delete', back: `${key}: unset again.` };
  return { key, kind: 'lost', lost: [`${key}: the value before is secret and was not kept.`] };
}

/** A volume can be put back while the config still names it, with the size that it has by now. */
function volumeBack(
  { made, after }: UndoRecord,
  wanted: string,
  { key, next, now }: { readonly key: string; readonly next: string | undefined; readonly now: Settings },
): Pick<Way, 'value' | 'lost'> {
  const { volid, storage, size, isCdrom } = volumeSetting(wanted);
  if (storage === undefined) return { value: wanted };
  const fresh = after?.settings.filter((each) => made.includes(each.key)) ?? [];
  const isAnother = fresh.some((each) => volumeSetting(nextValue(each) ?? '').volid === volid);
  const named = isAnother ? [] : volumesIn(now).filter((each) => each.volid === volid);
  const isCloudInit = /-cloudinit(\.\w+)?$/.test(volid);
  if (isCdrom && !isCloudInit) return { value: wanted };
  if (named.length === 0) {
    // Its drive is made from the settings, each time anew.
    if (isCloudInit) return { value: withoutSize(wanted).replace(volid, `${storage}:cloudinit`) };
    return { lost: [`${key}: ${shown(volid)} was destroyed, or the config does not name it any more.`] };
  }
  const grown = named.find((each) => each.size !== undefined && bytes(each.size) > bytes(size))?.size;
  if (grown === undefined) return { value: wanted };
  const value = `${withoutSize(wanted)},size=${grown}`;
  const lost = [
    `${key}: ${shown(volid)} has grown from ${size ?? 'an unknown size'} to ${grown}; disks do not shrink.`,
  ];
  return isSameLine(value, next) ? { lost } : { value, lost };
}

function volumesIn({ byKey }: Settings) {
  return [...byKey.values()].flatMap(({ key, value, pending }) =>
    isVolumeKey(key) ? [value, pending].flatMap((each) => (each === undefined ? [] : [volumeSetting(each)])) : [],
  );
}

function withoutSize(line: string): string {
  return line
    .split(',')
    .filter((part) => !part.startsWith('size='))
    .join(',');
}

function isSameLine(one: string, other = ''): boolean {
  const sorted = (line: string) => line.split(',').sort().join(',');
  return sorted(one) === sorted(other);
}

function bytes(size = ''): number {
  return sizeBytes(size) ?? 0;
}

/** A volume that the change brought is not destroyed. */
function leftOver(key: string, next: string | undefined, { before }: UndoRecord): string[] {
  if (next === undefined || !isVolumeKey(key)) return [];
  const { volid, storage, isCdrom } = volumeSetting(next);
  const isWanted = before.some((each) => volumeSetting(nextValue(each) ?? '').volid === volid);
  if (storage === undefined || isCdrom || isWanted) return [];
  return [`${key}: ${shown(volid)}, which the change brought, stays as an unused disk.`];
}

function pluggedAnew(key: string, current: Setting | undefined): string[] {
  const isDevice = isVolumeKey(key) || /^(net|usb|hostpci|serial)\d+$/.test(key);
  return isDevice && current?.value === undefined
    ? [`${key}: plugged in anew; a running guest sees a new device.`]
    : [];
}

/** Of two values, one in force and one that waited, a changed config takes only the latter. */
function noLongerInForce(key: string, before: Setting | undefined, current: Setting | undefined): string[] {
  if (before?.value === undefined || !isWaiting(before) || before.value === current?.value) return [];
  const waited = before.pending === undefined ? 'its removal' : shown(before.pending);
  return [`${key}: ${shown(before.value)} was in force while ${waited} waited; only what waited comes back.`];
}

function withdrawn(key: string): string {
  return `${key}: what waits for the next start is withdrawn.`;
}

function operationOf(ways: readonly Way[], { digest }: Settings, place: GuestPlace): ProposedApi {
  const named = (kind: Way['kind']) => ways.flatMap((way) => (way.kind === kind ? [way.key] : [])).join(',');
  const values = ways.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value] as const]));
  const lists = Object.entries({ delete: named('delete'), revert: named('revert'), digest: digest ?? '' });
  return {
    kind: 'api',
    method: 'PUT',
    segments: [...guestPath(place), 'config'],
    params: Object.fromEntries([...values, ...lists.filter(([, list]) => list !== '')]),
  };
}

/** Which of the named settings are no longer as the change left them. */
function changedSince(after: readonly Setting[], { keys, hidden }: UndoRecord, now: Settings): string[] {
  return keys.filter(
    (key) =>
      !hidden.some((each) => each.key === key) &&
      nextValue(after.find((each) => each.key === key)) !== nextValue(now.byKey.get(key)),
  );
}

function impossible(why: string, next: string): Undo {
  return { kind: 'impossible', why, next };
}

function shown(value: string): string {
  return printable(value, 80);
}
