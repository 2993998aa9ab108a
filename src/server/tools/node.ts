import * as z from 'zod';
import { forModel, printable } from '../../gate/printable.ts';
import type { PveClient } from '../../pve/client.ts';
import { PveError } from '../../pve/error.ts';
import type { NodeStatus, Resource, Space, StorageInfo } from '../../pve/records.ts';
import { defineTool } from '../define-tool.ts';
import { nearest } from '../text/nearest.ts';
import { facts, rows } from '../text/rows.ts';
import { count, duration, percent, share, usedOf, usedPer } from '../text/units.ts';
import { tally } from './guest-text.ts';
import { taskRows } from './task-text.ts';

const parts = ['storage', 'tasks'] as const;

export const getNode = defineTool({
  name: 'pve_get_node',
  title: 'Node details',
  toolset: 'nodes',
  risk: 'read',
  description: 'Version, load, memory, disk and guests of one node as they are now; more with include.',
  input: z.strictObject({
    node: z.string().min(1).max(64).describe('Name of the node, like pve1'),
    include: z.array(z.enum(parts)).optional().describe('storage: every storage that it sees; tasks: its last ten'),
  }),
  async handle({ node, include = [] }, { pve }) {
    const resources = await pve.resources();
    const { status } = find(resources, node);
    const guests = resources.filter((it) => it.node === node && (it.type === 'qemu' || it.type === 'lxc'));
    if (status === 'offline') return { text: `${node}: offline. Guests as last seen: ${tally(guests)}.` };
    const now = await pve.nodeStatus(node);
    const sections = await Promise.all(
      parts.filter((part) => include.includes(part)).map((part) => section[part](pve, node)),
    );
    const left = parts.filter((part) => !include.includes(part));
    const more =
      left.length === 0
        ? []
        : ['', `Not shown: ${left.join(', ')}. Ask for them with include. Its guests: pve_list_guests with node.`];
    return {
      text: [
        `Node ${node}: ${forModel(status ?? 'unknown', 20)}`,
        ...summary(now, guests),
        ...sections.flat(),
        ...more,
      ].join('\n'),
    };
  },
});

/** The cluster's own list says what is missing in plain words; asking the node itself would be a DNS error. */
function find(resources: readonly Resource[], wanted: string): Resource {
  const nodes = resources.filter(({ type }) => type === 'node');
  const found = nodes.find(({ node }) => node === wanted);
  if (found !== undefined) return found;
  const names = nodes.flatMap(({ node }) => node ?? []).sort();
  const meant = nearest(wanted, names);
  throw new PveError({
    code: 'not_found',
    message: `There is no node "${printable(wanted, 64)}"`,
    hint: `${meant === undefined ? '' : `Did you mean ${meant}? `}The nodes are ${names.join(', ')}.`,
    reason: [],
  });
}

function summary(now: NodeStatus, guests: readonly Resource[]): string[] {
  return facts([
    ['PVE', now.pveversion === undefined ? undefined : forModel(now.pveversion, 60)],
    ['Kernel', now.kernel === undefined ? undefined : forModel(now.kernel, 60)],
    ['Uptime', now.uptime === undefined ? undefined : duration(now.uptime)],
    ['CPU', cpu(now)],
    ['Load', now.loadavg.length === 0 ? undefined : `${now.loadavg.join(', ')} over 1, 5, 15 minutes`],
    ['I/O wait', now.wait === undefined ? undefined : percent(now.wait)],
    ['Memory', space(now.memory)],
    ['Swap', now.swap.total === 0 ? 'none' : space(now.swap)],
    ['Root disk', space(now.rootfs)],
    ['Guests', tally(guests)],
  ]);
}

function cpu({ cpu: used, cpus = 0, sockets, cpuModel }: NodeStatus): string {
  const model = cpuModel === undefined ? '' : `, ${forModel(cpuModel, 60)}`;
  return `${used === undefined ? '' : `${percent(used)} of `}${count(cpus, 'CPU')} in ${count(sockets ?? 1, 'socket')}${model}`;
}

function space({ used, total }: Space): string {
  return `${usedOf(used, total)} (${share(used, total)})`;
}

const section: Readonly<Record<(typeof parts)[number], (pve: PveClient, node: string) => Promise<string[]>>> = {
  storage: async (pve, node) => {
    const storages = [...(await pve.storages(node))].sort((a, b) => a.storage.localeCompare(b.storage, 'en'));
    if (storages.length === 0) return ['', 'Storage: none that the token may see'];
    return ['', 'Storage:', ...rows(storageColumns, storages)];
  },
  tasks: async (pve, node) => {
    const tasks = await pve.tasks({ node, limit: 10 });
    return ['', 'Last tasks:', ...(tasks.length === 0 ? ['none'] : taskRows(tasks))];
  },
};

const storageColumns = [
  { head: 'STORAGE', cell: ({ storage }: StorageInfo) => storage },
  { head: 'TYPE', cell: ({ type = '' }: StorageInfo) => type },
  {
    head: 'STATE',
    cell: ({ enabled, active }: StorageInfo) =>
      enabled === false ? 'disabled' : active === false ? 'inactive' : 'active',
  },
  { head: 'USED', cell: ({ used, total }: StorageInfo) => usedPer(used, total), right: true },
  { head: '%', cell: ({ used, total }: StorageInfo) => share(used, total), right: true },
  { head: 'SHARED', cell: ({ shared }: StorageInfo) => (shared === true ? 'yes' : 'no') },
  { head: 'CONTENT', cell: ({ content }: StorageInfo) => [...content].sort().join(',') },
];
