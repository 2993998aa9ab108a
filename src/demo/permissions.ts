import { administrator, type Directory } from './directory.ts';
import { permissionDenied } from './errors.ts';

/** Who calls: a user, a user through one of the user's API tokens, or the node itself. */
export interface Principal {
  readonly user: string;
  readonly token?: string;
}

/** What decides over permissions. */
export interface Access {
  readonly directory: Directory;
  readonly pools: ReadonlyMap<string, Pool>;
}

/** Guests and storages that are looked after together. */
export interface Pool {
  comment: string | undefined;
  readonly guests: Set<number>;
  readonly storages: Set<string>;
}

/** Privilege → whether it goes on to the paths below. */
export type Privileges = ReadonlyMap<string, boolean>;
type Roles = ReadonlyMap<string, boolean>;

export const root: Principal = { user: 'root@pam' };
/** Who has not logged in. */
export const nobody: Principal = { user: '' };

/** `user@realm` or `user@realm!token`. */
export function principalId(who: Principal): string {
  return who.token === undefined ? who.user : `${who.user}!${who.token}`;
}

/** What somebody may do at a path. A token with privilege separation has what both it and its user have. */
export function privilegesAt(access: Access, who: Principal, path: string): Privileges {
  if (who.user === root.user && !isSeparated(access, who)) return new Map(administrator.map((name) => [name, true]));
  if (!isSeparated(access, who)) return privilegesOf(access, who.user, path);
  const users = privilegesAt(access, { user: who.user }, path);
  const own = privilegesOf(access, principalId(who), path);
  return new Map(
    [...own].filter(([name]) => users.has(name)).map(([name, goesOn]) => [name, goesOn && users.get(name) === true]),
  );
}

/** True when at least one of the privileges is held at the path. */
export function may(access: Access, who: Principal, path: string, ...any: readonly string[]): boolean {
  const holds = (subject: string): Set<string> => {
    const roles = [...rolesAt(access, subject, path).keys()].map(
      (role) => access.directory.roles.get(role)?.privileges,
    );
    return new Set(any.filter((name) => roles.some((privileges) => privileges?.has(name))));
  };
  const users = who.user === root.user ? new Set(any) : holds(who.user);
  if (users.size === 0 || !isSeparated(access, who)) return users.size > 0;
  return [...holds(principalId(who))].some((name) => users.has(name));
}

/** Throws PVE's 403 unless at least one of the privileges is held at the path. */
export function demand(access: Access, who: Principal, path: string, ...any: readonly string[]): void {
  if (!may(access, who, path, ...any)) throw permissionDenied(path, any);
}

/** The pool that a guest or storage is in. */
export function poolAt(pools: Access['pools'], path: string): string | undefined {
  const [, kind, id = ''] = /^\/(vms|storage)\/([^/]+)$/.exec(path) ?? [];
  if (kind === undefined) return undefined;
  for (const [name, { guests, storages }] of pools) {
    if (kind === 'vms' ? guests.has(Number(id)) : storages.has(id)) return name;
  }
  return undefined;
}

function isSeparated({ directory }: Access, { user, token }: Principal): boolean {
  return token !== undefined && directory.users.get(user)?.tokens.get(token)?.privsep !== false;
}

function privilegesOf(access: Access, subject: string, path: string): Privileges {
  const held = new Map<string, boolean>();
  for (const [role, goesOn] of rolesAt(access, subject, path)) {
    for (const name of access.directory.roles.get(role)?.privileges ?? [])
      held.set(name, goesOn || held.get(name) === true);
  }
  return held;
}

// A pool gives its roles to its members, not further down, and NoAccess at the member does not undo them.
function rolesAt({ directory, pools }: Access, subject: string, path: string): Roles {
  const own = rolesOf(directory, subject, path);
  const pool = poolAt(pools, path);
  const through = pool === undefined ? new Map() : rolesOf(directory, subject, `/pool/${pool}`);
  if (through.size === 0) return own;
  return new Map([...[...through.keys()].map((role) => [role, false] as const), ...(own.has('NoAccess') ? [] : own)]);
}

// An entry nearer to the path replaces those above it, and a user's own entry those of the user's groups.
function rolesOf({ acl, users }: Directory, subject: string, path: string): Roles {
  const groups = users.get(subject)?.groups;
  let held: Roles = new Map();
  for (const level of levels(path)) {
    const inForce = (acl.get(level) ?? []).filter(({ propagate }) => propagate || level === path);
    const direct = inForce.filter((entry) => entry.kind !== 'group' && entry.subject === subject);
    const entries =
      direct.length > 0 ? direct : inForce.filter((entry) => entry.kind === 'group' && groups?.has(entry.subject));
    if (entries.length > 0) held = new Map(entries.map(({ role, propagate }) => [role, propagate]));
  }
  return held.has('NoAccess') ? new Map([['NoAccess', held.get('NoAccess') === true]]) : held;
}

function levels(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return ['/', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)];
}
