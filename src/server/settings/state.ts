import type { PveClient } from '../../pve/client.ts';
import { type Loose, looseList, looseObject, text } from '../../pve/loose.ts';
import { type Kind, keysOf, oneOf, type Parts, type Path, partNames, type State } from './kind.ts';

/**
 * What the cluster has of a kind now: from its list, which shows what is gone and needs the fewest privileges, and from the
 * thing itself where only that holds its values.
 * @param name the last part of the id; absent where there is only one
 * @throws PveError where it cannot be read
 */
export async function readState(pve: PveClient, kind: Kind, parts: Parts, name?: string): Promise<State> {
  const { list, query = {}, detailed, view = (row) => row } = kind;
  const get = async (path: Path, params: Readonly<Record<string, string>>) =>
    (await pve.send({ method: 'GET', path: segmentsOf(path, parts), params }, { fresh: true })).data;
  if (list === undefined) {
    const row = view(looseObject(await get(oneOf(kind), {}), kind.name));
    return { row, rows: [row] };
  }
  const rows = looseList(await get(list, filled(query, parts)), `the list of ${kind.name}`).map(view);
  const row = rows.find((each) => keysOf(kind).some((key) => text(each[key]) === name));
  if (row === undefined || detailed !== true) return { row, rows };
  return { row: { ...row, ...view(looseObject(await get(oneOf(kind), {}), kind.name)) }, rows };
}

/** The segments of a path with its variables filled in. */
export function segmentsOf(path: Path, parts: Parts): string[] {
  return path
    .slice(1)
    .split('/')
    .flatMap((segment) => (segment.startsWith('{') ? (parts[segment.slice(1, -1)] ?? '') : segment));
}

/** The parts of an id by the names of its template; undefined where it does not fit. */
export function partsOf(template: string, id: string): Readonly<Record<string, string>> | undefined {
  const names = partNames(template);
  const between = template.split(/\{[\w-]+\}/).map((part) => part.replace(/[^\w]/g, '\\$&'));
  const last = names.length - 1;
  const pattern = between.map((part, at) => part + (at > last ? '' : at === last ? '(.+)' : '(.+?)')).join('');
  const found = new RegExp(`^${pattern}$`, 's').exec(id);
  return found === null ? undefined : Object.fromEntries(names.map((name, at) => [name, found[at + 1] ?? '']));
}

/** How a row of the list would be named in `id`, by its last part. */
export function nameOf(kind: Kind, row: Loose): string {
  return text(row[keysOf(kind)[0] ?? '']) ?? '';
}

function filled(query: Readonly<Record<string, string>>, parts: Parts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [
      name,
      value.startsWith('{') ? [parts[value.slice(1, -1)] ?? ''].flat().join('/') : value,
    ]),
  );
}
