import { forModel } from '../../gate/printable.ts';
import type { PveClient } from '../../pve/client.ts';
import { type StorageDefinition, storageDefinitions, type Volume, volumes } from '../../pve/content.ts';
import type { Resource } from '../../pve/records.ts';
import { fitsPattern } from '../text/match.ts';
import { type Place, page } from '../text/page.ts';
import { type Column, facts } from '../text/rows.ts';
import { unreadable } from '../text/sections.ts';
import { bytes, count, share, usedOf, utc } from '../text/units.ts';
import { backupPrivileges, hidesBackups } from './backup-files.ts';

export interface ContentRequest {
  readonly storage: string;
  readonly content?: string | undefined;
  readonly vmid?: number | undefined;
  readonly filter?: string | undefined;
  readonly sort: 'name' | 'size' | 'newest' | 'oldest';
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One storage: how it is defined, how full it is, and what is on it. @param places where it is, one for each node */
export async function storageContent(
  pve: PveClient,
  places: readonly Resource[],
  request: ContentRequest,
  budget: number,
): Promise<string> {
  const [definition, read, permissions] = await Promise.all([
    storageDefinitions(pve).then((all) => all.find(({ storage }) => storage === request.storage)),
    Promise.all(toAsk(places).map((place) => readPlace(pve, place, request))),
    pve.permissions(),
  ]);
  const found = read.flatMap((one) => one.found).filter((volume) => fits(volume, request));
  const asksBackups = request.content === undefined || request.content === 'backup';
  const holdsBackups = places.some(({ content }) => content.includes('backup'));
  const isHidden = asksBackups && holdsBackups && hidesBackups(permissions, request.storage, request.vmid);
  const notes = [
    ...read.flatMap(({ problem }) => problem),
    ...(isHidden ? [`Backups are not visible to this token, or not all (needs ${backupPrivileges}).`] : []),
  ];
  const head = [...about(request.storage, definition, places), ...notes, totals(found, notes.length > 0)].join('\n');
  if (found.length === 0) return head;
  const { limit, cursor } = request;
  const options = { limit, cursor, key: placeBy[request.sort], budget: budget - head.length, dense: true };
  return [head, ...page(found, columns, options).lines].join('\n');
}

interface Found extends Volume {
  readonly node: string;
}

/** A shared storage holds the same for all nodes: one that can read it is asked. */
function toAsk(places: readonly Resource[]): readonly Resource[] {
  const [first] = places;
  if (first?.shared !== true) return places;
  return [places.find(({ status }) => status === 'available') ?? first];
}

async function readPlace(pve: PveClient, place: Resource, { storage, content, vmid }: ContentRequest) {
  const node = place.node ?? '';
  try {
    const found = await volumes(pve, node, storage, { content, vmid });
    return { found: found.map((volume): Found => ({ ...volume, node })), problem: [] };
  } catch (error) {
    return { found: [], problem: [unreadable(`What is on ${node}`, error)] };
  }
}

function fits({ volid, notes = '' }: Volume, { filter }: ContentRequest): boolean {
  return filter === undefined || fitsPattern(volid, filter) || fitsPattern(notes, filter);
}

function about(storage: string, definition: StorageDefinition | undefined, places: readonly Resource[]): string[] {
  const options = Object.entries(definition?.options ?? {}).map(([key, value]) => `${key}=${value}`);
  const space = places.map(({ node = '', disk, maxdisk, status = 'unknown' }) => {
    const state = status === 'available' ? '' : ` (${status})`;
    return `${node} ${usedOf(disk, maxdisk)}, ${share(disk, maxdisk)}${state}`;
  });
  const isShared = places.some(({ shared }) => shared === true);
  return [
    `Storage ${forModel(storage, 100)}${isShared ? ', shared' : ''}${definition?.disabled === true ? ', DISABLED' : ''}`,
    ...facts([
      ['Type', forModel(definition?.type ?? places[0]?.plugintype ?? 'not known', 40)],
      ['May hold', forModel([...(definition?.content ?? places[0]?.content ?? [])].sort().join(', '), 200)],
      [
        'Nodes',
        definition === undefined || definition.nodes.length === 0
          ? undefined
          : forModel(definition.nodes.join(', '), 300),
      ],
      ['Options', definition === undefined ? 'not told (Datastore.Audit)' : forModel(options.join(', '), 600)],
      ['Used', forModel(isShared ? (space[0] ?? '').replace(/^\S+ /, '') : space.join('; '), 1000)],
    ]),
  ];
}

/** `12 volumes, 40 GiB: 3 images (30 GiB), 9 iso (10 GiB)` */
function totals(found: readonly Volume[], isPartial: boolean): string {
  if (found.length === 0) return isPartial ? 'No volumes among what could be read.' : 'No volumes.';
  const kinds = [...new Set(found.map(({ content }) => content))].sort();
  const sum = (list: readonly Volume[]) => bytes(list.reduce((all, { size = 0 }) => all + size, 0));
  const parts = kinds.map((kind) => {
    const own = found.filter(({ content }) => content === kind);
    return `${own.length} ${kind} (${sum(own)})`;
  });
  return forModel(`${count(found.length, 'volume')}, ${sum(found)}: ${parts.join(', ')}`, 400);
}

const placeBy: Readonly<Record<ContentRequest['sort'], (volume: Found) => Place>> = {
  name: ({ volid, node }) => [volid, node],
  size: ({ size = 0, volid, node }) => [-size, volid, node],
  newest: ({ made = 0, volid, node }) => [-made, volid, node],
  oldest: ({ made = 0, volid, node }) => [made, volid, node],
};

/** The volume last and whole: it is what other tools take. */
const columns: readonly Column<Found>[] = [
  { head: 'CONTENT', cell: ({ content }) => content },
  { head: 'SIZE', cell: ({ size }) => (size === undefined ? '' : bytes(size).replace(' ', '')) },
  { head: 'MADE_UTC', cell: ({ made }) => (made === undefined ? '' : utc(made).slice(0, 10)) },
  { head: 'VMID', cell: ({ vmid }) => String(vmid ?? '') },
  { head: 'NODE', cell: ({ node }) => node },
  { head: 'NOTES', cell: ({ notes = '', isProtected }) => `${isProtected ? 'PROTECTED ' : ''}${notes.trim()}` },
  { head: 'VOLUME', cell: ({ volid }) => volid, whole: true },
];
