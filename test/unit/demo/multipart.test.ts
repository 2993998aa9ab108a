import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundaryOf, readUpload } from '../../../src/demo/multipart.ts';
import { multipart } from '../../../src/pve/multipart.ts';

/** A body in pieces of these lengths, over and over. */
async function* cut(body: Buffer, lengths: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < body.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    yield body.subarray(at, at + length);
    at += length;
  }
}

async function sent(content: Buffer, fields = { content: 'iso', 'checksum-algorithm': 'sha256', checksum: 'ab' }) {
  const form = multipart(fields, {
    name: 'a.iso',
    size: content.length,
    stream: async function* () {
      yield content;
    },
  });
  const body = Buffer.concat(await form.body.toArray());
  return { form, body, boundary: boundaryOf(form.contentType) ?? '' };
}

describe('an upload', () => {
  it('is read whatever it holds, and however it is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 }),
        fc.constantFrom('', '\r', '\n', '\r\n', '\r\n--', '\r\n------pve'),
        async (bytes, lengths, end) => {
          const content = Buffer.concat([bytes, Buffer.from(end)]);
          const { form, body, boundary } = await sent(content);
          expect(body).toHaveLength(form.length);
          expect(await readUpload(cut(body, lengths), boundary)).toEqual({
            parameters: { content: 'iso', 'checksum-algorithm': 'sha256', checksum: 'ab', filename: 'a.iso' },
            file: { size: content.length, sum: createHash('sha256').update(content).digest('hex') },
          });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is none when it is not whole, wherever it ends', async () => {
    const { body, boundary } = await sent(Buffer.from('some bytes of a file'));
    for (let length = 0; length < body.length - 2; length += 1) {
      await expect(readUpload(cut(body.subarray(0, length), [7]), boundary), `${length} bytes`).rejects.toThrow();
    }
  });

  it('is none with its fields in another order, as in Proxmox VE', async () => {
    const { body, boundary } = await sent(Buffer.from('x'));
    const text = body.toString('latin1');
    const swapped = text
      .replace('name="content"', 'name="checksum"')
      .replace(/(name="checksum"[\s\S]*)name="checksum"/, '$1name="content"');
    expect(swapped).not.toBe(text);
    await expect(readUpload(cut(Buffer.from(swapped, 'latin1'), [50]), boundary)).rejects.toThrow('upload failed');
  });
});
