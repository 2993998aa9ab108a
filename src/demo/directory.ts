/** Users, groups, roles and the access list: what PVE keeps in `user.cfg`. */
export interface Directory {
  readonly users: Map<string, User>;
  /** Group → its comment. */
  readonly groups: Map<string, { comment: string | undefined }>;
  readonly roles: Map<string, RoleDefinition>;
  /** Path → its entries. */
  readonly acl: Map<string, AclEntry[]>;
}

export interface User {
  enable: boolean;
  /** Seconds since 1970; 0 = never. */
  expire: number;
  /** `comment`, `email`, `firstname`, `lastname`. */
  readonly details: Record<string, string>;
  readonly groups: Set<string>;
  password: string | undefined;
  totp: { readonly id: string; readonly secret: string; lastStep: number } | undefined;
  readonly tokens: Map<string, Token>;
}

export interface Token {
  /** Replaced when the token is regenerated. */
  secret: string;
  comment: string | undefined;
  /** Seconds since 1970; 0 = never. */
  expire: number;
  /** Whether it has its own permissions, within those of its user. */
  privsep: boolean;
}

export interface RoleDefinition {
  readonly privileges: ReadonlySet<string>;
  /** Built in: cannot be changed or removed. */
  readonly special: boolean;
}

/** Gives a role to a user, a group or a token (`user@realm!token`) at a path and, when propagated, below it. */
export interface AclEntry {
  readonly kind: 'user' | 'group' | 'token';
  readonly subject: string;
  readonly role: string;
  readonly propagate: boolean;
}

export function createDirectory(): Directory {
  return { users: new Map(), groups: new Map(), roles: builtInRoles(), acl: new Map() };
}

/** A user that is enabled and never expires. */
export function newUser(given: Partial<User> = {}): User {
  const empty = { enable: true, expire: 0, details: {}, groups: new Set<string>(), tokens: new Map<string, Token>() };
  return { ...empty, password: undefined, totp: undefined, ...given };
}

/** Adds an entry, in place of the same one. */
export function grant(directory: Directory, path: string, entry: AclEntry): void {
  const others = (directory.acl.get(path) ?? []).filter((each) => !sameEntry(each, entry));
  directory.acl.set(path, [...others, entry]);
}

/** Takes an entry away, if it is there. */
export function revoke(directory: Directory, path: string, entry: AclEntry): void {
  const others = (directory.acl.get(path) ?? []).filter((each) => !sameEntry(each, entry));
  if (others.length === 0) directory.acl.delete(path);
  else directory.acl.set(path, others);
}

/** Takes every entry of somebody who is gone away. */
export function revokeAll(directory: Directory, gone: (entry: AclEntry) => boolean): void {
  for (const [path, entries] of directory.acl) {
    const kept = entries.filter((entry) => !gone(entry));
    if (kept.length === 0) directory.acl.delete(path);
    else directory.acl.set(path, kept);
  }
}

function sameEntry(one: AclEntry, other: AclEntry): boolean {
  return one.kind === other.kind && one.subject === other.subject && one.role === other.role;
}

const under = (prefix: string, names: string): string[] => names.split(' ').map((name) => `${prefix}.${name}`);
const datastore = under('Datastore', 'Allocate AllocateSpace AllocateTemplate Audit');
const agent = under('VM.GuestAgent', 'Audit FileRead FileSystemMgmt FileWrite');
const guest = [
  ...under('VM', 'Allocate Audit Backup Clone Console Migrate PowerMgmt Replicate Snapshot Snapshot.Rollback'),
  ...under('VM.Config', 'CDROM CPU Cloudinit Disk HWType Memory Network Options'),
  ...agent,
  'VM.GuestAgent.Unrestricted',
];
const sdn = under('SDN', 'Allocate Audit Use');
const userAdmin = ['Group.Allocate', 'Realm.AllocateUser', 'User.Modify'];
const auditor = [...under('Datastore', 'Audit'), 'Mapping.Audit', 'Pool.Audit', 'SDN.Audit', 'Sys.Audit', 'VM.Audit'];
const admin = [
  ...datastore,
  ...userAdmin,
  ...under('Mapping', 'Audit Use'),
  ...under('Pool', 'Allocate Audit'),
  ...sdn,
  ...under('Sys', 'Audit Console Syslog'),
  ...guest,
];

/** What the role Administrator holds in PVE 9.2: everything. */
export const administrator: readonly string[] = [
  ...admin,
  ...under('Sys', 'AccessNetwork Incoming Modify PowerMgmt'),
  'Mapping.Modify',
  'Permissions.Modify',
  'Realm.Allocate',
].sort();

/** The least that shows everything but backups: PVEAuditor and Sys.Syslog. */
export const readOnly: readonly string[] = [...auditor, 'Sys.Syslog', 'VM.GuestAgent.Audit'];

function builtInRoles(): Map<string, RoleDefinition> {
  const roles: Readonly<Record<string, readonly string[]>> = {
    Administrator: administrator,
    NoAccess: [],
    PVEAdmin: admin,
    PVEAuditor: [...auditor, 'VM.GuestAgent.Audit'],
    PVEDatastoreAdmin: datastore,
    PVEDatastoreUser: under('Datastore', 'AllocateSpace Audit'),
    PVEMappingAdmin: under('Mapping', 'Audit Modify Use'),
    PVEMappingUser: under('Mapping', 'Audit Use'),
    PVEPoolAdmin: under('Pool', 'Allocate Audit'),
    PVEPoolUser: ['Pool.Audit'],
    PVESDNAdmin: sdn,
    PVESDNUser: under('SDN', 'Audit Use'),
    PVESysAdmin: under('Sys', 'Audit Console Syslog'),
    PVETemplateUser: under('VM', 'Audit Clone'),
    PVEUserAdmin: userAdmin,
    PVEVMAdmin: guest,
    PVEVMUser: [...under('VM', 'Audit Backup Config.CDROM Config.Cloudinit Console PowerMgmt'), ...agent],
  };
  const define = (names: readonly string[]) => ({ privileges: new Set([...names].sort()), special: true });
  return new Map(Object.entries(roles).map(([name, privileges]) => [name, define(privileges)]));
}
