import { PveError } from '../../pve/error.ts';
import { type Column, rows } from './rows.ts';

/** A part of a sorted list, as text lines, with what was left out and how to get it. */
export interface Page {
  readonly lines: readonly string[];
  /** How many items the lines show. */
  readonly shown: number;
}

export interface PageOptions<T> {
  /** At most this many items. */
  readonly limit: number;
  /** The key of the last item that was shown before. */
  readonly cursor?: string | undefined;
  /** Names one item for good; the cursor of the next page is the last one's. */
  readonly key: (item: T) => string;
  /** At most this many characters, notes included. */
  readonly budget: number;
}

const noteLength = 120;

/**
 * Shows one page of a sorted list as aligned rows. A page ends at the limit or where the budget is used up.
 * @throws PveError `invalid_argument` for a cursor that names no item (any more).
 */
export function page<T>(items: readonly T[], columns: readonly Column<T>[], options: PageOptions<T>): Page {
  const rest = items.slice(startOf(items, options));
  const part = rest.slice(0, options.limit);
  const [head = '', ...body] = rows(columns, part);
  const fitting = within(body, options.budget - head.length - noteLength);
  const left = rest.length - fitting.length;
  const last = part[fitting.length - 1];
  const note =
    left > 0 && last !== undefined
      ? [`${left} more not shown. Next page: the same call with cursor ${JSON.stringify(options.key(last))}.`]
      : [];
  return { lines: [head, ...fitting, ...note], shown: fitting.length };
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

function startOf<T>(items: readonly T[], { cursor, key }: PageOptions<T>): number {
  if (cursor === undefined) return 0;
  const at = items.findIndex((item) => key(item) === cursor);
  if (at >= 0) return at + 1;
  throw new PveError({
    code: 'invalid_argument',
    message: 'The cursor fits nothing in this list',
    hint: 'The list may have changed. Call again without cursor, with the same filters.',
    reason: [],
  });
}
