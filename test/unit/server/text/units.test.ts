import { describe, expect, test } from 'vitest';
import {
  bytes,
  count,
  duration,
  percent,
  roughly,
  share,
  usedOf,
  usedPer,
  utc,
} from '../../../../src/server/text/units.ts';

describe('units', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [512 * 1024 ** 2, '512 MiB'],
    [4 * 1024 ** 3, '4.0 GiB'],
    [150 * 1024 ** 3, '150 GiB'],
    [1.5 * 1024 ** 4, '1.5 TiB'],
  ])('%d bytes read as %s', (amount, text) => expect(bytes(amount)).toBe(text));

  test.each([
    [2.1 * 1024 ** 3, 4 * 1024 ** 3, '2.1 of 4.0 GiB'],
    [512 * 1024 ** 2, 4 * 1024 ** 3, '0.5 of 4.0 GiB'],
    [undefined, 4 * 1024 ** 3, '4.0 GiB'],
    [undefined, undefined, '-'],
  ])('%d used of %d reads as %s', (used, total, text) => expect(usedOf(used, total)).toBe(text));

  test('in tables the shorter form', () => {
    expect(usedPer(159 * 1024 ** 2, 512 * 1024 ** 2)).toBe('159/512 MiB');
    expect([roughly(41 * 86_400 + 3 * 3600), roughly(200), roughly(4.1)]).toEqual(['41 d', '3 min', '4.1 s']);
  });

  test.each([
    [0, '0%'],
    [0.034, '3.4%'],
    [0.0999, '10%'],
    [0.12, '12%'],
    [1, '100%'],
  ])('the fraction %d reads as %s', (fraction, text) => expect(percent(fraction)).toBe(text));

  test('a share of nothing known is a dash', () => {
    expect(share(1, 0)).toBe('-');
    expect(share(undefined, 5)).toBe('-');
    expect(share(1, 4)).toBe('25%');
  });

  test.each([
    [4.12, '4.1 s'],
    [42.4, '42 s'],
    [59.96, '1 min'],
    [200, '3 min 20 s'],
    [7200, '2 h'],
    [41 * 86_400 + 3 * 3600 + 59, '41 d 3 h'],
  ])('%d seconds read as %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  test('a moment is shown in UTC, an amount with its noun', () => {
    expect(utc(1_767_225_600)).toBe('2026-01-01 00:00:00');
    expect([count(1, 'guest'), count(0, 'guest'), count(2, 'query', 'queries')]).toEqual([
      '1 guest',
      '0 guests',
      '2 queries',
    ]);
  });
});
