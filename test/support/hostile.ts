import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import * as z from 'zod';
import type { Window } from '../../src/extension/window.ts';
import { performing } from '../unit/bridge/support.ts';

/** What a call of the hostile server came to: the gate's outcomes, or an error of the bridge. */
export type Told = ReturnType<typeof told>;

/** A running server build that lies. */
export interface Hostile {
  /** Calls `perform`; `bend` may change the text of the message in any way. */
  propose(proposal: unknown, extra?: Readonly<Record<string, unknown>>, bend?: (text: string) => string): Promise<Told>;
  /** Sends any text as one frame. */
  say(text: string): void;
}

/** Builds the program that `startHostile` runs. */
export async function buildHostile(folder: string): Promise<string> {
  const outfile = join(folder, 'hostile-child.mjs');
  await build({
    entryPoints: [resolve(import.meta.dirname, 'hostile-child.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    define: { __VERSION__: '"0.0.0-test"' },
  });
  return outfile;
}

/** Starts it as the editor starts a server, with a launch of this window; it ends with the test. */
export async function startHostile(program: string, window: Window): Promise<Hostile> {
  const launch = Object.entries(await window.launch());
  const env = Object.fromEntries(launch.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'], env });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const answers = new Map<number, (told: Told) => void>();
  let id = 0;
  const gone = once(child, 'exit').then(() => {
    throw new Error('The hostile server has ended');
  });
  gone.catch(() => undefined);
  const welcome = new Promise<void>((welcomed) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = messageSchema.parse(JSON.parse(line));
      if (message.id === 0) welcomed();
      answers.get(message.id ?? 0)?.(told(message));
    });
  });
  await Promise.race([welcome, gone]);
  const say = (text: string) => void child.stdin.write(`${text}\n`);
  return {
    say,
    propose(proposal, extra = {}, bend = (text) => text) {
      id += 1;
      const answer = new Promise<Told>((resolve) => answers.set(id, resolve));
      say(bend(JSON.stringify({ ...performing(proposal, extra), id })));
      return Promise.race([answer, gone]);
    },
  };
}

const outcomeSchema = z.looseObject({
  status: z.string(),
  by: z.string().optional(),
  error: z.looseObject({ code: z.string() }).optional(),
});
const messageSchema = z.looseObject({
  id: z.number().optional(),
  result: z.looseObject({ plan: z.string().optional(), outcomes: z.array(outcomeSchema).optional() }).optional(),
  error: z.looseObject({ code: z.number() }).optional(),
});

function told({ result, error }: z.output<typeof messageSchema>) {
  return { plan: result?.plan, outcomes: result?.outcomes ?? [], refused: error?.code };
}
