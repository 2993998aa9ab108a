import { createHmac } from 'node:crypto';
import type { Clock } from '../pve/clock.ts';

/** A second factor: the secret that makes codes, or one code that somebody has read off. */
export type Totp =
  | { readonly kind: 'secret'; readonly key: Uint8Array }
  | { readonly kind: 'code'; readonly code: string };

const stepMs = 30_000;
const digits = 6;
/** 80 bits, the least that generators hand out; what is shorter is a slip. */
const shortestSecret = 16;

/**
 * Reads a base32 secret (in any case, with or without spaces and padding) or a code of 6 digits.
 * @returns `undefined` when the text is neither
 */
export function parseTotp(text: string): Totp | undefined {
  const typed = text.replace(/[\s-]/g, '').replace(/=+$/, '').toUpperCase();
  if (/^\d{6}$/.test(typed)) return { kind: 'code', code: typed };
  if (!/^[A-Z2-7]+$/.test(typed) || typed.length < shortestSecret) return undefined;
  return { kind: 'secret', key: decodeBase32(typed) };
}

/**
 * Codes for one login after the other. A single code is given once. A secret makes a new one every 30 seconds (RFC 6238
 * with SHA-1 and 6 digits, as PVE sets it up); PVE takes none twice, so a second login waits for the next.
 */
export function totpCodes(totp: Totp, clock: Clock): () => Promise<string | undefined> {
  if (totp.kind === 'code') {
    const left = [totp.code];
    return async () => left.pop();
  }
  let used = -1;
  return async () => {
    const next = (used + 1) * stepMs - clock.now();
    // More than a step away means that the date was set back: the code of now is as good as any.
    if (next > 0 && next <= stepMs) await clock.sleep(next);
    used = Math.floor(clock.now() / stepMs);
    return codeAt(totp.key, used);
  };
}

/** RFC 4226 */
function codeAt(key: Uint8Array, counter: number): string {
  const moment = Buffer.alloc(8);
  moment.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac('sha1', key).update(moment).digest();
  const number = mac.readUInt32BE(mac.readUInt8(mac.length - 1) & 0xf) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

function decodeBase32(text: string): Uint8Array {
  const bits = Array.from(text, (letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  ).join('');
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}
