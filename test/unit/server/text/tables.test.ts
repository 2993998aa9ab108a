import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foreignMark } from '../../../../src/gate/printable.ts';
import { nearest } from '../../../../src/server/text/nearest.ts';
import { page } from '../../../../src/server/text/page.ts';
import { type Column, dense, facts, rows } from '../../../../src/server/text/rows.ts';

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

  test('long lists are dense: one blank between cells, blanks within them only in the last', () => {
    const lines = dense(
      [{ head: 'NAME', cell: ({ name }: Item) => name }, ...columns],
      [{ id: 1, name: 'a  b\u0007' }],
    );
    expect(unmarked(lines)).toEqual(['NAME VMID NAME', 'a_b 1 a  b']);
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

  test('whatever comes and goes between pages, what stays is shown exactly once', () => {
    const vmids = fc.uniqueArray(fc.integer({ min: 100, max: 160 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.array(vmids, { minLength: 8, maxLength: 8 }), fc.integer({ min: 4, max: 9 }), (lists, limit) => {
        const stays = lists[0]?.filter((id) => lists.every((list) => list.includes(id))) ?? [];
        const seen: number[] = [];
        let cursor: string | undefined;
        for (const list of lists) {
          const now = list.map((id) => ({ id, name: 'x' }));
          const { lines, shown } = page(now, columns, { limit, cursor, key: ({ id }) => id, budget: 10_000 });
          seen.push(...unmarked(lines.slice(1, 1 + shown)).map((line) => Number(line.trim().split(' ')[0])));
          cursor = /cursor "(\d+)"/.exec(lines.at(-1) ?? '')?.[1];
          if (cursor === undefined) break;
        }
        expect(seen).toEqual([...new Set(seen)]);
        if (cursor === undefined) expect(seen).toEqual(expect.arrayContaining(stays));
      }),
    );
  });

  test('goes on behind an item that has gone, by several keys and odd names', () => {
    const by = ({ id, name }: Item) => [name, id];
    const odd = ['b,c', 'B', 'a%2C', 'zwölf ⏎', 'b,c'].map((name, at) => ({ id: at, name }));
    const first = page(odd, columns, { limit: 3, key: by, budget: 1000 });
    const cursor = /cursor "([^"]+)"/.exec(unmarked(first.lines).at(-1) ?? '')?.[1];
    expect(cursor).toBe('b%2Cc,0');
    const without = odd.filter(({ id }) => id !== 0);
    const second = page(without, columns, { limit: 3, cursor, key: by, budget: 1000 });
    expect(unmarked(second.lines).slice(1)).toEqual(['   4  b,c', '   3  zwölf ⏎']);
  });

  test('a cursor behind the last place shows no row, and no note', () => {
    expect(page(items(3), columns, { limit: 5, cursor: '999', key, budget: 1000 })).toMatchObject({ shown: 0 });
  });

  test.each(['', 'x', '1,2', '%'])('%j is no cursor of a list by number', (cursor) => {
    expect(() => page(items(3), columns, { limit: 5, cursor, key: ({ id }) => id, budget: 1000 })).toThrow(
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
