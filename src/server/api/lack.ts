import { classify } from '../../pve/classify.ts';
import { PveError } from '../../pve/error.ts';
import { holds } from '../../pve/privileges.ts';
import type { Permissions } from '../../pve/records.ts';
import type { CheckedRequest } from './check.ts';
import type { Matched } from './match.ts';

/** Privileges that are missing at a path. */
interface Lack {
  readonly path: string;
  readonly privileges: readonly string[];
}

/**
 * PVE's own refusal, beforehand: nobody is asked about what the token may not do. What cannot be told for certain passes, for
 * PVE checks it again.
 * @param permissions GET `/access/permissions` of the token
 */
export function refusalFor(
  { method, variables }: Matched,
  request: CheckedRequest,
  permissions: Permissions,
): PveError | undefined {
  const values = { ...request.params, ...variables };
  const lack = lackOf(method.privileges, values, permissions);
  if (lack === undefined) return undefined;
  // The words are read as if they were PVE's, for the same advice; they are not, so they are not shown as its reason.
  const message = `Permission check failed (${lack.path}, ${lack.privileges.join('|')})`;
  const { data } = classify({
    status: 403,
    statusText: message,
    body: JSON.stringify({ data: null, message }),
    request: { method: request.method, path: request.segments },
  });
  return new PveError({ ...data, reason: [], hint: `Nobody was asked, and nothing was sent. ${data.hint}` });
}

/**
 * What is certainly missing of a check as the API documents it: `["perm", path, privileges, "any", 1]`, and `and` and `or` of
 * such.
 */
export function lackOf(
  check: unknown,
  values: Readonly<Record<string, unknown>>,
  permissions: Permissions,
): Lack | undefined {
  if (!Array.isArray(check)) return undefined;
  const [kind, ...rest] = check;
  if (kind === 'and') return rest.map((part) => lackOf(part, values, permissions)).find((lack) => lack !== undefined);
  if (kind === 'or') {
    const lacks = rest.map((part) => lackOf(part, values, permissions));
    return lacks.every((lack) => lack !== undefined) ? lacks[0] : undefined;
  }
  return kind === 'perm' ? lackOfPrivileges(rest, values, permissions) : undefined;
}

function lackOfPrivileges(
  [template, names, ...options]: readonly unknown[],
  values: Readonly<Record<string, unknown>>,
  permissions: Permissions,
): Lack | undefined {
  const path = typeof template === 'string' ? filledIn(template, values) : undefined;
  const isAny = options.length === 2 && options[0] === 'any' && Number(options[1]) === 1;
  // Another option makes the check depend on what only PVE knows.
  if (path === undefined || !Array.isArray(names) || (options.length > 0 && !isAny)) return undefined;
  const privileges = names.map(String);
  const missing = privileges.filter((privilege) => !holds(permissions, path, privilege));
  const lacks = isAny ? missing.length === privileges.length : missing.length > 0;
  return lacks && privileges.length > 0 ? { path, privileges: missing } : undefined;
}

/** A path with the values of the request in it; nothing while one of them is not there. */
function filledIn(template: string, values: Readonly<Record<string, unknown>>): string | undefined {
  let whole = true;
  const path = template.replace(/\{([\w-]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    whole = false;
    return '';
  });
  return whole ? path : undefined;
}
