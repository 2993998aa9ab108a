import { foreignMark } from '../../gate/printable.ts';
import { PveError } from '../../pve/error.ts';
import { type Column, dense, rows } from './rows.ts';

/** A part of a sorted list, as text lines, with what was left out and how to get it. */
export interface Page {
  readonly lines: readonly string[];
  /** How many items the lines show. */
  readonly shown: number;
}

/** The place of an item in its list: what it is sorted by, the first part first. */
export type Place = string | number | readonly (string | number)[];

export interface PageOptions<T> {
  /** At most this many items. */
  readonly limit: number;
  /** From the note of the page before: the place of the last item that it showed. */
  readonly cursor?: string | undefined;
  /** Sorts the list, and names each item for good. The next page begins after a place, whether or not its item is still there. */
  readonly key: (item: T) => Place;
  /** At most this many characters, notes included. */
  readonly budget: number;
  /** How many items there are, where the list holds only the first of them. */
  readonly total?: number;
  /** Rows of single blanks, for long lists: a third cheaper than aligned ones. */
  readonly dense?: boolean;
}

const noteLength = 160;

/**
 * Shows one page of a list, sorted by its key. A page ends at the limit or where the budget is used up. Whatever comes and
 * goes between two pages, what stays is shown exactly once.
 * @throws PveError `invalid_argument` for a cursor that is none
 */
export function page<T>(items: readonly T[], columns: readonly Column<T>[], options: PageOptions<T>): Page {
  const { limit, key, budget } = options;
  const places = items.map((item) => ({ item, place: parts(key(item)) })).sort((a, b) => compare(a.place, b.place));
  const rest = after(places, options.cursor);
  const part = rest.slice(0, limit);
  const table = options.dense === true ? dense : rows;
  const [head = '', ...body] = table(
    columns,
    part.map(({ item }) => item),
  );
  const fitting = within(body, budget - head.length - noteLength);
  const before = places.length - rest.length;
  const left = Math.max(rest.length, (options.total ?? 0) - before) - fitting.length;
  const last = part[fitting.length - 1];
  const note =
    left > 0 && last !== undefined
      ? [
          `${markOf(last.place)}${left} more not shown. Next page: the same call with cursor ${JSON.stringify(write(last.place))}.`,
        ]
      : [];
  return { lines: [head, ...fitting, ...note], shown: fitting.length };
}

type Parts = readonly (string | number)[];

function parts(place: Place): Parts {
  return typeof place === 'object' ? place : [place];
}

/** Numbers by size; texts as people sort them, and where those are alike still one way. */
function compare(a: Parts, b: Parts): number {
  for (const [at, one] of a.entries()) {
    const other = b[at] ?? '';
    const order =
      typeof one === 'number' && typeof other === 'number'
        ? one - other
        : natural.compare(String(one), String(other)) || (String(one) < String(other) ? -1 : one === other ? 0 : 1);
    if (order !== 0) return order;
  }
  return 0;
}

const natural = new Intl.Collator('en', { numeric: true });

/** A place as a cursor, in printable ASCII: parts that are foreign cannot break out of it. */
function write(place: Parts): string {
  return place.map((part) => (typeof part === 'number' ? String(part) : escaped(part))).join(',');
}

/** Texts are the cluster's, escaped or not. */
function markOf(place: Parts): string {
  return place.some((part) => typeof part === 'string') ? foreignMark : '';
}

function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':').replaceAll('%2F', '/').replaceAll('%40', '@');
}

/** What stands behind the place that a cursor names. */
function after<T extends { readonly place: Parts }>(sorted: readonly T[], cursor: string | undefined): readonly T[] {
  const [first] = sorted;
  if (cursor === undefined || first === undefined) return sorted;
  const written = cursor.split(',');
  if (written.length !== first.place.length) throw noCursor();
  const place = first.place.map((part, at) => {
    const text = written[at] ?? '';
    return typeof part === 'number' ? asNumber(text) : unescaped(text);
  });
  return sorted.filter((item) => compare(item.place, place) > 0);
}

function asNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw noCursor();
  return value;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw noCursor();
  }
}

function noCursor(): PveError {
  return new PveError({
    code: 'invalid_argument',
    message: 'This is not a cursor of this list',
    hint: 'Take it from the end of the page before, with the same filters and order; or call without cursor.',
    reason: [],
  });
}

/** The leading lines that fit into so many characters; at least one. */
function within(lines: readonly string[], budget: number): readonly string[] {
  let used = 0;
  const end = lines.findIndex((line) => {
    used += line.length + 1;
    return used > budget;
  });
  return end === -1 ? lines : lines.slice(0, Math.max(1, end));
}
