import { PveError, toPveError } from '../pve/error.ts';
import type { PveFile } from '../pve/request.ts';
import { localFiles } from './local-operation.ts';
import { quoted } from './printable.ts';
import type { RunOptions } from './run.ts';
import type { ApiOperation } from './types.ts';

/** An approved upload on its way. */
export interface Upload {
  readonly file: PveFile;
  /** Fires when the call is cancelled while bytes are missing; afterwards only the answer says what became of it. */
  readonly signal: AbortSignal;
  /** Why the node never got all of it, so that it has stored nothing. */
  whyNotWhole(): PveError | undefined;
  close(): Promise<void>;
}

/** Milliseconds between two words of progress. */
const tellEvery = 1000;

/**
 * Opens the file that an operation carries, to be sent as it was measured for the question (G12).
 * @throws PveError `changed` when it is not that file any more
 */
export async function openUpload({ localFile, params }: ApiOperation, options: RunOptions): Promise<Upload> {
  const { measured, signal, clock, onProgress } = options;
  const known = measured.get(localFile?.path ?? '');
  if (known === undefined || known.sha256 !== localFile?.sha256) throw gone();
  const opened = await localFiles(options).open(known);
  const name = [params.filename ?? ''].flat().join();
  const stop = new AbortController();
  let isWhole = false;
  let why: PveError | undefined;
  let told = clock.monotonic();

  const onAbort = () => {
    if (isWhole) return;
    why = cancelled(name);
    stop.abort(why);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });

  const tell = (sent: number) => {
    if (sent < known.size && clock.monotonic() - told < tellEvery) return;
    told = clock.monotonic();
    onProgress({ message: `Uploading ${quoted(name)}: ${megabytes(sent)} of ${megabytes(known.size)} MB` });
  };
  async function* stream(): AsyncGenerator<Buffer> {
    let sent = 0;
    // It begins anew at another endpoint, and after a new login.
    isWhole = false;
    try {
      for await (const chunk of opened.bytes()) {
        yield chunk;
        sent += chunk.length;
        tell(sent);
      }
    } catch (error) {
      why ??= toPveError(error);
      throw why;
    }
    isWhole = true;
  }
  return {
    file: { name, size: known.size, stream },
    signal: stop.signal,
    whyNotWhole: () => why,
    close() {
      signal.removeEventListener('abort', onAbort);
      return opened.close();
    },
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

function cancelled(name: string): PveError {
  return new PveError({
    code: 'cancelled',
    message: `The upload of ${quoted(name)} was cancelled before all of it was sent`,
    hint: 'Proxmox VE stores nothing of a file that is not whole.',
    reason: [],
  });
}

function gone(): PveError {
  return new PveError({
    code: 'server_error',
    message: 'What was to be sent is gone',
    hint: 'Propose it again.',
    reason: [],
  });
}
