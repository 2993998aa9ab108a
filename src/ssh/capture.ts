import type { Captured } from './types.ts';

export interface Capture {
  add(chunk: Buffer): void;
  result(): Captured;
}

/**
 * Keeps the beginning and the end of a stream, and counts all of it; memory does not grow with the stream.
 * @param maxBytes half for the beginning, half for the end
 */
export function capture(maxBytes: number): Capture {
  const headLimit = Math.ceil(maxBytes / 2);
  const tailLimit = Math.floor(maxBytes / 2);
  let bytes = 0;
  let head = Buffer.alloc(0);
  let headBytes = 0;
  // A ring, made when the head is full. `bytes - headBytes` modulo its size is where the next byte goes.
  let ring: Buffer | undefined;

  const addHead = (part: Buffer): void => {
    if (headBytes + part.length > head.length) {
      const size = Math.min(headLimit, Math.max(2 * head.length, headBytes + part.length, 1024));
      const wider = Buffer.alloc(size);
      head.copy(wider, 0, 0, headBytes);
      head = wider;
    }
    headBytes += part.copy(head, headBytes);
    bytes += part.length;
  };
  const addTail = (chunk: Buffer): void => {
    const before = bytes - headBytes;
    bytes += chunk.length;
    if (tailLimit === 0) return;
    ring ??= Buffer.alloc(tailLimit);
    const part = chunk.subarray(Math.max(0, chunk.length - tailLimit));
    const at = (before + chunk.length - part.length) % tailLimit;
    const fits = part.copy(ring, at);
    part.copy(ring, 0, fits);
  };
  return {
    add(chunk) {
      const room = headLimit - headBytes;
      if (room > 0) addHead(chunk.subarray(0, room));
      if (chunk.length > room) addTail(chunk.subarray(Math.max(0, room)));
    },
    result() {
      const after = bytes - headBytes;
      const begin = head.subarray(0, headBytes);
      if (ring === undefined) return { head: begin, tail: Buffer.alloc(0), bytes };
      if (after <= tailLimit) return { head: begin, tail: ring.subarray(0, after), bytes };
      const at = after % tailLimit;
      return { head: begin, tail: Buffer.concat([ring.subarray(at), ring.subarray(0, at)]), bytes };
    },
  };
}
