import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const program = '/usr/sbin/sshd';

/**
 * Whether there is an OpenSSH server to test with; where there is none such tests are skipped by name.
 * @throws Error in CI, where it must be there
 */
export function hasSshd(): boolean {
  if (existsSync(program)) return true;
  if (process.env.CI === 'true') throw new Error(`No ${program}: install openssh-server.`);
  return false;
}

export type KeyType = 'ed25519' | 'rsa' | 'ecdsa';

export interface SshdOptions {
  /** Which host keys it has, `ed25519` alone when absent. */
  readonly hostKeys?: readonly KeyType[];
  /** Public keys that may log in. */
  readonly authorized?: readonly string[];
  /** A folder with programs that come first on its PATH. */
  readonly programs?: string;
  /** More lines of sshd_config. */
  readonly config?: readonly string[];
  /** The same port again, after a stop. */
  readonly port?: number;
}

export interface Sshd {
  readonly port: number;
  readonly user: string;
  readonly folder: string;
  readonly pid: number;
  /** The public host key of a type: `type base64`. */
  hostKey(type?: KeyType): string;
  /** What it has logged so far. */
  log(): string;
  /** Ends it; connections that stand stay. */
  stop(): Promise<void>;
  /** Ends the processes that serve connections, and with them the connections. */
  dropConnections(): Promise<void>;
  /** Stops the processes that serve connections as a dead network would: they stand, and answer nothing. */
  freezeConnections(): Promise<void>;
  /** Ends it, and at once the processes that serve connections. */
  kill(): Promise<void>;
}

/** Starts a real OpenSSH server on 127.0.0.1 that lets the user of the tests in. Stop it in the end. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const folder = await mkdtemp(join(tmpdir(), 'proxmox-sshd-'));
  // Where Debian's init scripts would make it; sshd insists on it.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const port = options.port ?? (await freePort());
  const hostKeys = (options.hostKeys ?? ['ed25519']).map((type) => ({ type, file: join(folder, `host_${type}`) }));
  for (const { type, file } of hostKeys) makeKey(file, type);
  const authorized = join(folder, 'authorized_keys');
  await writeFile(authorized, `${(options.authorized ?? []).join('\n')}\n`);
  const path = [...(options.programs === undefined ? [] : [options.programs]), process.env.PATH ?? ''].join(':');
  await writeFile(join(folder, 'sshd_config'), config(folder, port, path, options, hostKeys));
  // It ends with this process, however that ends: an aborted run of tests leaves no server behind.
  const words = ['--pdeathsig', 'TERM', program, '-D', '-e', '-f', join(folder, 'sshd_config')];
  const child = spawn('setpriv', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await listening(port, child, () => log);
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const signalAll = async (signal: NodeJS.Signals) => {
    for (const pid of await descendants(child.pid ?? 0)) trySignal(pid, signal);
  };
  const drop = async () => {
    // Else it would still tell of commands that were killed a moment before it.
    await signalAll('SIGSTOP');
    await signalAll('SIGKILL');
  };
  const publicKeys = new Map(
    await Promise.all(hostKeys.map(async ({ type, file }) => [type, await readFile(`${file}.pub`, 'utf8')] as const)),
  );
  return {
    port,
    user: userInfo().username,
    folder,
    pid: child.pid ?? 0,
    hostKey: (type = hostKeys[0]?.type ?? 'ed25519') => (publicKeys.get(type) ?? '').split(' ').slice(0, 2).join(' '),
    log: () => log,
    stop,
    dropConnections: drop,
    freezeConnections: () => signalAll('SIGSTOP'),
    async kill() {
      await drop();
      await stop();
    },
  };
}

/** Makes a key pair with ssh-keygen. @returns the public key, one line */
export function makeKey(file: string, type: KeyType = 'ed25519', passphrase = ''): string {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', file]);
  chmodSync(file, 0o600);
  return execFileSync('ssh-keygen', ['-y', '-P', passphrase, '-f', file], { encoding: 'utf8' }).trim();
}

function config(
  folder: string,
  port: number,
  path: string,
  options: SshdOptions,
  hostKeys: readonly { readonly file: string }[],
): string {
  return [
    `ListenAddress 127.0.0.1:${port}`,
    `PidFile ${join(folder, 'pid')}`,
    ...hostKeys.map(({ file }) => `HostKey ${file}`),
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
    'PrintMotd no',
    'LogLevel VERBOSE',
    // No start files of whoever runs the tests, which may be slow or set a PATH of their own.
    `SetEnv PATH=${path} HOME=${folder} TMPDIR=${folder}`,
    'Subsystem sftp internal-sftp',
    ...(options.config ?? []),
    '',
  ].join('\n');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function listening(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`sshd ended before it was ready: ${log()}`);
    if (await answers(port)) return;
    await delay(20);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** Children of a process and theirs, from /proc. */
async function descendants(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const children = text.trim().split(/\s+/).filter(Boolean).map(Number);
  return [...(await Promise.all(children.map(descendants))).flat(), ...children];
}

function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
