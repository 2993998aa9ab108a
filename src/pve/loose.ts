import { PveError } from './error.ts';

/** A JSON object of PVE, whose types are loose: `"256"`, `256` and `null` stand for the same field. */
export type Loose = Readonly<Record<string, unknown>>;

/** @throws PveError `server_error` when the answer is no object; `what` names it in the message */
export function looseObject(value: unknown, what: string): Loose {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpected(what);
  return { ...value };
}

/** @throws PveError `server_error` when the answer is no list of objects */
export function looseList(value: unknown, what: string): Loose[] {
  if (!Array.isArray(value)) throw unexpected(what);
  return value.map((item) => looseObject(item, what));
}

/** A finite number, also when it comes as text; anything else is missing. */
export function number(value: unknown): number | undefined {
  if (typeof value === 'string' && value.trim() !== '') return number(Number(value));
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Text; a number becomes its digits. An empty text is missing. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** PVE's booleans: 0, 1, "0", "1", and JSON's own. */
export function flag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const digit = number(value);
  return digit === undefined ? undefined : digit !== 0;
}

/** Lists within text, separated as PVE separates them: comma, semicolon, blank. */
export function words(value: unknown): string[] {
  return (text(value) ?? '').split(/[,;\s]+/).filter((word) => word !== '');
}

/** The answer to `what` is beyond recognition. */
export function unexpected(what: string): PveError {
  return new PveError({
    code: 'server_error',
    message: `PVE's answer to ${what} has an unexpected shape`,
    hint: 'Check that the PVE version is 8.4 or newer.',
    reason: [],
  });
}
