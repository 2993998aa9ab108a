import { createHash } from 'node:crypto';

/** What a digest can be made of: plain, serialisable values without holes. */
export type Canonical = string | number | boolean | null | readonly Canonical[] | { readonly [key: string]: Canonical };

/**
 * Canonical JSON (RFC 8785): keys sorted by UTF-16 code units, no white space. Only well-formed strings and finite numbers
 * have one.
 * @throws TypeError for anything else, so that two different values never share a digest.
 */
export function canonicalJson(value: Canonical): string {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('A string is not well-formed Unicode');
    return JSON.stringify(value);
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('A number is not finite');
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`A ${typeof value} has no canonical form`);
  const members = Object.entries(value as Readonly<Record<string, Canonical>>)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${canonicalJson(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** SHA-256, hex, of the canonical form behind a prefix that names what it is. */
export function canonicalDigest(prefix: string, value: Canonical): string {
  return createHash('sha256')
    .update(`${prefix}\n${canonicalJson(value)}`)
    .digest('hex');
}
