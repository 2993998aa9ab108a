import type { PveClient } from './client.ts';
import { flag, looseList, looseObject, number, text, words } from './loose.ts';
import { readPermissions } from './readers.ts';
import type { Permissions } from './records.ts';
import type { SendOptions } from './request.ts';

// Who may do what. None of these answers holds a secret; those that do (a realm by itself) are not read here.

/** One entry of GET `/access/users?full=1`. */
export interface UserInfo {
  /** `user@realm` */
  readonly id: string;
  readonly enabled: boolean;
  /** Seconds since 1970; missing where the user never expires. */
  readonly expires?: number | undefined;
  readonly groups: readonly string[];
  /** First and last name, where they are known. */
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly comment?: string | undefined;
  readonly realmType?: string | undefined;
  /** Locked after too many wrong second factors. */
  readonly locked: boolean;
  readonly tokens: readonly TokenInfo[];
}

export interface TokenInfo {
  /** `user@realm!name` */
  readonly id: string;
  /** Seconds since 1970; missing where the token never expires. */
  readonly expires?: number | undefined;
  /** Whether it has permissions of its own, within those of its user. */
  readonly separated: boolean;
  readonly comment?: string | undefined;
}

/** One entry of GET `/access/groups`. */
export interface GroupInfo {
  readonly id: string;
  readonly comment?: string | undefined;
  readonly users: readonly string[];
}

/** One entry of GET `/access/roles`. */
export interface RoleInfo {
  readonly id: string;
  readonly privileges: readonly string[];
  /** Comes with Proxmox VE and cannot be changed. */
  readonly builtIn: boolean;
}

/** One entry of GET `/access/acl`. */
export interface AclInfo {
  readonly path: string;
  readonly type: string;
  /** A user, a group or a token. */
  readonly subject: string;
  readonly role: string;
  /** Whether it holds for everything below the path too. */
  readonly propagates: boolean;
}

/** One entry of GET `/access/domains`. */
export interface RealmInfo {
  readonly id: string;
  readonly type: string;
  readonly comment?: string | undefined;
  readonly isDefault: boolean;
  /** The kind of second factor that it demands. */
  readonly tfa?: string | undefined;
}

/** One entry of GET `/access/tfa`: the second factors of a user. */
export interface TfaInfo {
  readonly user: string;
  readonly entries: readonly {
    readonly type: string;
    readonly description?: string | undefined;
    readonly enabled: boolean;
  }[];
}

export async function users({ send }: PveClient, options?: SendOptions): Promise<UserInfo[]> {
  return readUsers((await send({ method: 'GET', path: ['access', 'users'], params: { full: true } }, options)).data);
}

export async function groups({ send }: PveClient): Promise<GroupInfo[]> {
  return readGroups((await send({ method: 'GET', path: ['access', 'groups'] })).data);
}

export async function roles({ send }: PveClient): Promise<RoleInfo[]> {
  return readRoles((await send({ method: 'GET', path: ['access', 'roles'] })).data);
}

export async function acl({ send }: PveClient): Promise<AclInfo[]> {
  return readAcl((await send({ method: 'GET', path: ['access', 'acl'] })).data);
}

export async function realms({ send }: PveClient): Promise<RealmInfo[]> {
  return readRealms((await send({ method: 'GET', path: ['access', 'domains'] })).data);
}

export async function secondFactors({ send }: PveClient): Promise<TfaInfo[]> {
  return readSecondFactors((await send({ method: 'GET', path: ['access', 'tfa'] })).data);
}

/** What somebody else may do (GET `/access/permissions?userid=`). @param userid of a user or a token */
export async function permissionsOf({ send }: PveClient, userid: string): Promise<Permissions> {
  return readPermissions((await send({ method: 'GET', path: ['access', 'permissions'], params: { userid } })).data);
}

export function readUsers(data: unknown): UserInfo[] {
  return looseList(data, '/access/users').map((it) => {
    const id = text(it.userid) ?? '';
    const name = [text(it.firstname), text(it.lastname)].flatMap((part) => part ?? []).join(' ');
    return {
      id,
      enabled: flag(it.enable) ?? true,
      expires: moment(it.expire),
      groups: Array.isArray(it.groups) ? it.groups.flatMap((group) => text(group) ?? []) : words(it.groups),
      name: name === '' ? undefined : name,
      email: text(it.email),
      comment: text(it.comment),
      realmType: text(it['realm-type']),
      locked: flag(it['totp-locked']) === true || moment(it['tfa-locked-until']) !== undefined,
      tokens: Array.isArray(it.tokens) ? readTokens(it.tokens, id) : [],
    };
  });
}

/** @param user whose tokens they are */
export function readTokens(data: unknown, user: string): TokenInfo[] {
  return looseList(data, 'the tokens of a user').map((it) => ({
    id: `${user}!${text(it.tokenid) ?? ''}`,
    expires: moment(it.expire),
    separated: flag(it.privsep) ?? true,
    comment: text(it.comment),
  }));
}

export function readGroups(data: unknown): GroupInfo[] {
  return looseList(data, '/access/groups').map((it) => ({
    id: text(it.groupid) ?? '',
    comment: text(it.comment),
    users: words(it.users),
  }));
}

export function readRoles(data: unknown): RoleInfo[] {
  return looseList(data, '/access/roles').map((it) => ({
    id: text(it.roleid) ?? '',
    privileges: words(it.privs),
    builtIn: flag(it.special) ?? false,
  }));
}

export function readAcl(data: unknown): AclInfo[] {
  return looseList(data, '/access/acl').map((it) => ({
    path: text(it.path) ?? '',
    type: text(it.type) ?? 'unknown',
    subject: text(it.ugid) ?? '',
    role: text(it.roleid) ?? '',
    propagates: flag(it.propagate) ?? false,
  }));
}

export function readRealms(data: unknown): RealmInfo[] {
  return looseList(data, '/access/domains').map((it) => ({
    id: text(it.realm) ?? '',
    type: text(it.type) ?? 'unknown',
    comment: text(it.comment),
    isDefault: flag(it.default) ?? false,
    tfa: text(it.tfa),
  }));
}

export function readSecondFactors(data: unknown): TfaInfo[] {
  return looseList(data, '/access/tfa').map((it) => ({
    user: text(it.userid) ?? '',
    entries: (Array.isArray(it.entries) ? it.entries : []).map((entry: unknown) => {
      const { type, description, enable } = looseObject(entry, 'a second factor');
      return { type: text(type) ?? 'unknown', description: text(description), enabled: flag(enable) ?? true };
    }),
  }));
}

/** 0 stands for never. */
function moment(value: unknown): number | undefined {
  const seconds = number(value);
  return seconds === undefined || seconds === 0 ? undefined : seconds;
}
