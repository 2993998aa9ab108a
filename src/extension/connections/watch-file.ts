import { type FSWatcher, unwatchFile, watch, watchFile } from 'node:fs';
import { join } from 'node:path';

const pollMs = 1000;

/**
 * Calls back when a file is replaced, by whichever process. The system may refuse to watch a folder (Linux allows so many,
 * and an editor uses a lot of them); then the file is looked at every second instead.
 * @param dir an existing folder
 * @param name of the file in it, which may not exist yet
 */
export function onFileChange(
  dir: string,
  name: string,
  onChange: () => void,
  watchFolder: typeof watch = watch,
): { close(): void } {
  const file = join(dir, name);
  const listener = () => onChange();
  const poll = () => void watchFile(file, { interval: pollMs, persistent: false }, listener);
  let watcher: FSWatcher | undefined;
  try {
    // Not every system says which file it was.
    watcher = watchFolder(dir, (_event, changed) => {
      if (changed === name || changed === null) listener();
    });
    watcher.once('error', poll);
  } catch {
    poll();
  }
  return {
    close() {
      watcher?.close();
      unwatchFile(file, listener);
    },
  };
}
