import { describe, expect, test } from 'vitest';
import { parseTotp, type Totp, totpCodes } from '../../../src/server/totp.ts';
import { fakeClock } from '../../support/clock.ts';

/** The key of RFC 6238, appendix B: "12345678901234567890". */
const written = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

function parsed(text: string): Totp {
  const totp = parseTotp(text);
  if (totp === undefined) throw new Error('not understood');
  return totp;
}

/** A clock at a given moment, which remembers how long it was slept on. */
function clockAt(seconds: number) {
  let now = seconds * 1000;
  const slept: number[] = [];
  const sleep = async (ms: number) => {
    slept.push(ms);
    now += ms;
  };
  return { now: () => now, monotonic: () => now, sleep, slept };
}

describe('a second factor as it is written', () => {
  test.each(['123456', ' 123 456 ', '234567'])('%j is a code, used once', async (text) => {
    const codes = totpCodes(parsed(text), fakeClock());
    expect(await codes()).toBe(text.replace(/\s/g, ''));
    expect(await codes()).toBeUndefined();
  });

  test.each([
    written,
    written.toLowerCase(),
    'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ',
    `${written}====`,
  ])('%j is a secret', async (text) => {
    expect(parseTotp(text)).toEqual({ kind: 'secret', key: new Uint8Array(Buffer.from('12345678901234567890')) });
  });

  test.each([
    '12345',
    '1234567',
    'ABCDEFG',
    'GEZDGNBVGY3TQOJ0',
    'otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ',
    '',
  ])('%j is neither', (text) => {
    expect(parseTotp(text)).toBeUndefined();
  });
});

describe('codes of a secret', () => {
  // RFC 6238, appendix B, SHA-1; the last 6 of the 8 digits that stand there.
  test.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at second %d', async (seconds, code) => {
    expect(await totpCodes(parsed(written), clockAt(seconds))()).toBe(code);
  });

  test('no code is given twice: a second login waits for the next one', async () => {
    const clock = clockAt(1_111_111_105);
    const codes = totpCodes(parsed(written), clock);
    expect([await codes(), await codes()]).toEqual(['081804', '050471']);
    expect(clock.slept).toEqual([5000]);
  });

  test('a date that is set back does not make a login wait for hours', async () => {
    let now = 2_000_000_000_000;
    const clock = { now: () => now, monotonic: () => 0, sleep: () => Promise.reject(new Error('waited')) };
    const codes = totpCodes(parsed(written), clock);
    await codes();
    now = 1_234_567_890_000;
    expect(await codes()).toBe('005924');
  });
});
