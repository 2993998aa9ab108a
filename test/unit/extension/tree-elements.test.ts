import { expect, test } from 'vitest';
import { createTreeElements, TreeElement } from '../../../src/extension/tree-elements.ts';

const row = (id: string, label = id) => ({ id, label });

test('the same thing is the same element, with its newest row', () => {
  const elements = createTreeElements<ReturnType<typeof row>>();
  const first = elements.of(row('101', 'web-01'));
  elements.show([row('101', 'web-02')]);
  expect(elements.of(row('101', 'an old one'))).toBe(first);
  expect(first.row.label).toBe('web-02');
});

test('G13: only what the tree shows now is live: no copy, no element of before, none of another tree', () => {
  const elements = createTreeElements<ReturnType<typeof row>>();
  const element = elements.of(row('101'));
  elements.show([element.row]);
  expect(elements.isLive(element)).toBe(true);
  for (const forged of [new TreeElement(row('101')), { row: row('101') }, row('101'), '101', undefined, null])
    expect(elements.isLive(forged)).toBe(false);
  expect(elements.isLive(createTreeElements<ReturnType<typeof row>>().of(row('101')))).toBe(false);
  elements.show([]);
  expect(elements.isLive(element)).toBe(false);
});

test('G13: the id of an element cannot be guessed from its row, and is another one in each window', () => {
  const ids = Array.from({ length: 2 }, () => {
    const elements = createTreeElements<ReturnType<typeof row>>();
    return elements.idOf(elements.of(row('101')));
  });
  expect(ids[0]).toMatch(/^[0-9a-f]{24}\/101$/);
  expect(ids[0]).not.toBe(ids[1]);
});
