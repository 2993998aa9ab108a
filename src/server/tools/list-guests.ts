import * as z from 'zod';
import type { Resource } from '../../pve/records.ts';
import { defineTool } from '../define-tool.ts';
import { page } from '../text/page.ts';
import type { Column } from '../text/rows.ts';
import { percent, roughly, usedPer } from '../text/units.ts';
import { tally } from './guest-text.ts';

const fields = ['type', 'node', 'status', 'cpu', 'memory', 'disk', 'uptime', 'tags', 'pool', 'ha', 'lock'] as const;
const usualFields: readonly Field[] = ['type', 'node', 'status', 'cpu', 'memory', 'uptime', 'tags'];
type Field = (typeof fields)[number];

export const listGuests = defineTool({
  name: 'pve_list_guests',
  title: 'List guests',
  toolset: 'guests',
  risk: 'read',
  description:
    'Lists guests (VMs and containers), sorted by VMID, with state and load (CPU as a part of its own cores); filters are combined. For one guest in detail use pve_get_guest.',
  input: z.strictObject({
    node: z.string().min(1).max(64).optional().describe('Only on this node'),
    type: z.enum(['qemu', 'lxc']).optional().describe('Only VMs (qemu) or containers (lxc)'),
    status: z.enum(['running', 'stopped', 'paused', 'unknown']).optional(),
    tag: z.string().min(1).max(64).optional().describe('Only with this tag'),
    pool: z.string().min(1).max(64).optional().describe('Only in this pool'),
    name: z.string().min(1).max(64).optional().describe('Only names that hold this text, in any case'),
    fields: z
      .array(z.enum(fields))
      .min(1)
      .optional()
      .describe(`Columns beside VMID and name; usually ${usualFields.join(', ')}`),
    limit: z.int().min(1).max(1000).default(150).describe('Guests on one page'),
    cursor: z.string().max(20).optional().describe('From the end of the page before'),
  }),
  async handle(args, { pve, budget }) {
    const guests = (await pve.resources('vm'))
      .filter(({ vmid }) => vmid !== undefined)
      .sort((a, b) => (a.vmid ?? 0) - (b.vmid ?? 0));
    const fitting = guests.filter((guest) => fits(guest, args));
    const filters = Object.entries(args).flatMap(([key, value]) =>
      filterNames.includes(key) ? [`${key} ${JSON.stringify(value)}`] : [],
    );
    if (fitting.length === 0) return { text: nothing(guests.length, filters) };
    const columns = [...always, ...(args.fields ?? usualFields).map((field) => columnOf[field])];
    const head = `Guests${filters.length === 0 ? '' : ` with ${filters.join(', ')}`}: ${tally(fitting)}`;
    const key = ({ vmid = 0 }: Resource) => String(vmid);
    const { lines } = page(fitting, columns, {
      limit: args.limit,
      cursor: args.cursor,
      key,
      budget: budget - head.length,
    });
    return { text: [head, ...lines].join('\n') };
  },
});

const filterNames: readonly string[] = ['node', 'type', 'status', 'tag', 'pool', 'name'];
type Filters = { readonly [name in 'node' | 'type' | 'status' | 'tag' | 'pool' | 'name']?: string | undefined };

function fits(guest: Resource, { node, type, status, tag, pool, name }: Filters): boolean {
  return (
    (node === undefined || guest.node === node) &&
    (type === undefined || guest.type === type) &&
    (status === undefined || guest.status === status) &&
    (tag === undefined || guest.tags.includes(tag.toLowerCase()) || guest.tags.includes(tag)) &&
    (pool === undefined || guest.pool === pool) &&
    (name === undefined || (guest.name ?? '').toLowerCase().includes(name.toLowerCase()))
  );
}

function nothing(all: number, filters: readonly string[]): string {
  if (all === 0) return 'No guests: the cluster has none, or the token may see none (VM.Audit on /vms).';
  return `No guest has ${filters.join(' and ')}. There are ${all} guests without filters.`;
}

const always: readonly Column<Resource>[] = [
  { head: 'VMID', cell: ({ vmid = 0 }) => String(vmid), right: true },
  { head: 'NAME', cell: ({ name = '' }) => name },
];

const columnOf: Readonly<Record<Field, Column<Resource>>> = {
  type: { head: 'TYPE', cell: ({ type }) => (type === 'lxc' ? 'CT' : 'VM') },
  node: { head: 'NODE', cell: ({ node = '' }) => node },
  // A template is always stopped, and cannot be started.
  status: { head: 'STATUS', cell: ({ status = 'unknown', template }) => (template === true ? 'template' : status) },
  cpu: {
    head: 'CPU',
    cell: ({ cpu, status }) => (cpu === undefined || status !== 'running' ? '' : percent(cpu)),
    right: true,
  },
  memory: {
    head: 'MEMORY',
    cell: ({ mem, maxmem, status }) => usedPer(status === 'running' ? mem : undefined, maxmem),
    right: true,
  },
  disk: { head: 'DISK', cell: ({ disk, maxdisk }) => usedPer(disk === 0 ? undefined : disk, maxdisk), right: true },
  uptime: { head: 'UPTIME', cell: ({ uptime = 0 }) => (uptime === 0 ? '' : roughly(uptime)), right: true },
  tags: { head: 'TAGS', cell: ({ tags }) => tags.join(',') },
  pool: { head: 'POOL', cell: ({ pool = '' }) => pool },
  ha: { head: 'HA', cell: ({ hastate = '' }) => hastate },
  lock: { head: 'LOCK', cell: ({ lock = '' }) => lock },
};
