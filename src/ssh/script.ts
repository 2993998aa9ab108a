import { PassThrough } from 'node:stream';
import { captured, type ExecResult } from '../pve/exec-result.ts';
import { inShell } from '../pve/guest-command.ts';
import type { Hands, Said } from '../pve/place-file.ts';
import { transferEnded } from '../pve/remote-file.ts';
import { createSlots } from './slots.ts';
import type { ExecOptions, NodeShell, RemoteCommand } from './types.ts';

/** Runs words somewhere: on a node, or through it in a container. */
export type Exec = (command: RemoteCommand, options: ExecOptions) => Promise<ExecResult>;

const scriptMs = 60_000;
/** As long as a transfer may take at all. */
const transferMs = 3_600_000;
const cleanUpMs = 15_000;
const mostSaid = 65_536;

export function onNode(shell: NodeShell): Exec {
  return (command, options) => shell.exec(command, options);
}

/**
 * A transfer keeps channels while it asks for more, so few of them go on at the same time: they would wait for each other's
 * places on the connection for ever.
 */
const places = createSlots(2);

/** Waits for its turn, and does a transfer. @throws PveError `cancelled` when the wait was ended */
export async function inTurn<T>(signal: AbortSignal, transfer: () => Promise<T>): Promise<T> {
  const leave = await places.take(signal).catch(() => {
    throw transferEnded('cancelled');
  });
  try {
    return await transfer();
  } finally {
    leave();
  }
}

/** Runs a script to its end. @throws PveError `cancelled` or `timeout` when it was ended */
export async function runScript(
  exec: Exec,
  script: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Said> {
  return said(await exec({ argv: inShell(script, ...args) }, { signal, timeoutMs: scriptMs, maxBytes: mostSaid }));
}

/**
 * Runs a script that makes a folder and tells it (see `stayScript`), and then stays until its input ends: by `close`, or by
 * itself when the connection is lost. So the folder is removed in every case; `close` does it where the script was killed.
 */
export async function keepScript(
  exec: Exec,
  script: string,
  args: readonly string[],
  signal: AbortSignal,
): ReturnType<Hands['open']> {
  if (signal.aborted) throw transferEnded('cancelled');
  const stdin = new PassThrough();
  let line = '';
  let onLine = (): void => {};
  const spoken = new Promise<void>((resolve) => {
    onLine = resolve;
  });
  // A cancel ends the input, never the script, which has to clean up.
  const options: ExecOptions = {
    signal: new AbortController().signal,
    timeoutMs: transferMs,
    maxBytes: mostSaid,
    onOutput: (stream, chunk) => {
      // A container may say without end what it likes.
      if (stream === 'stdout' && line.length < mostSaid) line += chunk.toString('utf8');
      if (line.includes('\n')) onLine();
    },
  };
  const running = exec({ argv: inShell(script, ...args), stdin }, options);
  const isClean = running.then(
    ({ ended, exitCode }) => ended === 'exit' && exitCode === 0,
    () => false,
  );
  const close = async (): Promise<void> => {
    stdin.end();
    if (await isClean) return;
    // The script itself was killed, or nobody knows: a new connection may still do it. Why the work failed is told already.
    const [, temp] = /^temp (\/.*\/\.?proxmox-\w{8})\n$/s.exec(line) ?? [];
    if (temp !== undefined)
      await runScript(exec, 'rm -rf -- "$1"', [temp], AbortSignal.timeout(cleanUpMs)).catch(() => {});
  };
  // It may not even have got its turn: then it cleans up when it does.
  let onAbort = (): void => {};
  const given = new Promise<never>((_, reject) => {
    onAbort = () => reject(transferEnded('cancelled'));
  });
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const early = await Promise.race([spoken, running, given]);
    if (early !== undefined) return { ...said(early), close };
    return { stdout: line, stderr: '', close };
  } catch (cause) {
    stdin.end();
    throw cause;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function said({ ended, stdout, stderr }: ExecResult): Said {
  if (ended === 'exit') return { stdout: captured(stdout).toString('utf8'), stderr: captured(stderr).toString('utf8') };
  throw transferEnded(ended);
}
