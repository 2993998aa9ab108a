import { createHash } from 'node:crypto';
import { PveError } from './error.ts';

/** What is at a path of a host or a guest. `elsewhere`: the path goes through a symbolic link, to `path`. */
export type FileLook =
  | { readonly kind: 'file'; readonly size: number; readonly mode: number; readonly owner: string }
  | { readonly kind: 'elsewhere'; readonly path: string }
  | { readonly kind: 'missing' | 'folder' | 'special' };

/** A file that was read, whole. */
export interface Downloaded {
  readonly bytes: Buffer;
  readonly sha256: string;
  /** Permission bits, where they can be known. */
  readonly mode?: number;
}

export interface UploadOptions {
  /** Permission bits; as those of the file that is replaced, 0644 for a new one, when absent. */
  readonly mode?: number;
  /** `user` or `user:group` there; as with the file that is replaced, or who writes it, when absent. */
  readonly owner?: string;
  /** Without it a file that is there is left alone. */
  readonly overwrite: boolean;
  /** Of the bytes, as they were approved; lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * The files of a host or a guest. Paths are absolute and lead through no symbolic link, so that what was asked about is what
 * is read or written: `look` tells where one that does leads. All throw `PveError`: `not_found`, `exists`, `changed` (the
 * path leads elsewhere, or the file changed while it was read), `wrong_state` (no regular file), `too_large`.
 */
export interface RemoteFiles {
  look(path: string, signal: AbortSignal): Promise<FileLook>;
  /** @param maxBytes a larger file is refused, also one that grows while it is read */
  download(path: string, maxBytes: number, signal: AbortSignal): Promise<Downloaded>;
  /** The file appears whole, with its mode and owner, or not at all. */
  upload(bytes: Buffer, path: string, options: UploadOptions, signal: AbortSignal): Promise<void>;
}

/** @throws PveError `invalid_argument` for a path that is not absolute, or is written in a roundabout way */
export function checkRemotePath(path: string): void {
  const parts = path.split('/').slice(1);
  const isPlain = path.startsWith('/') && parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (isPlain && path.isWellFormed() && !path.includes('\0') && Buffer.byteLength(path) < 4096) return;
  throw new PveError({
    code: 'invalid_argument',
    message: `${JSON.stringify(path.slice(0, 200))} is not the plain absolute path of a file`,
    hint: 'Give a path such as /etc/hosts, without . and .. and doubled slashes.',
    reason: [],
  });
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What keeps a file from being read or written. @param what what was found, as `FileLook` and the scripts name it */
export function fileTrouble(what: string, path: string, reason: readonly string[] = []): PveError {
  const [word = '', ...rest] = what.split(' ');
  const trouble = troubles[word];
  if (trouble === undefined) return unclear(path, what === '' ? reason : [what, ...reason]);
  const [code, message, hint] = trouble;
  const detail = rest.join(' ');
  return new PveError({ code, message: message(path, detail), hint, reason });
}

/** What was found, if it is a file that may be read. @throws PveError for anything else, and what is larger than `maxBytes` */
export function regularFile(
  found: FileLook,
  path: string,
  maxBytes = Number.POSITIVE_INFINITY,
): Extract<FileLook, { kind: 'file' }> {
  if (found.kind === 'elsewhere') throw fileTrouble(`elsewhere ${found.path}`, path);
  if (found.kind !== 'file') throw fileTrouble(found.kind, path);
  if (found.size > maxBytes) throw tooLarge(path, maxBytes, found.size);
  return found;
}

export function tooLarge(path: string, maxBytes: number, size?: number): PveError {
  const has = size === undefined ? `has more than ${maxBytes} bytes` : `has ${size} bytes, more than ${maxBytes}`;
  return new PveError({
    code: 'too_large',
    message: `${path} ${has}`,
    hint: 'Take a part of it by a command, or raise the limit.',
    reason: [],
  });
}

/** A transfer that did not come to its end. */
export function transferEnded(code: 'timeout' | 'cancelled'): PveError {
  const message = code === 'timeout' ? 'The transfer of a file took too long' : 'The transfer of a file was cancelled';
  return new PveError({ code, message, hint: 'What was there before is as it was.', reason: [] });
}

function unclear(path: string, reason: readonly string[]): PveError {
  return new PveError({
    code: 'server_error',
    message: `${path} could not be read or written`,
    hint: 'Nothing was changed. The reason says why.',
    reason,
  });
}

type Code = 'not_found' | 'exists' | 'changed' | 'wrong_state';
const troubles: Readonly<Record<string, readonly [Code, (path: string, detail: string) => string, string]>> = {
  missing: ['not_found', (path) => `There is no ${path}`, 'Look at the folder first.'],
  'no-folder': ['not_found', (path) => `There is no folder for ${path}`, 'Make the folder first.'],
  exists: [
    'exists',
    (path) => `${path} exists already`,
    'Nothing was changed. Ask for it to be overwritten, or take another name.',
  ],
  folder: ['wrong_state', (path) => `${path} is a folder`, 'Name a file.'],
  special: [
    'wrong_state',
    (path) => `${path} is no regular file (a device, pipe or socket)`,
    'Only regular files are carried.',
  ],
  elsewhere: [
    'changed',
    (path, real) => `${path} leads through a symbolic link to ${real}`,
    'Ask for the file by that path, if it is the one that is meant.',
  ],
  changed: [
    'changed',
    (path) => `${path} changed while it was read`,
    'Try again, or copy it aside by a command first.',
  ],
  replaced: [
    'changed',
    (path) => `${path} was put in its place, and is something else by now`,
    'Somebody else writes it too. Look at it.',
  ],
  checksum: [
    'changed',
    (path) => `What arrived for ${path} is not what was sent`,
    'Nothing was changed. Look for a full disk, then try again.',
  ],
};
