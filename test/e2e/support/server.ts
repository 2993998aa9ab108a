// The editor's server: code-server with its extensions, in a profile of its own.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installDir, layout } from './editor-paths.mjs';
import { createProfile, type Profile, type ProfileOptions } from './profile.ts';

const execFileAsync = promisify(execFile);
const { node, codeServer } = layout(installDir);
const vsce = fileURLToPath(new URL('../../../node_modules/@vscode/vsce/vsce', import.meta.url));
const scriptedModel = fileURLToPath(new URL('../scripted-model', import.meta.url));
const startTimeoutMs = 30_000;

export interface ServerOptions extends ProfileOptions {
  /** Packed extensions to install, as absolute paths. The scripted model is always installed as well. */
  readonly vsix?: readonly string[];
  /** Where the logs go. */
  readonly resultsDir: string;
}

export interface EditorServer extends Pick<Profile, 'modelDir'> {
  readonly url: string;
  /** Where an extension, named `publisher.name`, keeps its files (its `globalStorageUri`). */
  globalStorage(extension: string): string;
  /** Ends the server and everything that it started, keeps the logs and removes the profile. */
  stop(): Promise<void>;
}

/**
 * Starts the server on a free port of 127.0.0.1.
 * @throws when the editor is not installed, an extension cannot be installed or the server does not listen within 30 s
 */
export async function startServer({ vsix = [], resultsDir, ...options }: ServerOptions): Promise<EditorServer> {
  const profile = await createProfile(options);
  const removeProfile = () => rm(profile.dir, { recursive: true, force: true, maxRetries: 5 });
  try {
    await installExtensions(profile, [await packScriptedModel(profile), ...vsix]);
    const server = await run(profile, join(resultsDir, 'server.log'));
    const stop = async () => {
      await server.end();
      await cp(join(profile.data, 'logs'), join(resultsDir, 'logs'), { recursive: true });
      await removeProfile();
    };
    const globalStorage = (extension: string) => join(profile.data, 'User', 'globalStorage', extension);
    return { url: server.url, modelDir: profile.modelDir, globalStorage, stop };
  } catch (error) {
    await removeProfile();
    throw error;
  }
}

async function packScriptedModel(profile: Profile): Promise<string> {
  const file = join(profile.dir, 'scripted-model.vsix');
  const flags = ['--no-dependencies', '--allow-missing-repository', '--skip-license'];
  await execFileAsync(process.execPath, [vsce, 'package', ...flags, '--out', file], { cwd: scriptedModel });
  return file;
}

async function installExtensions({ args, env }: Profile, files: readonly string[]): Promise<void> {
  const wanted = files.flatMap((file) => ['--install-extension', file]);
  await execFileAsync(node, [codeServer, ...args, ...wanted], { env });
}

const serverArgs = [
  ...['--auth', 'none', '--bind-addr', '127.0.0.1:0', '--disable-telemetry', '--disable-update-check'],
  ...['--disable-workspace-trust', '--disable-getting-started-override'],
];

async function run({ args, env, workspace }: Profile, logFile: string) {
  const server = spawn(node, [codeServer, ...args, ...serverArgs, workspace], {
    env,
    detached: true, // a process group of its own, so that its helpers can be ended with it
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const endWithUs = () => killGroup(server);
  process.once('exit', endWithUs);
  const end = async () => {
    process.off('exit', endWithUs);
    killGroup(server);
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  };
  try {
    return { url: await listening(server, logFile), end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Resolves to the address as soon as the server says it. */
async function listening(server: ChildProcess, logFile: string): Promise<string> {
  const { stdout, stderr } = server;
  if (stdout === null || stderr === null) throw new Error("The editor's server has no output to read.");
  const log = createWriteStream(logFile);
  stderr.pipe(log, { end: false });
  stdout.pipe(log);
  const timer = new AbortController();
  const said = new Promise<string>((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`The editor's server ${what}; see ${logFile}.`));
    server.once('error', (error) => fail(`could not be started: ${error.message}`));
    server.once('exit', (code) => fail(`ended with code ${code}`));
    createInterface({ input: stdout }).on('line', (line) => {
      const url = /HTTP server listening on (http:\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
    const late = () => fail(`did not listen within ${startTimeoutMs / 1000} s`);
    delay(startTimeoutMs, undefined, { signal: timer.signal }).then(late, () => undefined); // aborted: it listened
  });
  return await said.finally(() => timer.abort());
}

function killGroup(server: ChildProcess): void {
  if (server.pid === undefined) return;
  try {
    process.kill(-server.pid, 'SIGKILL');
  } catch {
    // the group is gone already
  }
}
