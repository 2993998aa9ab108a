import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { messageOf, PveError } from '../../pve/error.ts';

/** The line that the demo cluster prints when it is ready. */
const readySchema = z.object({ url: z.url(), fingerprint: z.string(), tokenId: z.string(), tokenSecret: z.string() });
export type DemoReady = z.infer<typeof readySchema>;

/** The embedded demo cluster, started when it is first needed and ended with this window. */
export interface DemoCluster {
  /** Starts it when it is not running. @throws PveError `unreachable` */
  ready(): Promise<DemoReady>;
  stop(): void;
}

/** @param script path of `dist/demo.js`. */
export function createDemoCluster(script: string): DemoCluster {
  let running: { readonly child: ChildProcess; readonly ready: Promise<DemoReady> } | undefined;
  return {
    ready() {
      if (running !== undefined) return running.ready;
      const child = spawn(process.execPath, [script, '--with-parent'], {
        stdio: ['pipe', 'pipe', 'pipe'],
        // In the desktop editor the executable is Electron, which is Node only when told so.
        env: { ELECTRON_RUN_AS_NODE: '1', PATH: process.env.PATH },
      });
      const ready = firstLine(child);
      running = { child, ready };
      const forget = () => {
        if (running?.child === child) running = undefined;
      };
      // What could not be started has no exit.
      child.once('exit', forget).once('error', forget);
      return ready;
    },
    stop() {
      running?.child.kill('SIGTERM');
      running = undefined;
    },
  };
}

function firstLine(child: ChildProcess): Promise<DemoReady> {
  const { stdout, stderr } = child;
  let complaint = '';
  stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  return new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(
        new PveError({
          code: 'unreachable',
          message: 'The demo cluster did not start',
          reason: [why],
          hint: 'Refresh to start it again.',
        }),
      );
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(complaint.trim() || `It ended with code ${code}`));
    if (stdout === null) return fail('It has no output');
    createInterface({ input: stdout }).once('line', (line) => {
      try {
        resolve(readySchema.parse(JSON.parse(line)));
      } catch (error) {
        fail(`Its first line is not understood: ${messageOf(error)}`);
      }
    });
  });
}
