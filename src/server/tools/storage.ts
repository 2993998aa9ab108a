import * as z from 'zod';
import type { Resource } from '../../pve/records.ts';
import { defineTool } from '../define-tool.ts';
import { page } from '../text/page.ts';
import type { Column } from '../text/rows.ts';
import { count, share, usedPer } from '../text/units.ts';

export const listStorage = defineTool({
  name: 'pve_list_storage',
  title: 'List storage',
  toolset: 'storage',
  risk: 'read',
  description:
    'Lists storages with space, state and what they may hold. A shared storage stands once, with all nodes that see it.',
  input: z.strictObject({
    node: z.string().min(1).max(64).optional().describe('Only what this node sees'),
    type: z.string().min(1).max(64).optional().describe('Only of this kind: dir, lvmthin, zfspool, nfs, rbd, …'),
    content: z
      .enum(['images', 'rootdir', 'iso', 'vztmpl', 'backup', 'snippets', 'import'])
      .optional()
      .describe('Only what may hold this'),
    limit: z.int().min(1).max(1000).default(100).describe('Storages on one page'),
    cursor: z.string().max(200).optional().describe('From the end of the page before'),
  }),
  async handle({ node, type, content, limit, cursor }, { pve, budget }) {
    const all = await pve.resources('storage');
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
    const { lines } = page(storages, columns, { limit, cursor, key: ({ key }) => key, budget: budget - head.length });
    return { text: [head, ...lines].join('\n') };
  },
});

interface Listed extends Resource {
  readonly key: string;
  readonly nodes: readonly string[];
}

function merge(resources: readonly Resource[]): Listed[] {
  const byKey = new Map<string, Resource[]>();
  for (const it of resources) {
    const key = it.shared === true ? `${it.storage}` : `${it.storage}@${it.node}`;
    byKey.set(key, [...(byKey.get(key) ?? []), it]);
  }
  return [...byKey]
    .flatMap(([key, [first, ...rest]]) =>
      first === undefined ? [] : [{ ...first, key, nodes: nodesOf([first, ...rest]) }],
    )
    .sort((a, b) => a.key.localeCompare(b.key, 'en', { numeric: true }));
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
