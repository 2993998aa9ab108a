import { get, type Reader } from './get.ts';
import { looseList, looseObject, text } from './loose.ts';
import { readResources } from './readers.ts';
import type { Resource } from './records.ts';

/** GET `/cluster/options`, each value as text; property strings as PVE writes them. */
export type ClusterOptions = Readonly<Record<string, string>>;

export interface Pool {
  readonly id: string;
  readonly comment?: string | undefined;
  /** Guests and storages; empty in a list. */
  readonly members: readonly Resource[];
}

export function readClusterOptions(data: unknown): ClusterOptions {
  return Object.fromEntries(
    Object.entries(looseObject(data, '/cluster/options')).map(([key, value]) => [key, asText(value)]),
  );
}

export function readPools(data: unknown): Pool[] {
  return looseList(data, 'the pools').map((it) => ({
    id: text(it.poolid) ?? '',
    comment: text(it.comment),
    members: readResources(it.members ?? []),
  }));
}

/** @param id of the pool, which its own answer does not repeat */
export function readPool(data: unknown, id: string): Pool {
  const it = looseObject(data, 'a pool');
  return { id, comment: text(it.comment), members: readResources(it.members ?? []) };
}

/** GET `/cluster/options` */
export async function clusterOptions(reader: Reader): Promise<ClusterOptions> {
  return readClusterOptions(await get(reader, ['cluster', 'options']));
}

/** GET `/pools`, and `/pools/{poolid}` of each, for their members. */
export async function pools(reader: Reader): Promise<Pool[]> {
  const all = readPools(await get(reader, ['pools']));
  return Promise.all(all.map(async ({ id }) => readPool(await get(reader, ['pools', id]), id)));
}

function asText(value: unknown): string {
  if (Array.isArray(value)) return value.map(asText).join(',');
  if (typeof value !== 'object' || value === null) return String(value ?? '');
  return Object.entries(value)
    .map(([key, inner]) => `${key}=${asText(inner)}`)
    .join(',');
}
