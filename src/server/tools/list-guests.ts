import * as z from 'zod';
import { PveError } from '../../pve/error.ts';
import type { Resource } from '../../pve/records.ts';
import { defineTool } from '../define-tool.ts';
import { fitsPattern } from '../text/match.ts';
import { type Place, page } from '../text/page.ts';
import { type Column, dense } from '../text/rows.ts';
import { count, roughly } from '../text/units.ts';
import { nodeArgument, pageArguments } from './common.ts';
import { tally } from './guest-text.ts';

const fields = ['type', 'node', 'status', 'cpu', 'memory', 'disk', 'uptime', 'tags', 'pool', 'ha', 'lock'] as const;
const usualFields: readonly Field[] = ['type', 'node', 'status', 'cpu', 'memory', 'tags'];
type Field = (typeof fields)[number];

export const listGuests = defineTool({
  name: 'pve_list_guests',
  title: 'List guests',
  toolset: 'guests',
  risk: 'read',
  description: 'Guests (VMs and containers) with state and load (CPU% of its own cores); filters are combined.',
  input: z.strictObject({
    node: nodeArgument.optional(),
    type: z.enum(['qemu', 'lxc']).optional(),
    status: z.enum(['running', 'stopped', 'paused', 'template', 'unknown']).optional(),
    tag: z.string().min(1).max(64).optional(),
    pool: z.string().min(1).max(64).optional(),
    name: z.string().min(1).max(64).optional().describe('Part of it, or a pattern with *'),
    fields: z.array(z.enum(fields)).min(1).optional(),
    sort: z.enum(['vmid', 'name', 'cpu', 'memory', 'disk', 'uptime']).default('vmid').describe('Loads: highest first'),
    ...pageArguments(150),
  }),
  async handle(args, { pve, budget }) {
    const guests = (await pve.resources('vm')).filter(({ vmid }) => vmid !== undefined);
    const fitting = guests.filter((guest) => fits(guest, args));
    const filters = Object.entries(args).flatMap(([key, value]) =>
      filterNames.includes(key) ? [`${key} ${JSON.stringify(value)}`] : [],
    );
    if (fitting.length === 0) return { text: nothing(guests.length, filters) };
    const head = `Guests${filters.length === 0 ? '' : ` with ${filters.join(', ')}`}: ${tally(fitting)}`;
    const columns = [...always, ...(args.fields ?? fieldsFor(args.sort)).map((field) => columnOf[field])];
    const lines = listed(fitting, columns, args, budget - head.length);
    return { text: [head, ...lines].join('\n') };
  },
});

type Order = 'vmid' | 'name' | Load;
type Load = 'cpu' | 'memory' | 'disk' | 'uptime';

/** What it is sorted by can be seen. */
function fieldsFor(sort: Order): readonly Field[] {
  return fields.filter((field) => usualFields.includes(field) || field === sort);
}

/** Loads change between two pages, so there is a top of them, and no pages. @throws PveError `invalid_argument` */
function listed(
  guests: readonly Resource[],
  columns: readonly Column<Resource>[],
  { sort, limit, cursor }: { readonly sort: Order; readonly limit: number; readonly cursor?: string | undefined },
  budget: number,
): readonly string[] {
  if (sort === 'vmid' || sort === 'name')
    return page(guests, columns, { limit, cursor, key: placeBy[sort], budget, dense: true }).lines;
  if (cursor !== undefined) {
    throw new PveError({
      code: 'invalid_argument',
      message: `There are no pages by ${sort}, which changes from one to the next`,
      hint: 'Leave cursor out and raise limit, or sort by vmid or name.',
      reason: [],
    });
  }
  const sorted = [...guests].sort((a, b) => loadOf[sort](b) - loadOf[sort](a) || (a.vmid ?? 0) - (b.vmid ?? 0));
  const lines = dense(columns, sorted.slice(0, limit));
  const left = sorted.length - limit;
  return left > 0 ? [...lines, `${count(left, 'guest')} with less ${sort} not shown; raise limit for more.`] : lines;
}

