import { createHash } from 'node:crypto';
import { PveError } from '../pve/error.ts';
import type { Call } from './call.ts';
import type { LocalFiles } from './local-files.ts';
import type { FileOperation } from './types.ts';

/**
 * The transfer with what only this machine tells: the real path, and of what is uploaded its size and sum. A source is read
 * once a call: what is sent is what was asked about, whatever becomes of the file meanwhile (G12).
 * @throws PveError
 */
export async function withLocalFile(
  operation: FileOperation,
  call: Pick<Call, 'files' | 'uploads'>,
): Promise<FileOperation> {
  const { direction, localPath, content, maxBytes, overwrite } = operation;
  if (direction === 'upload' && content !== undefined) return { ...operation, ...sumOf(Buffer.from(content)) };
  if (localPath === undefined) return operation;
  const files = localFiles(call);
  if (direction === 'download') return { ...operation, localPath: await files.place(localPath, overwrite) };
  const file = call.uploads.get(localPath) ?? (await files.read(localPath, maxBytes));
  call.uploads.set(localPath, file);
  call.uploads.set(file.path, file);
  return { ...operation, localPath: file.path, size: file.bytes.length, sha256: file.sha256 };
}

/** The files of this machine. @throws PveError where there are none to be had */
export function localFiles({ files }: Pick<Call, 'files'>): LocalFiles {
  if (files !== undefined) return files;
  throw new PveError({
    code: 'not_implemented',
    message: 'Files of this machine cannot be reached from here',
    hint: 'Pass the text itself, or use the extension for VS Code.',
    reason: [],
  });
}

/** The bytes that an approved upload sends. */
export function bytesToSend({ localPath = '', content }: FileOperation, { uploads }: Pick<Call, 'uploads'>): Buffer {
  const bytes = content === undefined ? uploads.get(localPath)?.bytes : Buffer.from(content);
  if (bytes !== undefined) return bytes;
  throw new PveError({
    code: 'server_error',
    message: 'What was to be sent is gone',
    hint: 'Propose it again.',
    reason: [],
  });
}

function sumOf(bytes: Buffer): Pick<FileOperation, 'size' | 'sha256'> {
  return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
