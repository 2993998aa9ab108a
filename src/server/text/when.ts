import { printable } from '../../gate/printable.ts';
import { PveError } from '../../pve/error.ts';

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * A moment as models write it: `24h`, `7d` (so long ago), or an ISO date with or without time, in UTC unless it says otherwise.
 * @param now milliseconds since 1970
 * @returns seconds since 1970; undefined for undefined
 * @throws PveError `invalid_argument`
 */
export function parseWhen(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ago = /^(\d{1,6})\s*(s|min|m|h|d|w)$/.exec(text.trim());
  if (ago !== null) return Math.floor(now / 1000) - Number(ago[1]) * (seconds[ago[2] ?? ''] ?? 1);
  const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(text.trim());
  const moment = iso === null ? Number.NaN : Date.parse(`${iso[1]}T${iso[2] ?? '00:00'}${iso[3] ?? 'Z'}`);
  if (Number.isFinite(moment)) return Math.floor(moment / 1000);
  throw new PveError({
    code: 'invalid_argument',
    message: `"${printable(text, 40)}" is no time`,
    hint: 'Write how long ago (30min, 24h, 7d) or a date (2026-03-01, 2026-03-01T12:30, in UTC).',
    reason: [],
  });
}
