import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameLimit } from '../../../src/bridge/limit.ts';
import { frameOf } from './support.ts';

/** What comes out for these chunks, and the error that ended it. */
async function pass(chunks: readonly Uint8Array[], maxBytes: () => number = () => 100) {
  const limit = frameLimit(maxBytes);
  const frames: Buffer[] = [];
  limit.on('data', (frame: Buffer) => frames.push(frame));
  const error = await new Promise<Error | undefined>((resolve) => {
    limit.once('error', resolve);
    limit.once('end', () => resolve(undefined));
    for (const chunk of chunks) limit.write(chunk);
    limit.end();
  });
  return { frames: frames.map(String), error };
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

describe('frameLimit', () => {
  it('passes whole frames unchanged, however the bytes are cut', async () => {
    const message = fc
      .string({ minLength: 1, maxLength: 30, unit: 'binary' })
      .filter((text) => Buffer.byteLength(text) <= 100);
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        async (messages, places) => {
          const frames = messages.map(frameOf);
          const passed = await pass(cut(Buffer.concat(frames), places));
          expect(passed).toEqual({ frames: frames.map(String), error: undefined });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('passes a header that comes byte by byte', async () => {
    const frame = frameOf('{"a":1}');
    const bytes = Array.from(frame, (byte) => Uint8Array.of(byte));
    expect((await pass(bytes)).frames).toEqual([frame.toString()]);
  });

  it('G16: a frame that is too large is refused at its header, before any byte of its body', async () => {
    const { frames, error } = await pass([frameOf('x'.repeat(100)), Buffer.from('Content-Length: 101\r\n\r\n')]);
    expect(frames).toHaveLength(1);
    expect(error?.message).toBe('A frame of 101 bytes is larger than the 100 allowed');
  });

  it('G16: the limit is asked again for each frame', async () => {
    let max = 5;
    const asked = await pass([frameOf('12345'), frameOf('123456')], () => max++);
    expect(asked).toEqual({ frames: [frameOf('12345').toString(), frameOf('123456').toString()], error: undefined });
  });

  it.each([
    ['no length', 'Content-Type: text\r\n\r\n'],
    ['a negative length', 'Content-Length: -5\r\n\r\n'],
    ['no body', 'Content-Length: 0\r\n\r\n'],
    ['a length that is no number', 'Content-Length: 1e2\r\n\r\n'],
    ['a hexadecimal length', 'Content-Length: 0x10\r\n\r\n'],
    ['a leading zero', 'Content-Length: 010\r\n\r\n'],
    ['a second header', 'Content-Length: 5\r\nContent-Length: 900\r\n\r\n'],
    ['a header before', 'A: b\r\nContent-Length: 5\r\n\r\n'],
    ['an empty header', '\r\n\r\n'],
    ['other line ends before', 'Content-Length: 5\n\nxxxxx\r\n\r\n'],
    ['a header without end', `Content-Length: 5${' '.repeat(64)}`],
    ['a very long length', `Content-Length: ${'9'.repeat(40)}\r\n\r\n`],
  ])('G16: %s is refused', async (_what, header) => {
    const whole = await pass([Buffer.from(header), Buffer.from('12345')]);
    expect(whole.frames).toEqual([]);
    expect(whole.error?.message).toMatch(/^A frame has (a malformed|too long a) header$/);
    const bytes = await pass(Array.from(Buffer.from(header), (byte) => Uint8Array.of(byte)));
    expect(bytes.error?.message).toBe(whole.error?.message);
  });

  it('G16: random bytes never get through as anything but whole frames', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 90 }), { maxLength: 5 }), async (chunks) => {
        const { frames } = await pass(chunks);
        for (const frame of frames) expect(frame).toMatch(/^Content-Length: [1-9]\d*\r\n\r\n/);
      }),
    );
  });
});
