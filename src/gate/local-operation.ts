import { createHash } from 'node:crypto';
import { PveError, type PveErrorCode } from '../pve/error.ts';
import type { Call } from './call.ts';
import type { LocalFile, LocalFiles } from './local-files.ts';
import { largestTransfer } from './operation.ts';
import { quoted } from './printable.ts';
import type { ApiOperation, FileOperation } from './types.ts';
import { isUpload } from './upload-operation.ts';

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
  const file = call.uploads.get(localPath) ?? (await readSource(files, localPath, maxBytes, call.uploads));
  call.uploads.set(localPath, file);
  call.uploads.set(file.path, file);
  return { ...operation, localPath: file.path, size: file.bytes.length, sha256: file.sha256 };
}

/** All sources of a call are held until its end, so together they have no more than one may have. */
async function readSource(
  files: LocalFiles,
  path: string,
  maxBytes: number,
  held: Call['uploads'],
): Promise<LocalFile> {
  const room = largestTransfer - [...new Set(held.values())].reduce((sum, { bytes }) => sum + bytes.length, 0);
  try {
    return await files.read(path, Math.min(maxBytes, room));
  } catch (error) {
    if (room >= maxBytes || !(error instanceof PveError) || error.code !== 'too_large') throw error;
    const message = `The files of this call have more than ${largestTransfer} bytes together`;
    throw problem('too_large', message, 'Upload them in several calls.');
  }
}

/**
 * The request with the file that it carries: its real path, size and checksum, which goes along so that the node compares too.
 * The file is read through once a call, and again only when it was written to since.
 * @throws PveError
 */
export async function withMeasuredFile(
  operation: ApiOperation,
  call: Pick<Call, 'files' | 'measured' | 'signal' | 'onProgress'>,
): Promise<ApiOperation> {
  const { localFile } = operation;
  if (localFile === undefined) {
    if (!isUpload(operation)) return operation;
    const hint = 'A plain request cannot carry one: the action upload of storage_content names a file of this machine.';
    throw problem('invalid_argument', 'An upload carries a file, and none was named', hint);
  }
  const known = call.measured.get(localFile.path);
  if (known === undefined) call.onProgress({ message: `Reading ${quoted(localFile.path, 4096)}` });
  const file = await localFiles(call).measure(localFile.path, known, call.signal);
  call.measured.set(localFile.path, file);
  call.measured.set(file.path, file);
  const { path, size, sha256 } = file;
  return {
    ...operation,
    params: { ...operation.params, checksum: sha256, 'checksum-algorithm': 'sha256' },
    localFile: { path, size, sha256 },
  };
}

/** The files of this machine. @throws PveError where there are none to be had */
export function localFiles({ files }: Pick<Call, 'files'>): LocalFiles {
  if (files !== undefined) return files;
  const hint = 'Pass the text itself, or use the extension for VS Code.';
  throw problem('not_implemented', 'Files of this machine cannot be reached from here', hint);
}

/** The bytes that an approved upload sends. */
export function bytesToSend({ localPath = '', content }: FileOperation, { uploads }: Pick<Call, 'uploads'>): Buffer {
  const bytes = content === undefined ? uploads.get(localPath)?.bytes : Buffer.from(content);
  if (bytes !== undefined) return bytes;
  throw problem('server_error', 'What was to be sent is gone', 'Propose it again.');
}

function sumOf(bytes: Buffer): Pick<FileOperation, 'size' | 'sha256'> {
  return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function problem(code: PveErrorCode, message: string, hint: string): PveError {
  return new PveError({ code, message, hint, reason: [] });
}
