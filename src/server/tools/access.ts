import * as z from 'zod';
import {
  type AclInfo,
  acl,
  groups,
  realms,
  roles,
  secondFactors,
  type TfaInfo,
  type TokenInfo,
  users,
} from '../../pve/access.ts';
import { defineTool, type ToolContext } from '../define-tool.ts';
import { page } from '../text/page.ts';
import type { Column } from '../text/rows.ts';
import { count, duration, utc } from '../text/units.ts';
import { pageArguments } from './common.ts';
import { permissionsText } from './permissions-text.ts';
import { shortly } from './privileges.ts';

const kinds = ['permissions', 'users', 'tokens', 'groups', 'roles', 'acl', 'realms', 'tfa'] as const;
const input = z.strictObject({
  kind: z.enum(kinds),
  filter: z.string().min(1).max(100).optional(),
  path: z.string().regex(/^\//, 'begin it with /').max(200).optional().describe('acl, permissions: in force there'),
  userid: z.string().min(1).max(100).optional().describe('permissions of this user or token'),
  ...pageArguments(100),
});
type Wanted = z.output<typeof input>;

export const getAccess = defineTool({
  name: 'pve_get_access',
  title: 'Users and permissions',
  toolset: 'access',
  risk: 'read',
  description: 'Who may do what. permissions: what this token holds, beside what each access level needs.',
  input,
  async handle(wanted, context) {
    return { text: await show[wanted.kind](wanted, context) };
  },
});

type Show = (wanted: Wanted, context: ToolContext) => Promise<string>;

const show: Readonly<Record<(typeof kinds)[number], Show>> = {
  async users(wanted, context) {
    const now = context.clock.now() / 1000;
    return listed({ one: 'user', key: ({ id }) => id }, await users(context.pve), wanted, context, [
      { head: 'USER', cell: ({ id }) => id, whole: true },
      {
        head: 'STATE',
        cell: ({ enabled, locked }) => (enabled ? (locked ? 'locked (second factor)' : 'enabled') : 'disabled'),
      },
      { head: 'EXPIRES', cell: ({ expires }) => expiry(expires, now) },
      { head: 'GROUPS', cell: ({ groups: in_ }) => in_.join(',') },
      { head: 'TOKENS', cell: ({ tokens }) => String(tokens.length), right: true },
      { head: 'NAME', cell: ({ name = '', email }) => [name, email ?? ''].filter((part) => part !== '').join(' ') },
      { head: 'COMMENT', cell: ({ comment = '' }) => comment.trim() },
    ]);
  },
  async tokens(wanted, context) {
    const now = context.clock.now() / 1000;
    const all = (await users(context.pve)).flatMap(({ tokens }) => tokens);
    const columns: readonly Column<TokenInfo>[] = [
      { head: 'TOKEN', cell: ({ id }) => id, whole: true },
      { head: 'EXPIRES', cell: ({ expires }) => expiry(expires, now) },
      {
        head: 'PRIVILEGES',
        cell: ({ separated }) => (separated ? 'separated: its own ACL, within its user' : 'all of its user'),
      },
      { head: 'COMMENT', cell: ({ comment = '' }) => comment.trim() },
    ];
    return listed({ one: 'token', key: ({ id }) => id }, all, wanted, context, columns);
  },
  async groups(wanted, context) {
    return listed({ one: 'group', key: ({ id }) => id }, await groups(context.pve), wanted, context, [
      { head: 'GROUP', cell: ({ id }) => id, whole: true },
      { head: 'USERS', cell: ({ users: members }) => members.join(','), whole: true },
      { head: 'COMMENT', cell: ({ comment = '' }) => comment.trim() },
    ]);
  },
  async roles(wanted, context) {
    return listed({ one: 'role', key: ({ id }) => id }, await roles(context.pve), wanted, context, [
      { head: 'ROLE', cell: ({ id }) => id, whole: true },
      { head: 'BUILT IN', cell: ({ builtIn }) => (builtIn ? 'yes' : 'no') },
      {
        head: 'PRIVILEGES',
        cell: ({ privileges }) => shortly(Object.fromEntries(privileges.map((name) => [name, true]))),
        whole: true,
      },
    ]);
  },
  async acl(wanted, context) {
    const entries = await acl(context.pve);
    const { path } = wanted;
    const fitting = path === undefined ? entries : inForce(entries, path, await poolPath(path, context));
    const columns: readonly Column<AclInfo>[] = [
      { head: 'PATH', cell: (entry) => entry.path, whole: true },
      { head: 'KIND', cell: ({ type }) => type },
      { head: 'WHO', cell: ({ subject }) => subject, whole: true },
      { head: 'ROLE', cell: ({ role }) => role },
      { head: 'BELOW TOO', cell: ({ propagates }) => (propagates ? 'yes' : 'no') },
    ];
    const text = await listed(aclList, fitting, wanted, context, columns);
    return path === undefined
      ? text
      : `${text}\nAn entry nearer to the path replaces those above it for the same user, group or token. root@pam may do everything.`;
  },
  async realms(wanted, context) {
    return listed({ one: 'realm', key: ({ id }) => id }, await realms(context.pve), wanted, context, [
      { head: 'REALM', cell: ({ id }) => id, whole: true },
      { head: 'TYPE', cell: ({ type }) => type },
      { head: 'DEFAULT', cell: ({ isDefault }) => (isDefault ? 'yes' : 'no') },
      { head: 'SECOND FACTOR', cell: ({ tfa = '' }) => tfa },
      { head: 'COMMENT', cell: ({ comment = '' }) => comment.trim() },
    ]);
  },
  async tfa(wanted, context) {
    return listed(tfaList, await secondFactors(context.pve), wanted, context, [
      { head: 'USER', cell: ({ user }) => user, whole: true },
      {
        head: 'FACTORS',
        cell: ({ entries }) => entries.map(({ type, enabled }) => (enabled ? type : `${type} (off)`)).join(', '),
        whole: true,
      },
    ]);
  },
  permissions: (wanted, { pve }) => permissionsText(wanted, pve),
};

const aclList: Listing<AclInfo> = {
  one: 'ACL entry',
  many: 'ACL entries',
  key: ({ path, subject, role }) => `${path} ${subject} ${role}`,
};
const tfaList: Listing<TfaInfo> = {
  one: 'user with a second factor',
  many: 'users with a second factor',
  key: ({ user }) => user,
};

interface Listing<T> {
  readonly one: string;
  readonly many?: string;
  /** Names one of them for good; they are sorted by it. */
  readonly key: (item: T) => string;
}

/** Totals, then the rows that fit; a list that is empty says what may be missing. */
async function listed<T>(
  { one, many = `${one}s`, key }: Listing<T>,
  items: readonly T[],
  { filter, limit, cursor }: Wanted,
  { budget }: ToolContext,
  columns: readonly Column<T>[],
): Promise<string> {
  const wanted = filter?.toLowerCase();
  const fitting = items.filter(
    (item) => wanted === undefined || columns.some(({ cell }) => cell(item).toLowerCase().includes(wanted)),
  );
  if (items.length === 0)
    return `No ${one} that the token may see. Without Sys.Audit on /access (and on /access/groups) it sees only what is its own.`;
  if (fitting.length === 0) return `None of ${count(items.length, one, many)} fits the filter.`;
  const head = `${fitting.length === items.length ? '' : `${fitting.length} of `}${count(items.length, one, many)}`;
  return [head, ...page(fitting, columns, { limit, cursor, key, budget: budget - head.length }).lines].join('\n');
}

/** Entries at the path and those above it that go on to it; a pool gives its own to its members. */
export function inForce(entries: readonly AclInfo[], path: string, pool: string | undefined): AclInfo[] {
  const isAbove = (upper: string, lower: string) => upper === '/' || lower.startsWith(`${upper}/`);
  const holds = (entry: AclInfo, at: string) => entry.path === at || (entry.propagates && isAbove(entry.path, at));
  return entries.filter((entry) => holds(entry, path) || (pool !== undefined && holds(entry, pool)));
}

async function poolPath(path: string, { pve }: ToolContext): Promise<string | undefined> {
  const vmid = /^\/vms\/(\d+)$/.exec(path)?.[1];
  if (vmid === undefined) return undefined;
  const pool = (await pve.resources('vm')).find((it) => String(it.vmid) === vmid)?.pool;
  return pool === undefined ? undefined : `/pool/${pool}`;
}

function expiry(at: number | undefined, now: number): string {
  if (at === undefined) return 'never';
  const day = utc(at).slice(0, 10);
  return at <= now ? `${day}, EXPIRED` : `${day}, in ${duration(at - now)}`;
}
