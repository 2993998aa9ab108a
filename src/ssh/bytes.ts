import type { SFTPWrapper } from 'ssh2';
import { messageOf, PveError } from '../pve/error.ts';
import { captured } from '../pve/exec-result.ts';
import { inShell } from '../pve/guest-command.ts';
import { fileTrouble, tooLarge, transferEnded } from '../pve/remote-file.ts';
import type { NodeShell } from './types.ts';

const chunkBytes = 32_768;
/** Chunks under way at once, so that a long way costs its time once and not for each chunk. */
const window = 16;
const transferMs = 3_600_000;

/**
 * Reads a file of a node: by SFTP, or with sudo by a command, since SFTP has only the rights of the login.
 * @throws PveError `too_large` for more than `maxBytes`, however large it is said to be
 */
export async function getBytes(shell: NodeShell, path: string, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  if (!shell.sudo) return withSftp(shell, path, signal, (sftp) => read(sftp, path, maxBytes, signal));
  const argv = ['head', '-c', String(maxBytes + 1), '--', path];
  const { ended, exitCode, stdout, stderr } = await shell.exec(
    { argv },
    { signal, timeoutMs: transferMs, maxBytes: maxBytes + 1 },
  );
  if (ended !== 'exit') throw transferEnded(ended);
  if (exitCode !== 0) throw fileTrouble('', path, [captured(stderr).toString('utf8').trim()]);
  if (stdout.bytes > maxBytes) throw tooLarge(path, maxBytes);
  return captured(stdout);
}

/** Writes a new file of a node, which only its owner can read. @throws PveError when there is one already */
export async function putBytes(shell: NodeShell, bytes: Buffer, path: string, signal: AbortSignal): Promise<void> {
  if (!shell.sudo) return withSftp(shell, path, signal, (sftp) => write(sftp, bytes, path, signal));
  const argv = inShell('umask 077; set -C; cat > "$1"', path);
  const { ended, exitCode, stderr } = await shell.exec(
    { argv, stdin: bytes },
    { signal, timeoutMs: transferMs, maxBytes: 4096 },
  );
  if (ended !== 'exit') throw transferEnded(ended);
  if (exitCode !== 0) throw fileTrouble('', path, [captured(stderr).toString('utf8').trim()]);
}

async function withSftp<T>(
  shell: NodeShell,
  path: string,
  signal: AbortSignal,
  work: (sftp: SFTPWrapper) => Promise<T>,
): Promise<T> {
  const sftp = await shell.sftp(signal);
  let end = (): void => {};
  const gone = new Promise<never>((_, reject) => {
    const lost = (): void => reject(lostOnTheWay(path));
    end = () => reject(transferEnded('cancelled'));
    sftp.once('close', lost).once('error', lost);
  });
  gone.catch(() => {});
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([work(sftp), gone]);
  } catch (cause) {
    if (cause instanceof PveError) throw cause;
    throw fileTrouble('', path, [messageOf(cause)]);
  } finally {
    signal.removeEventListener('abort', end);
    sftp.end();
  }
}

async function read(sftp: SFTPWrapper, path: string, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const handle = await call<Buffer>((done) => sftp.open(path, 'r', done));
  const pieces: Buffer[] = [];
  let size = 0;
  while (!signal.aborted) {
    const round = await Promise.all(
      Array.from({ length: window }, (_, index) => readChunk(sftp, handle, size + index * chunkBytes)),
    );
    // What stands behind a short chunk was read when the file had grown; it is read again in its place.
    const short = round.findIndex((chunk) => chunk.length < chunkBytes);
    const whole = short < 0 ? round : round.slice(0, short + 1);
    const added = whole.reduce((sum, chunk) => sum + chunk.length, 0);
    pieces.push(...whole);
    size += added;
    if (size > maxBytes) throw tooLarge(path, maxBytes);
    if (added === 0) break;
  }
  await call<void>((done) => sftp.close(handle, done));
  return Buffer.concat(pieces);
}

function readChunk(sftp: SFTPWrapper, handle: Buffer, at: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunk = Buffer.alloc(chunkBytes);
    sftp.read(handle, chunk, 0, chunkBytes, at, (error, count) => {
      if (error === undefined || error === null) resolve(chunk.subarray(0, count));
      else if ('code' in error && error.code === endOfFile) resolve(Buffer.alloc(0));
      else reject(error);
    });
  });
}

/** SSH_FX_EOF */
const endOfFile = 1;

async function write(sftp: SFTPWrapper, bytes: Buffer, path: string, signal: AbortSignal): Promise<void> {
  const handle = await call<Buffer>((done) => sftp.open(path, 'wx', { mode: 0o600 }, done));
  for (let at = 0; at < bytes.length && !signal.aborted; at += window * chunkBytes) {
    const round = bytes.subarray(at, at + window * chunkBytes);
    const starts = Array.from({ length: Math.ceil(round.length / chunkBytes) }, (_, index) => index * chunkBytes);
    await Promise.all(
      starts.map((start) => {
        const length = Math.min(chunkBytes, round.length - start);
        return call<void>((done) => sftp.write(handle, round, start, length, at + start, done));
      }),
    );
  }
  await call<void>((done) => sftp.close(handle, done));
}

function call<T>(ask: (done: (error: Error | null | undefined, value: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    ask((error, value) => (error === undefined || error === null ? resolve(value) : reject(error)));
  });
}

function lostOnTheWay(path: string): PveError {
  const hint = 'Nothing of it is left, and a file that was there is as it was. Try again.';
  return new PveError({
    code: 'unreachable',
    message: `The connection was lost in the transfer of ${path}`,
    hint,
    reason: [],
  });
}
