import { keepScript as keep, lookAt, placeFile, verifyRead } from '../pve/place-file.ts';
import { type RemoteFiles, regularFile, sha256Of } from '../pve/remote-file.ts';
import { getBytes, putBytes } from './bytes.ts';
import { inTurn, keepScript, onNode, runScript } from './script.ts';
import type { NodeShell } from './types.ts';

/** The files of a node. Where the login is not root they are carried by commands: SFTP would have its own rights only. */
export function hostFiles(shell: NodeShell): RemoteFiles {
  const exec = onNode(shell);
  const run = (script: string, args: readonly string[], signal: AbortSignal) => runScript(exec, script, args, signal);
  const look: RemoteFiles['look'] = (path, signal) => lookAt({ run }, path, signal);
  return {
    look,
    async download(path, maxBytes, signal) {
      const { size, mode } = regularFile(await look(path, signal), path, maxBytes);
      const bytes = await getBytes(shell, path, maxBytes, signal);
      await verifyRead({ run }, path, bytes, size, signal);
      return { bytes, sha256: sha256Of(bytes), mode };
    },
    upload: (bytes, path, options, signal) =>
      inTurn(signal, () =>
        placeFile(
          {
            run,
            open: (args, during) => keepScript(exec, keep, args, during),
            carry: async (content, file, during) => {
              await putBytes(shell, content, file, during);
              return [];
            },
          },
          bytes,
          path,
          options,
          signal,
        ),
      ),
  };
}
