import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { PveError } from '../pve/error.ts';
import { quoted } from './printable.ts';

/** A file of this machine that is too large to be held, as it was when it was read through. */
export interface MeasuredFile {
  /** Its real path. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  /** Where it is and when it was written to: while this is the same it need not be read again. */
  readonly mark: string;
}

/** A measured file that is open. */
export interface OpenFile {
  /** All of it, from its beginning each time. @throws PveError `changed` at the end, where it is not what was measured */
  bytes(): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

const readSize = 1024 * 1024;
/** What is sent is held until the socket has taken it. */
const sendSize = 256 * 1024;

/** Reads a file through, unless it is the known one. @throws PveError `changed`, `cancelled` */
export async function measureFile(
  path: string,
  handle: FileHandle,
  known: MeasuredFile | undefined,
  signal: AbortSignal,
): Promise<MeasuredFile> {
  const mark = markOf(path, await handle.stat({ bigint: true }));
  if (known?.mark === mark) return known;
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(readSize);
  let size = 0;
  for (;;) {
    if (signal.aborted) throw cancelled(path);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, size);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
  if (markOf(path, await handle.stat({ bigint: true })) !== mark) throw changed(path, 'is being written to');
  return { path, size, sha256: hash.digest('hex'), mark };
}

/** Takes over a file that was opened anew. @throws PveError `changed` when it is not the one that was measured */
export async function openMeasured(path: string, handle: FileHandle, file: MeasuredFile): Promise<OpenFile> {
  if (markOf(path, await handle.stat({ bigint: true })) !== file.mark)
    throw changed(file.path, 'is not what it was when it was read');
  return { bytes: () => bytesOf(handle, file), close: () => handle.close() };
}

async function* bytesOf(handle: FileHandle, { path, size, sha256 }: MeasuredFile): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for (let at = 0; at < size; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(sendSize, size - at)), {
      position: at,
    });
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    at += bytesRead;
    yield chunk;
  }
  if (hash.digest('hex') !== sha256) throw changed(path, 'was changed while it was sent');
}

function markOf(path: string, { dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs, path].join(' ');
}

function changed(path: string, how: string): PveError {
  return new PveError({
    code: 'changed',
    message: `${quoted(path, 4096)} on this machine ${how}`,
    hint: 'Wait until nothing writes to it, then propose it again.',
    reason: [],
  });
}

function cancelled(path: string): PveError {
  const message = `Reading ${quoted(path, 4096)} was cancelled`;
  return new PveError({ code: 'cancelled', message, hint: 'Nothing was sent.', reason: [] });
}
