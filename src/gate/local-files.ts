import { createHash, randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, link, lstat, open, readlink, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { PveError, type PveErrorCode } from '../pve/error.ts';
import { type MeasuredFile, measureFile, type OpenFile, openMeasured } from './measured-file.ts';
import { quoted } from './printable.ts';

/** A file of this machine, read once. */
export interface LocalFile {
  /** Its real path. */
  readonly path: string;
  readonly bytes: Buffer;
  /** Hex. */
  readonly sha256: string;
}

/** The files of this machine that transfers may touch (G12). Nobody else opens one. */
export interface LocalFiles {
  /** Reads a file whole, once. @throws PveError when it is outside of the folders, no plain file of its own, or larger */
  read(path: string, maxBytes: number): Promise<LocalFile>;
  /** Reads a file through without keeping it, under the same conditions, unless it is the known one. @throws PveError */
  measure(path: string, known: MeasuredFile | undefined, signal: AbortSignal): Promise<MeasuredFile>;
  /** Opens a measured file anew, to be sent. @throws PveError `changed` when it is not that file any more */
  open(file: MeasuredFile): Promise<OpenFile>;
  /** The real path at which a download would stand. @throws PveError when that is outside of the folders, or taken */
  place(path: string, overwrite: boolean): Promise<string>;
  /** Writes a new file beside the place, and puts it there whole once the place is looked at again. */
  write(place: string, bytes: Uint8Array, overwrite: boolean): Promise<void>;
}

export interface LocalFilesOptions {
  /** The folders in which files may be read and written, as they are now; the first one is where relative paths begin. */
  readonly folders: () => readonly string[] | Promise<readonly string[]>;
  /** What a person does to have a folder. */
  readonly hint: string;
}

/** Every path is taken by its real one, so that no link leads out of the folders; what is no plain file is refused. */
export function createLocalFiles(options: LocalFilesOptions): LocalFiles {
  const inside = async (path: string): Promise<void> => {
    const roots = await realFolders(options);
    if (roots.some((root) => isWithin(root, path))) return;
    const hint =
      roots.length === 0 ? options.hint : `Choose a path within ${roots.map((root) => quoted(root, 1024)).join(', ')}.`;
    throw problem('denied', `${quoted(path, 1024)} is not within the folders that files may go to and come from`, hint);
  };
  const whole = async (path: string): Promise<string> => {
    const [first] = await options.folders();
    if (isAbsolute(path)) return resolve(path);
    if (first !== undefined) return resolve(first, path);
    throw problem('denied', 'There is no folder that files may go to and come from', options.hint);
  };
  const place = async (path: string, overwrite: boolean): Promise<string> => {
    const wanted = await whole(path);
    const parent = await realpath(dirname(wanted)).catch((error: unknown) =>
      Promise.reject(noFile(dirname(wanted), error)),
    );
    const target = join(parent, basename(wanted));
    await inside(target);
    const there = await lstat(target).catch(() => undefined);
    if (there === undefined) return target;
    if (!there.isFile())
      throw problem('exists', `${quoted(target, 1024)} is there, and is no plain file`, 'Choose another name.');
    if (!overwrite)
      throw problem(
        'exists',
        `${quoted(target, 1024)} is there already`,
        'Choose another name, or ask for it to be overwritten.',
      );
    return target;
  };
  /** Opens a file; it stays open only for who keeps it. */
  const source = async <T>(
    path: string,
    use: (real: string, handle: FileHandle) => Promise<T>,
    keep = false,
  ): Promise<T> => {
    const wanted = await whole(path);
    const real = await realpath(wanted).catch((error: unknown) => Promise.reject(noFile(wanted, error)));
    await inside(real);
    // Without NONBLOCK the opening of a pipe that nobody writes to would wait for ever.
    const handle = await open(
      real,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    ).catch((error: unknown) => Promise.reject(noFile(real, error)));
    let isKept = false;
    try {
      checkOwn(real, await handle.stat());
      await checkPlace(real, handle);
      const result = await use(real, handle);
      isKept = keep;
      return result;
    } finally {
      if (!isKept) await handle.close();
    }
  };
  return {
    place,
    read: (path, maxBytes) =>
      source(path, async (real, handle) => {
        const bytes = await readAtMost(handle, real, maxBytes);
        return { path: real, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
      }),
    measure: (path, known, signal) => source(path, (real, handle) => measureFile(real, handle, known, signal)),
    open: (file) => source(file.path, (real, handle) => openMeasured(real, handle, file), true),
    async write(target, bytes, overwrite) {
      const temporary = join(
        dirname(target),
        `.${basename(target).slice(0, 100)}.${randomBytes(8).toString('hex')}.part`,
      );
      const handle = await open(
        temporary,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0),
        0o600,
      );
      try {
        try {
          await handle.writeFile(bytes);
          await handle.sync();
        } finally {
          await handle.close();
        }
        // Meanwhile a folder may have become a link to elsewhere.
        if ((await place(target, overwrite)) !== target)
          throw problem(
            'changed',
            `${quoted(dirname(target), 1024)} leads elsewhere now`,
            'Look at the folder before you try again.',
          );
        await (overwrite ? rename(temporary, target) : putNew(temporary, target));
      } finally {
        await rm(temporary, { force: true });
      }
    },
  };
}

/** A link fails where something is there; not every file system has them. */
async function putNew(temporary: string, target: string): Promise<void> {
  try {
    await link(temporary, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw problem('exists', `${quoted(target, 1024)} is there meanwhile`, 'Choose another name.');
    await rename(temporary, target);
  }
}

async function realFolders({ folders }: LocalFilesOptions): Promise<string[]> {
  const found = await Promise.all((await folders()).map((folder) => realpath(folder).catch(() => undefined)));
  return found.flatMap((folder) => folder ?? []);
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** A second name of a file may stand outside, and what is no file has no end. */
function checkOwn(path: string, stats: Stats): void {
  if (!stats.isFile())
    throw problem('invalid_argument', `${quoted(path, 1024)} is no plain file`, 'Name a plain file.');
  if (stats.nlink > 1)
    throw problem(
      'denied',
      `${quoted(path, 1024)} has another name elsewhere (a hard link)`,
      'Copy it to a file of its own first.',
    );
}

/** Between the look at the path and the opening, a folder on the way may have become a link to elsewhere. */
async function checkPlace(path: string, { fd }: FileHandle): Promise<void> {
  // Linux tells of the open file itself; elsewhere the path is looked at once more.
  const opened = await readlink(`/proc/self/fd/${fd}`).catch(() => realpath(path));
  if (opened !== path)
    throw problem('changed', `${quoted(path, 1024)} leads elsewhere now`, 'Look at the folder before you try again.');
}

async function readAtMost(handle: FileHandle, path: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(1 << 20, maxBytes + 1)));
    if (bytesRead === 0) return Buffer.concat(chunks);
    length += bytesRead;
    if (length > maxBytes)
      throw problem(
        'too_large',
        `${quoted(path, 1024)} is larger than ${maxBytes} bytes`,
        'Raise max_bytes, or send less.',
      );
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

function noFile(path: string, error: unknown): PveError {
  const { code = '' } = error as NodeJS.ErrnoException;
  return problem('not_found', `${quoted(path, 1024)} cannot be opened (${code})`, 'Correct the path.');
}

function problem(code: PveErrorCode, message: string, hint: string): PveError {
  return new PveError({ code, message, reason: [], hint });
}
