import * as z from 'zod';
import { printable } from '../../gate/printable.ts';
import { PveError } from '../../pve/error.ts';
import type { Resource } from '../../pve/records.ts';
import { defineTool } from '../define-tool.ts';
import { nearest } from '../text/nearest.ts';
import { page } from '../text/page.ts';
import type { Column } from '../text/rows.ts';
import { count, share, usedPer } from '../text/units.ts';
import { nodeArgument, pageArguments } from './common.ts';
import { storageContent } from './storage-content.ts';

export const listStorage = defineTool({
  name: 'pve_list_storage',
  title: 'List storage',
  toolset: 'storage',
  risk: 'read',
  description: 'Storages with space and state; with storage: its definition, and what is on it.',
  input: z.strictObject({
    storage: z.string().min(1).max(100).optional(),
    node: nodeArgument.optional(),
    type: z.string().min(1).max(64).optional().describe('dir, nfs, …'),
    content: z.enum(['images', 'rootdir', 'iso', 'vztmpl', 'backup', 'snippets', 'import']).optional(),
    vmid: z.int().min(100).max(999_999_999).optional(),
    filter: z.string().min(1).max(100).optional().describe('In volume name or notes'),
    sort: z.enum(['name', 'size', 'newest', 'oldest']).default('name'),
    ...pageArguments(100),
  }),
  async handle(args, { pve, budget }) {
    const all = await pve.resources('storage');
    if (args.storage !== undefined) {
      const places = all.filter(
        (it) => it.storage === args.storage && (args.node === undefined || it.node === args.node),
      );
      if (places.length === 0) throw noSuchStorage(all, args.storage, args.node);
      return { text: await storageContent(pve, places, { ...args, storage: args.storage }, budget) };
    }
    const { node, type, content, limit, cursor } = args;
    const fitting = all.filter(
      (it) =>
        (node === undefined || it.node === node) &&
        (type === undefined || it.plugintype === type) &&
        (content === undefined || it.content.includes(content)),
    );
    const storages = merge(fitting);
    if (storages.length === 0) {
      return {
        text:
          all.length === 0
            ? 'No storage that the token may see (Datastore.Audit on /storage).'
            : 'No storage fits these filters.',
      };
    }
    const head = `${count(storages.length, 'storage')}, by name. Space is used of total; shared ones stand once.`;
    const { lines } = page(storages, columns, {
      limit,
      cursor,
      key: ({ key }) => key.split('@'),
      budget: budget - head.length,
    });
    return { text: [head, ...lines].join('\n') };
  },
});

function noSuchStorage(all: readonly Resource[], wanted: string, node: string | undefined): PveError {
  const names = [...new Set(all.flatMap(({ storage }) => storage ?? []))].sort();
  const meant = nearest(wanted, names);
  const where = node === undefined ? '' : ` on node "${printable(node, 64)}"`;
  return new PveError({
    code: 'not_found',
    message: `There is no storage "${printable(wanted, 100)}"${where} that the token may see`,
    hint: `${meant === undefined || meant === wanted ? '' : `Did you mean "${meant}"? `}The storages are ${names.map((name) => `"${name}"`).join(', ')}.`,
    reason: [],
  });
}

interface Listed extends Resource {
  readonly key: string;
  readonly nodes: readonly string[];
}

function merge(resources: readonly Resource[]): Listed[] {
  const byKey = new Map<string, Resource[]>();
  for (const it of resources) {
    const key = `${it.storage}@${it.shared === true ? '' : it.node}`;
    byKey.set(key, [...(byKey.get(key) ?? []), it]);
  }
  return [...byKey].flatMap(([key, [first, ...rest]]) =>
    first === undefined ? [] : [{ ...first, key, nodes: nodesOf([first, ...rest]) }],
  );
}

function nodesOf(resources: readonly Resource[]): string[] {
  return resources.flatMap(({ node }) => node ?? []).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

const columns: readonly Column<Listed>[] = [
  { head: 'STORAGE', cell: ({ storage = '' }) => storage },
  { head: 'NODE', cell: ({ nodes }) => (nodes.length > 6 ? `${nodes.length} nodes` : nodes.join(',')) },
  { head: 'TYPE', cell: ({ plugintype = '' }) => plugintype },
  { head: 'STATE', cell: ({ status = 'unknown' }) => status },
  { head: 'SPACE', cell: ({ disk, maxdisk }) => usedPer(disk, maxdisk), right: true },
  { head: 'USED', cell: ({ disk, maxdisk }) => share(disk, maxdisk), right: true },
  { head: 'SHARED', cell: ({ shared }) => (shared === true ? 'yes' : 'no') },
  { head: 'CONTENT', cell: ({ content }) => [...content].sort().join(',') },
];
