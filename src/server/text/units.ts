const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** An amount of bytes in the binary unit that fits: `512 MiB`, `4.0 GiB`. */
export function bytes(amount: number): string {
  const unit = unitOf(amount);
  return `${inUnit(amount, unit)} ${binary[unit]}`;
}

/** `2.1 of 4.0 GiB`, both in the unit of the total; the total alone where the used part is not known. */
export function usedOf(used: number | undefined, total: number | undefined): string {
  return both(used, total, ' of ');
}

/** The same, short, for tables: `2.1/4.0 GiB`. */
export function usedPer(used: number | undefined, total: number | undefined): string {
  return both(used, total, '/');
}

function both(used: number | undefined, total: number | undefined, between: string): string {
  if (total === undefined || total === 0) return used === undefined ? '-' : bytes(used);
  if (used === undefined) return bytes(total);
  return `${inUnit(used, unitOf(total))}${between}${bytes(total)}`;
}

/** The index of the unit that fits an amount. */
function unitOf(amount: number): number {
  return Math.min(binary.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, amount)) / 10)));
}

function inUnit(amount: number, unit: number): string {
  const value = amount / 1024 ** unit;
  return value.toFixed(unit > 2 && value < 100 ? 1 : 0);
}

/** A fraction (0 to 1) in percent; one decimal below ten. */
export function percent(fraction: number): string {
  const value = fraction * 100;
  return value === 0 || value >= 9.95 ? `${value.toFixed(0)}%` : `${value.toFixed(1)}%`;
}

/** The used part of a total in percent, or `-` where either is not known. */
export function share(used: number | undefined, total: number | undefined): string {
  return used === undefined || total === undefined || total <= 0 ? '-' : percent(used / total);
}

/** A duration in its two largest units: `4.1 s`, `3 min 20 s`, `41 d 3 h`. */
export function duration(seconds: number): string {
  if (seconds < 59.95) return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const [d, h, min, s] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  if (d > 0) return h > 0 ? `${d} d ${h} h` : `${d} d`;
  if (h > 0) return min > 0 ? `${h} h ${min} min` : `${h} h`;
  return s > 0 ? `${min} min ${s} s` : `${min} min`;
}

/** A duration in its largest unit, for tables: `41 d`, `3 h`. */
export function roughly(seconds: number): string {
  return duration(seconds).replace(/^(\d+ (?:d|h|min)) .*$/, '$1');
}

/** A moment (seconds since 1970) in UTC, without saying so: `2026-03-01 12:30:05`. State the zone beside it. */
export function utc(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

/** `1 guest`, `2 guests`. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}
