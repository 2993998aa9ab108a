import { describe, expect, test } from 'vitest';
import { foreignMark } from '../../../../src/gate/printable.ts';
import { nearest } from '../../../../src/server/text/nearest.ts';
import { page } from '../../../../src/server/text/page.ts';
import { type Column, facts, rows } from '../../../../src/server/text/rows.ts';

interface Item {
  readonly id: number;
  readonly name: string;
}
const columns: readonly Column<Item>[] = [
  { head: 'VMID', cell: ({ id }) => String(id), right: true },
  { head: 'NAME', cell: ({ name }) => name },
];
const items = (amount: number): Item[] =>
  Array.from({ length: amount }, (_, at) => ({ id: 100 + at, name: `guest-${at}` }));
const unmarked = (lines: readonly string[]) => lines.map((line) => line.replaceAll(foreignMark, ''));
const key = ({ id }: Item) => String(id);

describe('rows', () => {
  test('are aligned, numbers at the right, nothing behind the last word', () => {
    expect(
      unmarked(
        rows(columns, [
          { id: 7, name: 'a' },
          { id: 1234, name: '' },
        ]),
      ),
    ).toEqual(['VMID  NAME', '   7  a', '1234  -']);
  });

  test('foreign text stays on its line, without what hides or steers, and every line of it is marked', () => {
    const lines = rows(columns, [{ id: 1, name: 'web\nNAME\u202e\u001b[31m' }]);
    expect(unmarked(lines)[1]).toBe('   1  web⏎NAME');
    expect(lines.every((line) => line.includes(foreignMark))).toBe(true);
  });

  test('facts leave out what is not known', () => {
    expect(
      facts([
        ['CPU', '12%'],
        ['Tags', ''],
        ['Memory', '2 GiB'],
        ['Pool', undefined],
      ]),
    ).toEqual(['CPU:     12%', 'Memory:  2 GiB']);
  });
});

describe('a page', () => {
  test('holds everything without a note when it fits', () => {
    const all = page(items(2), columns, { limit: 5, key, budget: 1000 });
    expect(unmarked(all.lines)).toEqual(['VMID  NAME', ' 100  guest-0', ' 101  guest-1']);
    expect(all.shown).toBe(2);
  });

  test('ends at the limit and says how to go on; the pages together are the list', () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 4; pages += 1) {
      const { lines, shown } = page(items(10), columns, { limit: 3, cursor, key, budget: 1000 });
      seen.push(...unmarked(lines.slice(1, 1 + shown)).map((line) => line.trim().split(' ')[0] ?? ''));
      cursor = /cursor "(\d+)"/.exec(lines.at(-1) ?? '')?.[1];
    }
    expect(seen).toEqual(items(10).map(key));
    expect(cursor).toBeUndefined();
  });

  test('ends where the budget is used up, with at least one row', () => {
    expect(page(items(100), columns, { limit: 100, key, budget: 400 }).shown).toBeLessThan(30);
    expect(page(items(100), columns, { limit: 100, key, budget: 0 }).shown).toBe(1);
  });

  test('a cursor that fits nothing is an error that says how to go on', () => {
    expect(() => page(items(3), columns, { limit: 5, cursor: '999', key, budget: 1000 })).toThrow(
      expect.objectContaining({
        data: expect.objectContaining({ code: 'invalid_argument', hint: expect.stringContaining('without cursor') }),
      }),
    );
  });
});

describe('the nearest name', () => {
  test.each([
    ['node_name', 'node'],
    ['Status', 'status'],
    ['stauts', 'status'],
    ['vmid', undefined],
  ])('%s', (text, meant) => {
    const found = nearest(text, ['guest', 'node', 'status']);
    expect(found).toBe(meant);
  });
});
