import { mkdirSync, watch } from 'node:fs';

const pollMs = 5000;

/**
 * Calls back when a file of a folder is written, by whichever process. Where the system refuses to watch (see
 * `watch-file.ts`), it calls back every five seconds.
 * @param dir made when it is missing, for only what exists can be watched
 */
export function watchFolder(dir: string, onChange: () => void, watchIt: typeof watch = watch): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  const poll = () => {
    timer ??= setInterval(onChange, pollMs).unref();
  };
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const watcher = watchIt(dir, () => onChange()).once('error', poll);
    return {
      close() {
        watcher.close();
        clearInterval(timer);
      },
    };
  } catch {
    poll();
    return { close: () => clearInterval(timer) };
  }
}
