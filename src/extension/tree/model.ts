import { targetOf } from './branches.ts';
import { connectionRow } from './connection-row.ts';
import type { ConnectionView } from './live.ts';
import type { GuestTarget, Row } from './row.ts';

/** The rows of all connections, with the guests and storage of each node below it. */
export function explorerRows(views: readonly ConnectionView[]): readonly Row[] {
  return views.map(connectionRow);
}

/** The guests of all connections that can be acted on, for pickers. */
export function guestTargets(views: readonly ConnectionView[]): readonly GuestTarget[] {
  return views.flatMap(({ profile, resources }) => resources.flatMap((resource) => targetOf(resource, profile) ?? []));
}

/** Ids of the rows of `after` that do not look as they did, and of those whose children are others. */
export function changedRows(before: readonly Row[], after: readonly Row[]): readonly string[] {
  const known = new Map(flatten(before).map((row) => [row.id, row]));
  return flatten(after).flatMap((row) => {
    const old = known.get(row.id);
    return old !== undefined && !looksAlike(old, row) ? [row.id] : [];
  });
}

export function flatten(rows: readonly Row[]): readonly Row[] {
  return rows.flatMap((row) => [row, ...flatten(row.children)]);
}

function looksAlike(a: Row, b: Row): boolean {
  const look = ({ label, description, icon, context, tooltip, command, children }: Row) =>
    JSON.stringify([label, description, icon, context, tooltip, command, children.map(({ id }) => id)]);
  return look(a) === look(b);
}
