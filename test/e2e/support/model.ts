// The scripted model's side of the files through which tests direct it and see what reached it.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface ScriptStep {
  /** The tool's own name, such as `pve_power_guest`; the editor's prefix is found by itself. */
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** One request to the model. */
export interface ModelRequest {
  /** The names of the tools that it could call, with the editor's prefixes; none for side questions. */
  readonly tools: readonly string[];
  /** What the script's tool calls so far returned, as the model reads it. */
  readonly results: readonly string[];
  readonly answer:
    | { readonly tool: string; readonly input: Readonly<Record<string, unknown>> }
    | { readonly text: string };
}

export interface ScriptedModel {
  /** Sets what the model does from the next message on: one tool call after the other, then the closing words. */
  script(steps: readonly ScriptStep[], closing?: string): Promise<void>;
  /** The requests since the script was set, oldest first, without side questions. */
  modelLog(): Promise<readonly ModelRequest[]>;
  /**
   * Runs a command as another extension would; a command that asks ends when its question is closed.
   * @returns why it failed, if it did
   */
  execute(command: string, ...args: readonly unknown[]): Promise<string | undefined>;
  /** Changes a setting of the user. */
  configure(setting: string, value: unknown): Promise<void>;
  /** Calls tools all at once, outside the chat. It does not wait for what they answer. */
  invokeTools(...steps: readonly ScriptStep[]): Promise<void>;
  /** What the tools that were called at once have answered, in the order of the answers. */
  invoked(): Promise<readonly string[]>;
  /** Waits until the editor's chat can use the model. */
  waitForChat(): Promise<void>;
  /** To be called before a reload: makes `waitForChat` wait for the chat that comes after it. */
  forgetChat(): Promise<void>;
}

const chatTimeoutMs = 60_000;
const commandTimeoutMs = 20_000;

/** @param dir the folder that the extension knows as `SCRIPTED_MODEL_DIR` */
export function createScriptedModel(dir: string): ScriptedModel {
  const ready = join(dir, 'chat-ready');
  let current = '';
  let called = 0;
  const execute: ScriptedModel['execute'] = async (command, ...args) => {
    const id = randomUUID();
    await appendFile(join(dir, 'commands.jsonl'), `${JSON.stringify({ id, command, args })}\n`);
    const end = Date.now() + commandTimeoutMs;
    while (Date.now() < end) {
      const outcomes = await readLines<{ readonly id: string; readonly error?: string }>(join(dir, 'outcomes.jsonl'));
      const outcome = outcomes.find((one) => one.id === id);
      if (outcome !== undefined) return outcome.error;
      await delay(30);
    }
    throw new Error(`The command ${command} did not end within ${commandTimeoutMs / 1000} s.`);
  };
  const invoked = () => readLines<{ readonly answer: string }>(join(dir, 'invoked.jsonl'));
  return {
    execute,
    configure: async (setting, value) => {
      const error = await execute('scripted-model.configure', setting, value);
      if (error !== undefined) throw new Error(error);
    },
    invokeTools: async (...steps) => {
      called = (await invoked()).length;
      const error = await execute('scripted-model.invokeTools', steps);
      if (error !== undefined) throw new Error(error);
    },
    invoked: async () => (await invoked()).slice(called).map(({ answer }) => answer),
    script: async (steps, closing = 'SCRIPT-DONE') => {
      current = randomUUID();
      await writeFile(join(dir, 'script.json'), JSON.stringify({ id: current, steps, closing }));
    },
    modelLog: async () => {
      const lines = (await readFile(join(dir, 'log.jsonl'), 'utf8')).trim().split('\n');
      const entries: readonly (ModelRequest & { readonly script: string })[] = lines.map((line) => JSON.parse(line));
      return entries.filter((entry) => entry.script === current && entry.tools.length > 0);
    },
    waitForChat: async () => {
      const end = Date.now() + chatTimeoutMs;
      while (!existsSync(ready)) {
        if (Date.now() > end) throw new Error(`The editor's chat was not active after ${chatTimeoutMs / 1000} s.`);
        await delay(100);
      }
    },
    forgetChat: () => rm(ready, { force: true }),
  };
}

async function readLines<T>(file: string): Promise<readonly T[]> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').slice(0, -1);
  return lines.map((line): T => JSON.parse(line));
}
