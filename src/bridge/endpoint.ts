import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { PveError } from '../pve/error.ts';

/** A place where one launch listens. */
export interface Endpoint {
  readonly path: string;
  /** Stops listening and removes socket and folder; open connections stay. Never rejects; twice is once. */
  close(): Promise<void>;
}

/**
 * Listens on a socket in a private folder of its own (mode 0700), or on a pipe with a random name on Windows, where the
 * name is no secret: what protects is the proof that each connection has to give (G16).
 * @throws PveError `gate_unavailable` when there is no place for a private socket.
 */
export async function openEndpoint(
  onSocket: (socket: Socket) => void,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Endpoint> {
  const server = createServer(onSocket);
  if (process.platform === 'win32') {
    const path = `\\\\.\\pipe\\proxmox-${randomBytes(16).toString('hex')}`;
    await listen(server, path);
    return { path, close: async () => stop(server) };
  }
  const folder = await privateFolder([env.XDG_RUNTIME_DIR ?? '', tmpdir(), '/tmp']);
  const path = join(folder, socketName);
  const close = async () => {
    stop(server);
    // The socket went with its listener; an empty folder that cannot be removed does no harm.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  };
  try {
    await listen(server, path);
    await chmod(path, 0o600);
  } catch (error) {
    await close();
    throw noPlace(error);
  }
  return { path, close };
}

const socketName = 's';
const prefix = 'pve-';
/** macOS takes 104 bytes with the closing NUL, Linux 108. */
const maxPathBytes = 103;

/** A new folder in the first base that is short enough, exists, and keeps others out. */
async function privateFolder(bases: readonly string[]): Promise<string> {
  const failures: unknown[] = [];
  for (const base of bases) {
    if (!isAbsolute(base) || Buffer.byteLength(join(base, `${prefix}XXXXXX`, socketName)) > maxPathBytes) continue;
    try {
      return await makePrivate(base);
    } catch (error) {
      failures.push(error);
    }
  }
  throw noPlace(new AggregateError(failures));
}

async function makePrivate(base: string): Promise<string> {
  const folder = await mkdtemp(join(base, prefix));
  // Some file systems ignore modes.
  if (((await stat(folder)).mode & 0o077) === 0) return folder;
  await rm(folder, { recursive: true, force: true });
  throw new Error(`Others can enter a new folder in ${base}`);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      // From here on an error is a connection that could not be accepted; the others go on.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

/** The callback would wait for open connections; listening itself ends at once, and so does the socket's name. */
function stop(server: Server): void {
  if (server.listening) server.close();
}

function noPlace(cause: unknown): PveError {
  return new PveError(
    {
      code: 'gate_unavailable',
      message: 'No private socket could be made for the MCP server',
      hint: 'Check that the folder for temporary files exists, is writable and supports file modes, then start the server again.',
      reason: [],
    },
    { cause },
  );
}
