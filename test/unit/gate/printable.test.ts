import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, quoted } from '../../../src/gate/printable.ts';

test.each<[string, string, string]>([
  ['plain text', 'web-01, Größe 10 kB, 日本', 'web-01, Größe 10 kB, 日本'],
  ['an astral character', 'ok 😀', 'ok 😀'],
  ['line ends of every kind', 'a\nb\r\nc\rd\u0085e\u2028f\u2029g', 'a⏎b⏎c⏎d⏎e⏎f⏎g'],
  ['a tab', 'a\tb', 'a b'],
  ['ANSI colours', '\u001b[31mred\u001b[0m', '<U+001B>[31mred<U+001B>[0m'],
  ['NUL, backspace, delete, C1', '\0\b\u007f\u009b', '<U+0000><U+0008><U+007F><U+009B>'],
  ['vertical tab and form feed', 'a\u000bb\u000cc', 'a<U+000B>b<U+000C>c'],
  ['right-to-left override', 'web-\u202e10', 'web-<U+202E>10'],
  ['isolates and marks', '\u2066a\u2069\u200e\u200f\u061c', '<U+2066>a<U+2069><U+200E><U+200F><U+061C>'],
  ['zero-width characters', 'w\u200be\u200cb\u200d\ufeff', 'w<U+200B>e<U+200C>b<U+200D><U+FEFF>'],
  ['a soft hyphen', 'we\u00adb', 'we<U+00AD>b'],
  ['tag characters', 'a\u{e0041}', 'a<U+E0041>'],
  ['variation selectors of both planes', 'a\ufe0f\u{e0100}', 'a<U+FE0F><U+E0100>'],
  ['letters that show as nothing', '\u115f\u1160\u3164\uffa0\u2800', '<U+115F><U+1160><U+3164><U+FFA0><U+2800>'],
  ['a combining joiner', 'a\u034f', 'a<U+034F>'],
  ['private use', '\ue000', '<U+E000>'],
  ['a lone surrogate', 'a\ud800b', 'a<U+D800>b'],
])('G18: %s', (_what, text, expected) => {
  expect(printable(text)).toBe(expected);
});

test('G18: long text is cut by characters, and the cut is seen', () => {
  expect(printable('abcdef', 6)).toBe('abcdef');
  expect(printable('abcdefg', 6)).toBe('abcde…');
  expect(printable('😀😀😀', 2)).toBe('😀…');
  expect(Array.from(printable('x'.repeat(10_240), 200))).toHaveLength(200);
});

test('G18: a name is quoted, at most 64 characters, and cannot end its own quotes', () => {
  expect(quoted('web-01')).toBe('"web-01"');
  expect(quoted('a" (999, VM on pve9)')).toBe('"a” (999, VM on pve9)"');
  expect(Array.from(quoted('n'.repeat(500)))).toHaveLength(66);
});

test('G18: whatever comes, what is shown is one line without anything invisible', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
      expect(quoted(text).slice(1, -1)).not.toContain('"');
    }),
    { numRuns: 300 },
  );
});
