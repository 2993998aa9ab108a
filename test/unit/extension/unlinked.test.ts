import { expect, test } from 'vitest';
import { unlinked } from '../../../src/extension/unlinked.ts';

test.each([
  '[Update](command:workbench.action.terminal.sendSequence?%7B%22text%22%3A%22x%22%7D)',
  '[[a](b)](command:x "title")',
  '[x]](https://x.example)',
])('G18: %s is no link any more', (text) => {
  expect(unlinked(text)).not.toContain('](');
});

test('other text stays as it is', () => {
  expect(unlinked('web-01 (101) [running], see (a) and [b]')).toBe('web-01 (101) [running], see (a) and [b]');
});
