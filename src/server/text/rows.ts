import { foreignMark, forModel } from '../../gate/printable.ts';

/** One column of a table: its head, and how an item reads in it. */
export interface Column<T> {
  readonly head: string;
  /** Foreign text is welcome: every cell is made printable here. */
  readonly cell: (item: T) => string;
  /** Numbers stand at the right. */
  readonly right?: boolean;
  /** Never cut, however long: for what is to be copied. */
  readonly whole?: boolean;
}

const widest = 48;

/** Aligned rows under a head line, all foreign text as a whole; each line without trailing spaces. Empty cells show as `-`. */
export function rows<T>(columns: readonly Column<T>[], items: readonly T[]): string[] {
  const table = [
    columns.map((column) => foreignMark + column.head),
    ...items.map((item) => columns.map((column) => cellText(column, item))),
  ];
  const widths = columns.map((_, at) => Math.max(...table.map((cells) => length(cells[at] ?? ''))));
  return table.map((cells) =>
    cells
      .map((cell, at) => pad(cell, widths[at] ?? 0, columns[at]?.right === true))
      .join('  ')
      .trimEnd(),
  );
}

/**
 * The same with one blank between cells, for long lists: aligned ones cost a model a third more. Blanks within a cell become
 * `_`, save in the last one.
 */
export function dense<T>(columns: readonly Column<T>[], items: readonly T[]): string[] {
  const last = columns.length - 1;
  const line = (item: T) => {
    const cells = columns.map((column, at) => {
      const cell = cellText(column, item).replaceAll(foreignMark, '');
      return at === last ? cell : cell.replace(/\s+/g, '_');
    });
    return foreignMark + cells.join(' ');
  };
  return [foreignMark + columns.map(({ head }) => head).join(' '), ...items.map(line)];
}

/** `Key:   value` lines, values aligned; pairs whose value is undefined or empty are left out. */
export function facts(pairs: readonly (readonly [key: string, value: string | undefined])[]): string[] {
  const known = pairs.flatMap(([key, value]) => (value === undefined || value === '' ? [] : [{ key, value }]));
  const width = Math.max(0, ...known.map(({ key }) => length(key))) + 1;
  // One block, foreign as a whole where a part of it is.
  const mark = known.some(({ key, value }) => (key + value).includes(foreignMark)) ? foreignMark : '';
  return known.map(({ key, value }) => `${mark}${pad(`${key}:`, width, false)}  ${value}`);
}

function cellText<T>({ cell, whole }: Column<T>, item: T): string {
  const value = cell(item);
  return forModel(value, whole === true ? undefined : widest) || '-';
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - length(text)));
  return right ? space + text : text + space;
}

function length(text: string): number {
  return Array.from(text.replaceAll(foreignMark, '')).length;
}
