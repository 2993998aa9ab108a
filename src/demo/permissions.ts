import { permissionDenied } from './errors.ts';

/** Who calls: a user through one of the user's API tokens, or the node itself. */
export interface Principal {
  readonly user: string;
  readonly token?: string;
}

/** One line of the access list: what a token may do at a path and, when propagated, below it. */
export interface AclEntry {
  readonly path: string;
  /** `user@realm!token`. */
  readonly subject: string;
  readonly privileges: readonly string[];
  readonly propagate: boolean;
}

/** Privilege → whether it goes on to the paths below. */
export type Privileges = ReadonlyMap<string, boolean>;

export const root: Principal = { user: 'root@pam' };

/** `user@realm` or `user@realm!token`. */
export function principalId(who: Principal): string {
  return who.token === undefined ? who.user : `${who.user}!${who.token}`;
}

/** What somebody may do at a path. An entry nearer to the path replaces those above it, as in PVE. */
export function privilegesAt(acl: readonly AclEntry[], who: Principal, path: string): Privileges {
  const subject = principalId(who);
  let held: Privileges = new Map();
  for (const level of levels(path)) {
    const entries = acl.filter((entry) => entry.subject === subject && entry.path === level);
    const inForce = entries.filter((entry) => entry.propagate || level === path);
    if (inForce.length > 0) {
      held = new Map(inForce.flatMap((entry) => entry.privileges.map((name) => [name, entry.propagate] as const)));
    }
  }
  return held;
}

/** True when at least one of the privileges is held at the path. */
export function may(acl: readonly AclEntry[], who: Principal, path: string, ...any: readonly string[]): boolean {
  const held = privilegesAt(acl, who, path);
  return any.some((name) => held.has(name));
}

/** Throws PVE's 403 unless at least one of the privileges is held at the path. */
export function demand(acl: readonly AclEntry[], who: Principal, path: string, ...any: readonly string[]): void {
  if (!may(acl, who, path, ...any)) throw permissionDenied(path, any);
}

function levels(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return ['/', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)];
}

/** What the role Administrator holds in PVE 9.2. */
export const administrator: readonly string[] = [
  ...['Allocate', 'AllocateSpace', 'AllocateTemplate', 'Audit'].map((name) => `Datastore.${name}`),
  'Group.Allocate',
  ...['Audit', 'Modify', 'Use'].map((name) => `Mapping.${name}`),
  'Permissions.Modify',
  ...['Allocate', 'Audit'].map((name) => `Pool.${name}`),
  ...['Allocate', 'AllocateUser'].map((name) => `Realm.${name}`),
  ...['Allocate', 'Audit', 'Use'].map((name) => `SDN.${name}`),
  ...['AccessNetwork', 'Audit', 'Console', 'Incoming', 'Modify', 'PowerMgmt', 'Syslog'].map((name) => `Sys.${name}`),
  'User.Modify',
  ...['Allocate', 'Audit', 'Backup', 'Clone', 'Console', 'Migrate', 'PowerMgmt', 'Replicate'].map(
    (name) => `VM.${name}`,
  ),
  ...['CDROM', 'CPU', 'Cloudinit', 'Disk', 'HWType', 'Memory', 'Network', 'Options'].map((name) => `VM.Config.${name}`),
  ...['Audit', 'FileRead', 'FileSystemMgmt', 'FileWrite', 'Unrestricted'].map((name) => `VM.GuestAgent.${name}`),
  ...['VM.Snapshot', 'VM.Snapshot.Rollback'],
];

/** The least that shows everything: PVEAuditor and Sys.Syslog. */
export const auditor: readonly string[] = [
  'Datastore.Audit',
  'Mapping.Audit',
  'Pool.Audit',
  'SDN.Audit',
  'Sys.Audit',
  'Sys.Syslog',
  'VM.Audit',
  'VM.GuestAgent.Audit',
];
