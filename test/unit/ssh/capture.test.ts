import fc from 'fast-check';
import { expect, test } from 'vitest';
import { capture } from '../../../src/ssh/capture.ts';

test('head and tail are the beginning and the end of whatever came, in chunks of any size', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.integer({ min: 0, max: 100 }), (chunks, limit) => {
      const kept = capture(limit);
      for (const chunk of chunks) kept.add(Buffer.from(chunk));
      const all = Buffer.concat(chunks);
      const { head, tail, bytes } = kept.result();
      expect(bytes).toBe(all.length);
      if (all.length <= limit) expect(Buffer.concat([head, tail])).toEqual(all);
      else {
        expect(head).toEqual(all.subarray(0, Math.ceil(limit / 2)));
        expect(tail).toEqual(limit < 2 ? Buffer.alloc(0) : all.subarray(-Math.floor(limit / 2)));
      }
    }),
    { numRuns: 1000 },
  );
});
