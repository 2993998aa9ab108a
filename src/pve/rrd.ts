import { get, type Reader } from './get.ts';
import { looseList, number } from './loose.ts';

export const timeframes = ['hour', 'day', 'week', 'month', 'year'] as const;
export type Timeframe = (typeof timeframes)[number];

/** Measurements over time; a value that was not measured is undefined. */
export interface Measurements {
  /** Seconds since 1970, rising. */
  readonly times: readonly number[];
  /** Name → a value for each time. Names are PVE's: `cpu`, `mem`, `netin`, … */
  readonly series: Readonly<Record<string, readonly (number | undefined)[]>>;
}

/** GET `…/rrddata`: points may lack any of the fields, the last one often all. */
export function readMeasurements(data: unknown): Measurements {
  const points = looseList(data, 'the measurements').filter((point) => number(point.time) !== undefined);
  points.sort((a, b) => (number(a.time) ?? 0) - (number(b.time) ?? 0));
  const names = [...new Set(points.flatMap((point) => Object.keys(point)))].filter((name) => name !== 'time').sort();
  return {
    times: points.map(({ time }) => number(time) ?? 0),
    series: Object.fromEntries(names.map((name) => [name, points.map((point) => number(point[name]))])),
  };
}

/** @param owner the path before `rrddata`: a node, a guest, or a storage of a node */
export async function measurements(
  reader: Reader,
  owner: readonly string[],
  params: { readonly timeframe: Timeframe; readonly cf?: 'AVERAGE' | 'MAX' },
): Promise<Measurements> {
  return readMeasurements(await get(reader, [...owner, 'rrddata'], params));
}
