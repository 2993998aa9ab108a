import * as z from 'zod';
import { forModel } from '../../gate/printable.ts';
import type { PveClient } from '../../pve/client.ts';
import { PveError } from '../../pve/error.ts';
import { guestPath } from '../../pve/guest.ts';
import type { Resource } from '../../pve/records.ts';
import { type Measurements, measurements, timeframes } from '../../pve/rrd.ts';
import { defineTool } from '../define-tool.ts';
import { type Column, rows } from '../text/rows.ts';
import { average, sparkline } from '../text/spark.ts';
import { bytes, duration, percent, utc } from '../text/units.ts';
import { guestArgument, nodeArgument } from './common.ts';
import { guestTitle } from './guest-text.ts';
import { findNode } from './node.ts';

export const getMetrics = defineTool({
  name: 'pve_get_metrics',
  title: 'Load over time',
  toolset: 'guests',
  risk: 'read',
  description: 'CPU, memory, disk and network of one guest, node or storage over time.',
  input: z.strictObject({
    guest: guestArgument.optional(),
    node: nodeArgument.optional(),
    storage: z.string().min(1).max(100).optional(),
    timeframe: z.enum(timeframes).default('hour'),
    peaks: z.boolean().optional().describe('Highest of each interval, not its average'),
  }),
  async handle({ timeframe, peaks, ...target }, { pve }) {
    const { title, path } = await find(pve, target);
    const measured = await measurements(pve, path, { timeframe, cf: peaks === true ? 'MAX' : 'AVERAGE' });
    return { text: [`${title}, last ${timeframe}${peaks === true ? ', peaks' : ''}: ${tell(measured)}`].join('\n') };
  },
});

interface Target {
  readonly guest?: number | string | undefined;
  readonly node?: string | undefined;
  readonly storage?: string | undefined;
}

/** @throws PveError `invalid_argument` unless exactly one thing is meant; a storage may be told with a node */
async function find(pve: PveClient, { guest, node, storage }: Target) {
  const meant = [guest, storage].filter((one) => one !== undefined);
  if (meant.length > 1 || (meant.length === 0 && node === undefined) || (guest !== undefined && node !== undefined)) {
    throw new PveError({
      code: 'invalid_argument',
      message: 'Metrics are of one thing',
      hint: 'Give guest, or node, or storage (with node where each node has its own).',
      reason: [],
    });
  }
  if (guest !== undefined) {
    const ref = await pve.findGuest(guest);
    return { title: guestTitle(ref), path: guestPath(ref) };
  }
  const resources = await pve.resources();
  if (storage === undefined) {
    const name = findNode(resources, node ?? '').node ?? '';
    return { title: `Node ${name}`, path: ['nodes', name] };
  }
  const place = placeOf(resources, storage, node);
  return { title: `Storage ${forModel(storage, 100)} on ${place}`, path: ['nodes', place, 'storage', storage] };
}

function placeOf(resources: readonly Resource[], storage: string, node: string | undefined): string {
  const places = resources.filter((it) => it.type === 'storage' && it.storage === storage);
  const here =
    places.find((it) => (node === undefined ? it.status === 'available' : it.node === node)) ??
    (node === undefined ? places[0] : undefined);
  if (here?.node !== undefined) return here.node;
  const names = [
    ...new Set(resources.filter(({ type }) => type === 'storage').flatMap((it) => it.storage ?? [])),
  ].sort();
  throw new PveError({
    code: 'not_found',
    message: `There is no such storage${node === undefined ? '' : ' on that node'}`,
    hint: `The storages are ${names.map((name) => `"${name}"`).join(', ')}.`,
    reason: [],
  });
}

const width = 24;

/** Sizes that only limit others are told once; what never was anything but 0 is only named. */
function tell({ times, series }: Measurements): string {
  const known = Object.entries(series).filter(([, values]) => values.some((value) => value !== undefined));
  const [first, second, last] = [times[0], times[1], times.at(-1)];
  if (known.length === 0 || first === undefined || last === undefined) return 'nothing was measured yet.';
  const limits = known.filter(([name]) => isLimit(name));
  const zero = known.filter(([name, values]) => !isLimit(name) && isZero(name, values));
  const shown = known
    .filter((one) => !limits.includes(one) && !zero.includes(one))
    .map(([name, values]) => ({ name, values }));
  const step = second === undefined ? '' : ` every ${duration(second - first).replace('.0', '')}`;
  const gaps = times.filter((_, at) => known.every(([, values]) => values[at] === undefined)).length;
  return [
    `${times.length} points${step}, ${utc(first).slice(0, 16)} to ${utc(last).slice(0, 16)} UTC${gaps > 0 ? `, ${gaps} without values` : ''}. COURSE: ${width} parts, 0 lowest to 9 highest, - not measured.`,
    ...rows(columns, shown),
    ...(limits.length === 0
      ? []
      : [forModel(`Limits: ${limits.map(([name, values]) => `${name} ${inUnit(name, lastOf(values))}`).join(', ')}`)]),
    ...(zero.length === 0 ? [] : [forModel(`Always 0, or nearly: ${zero.map(([name]) => name).join(', ')}`)]),
  ].join('\n');
}

interface Series {
  readonly name: string;
  readonly values: readonly (number | undefined)[];
}

const columns: readonly Column<Series>[] = [
  { head: 'WHAT', cell: ({ name }) => name },
  { head: 'LOW', cell: ({ name, values }) => inUnit(name, Math.min(...measured(values))), right: true },
  { head: 'AVERAGE', cell: ({ name, values }) => inUnit(name, average(values)), right: true },
  { head: 'HIGH', cell: ({ name, values }) => inUnit(name, Math.max(...measured(values))), right: true },
  { head: 'LAST', cell: ({ name, values }) => inUnit(name, lastOf(values)), right: true },
  { head: 'COURSE', cell: ({ values }) => sparkline(values, width) },
];

function measured(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}

function lastOf(values: readonly (number | undefined)[]): number | undefined {
  return measured(values).at(-1);
}

function isLimit(name: string): boolean {
  return /^max|total$/.test(name);
}

/** Nothing that could be read would be left of it. */
function isZero(name: string, values: readonly (number | undefined)[]): boolean {
  return /^0(%| B(\/s)?)?$/.test(inUnit(name, Math.max(...measured(values))));
}

/** PVE's units by PVE's names: fractions, bytes, bytes per second, percent of stalled time (`pressure…`). */
function inUnit(name: string, value: number | undefined): string {
  if (value === undefined) return '';
  if (name === 'cpu' || name === 'iowait') return percent(value);
  if (/^pressure/.test(name)) return `${Number(value.toFixed(1))}%`;
  if (/^(net(in|out)|disk(read|write))$/.test(name)) return `${bytes(value)}/s`;
  if (/^(maxcpu|loadavg)$/.test(name)) return String(Number(value.toFixed(2)));
  return bytes(value);
}
