// The few ASN.1 types that a certificate needs, in their DER encoding.

export function sequence(...contents: readonly Buffer[]): Buffer {
  return tagged(0x30, ...contents);
}

export function set(...contents: readonly Buffer[]): Buffer {
  return tagged(0x31, ...contents);
}

/** @param bytes big-endian; the first bit must be 0 for a positive number */
export function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

export function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.of(value ? 0xff : 0));
}

export function octetString(bytes: Buffer): Buffer {
  return tagged(0x04, bytes);
}

/** @param unused how many bits at the end do not count */
export function bitString(bytes: Buffer, unused = 0): Buffer {
  return tagged(0x03, Buffer.of(unused), bytes);
}

export function utf8(text: string): Buffer {
  return tagged(0x0c, Buffer.from(text));
}

/** A wrapped value, `[number] EXPLICIT`. */
export function explicit(number: number, content: Buffer): Buffer {
  return tagged(0xa0 | number, content);
}

/** A primitive value, `[number] IMPLICIT`. */
export function context(number: number, bytes: Buffer): Buffer {
  return tagged(0x80 | number, bytes);
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** UTCTime, which holds until 2049. @param ms milliseconds since 1970 */
export function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return tagged(0x17, Buffer.from(`${digits}Z`));
}

function tagged(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}
