import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { PveFile } from './request.ts';

/** A body of `multipart/form-data`, made while it is sent. */
export interface Multipart {
  readonly contentType: string;
  /** Bytes of the whole body. */
  readonly length: number;
  /** Nothing is read before it is. */
  readonly body: Readable;
}

/**
 * A form with a file at its end, written as Proxmox VE reads it: it takes no parser for these bodies but a few patterns
 * (PVE::APIServer::AnyEvent, `file_upload_multipart`), which know the fields in this order alone, want the disposition as
 * the first header of the file, and call the file's field `filename`. It takes no chunked body either, so the length is exact.
 */
export function multipart(fields: Readonly<Record<string, string | readonly string[]>>, file: PveFile): Multipart {
  const boundary = `----pve${randomBytes(24).toString('hex')}`;
  const part = (disposition: string) => `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n`;
  const inOrder = Object.entries(fields).sort(([a], [b]) => placeOf(a) - placeOf(b));
  const head = Buffer.from(
    [
      ...inOrder.flatMap(([name, values]) =>
        [values].flat().map((value) => `${part(`name="${oneLine(name)}"`)}\r\n${oneLine(value)}\r\n`),
      ),
      `${part(`name="filename"; filename="${oneLine(file.name)}"`)}Content-Type: application/octet-stream\r\n\r\n`,
    ].join(''),
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: head.length + file.size + tail.length,
    body: Readable.from(pieces(head, file, tail)),
  };
}

/** Without the last piece the body is not whole, and Proxmox VE drops what it has got. */
async function* pieces(head: Buffer, file: PveFile, tail: Buffer): AsyncGenerator<Uint8Array> {
  yield head;
  yield* file.stream();
  yield tail;
}

const order = ['content', 'checksum-algorithm', 'checksum'];

function placeOf(name: string): number {
  const at = order.indexOf(name);
  return at < 0 ? order.length : at;
}

/** What could end a field, or a quoted name, early. @throws TypeError; the gate has refused it long before */
function oneLine(value: string): string {
  if (/["\\\p{Cc}]/u.test(value)) throw new TypeError('A form field has a quote or a control character');
  return value;
}
