import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { PveError } from '../../src/pve/error.ts';
import type { ExecResult } from '../../src/pve/exec-result.ts';
import type { NodeShell } from '../../src/ssh/types.ts';

/** A `NodeShell` that runs its commands on this machine, without SSH. @param path what is first on the PATH */
export function localShell(path: string, environment: Readonly<Record<string, string>> = {}): NodeShell {
  return {
    exec({ argv: [program = '', ...args], stdin }, { signal, timeoutMs, maxBytes, onOutput = () => {} }) {
      const started = performance.now();
      const env = { ...environment, PATH: `${path}:${process.env.PATH}` };
      const child = spawn(program, args, { env, detached: true });
      let ended: ExecResult['ended'] = 'exit';
      const end = (how: 'timeout' | 'cancelled'): void => {
        ended = how;
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      };
      const timer = setTimeout(() => end('timeout'), timeoutMs);
      signal.addEventListener('abort', () => end('cancelled'), { once: true });
      child.stdin.on('error', () => {});
      (stdin instanceof Readable ? stdin : Readable.from(stdin === undefined ? [] : [stdin])).pipe(child.stdin);
      const streams = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
      for (const name of ['stdout', 'stderr'] as const)
        child[name].on('data', (chunk: Buffer) => {
          streams[name].push(chunk);
          onOutput(name, chunk);
        });
      const kept = (pieces: readonly Buffer[]) => {
        const all = Buffer.concat(pieces);
        const isWhole = all.length <= maxBytes;
        const head = isWhole ? all : all.subarray(0, Math.ceil(maxBytes / 2));
        const tail = isWhole ? Buffer.alloc(0) : all.subarray(all.length - Math.floor(maxBytes / 2));
        return { head, tail, bytes: all.length };
      };
      return new Promise((done, failed) => {
        child.on('error', failed);
        const settle = (code: number | null, by: string | null): void => {
          clearTimeout(timer);
          done({
            ...(code === null ? {} : { exitCode: code }),
            ...(by === null ? {} : { exitSignal: by.replace('SIG', '') }),
            ended,
            stdout: kept(streams.stdout),
            stderr: kept(streams.stderr),
            ms: performance.now() - started,
          });
        };
        child.on('close', settle);
        // What outlives the command may hold its output open.
        child.on('exit', (code, by) => ended !== 'exit' && settle(code, by));
      });
    },
    sftp: () => Promise.reject(new PveError({ code: 'not_implemented', message: 'No SFTP', hint: '', reason: [] })),
  };
}
