import { describe, expect, it } from 'vitest';
import { oneTimePassword, stepOf, toBase32 } from '../../../src/demo/totp.ts';

describe('one-time passwords', () => {
  const secret = toBase32(Buffer.from('12345678901234567890'));

  // The test vectors of RFC 6238 for SHA-1, whose last six digits are those of a six-digit password.
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at second %i', (second, code) => {
    expect(oneTimePassword(secret, Math.floor(second / 30))).toBe(code);
    expect(stepOf(code, secret, second * 1000)).toBe(Math.floor(second / 30));
    expect(stepOf(code, secret, (second + 30) * 1000)).toBe(Math.floor(second / 30));
    expect(stepOf(code, secret, (second + 61) * 1000)).toBeUndefined();
  });

  it('have secrets in base32', () => {
    expect(secret).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  });
});
