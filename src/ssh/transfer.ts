import type { RemoteFiles } from '../pve/remote-file.ts';
import { getBytes, putBytes } from './bytes.ts';
import { carriedFiles } from './carried-files.ts';
import { onNode } from './script.ts';
import type { NodeShell } from './types.ts';

/** The files of a node. Where the login is not root they are carried by commands: SFTP would have its own rights only. */
export function hostFiles(shell: NodeShell): RemoteFiles {
  return carriedFiles(onNode(shell), {
    get: (path, _size, maxBytes, signal) => getBytes(shell, path, maxBytes, signal),
    async put(bytes, file, _path, signal) {
      await putBytes(shell, bytes, file, signal);
      return [];
    },
  });
}
