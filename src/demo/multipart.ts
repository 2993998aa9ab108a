import { createHash, type Hash } from 'node:crypto';

/** What came in a form with a file. What the file holds is only counted and summed. */
export interface Upload {
  /** The fields, and `filename` as the file's part names it. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly file: UploadedFile;
}
export interface UploadedFile {
  /** Bytes. */
  readonly size: number;
  /** Hex, by the algorithm that the form names; empty without one. */
  readonly sum: string;
}

const longestHead = 64 * 1024;
const algorithms = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];

/** `multipart/form-data; boundary=x` → x */
export function boundaryOf(contentType = ''): string | undefined {
  const [type, ...parameters] = contentType.split(/\s*[;,]\s*/);
  if (type !== 'multipart/form-data') return undefined;
  return parameters.flatMap((one) => /^boundary=(\S+)$/.exec(one)?.[1] ?? [])[0];
}

/**
 * Reads an upload as PVE's proxy does: fields in one order, the file last, to its closing boundary.
 * @throws Error when it is anything else, or not whole
 */
export async function readUpload(body: AsyncIterable<Buffer>, boundary: string): Promise<Upload> {
  const end = Buffer.from(`\r\n--${boundary}--`);
  let head: Head | undefined;
  let sum: Hash | undefined;
  let size = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of body) {
    rest = Buffer.concat([rest, chunk]);
    if (head === undefined) {
      head = readHead(rest, boundary);
      if (head === undefined && rest.length > longestHead) break;
      if (head === undefined) continue;
      rest = rest.subarray(head.length);
      const algorithm = head.parameters['checksum-algorithm'] ?? '';
      sum = algorithms.includes(algorithm) ? createHash(algorithm) : undefined;
    }
    const ready = rest.subarray(0, Math.max(0, rest.length - end.length - 2));
    sum?.update(ready);
    size += ready.length;
    rest = rest.subarray(ready.length);
  }
  const at = rest.indexOf(end);
  if (head === undefined || at < 0) throw new Error('upload failed');
  sum?.update(rest.subarray(0, at));
  return { parameters: head.parameters, file: { size: size + at, sum: sum?.digest('hex') ?? '' } };
}

interface Head {
  readonly parameters: Readonly<Record<string, string>>;
  /** Bytes up to the file's first one. */
  readonly length: number;
}

/** Everything before the file's bytes; nothing while it is not all there. */
function readHead(bytes: Buffer, boundary: string): Head | undefined {
  const text = bytes.toString('latin1', 0, longestHead);
  const delimiter = `--${boundary}\r\n`;
  const parameters: Record<string, string> = {};
  let at = text.startsWith(delimiter) ? 0 : -1;
  for (const name of ['content', 'checksum-algorithm', 'checksum']) {
    const field = `${delimiter}Content-Disposition: form-data; name="${name}"\r\n`;
    if (at < 0 || !text.startsWith(field, at)) continue;
    const next = text.indexOf(`\r\n${delimiter}`, at + field.length);
    if (next < 0) return undefined;
    parameters[name] = text.slice(text.indexOf('\r\n', at + field.length) + 2, next).trim();
    at = next + 2;
  }
  const file = `${delimiter}Content-Disposition: form-data; name="filename"; filename="`;
  const data = at < 0 ? -1 : text.indexOf('\r\n\r\n', at);
  if (data < 0 || !text.startsWith(file, at)) return undefined;
  parameters.filename = text.slice(at + file.length, text.indexOf('"', at + file.length));
  return { parameters, length: data + 4 };
}
