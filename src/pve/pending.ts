import type { GuestPlace, PveClient } from './client.ts';
import { guestPath } from './guest.ts';
import { flag, looseList, text } from './loose.ts';
import type { SendOptions } from './request.ts';

/** One setting of a guest: what is active, and what waits for its next start. */
export interface Setting {
  readonly key: string;
  /** In force; missing for what is only to come. */
  readonly value?: string;
  /** Takes its place at the next start. */
  readonly pending?: string;
  /** Goes at the next start. */
  readonly goes?: true;
}

/** Settings by key, with the digest of the config that they were read from. */
export interface Settings {
  readonly digest?: string;
  readonly byKey: ReadonlyMap<string, Setting>;
}

/** GET `…/pending`: the only read that tells active and pending values apart. */
export async function readSettings({ send }: Pick<PveClient, 'send'>, place: GuestPlace, options?: SendOptions) {
  const { data } = await send({ method: 'GET', path: [...guestPath(place), 'pending'] }, options);
  return settingsFrom(data);
}

/** The answer to GET `…/pending`. @throws PveError `server_error` when it is no list */
export function settingsFrom(data: unknown): Settings {
  const byKey = new Map<string, Setting>();
  let digest: string | undefined;
  for (const entry of looseList(data, 'the pending settings of a guest')) {
    const { key: name, delete: goes, ...values } = entry;
    const key = text(name);
    if (key === undefined) continue;
    const [value, pending] = [text(values.value), text(values.pending)];
    if (key === 'digest') digest = value;
    else
      byKey.set(key, {
        key,
        ...(value === undefined ? {} : { value }),
        ...(pending === undefined ? {} : { pending }),
        ...(flag(goes) === true ? { goes: true as const } : {}),
      });
  }
  return { byKey, ...(digest === undefined ? {} : { digest }) };
}
