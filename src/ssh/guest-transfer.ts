import { captured } from '../pve/exec-result.ts';
import { inShell } from '../pve/guest-command.ts';
import { stayScript } from '../pve/place-file.ts';
import { fileTrouble, type RemoteFiles, tooLarge, transferEnded } from '../pve/remote-file.ts';
import { getBytes, putBytes } from './bytes.ts';
import { carriedFiles } from './carried-files.ts';
import { execInContainer, pct } from './guest-exec.ts';
import { type Exec, inTurn, keepScript, onNode } from './script.ts';
import type { NodeShell } from './types.ts';

const transferMs = 3_600_000;
const scriptMs = 60_000;
const blockBytes = 512;

/**
 * The files of a running container, by `pct push` and `pct pull` through a private folder on its node. `pct push` tells
 * success also when it failed, so only the checksum that is read inside counts.
 */
export function containerFiles(shell: NodeShell, vmid: number): RemoteFiles {
  const inside: Exec = ({ argv, stdin }, options) =>
    execInContainer(shell, vmid, { run: { argv }, ...(stdin === undefined ? {} : { stdin }) }, options);

  /** Words on the node. @returns what was said about a failure */
  const say = async (argv: readonly string[], signal: AbortSignal): Promise<string[]> => {
    const { stderr } = await shell.exec({ argv }, { signal, timeoutMs: transferMs, maxBytes: 4096 });
    const text = captured(stderr).toString('utf8').trim();
    return text === '' ? [] : text.split('\n');
  };
  const pull = (path: string, maxBytes: number, signal: AbortSignal): Promise<Buffer> =>
    withNodeFolder(shell, path, signal, async (file) => {
      // A file without end would fill the node.
      const limit = String(Math.ceil(maxBytes / blockBytes) + 1);
      const words = pct('pull', String(vmid), path, file);
      const said = await say(inShell('ulimit -f "$1"; shift; exec "$@"', limit, ...words), signal);
      return getBytes(shell, file, maxBytes, signal).catch((cause) => {
        throw said.length === 0 ? cause : fileTrouble('', path, said);
      });
    });
  /** Files of the kernel say that they are empty, some have no end, and each look at them shows something else. */
  const readInside = async (path: string, maxBytes: number, signal: AbortSignal): Promise<Buffer> => {
    const argv = ['head', '-c', String(maxBytes + 1), '--', path];
    const { ended, stdout } = await inside({ argv }, { signal, timeoutMs: scriptMs, maxBytes: maxBytes + 1 });
    if (ended !== 'exit') throw transferEnded(ended);
    if (stdout.bytes > maxBytes) throw tooLarge(path, maxBytes);
    return captured(stdout);
  };
  return carriedFiles(inside, {
    get: (path, size, maxBytes, signal) =>
      size === 0 ? readInside(path, maxBytes, signal) : inTurn(signal, () => pull(path, maxBytes, signal)),
    put: (bytes, target, path, signal) =>
      withNodeFolder(shell, path, signal, async (file) => {
        await putBytes(shell, bytes, file, signal);
        return say(pct('push', String(vmid), file, target, '--perms', '0600'), signal);
      }),
  });
}

/** Where large files have room: /tmp is in memory. */
const makeNodeFolder = `temp=$(mktemp -d "\${TMPDIR:-/var/tmp}/proxmox-XXXXXXXX") || exit 1`;

/** A file that is not there yet, in a folder that nobody but root can enter and that is gone afterwards. */
async function withNodeFolder<T>(
  shell: NodeShell,
  path: string,
  signal: AbortSignal,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const folder = await keepScript(onNode(shell), stayScript(makeNodeFolder), [], signal);
  try {
    const [, temp] = /^temp (\/.*)\n$/s.exec(folder.stdout) ?? [];
    if (temp === undefined)
      throw fileTrouble(
        '',
        path,
        folder.stderr.split('\n').filter((line) => line !== ''),
      );
    return await work(`${temp}/file`);
  } finally {
    await folder.close();
  }
}
