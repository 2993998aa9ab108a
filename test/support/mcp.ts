import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import {
  type ClientCapabilities,
  type ElicitRequest,
  ElicitRequestSchema,
  type ElicitResult,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { AccessLevel } from '../../src/gate/types.ts';
import type { Demo } from './demo.ts';
import { unfenced } from './fence.ts';

/** Answers a question of the server; what it was asked is in the request's message and schema. */
export type Elicit = (request: ElicitRequest['params'], signal: AbortSignal) => Promise<ElicitResult> | ElicitResult;

export interface StartOptions {
  /** The server's whole environment beside PATH and HOME. */
  readonly env: Readonly<Record<string, string>>;
  /** Without it the client has no elicitation. */
  readonly elicit?: Elicit;
  readonly name?: string;
  /** Arguments of its command line. */
  readonly args?: readonly string[];
  /** The folder that it is started in. */
  readonly cwd?: string;
}

export interface Answer {
  /** As the model gets it. */
  readonly raw: string;
  /** Without the lines of its fence. */
  readonly text: string;
  readonly isError: boolean;
}

export interface McpServer {
  readonly client: Client;
  readonly pid: number;
  /** Everything that came on stderr so far. */
  stderr(): string;
  /** Every message that the server sent, as JSON. */
  received(): string;
  /** How often the server said that its list of tools changed. */
  listChanges(): number;
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<Answer>;
  /** Closes stdin and waits for the process to end. */
  stop(): Promise<void>;
}
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** The environment of a server that uses the demo cluster. */
export function demoEnvironment(
  demo: Pick<Demo, 'url' | 'fingerprint' | 'tokenId' | 'tokenSecret'>,
  auditDir: string,
  level: AccessLevel = 'read-execute',
): Record<string, string> {
  return {
    PVE_BASE_URL: demo.url,
    PVE_FINGERPRINT: demo.fingerprint,
    PVE_TOKEN_ID: demo.tokenId,
    PVE_TOKEN_SECRET: demo.tokenSecret,
    PVE_ACCESS_LEVEL: level,
    PVE_AUDIT_DIR: auditDir,
  };
}

/** The records of operations in every audit file of a folder; with `changes`, those of changed connections instead. */
export async function auditRecords(
  dir: string,
  about: 'operations' | 'changes' = 'operations',
): Promise<Record<string, unknown>[]> {
  const files = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith('.jsonl')).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(dir, file), 'utf8')));
  const lines = texts.flatMap((text) => text.trim().split('\n'));
  return lines
    .map((line): Record<string, unknown> => JSON.parse(line))
    .filter(({ phase }) => (about === 'changes' ? phase === 'changed' : phase !== 'header' && phase !== 'changed'));
}

export const serverPath = fileURLToPath(new URL('../../dist/server.js', import.meta.url));

/** Starts `node dist/server.js` as an MCP client would, with nothing of this process's environment. */
export async function startServer({
  env,
  elicit,
  name = 'test-client',
  args = [],
  cwd = process.cwd(),
}: StartOptions): Promise<McpServer> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [serverPath, ...args],
    cwd,
    env: { ...env },
    stderr: 'pipe',
  });
  let stderr = '';
  transport.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const capabilities: ClientCapabilities = elicit === undefined ? {} : { elicitation: {} };
  const client = new Client({ name, version: '1.0.0' }, { capabilities });
  if (elicit !== undefined)
    client.setRequestHandler(ElicitRequestSchema, ({ params }, { signal }) => elicit(params, signal));
  let changes = 0;
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    changes += 1;
  });
  await client.connect(transport).catch((error: unknown) => {
    throw new Error(`The server did not start. It said:\n${stderr}`, { cause: error });
  });
  const received: string[] = [];
  const deliver = transport.onmessage;
  transport.onmessage = (message) => {
    received.push(JSON.stringify(message));
    deliver?.(message);
  };
  return {
    client,
    pid: transport.pid ?? 0,
    stderr: () => stderr,
    received: () => received.join('\n'),
    listChanges: () => changes,
    call: (tool, args = {}, options = {}) => call(client, tool, args, options),
    stop: () => client.close(),
  };
}

async function call(
  client: Client,
  name: string,
  args: Record<string, unknown>,
  { signal, onProgress }: CallOptions,
): Promise<Answer> {
  const result = await client.callTool({ name, arguments: args }, undefined, {
    timeout: 30_000,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onprogress: ({ message }) => onProgress(message ?? '') }),
  });
  const content = Array.isArray(result.content) ? result.content : [];
  const text = content.map((part: { type: string; text?: string }) => part.text ?? `[${part.type}]`).join('\n');
  return { raw: text, text: unfenced(text), isError: result.isError === true };
}
