import { forModel } from '../../gate/printable.ts';
import type { Loose } from '../../pve/loose.ts';
import type { PveParams } from '../../pve/request.ts';
import type { Seen } from './kind.ts';

/** What is true of a thing now: what is active, what is pending, what did not change. */
export async function toldNow(seen: Seen): Promise<string> {
  const { act, kind, parts } = seen;
  const { row } = await seen.now();
  const wait = row?.state === 'deleted' ? '' : pendingText(kind.pending, parts);
  switch (act) {
    case 'create':
      return row === undefined ? 'but Proxmox VE does not list it' : `it exists now${wait}: ${created(row, seen.set)}`;
    case 'delete':
      return row === undefined ? `it is gone${wait}` : stillThere(row, seen);
    default:
      return row === undefined ? 'but Proxmox VE does not list it any more' : `now${wait}:\n${changed(seen, row)}`;
  }
}

/** The values of a row in one line. */
export function valuesOf(row: Loose, without: readonly string[] = []): string {
  const hidden = ['digest', 'state', 'pending', ...without];
  const shown = Object.entries(row).filter(([name, value]) => !hidden.includes(name) && written(value) !== '');
  return forModel(shown.map(([name, value]) => `${name}=${short(value, 80)}`).join(' '), 700);
}

function created(row: Loose, set: PveParams): string {
  const other = Object.entries(set).flatMap(([name, asked]) => {
    const held = row[name];
    return held === undefined || same(asked, held)
      ? []
      : [`\n${name}: asked for ${short(asked)}, it holds ${short(held)}`];
  });
  return [valuesOf(row), ...other.map((line) => forModelLine(line))].join('');
}

function changed({ before, set, gone }: Seen, now: Loose): string {
  const lines = [
    ...Object.entries(set).map(([name, asked]) => `${name}: ${settingNow(asked, before, before?.[name], now[name])}`),
    ...gone.map((name) => `${name}: ${goneNow(before?.[name], now[name])}`),
  ];
  return lines.length === 0 ? valuesOf(now) : lines.map((line) => forModel(line, 300)).join('\n');
}

function settingNow(asked: unknown, seenBefore: Loose | undefined, before: unknown, now: unknown): string {
  if (now === undefined) return `asked for ${short(asked)}; Proxmox VE does not show it (a default, or never shown)`;
  if (!same(asked, now)) {
    return seenBefore !== undefined && same(before, now)
      ? `did not change, still ${short(now)} (asked for ${short(asked)})`
      : `${short(now)}, though ${short(asked)} was asked for`;
  }
  if (seenBefore === undefined) return short(now);
  if (before === undefined) return `not set → ${short(now)}`;
  return same(before, now) ? `was ${short(now)} already` : `${short(before)} → ${short(now)}`;
}

function goneNow(before: unknown, now: unknown): string {
  if (now !== undefined) return `not removed, still ${short(now)}`;
  return before === undefined ? 'was not set' : `removed (was ${short(before)})`;
}

function stillThere(row: Loose, { kind, parts }: Seen): string {
  if (row.state === 'deleted') return `it is marked for deletion${pendingText(kind.pending, parts)}`;
  if (row.remove_job !== undefined) return 'it is marked for removal, and goes when its node has cleaned up';
  return `but it is still there: ${valuesOf(row)}`;
}

/** Where a change waits, and how it becomes active. */
export function pendingText(pending: Seen['kind']['pending'], { node }: Seen['parts']): string {
  if (pending === undefined) return '';
  const how = pending === 'network' ? `kind network, action apply, node ${String(node)}` : 'kind sdn, action apply';
  return `, pending: nothing is active before pve_administer (${how})`;
}

function forModelLine(line: string): string {
  return `\n${forModel(line.slice(1), 300)}`;
}

/** Whether PVE holds what was asked for: booleans, numbers and lists are written in several ways. */
export function same(asked: unknown, held: unknown): boolean {
  const [one, other] = [asked, held].map((value) =>
    written(value)
      .split(/[,;\s]+/)
      .sort()
      .join(','),
  );
  return one === other;
}

/** A value as a parameter would be written. */
export function written(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (value === true || value === false) return value ? '1' : '0';
  if (Array.isArray(value)) return value.map(written).join(',');
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([name, member]) => `${name}=${written(member)}`)
    .join(',');
}

function short(value: unknown, max = 120): string {
  const whole = written(value);
  return whole === '' ? '(empty)' : whole.length > max ? `${whole.slice(0, max - 1)}…` : whole;
}
