import { Transform } from 'node:stream';

/**
 * Stands before the JSON-RPC reader, which limits nothing. It passes whole frames only, so that the reader never buffers,
 * and fails on the first header that announces more than allowed or is not exactly `Content-Length: N`.
 * @param maxBytes of one frame's body; asked again for each frame.
 */
export function frameLimit(maxBytes: () => number): Transform {
  let header: Buffer = Buffer.alloc(0);
  let frame: Buffer | undefined;
  let filled = 0;

  function takeHeader(chunk: Buffer): Buffer {
    const seen = Buffer.concat([header, chunk.subarray(0, maxHeaderBytes - header.length)]);
    const end = seen.indexOf(headerEnd);
    if (end === -1) {
      if (seen.length === maxHeaderBytes) throw new Error('A frame has too long a header');
      header = seen;
      return chunk.subarray(chunk.length);
    }
    const whole = seen.subarray(0, end + headerEnd.length);
    const rest = chunk.subarray(whole.length - header.length);
    frame = Buffer.allocUnsafe(whole.length + bodyLength(whole, maxBytes()));
    filled = whole.copy(frame);
    header = Buffer.alloc(0);
    return rest;
  }

  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        let rest = chunk;
        while (rest.length > 0) {
          if (frame === undefined) {
            rest = takeHeader(rest);
            continue;
          }
          const copied = rest.copy(frame, filled);
          filled += copied;
          rest = rest.subarray(copied);
          if (filled === frame.length) {
            this.push(frame);
            frame = undefined;
          }
        }
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error('A frame could not be read', { cause: error }));
      }
    },
  });
}

const headerEnd = '\r\n\r\n';
const maxHeaderBytes = 64;

/** One spelling only, the one that our own writer uses: two readers cannot understand it differently. */
function bodyLength(header: Buffer, maxBytes: number): number {
  const length = /^Content-Length: ([1-9][0-9]{0,9})\r\n\r\n$/.exec(header.toString('latin1'))?.[1];
  if (length === undefined) throw new Error('A frame has a malformed header');
  if (Number(length) > maxBytes) throw new Error(`A frame of ${length} bytes is larger than the ${maxBytes} allowed`);
  return Number(length);
}
