import { forModel } from '../../gate/printable.ts';
import { permissionsOf, roles } from '../../pve/access.ts';
import type { PveClient } from '../../pve/client.ts';
import { PveError } from '../../pve/error.ts';
import type { Permissions } from '../../pve/records.ts';
import { type Column, rows } from '../text/rows.ts';
import { coverOf, type LevelCover, shortly } from './privileges.ts';

interface Wanted {
  readonly path?: string | undefined;
  readonly userid?: string | undefined;
  readonly filter?: string | undefined;
}

/** What a token may do, path by path, beside what each access level needs. */
export async function permissionsText({ path, userid, filter }: Wanted, pve: PveClient): Promise<string> {
  const [held, known] = await Promise.all([
    userid === undefined ? pve.permissions(path) : permissionsOf(pve, userid),
    roles(pve).then((all) => all.find(({ id }) => id === 'Administrator')?.privileges ?? []),
  ]);
  const shown = Object.entries(held)
    .filter(([at]) => path === undefined || at === path)
    .filter(
      ([at, own]) =>
        filter === undefined || `${at} ${Object.keys(own).join(' ')}`.toLowerCase().includes(filter.toLowerCase()),
    )
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  if (shown.length === 0 && path === undefined && filter === undefined && userid === undefined) throw nothingHeld();
  const who = userid === undefined ? 'this token' : forModel(userid, 100);
  const lines = shown.length === 0 ? ['Nothing is held here.'] : rows(pathColumns(held), shown);
  const note = 'Area: privileges; * = held there, not passed on to what is below.';
  if (path !== undefined) return [`Privileges of ${who} at one path`, ...lines, note].join('\n');
  const cover =
    known.length === 0
      ? ['The levels could not be compared: the roles cannot be read.']
      : levelLines(coverOf(held, known));
  return [`Privileges of ${who}`, ...cover, '', ...lines, note].join('\n');
}

function pathColumns(
  held: Permissions,
): readonly Column<Permissions extends Readonly<Record<string, infer P>> ? [string, P] : never>[] {
  const root = shortly(held['/'] ?? {});
  return [
    { head: 'PATH', cell: ([path]) => path, whole: true },
    {
      head: 'PRIVILEGES',
      cell: ([path, own]) => (path !== '/' && root !== '' && shortly(own) === root ? 'as at /' : shortly(own)),
      whole: true,
    },
  ];
}

function levelLines(cover: readonly LevelCover[]): string[] {
  return rows<LevelCover>(
    [
      { head: 'LEVEL', cell: ({ level }) => level },
      { head: 'COVERED', cell: ({ missing }) => (missing.length === 0 ? 'yes' : 'no') },
      {
        head: 'MISSING',
        cell: ({ missing, partly }) =>
          some(missing.map((name) => (partly.includes(name) ? `${name} (only in part)` : name))),
        whole: true,
      },
      { head: 'MORE THAN IT NEEDS', cell: ({ beyond }) => some(beyond), whole: true },
    ],
    cover,
  );
}

function some(names: readonly string[]): string {
  const most = 8;
  return names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

function nothingHeld(): PveError {
  return new PveError({
    code: 'forbidden',
    message: 'This token holds no privilege at all',
    hint: 'With privilege separation both the user and the token need an ACL entry: pveum acl modify / --users U --roles R, and --tokens T.',
    reason: [],
  });
}
