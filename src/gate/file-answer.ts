import { createHash } from 'node:crypto';
import { isBinary } from './command-answer.ts';
import type { FileOperation } from './types.ts';

/** What a transfer has answered. */
export interface FileAnswer {
  readonly remotePath: string;
  /** Of the whole file, bytes. */
  readonly size: number;
  /** Of the bytes that were carried, hex. */
  readonly sha256: string;
  /** Of a file that was read; absent where it is no text. */
  readonly text?: string;
  /** Where a download stands on this machine. */
  readonly localPath?: string;
}

/** What to answer about a file whose bytes were carried; those that were read go along where they are text. */
export function fileAnswer({ direction, remotePath, localPath }: FileOperation, bytes: Buffer): FileAnswer {
  return {
    remotePath,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ...(direction === 'read' && !isBinary(bytes) ? { text: bytes.toString() } : {}),
    ...(direction === 'download' && localPath !== undefined ? { localPath } : {}),
  };
}

/** Whether this is what a transfer has answered; nothing that the API answers has these fields together. */
export function isFileAnswer(data: unknown): data is FileAnswer {
  return typeof data === 'object' && data !== null && 'remotePath' in data && 'sha256' in data && 'size' in data;
}
