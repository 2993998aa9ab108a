import { randomInt } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

/** Durations for `sleep` that nobody else uses, by which a test finds what it has started. */
export interface Naps {
  /** Seconds, more than any test lasts. */
  nap(number: number): string;
  /** The command lines of what sleeps so, or has it in its words. */
  sleeping(nap: string): Promise<string[]>;
  /** Ends whatever a failed test has left behind. */
  endAll(): Promise<void>;
}

export function naps(): Naps {
  const base = randomInt(1_000_000, 9_000_000);
  return {
    nap: (number) => `${base}${String(number).padStart(2, '0')}`,
    sleeping: async (nap) => (await running(nap)).map(({ line }) => line),
    async endAll() {
      for (const { pid } of await running(String(base))) process.kill(pid, 'SIGKILL');
    },
  };
}

/** Processes with this word in their command line; of those that have ended it is empty. */
async function running(word: string): Promise<{ readonly pid: number; readonly line: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(
    pids.map(async (pid) => {
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid, line: words.replaceAll('\0', ' ').trim() };
    }),
  );
  return all.filter(({ line }) => line.includes(word));
}
