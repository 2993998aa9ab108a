import { keepScript as keep, lookAt, placeFile, verifyRead } from '../pve/place-file.ts';
import { type RemoteFiles, regularFile, sha256Of } from '../pve/remote-file.ts';
import { type Exec, inTurn, keepScript, runScript } from './script.ts';

/** What differs between a node and a container: the way of the bytes. */
export interface Carriers {
  /** @param size as it was seen: 0 also of files of the kernel, which are not empty */
  get(path: string, size: number, maxBytes: number, signal: AbortSignal): Promise<Buffer>;
  /** Writes the new file that is to stand at `path` in the end. @returns what was said about it, if anything */
  put(bytes: Buffer, file: string, path: string, signal: AbortSignal): Promise<readonly string[]>;
}

/** Files where `exec` runs scripts: looked at, compared and put in their place by these, carried by `carriers`. */
export function carriedFiles(exec: Exec, { get, put }: Carriers): RemoteFiles {
  const run = (script: string, args: readonly string[], signal: AbortSignal) => runScript(exec, script, args, signal);
  const look: RemoteFiles['look'] = (path, signal) => lookAt({ run }, path, signal);
  const open = (args: readonly string[], during: AbortSignal) => keepScript(exec, keep, args, during);
  return {
    look,
    async download(path, maxBytes, signal) {
      const { size, mode } = regularFile(await look(path, signal), path, maxBytes);
      const bytes = await get(path, size, maxBytes, signal);
      await verifyRead({ run }, path, bytes, size, signal);
      return { bytes, sha256: sha256Of(bytes), mode };
    },
    upload: (bytes, path, options, signal) =>
      inTurn(signal, () => {
        const carry = (content: Buffer, file: string, during: AbortSignal) => put(content, file, path, during);
        return placeFile({ run, open, carry }, bytes, path, options, signal);
      }),
  };
}