const placeBy: Readonly<Record<'vmid' | 'name', (guest: Resource) => Place>> = {
  vmid: ({ vmid = 0 }) => vmid,
  name: ({ name = '', vmid = 0 }) => [name.toLowerCase(), vmid],
};

const loadOf: Readonly<Record<Load, (guest: Resource) => number>> = {
  cpu: ({ cpu, status }) => (status === 'running' ? (cpu ?? 0) : 0),
  memory: ({ mem, status }) => (status === 'running' ? (mem ?? 0) : 0),
  disk: ({ maxdisk = 0 }) => maxdisk,
  uptime: ({ uptime = 0 }) => uptime,
};

const filterNames: readonly string[] = ['node', 'type', 'status', 'tag', 'pool', 'name'];
type Filters = { readonly [name in 'node' | 'type' | 'status' | 'tag' | 'pool' | 'name']?: string | undefined };

function fits(guest: Resource, { node, type, status, tag, pool, name }: Filters): boolean {
  return (
    (node === undefined || guest.node === node) &&
    (type === undefined || guest.type === type) &&
    (status === undefined || guest.status === status || stateOf(guest) === status) &&
    (tag === undefined || guest.tags.includes(tag.toLowerCase()) || guest.tags.includes(tag)) &&
    (pool === undefined || guest.pool === pool) &&
    (name === undefined || fitsPattern(guest.name ?? '', name))
  );
}

function nothing(all: number, filters: readonly string[]): string {
  if (all === 0) return 'No guests: the cluster has none, or the token may see none (VM.Audit on /vms).';
  return `No guest has ${filters.join(' and ')}. There are ${all} guests without filters.`;
}

/** A template is always stopped, and cannot be started. */
function stateOf({ status = 'unknown', template }: Resource): string {
  return template === true ? 'template' : status;
}

const always: readonly Column<Resource>[] = [
  { head: 'VMID', cell: ({ vmid = 0 }) => String(vmid) },
  { head: 'NAME', cell: ({ name = '' }) => name },
];

// Digits and units are dear to a model: units stand in the head, loads are rounded.
const columnOf: Readonly<Record<Field, Column<Resource>>> = {
  type: { head: 'TYPE', cell: ({ type }) => (type === 'lxc' ? 'CT' : 'VM') },
  node: { head: 'NODE', cell: ({ node = '' }) => node },
  status: { head: 'STATUS', cell: stateOf },
  cpu: {
    head: 'CPU%',
    cell: ({ cpu, status }) => (cpu === undefined || status !== 'running' ? '' : String(Math.round(cpu * 100))),
  },
  memory: {
    head: 'MEMORY_GiB',
    cell: ({ mem, maxmem, status }) => usedPerGiB(status === 'running' ? mem : undefined, maxmem),
  },
  disk: { head: 'DISK_GiB', cell: ({ disk, maxdisk }) => usedPerGiB(disk === 0 ? undefined : disk, maxdisk) },
  uptime: { head: 'UPTIME', cell: ({ uptime = 0 }) => (uptime === 0 ? '' : roughly(uptime).replace(' ', '')) },
  tags: { head: 'TAGS', cell: ({ tags }) => tags.join(',') },
  pool: { head: 'POOL', cell: ({ pool = '' }) => pool },
  ha: { head: 'HA', cell: ({ hastate = '' }) => hastate },
  lock: { head: 'LOCK', cell: ({ lock = '' }) => lock },
};

function usedPerGiB(used: number | undefined, total: number | undefined): string {
  return [used, total].flatMap((size) => (size === undefined ? [] : [gibibytes(size)])).join('/');
}

/** With one decimal where it is small, without where it is whole. */
function gibibytes(size: number): string {
  const amount = size / 1024 ** 3;
  return String(Number(amount.toFixed(amount < 0.1 ? 2 : amount < 10 ? 1 : 0)));
}
