import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as httpsRequest } from 'node:https';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

export interface DemoOptions {
  readonly nodes?: number;
  readonly guests?: number;
  readonly seed?: number;
  readonly speed?: number;
  /** A file to which every write that arrives is appended. */
  readonly requests?: string;
}

export interface DemoReply {
  readonly status: number;
  readonly reason: string;
  /** The whole body as JSON, or nothing when there is none. */
  readonly json: unknown;
  /** Its `data`. */
  readonly data: unknown;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Demo {
  readonly url: string;
  /** SHA-256 of the certificate, `AA:BB:…`. */
  readonly fingerprint: string;
  readonly tokenId: string;
  readonly tokenSecret: string;
  readonly readOnlyTokenId: string;
  readonly readOnlyTokenSecret: string;
  readonly username: string;
  readonly password: string;
  readonly pid: number;
  /**
   * One request straight to the demo, with the full token unless `authorization` says otherwise ('' = none).
   * @param path below `/api2/json`, already encoded
   */
  request(method: string, path: string, params?: DemoParams, authorization?: string): Promise<DemoReply>;
  /** Waits until the task has ended; answers its exit status. */
  taskEnd(upid: unknown): Promise<string>;
  /** Ends the process and waits for it. */
  stop(): Promise<void>;
}
export type DemoParams = Readonly<Record<string, string | number>>;

type Ready = Omit<Demo, 'pid' | 'request' | 'taskEnd' | 'stop'>;

/** Starts `dist/demo.js` as its own process and waits until it answers. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const script = resolve(import.meta.dirname, '../../dist/demo.js');
  const child = spawn(process.execPath, [script, '--with-parent', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ready = await readyLine(child);
  const agent = new Agent({ keepAlive: false });
  const own = `PVEAPIToken=${ready.tokenId}=${ready.tokenSecret}`;
  const request: Demo['request'] = (method, path, params = {}, authorization = own) =>
    send(agent, `${ready.url}/api2/json${path}`, method, params, authorization);
  return {
    ...ready,
    pid: child.pid ?? 0,
    request,
    taskEnd: (upid) => taskEnd(request, String(upid)),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function readyLine(child: ChildProcess): Promise<Ready> {
  if (child.stdout === null) throw new Error('The demo has no stdout');
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as Ready;
  throw new Error('The demo ended before it was ready');
}

function send(
  agent: Agent,
  url: string,
  method: string,
  params: DemoParams,
  authorization: string,
): Promise<DemoReply> {
  const form = new URLSearchParams(
    Object.entries(params).map(([key, value]): [string, string] => [key, String(value)]),
  ).toString();
  const inBody = method === 'POST' || method === 'PUT';
  const target = inBody || form === '' ? url : `${url}?${form}`;
  const headers = {
    ...(authorization === '' ? {} : { authorization }),
    ...(inBody
      ? { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(form) }
      : {}),
  };
  // The certificate is the demo's own; what checks it is tested where that code is.
  const sent = httpsRequest(target, { method, headers, agent, rejectUnauthorized: false });
  sent.end(inBody ? form : undefined);
  return new Promise((done, failed) => {
    sent.on('error', failed);
    sent.on('response', async (response) => {
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(piece);
      const body = Buffer.concat(pieces).toString('utf8');
      const json: unknown = body === '' ? undefined : JSON.parse(body);
      const data = typeof json === 'object' && json !== null && 'data' in json ? json.data : undefined;
      const { statusCode = 0, statusMessage = '' } = response;
      done({ status: statusCode, reason: statusMessage, json, data, body, headers: response.headers });
    });
  });
}

async function taskEnd(request: Demo['request'], upid: string): Promise<string> {
  const node = upid.split(':')[1] ?? '';
  for (;;) {
    const { data, status, reason } = await request('GET', `/nodes/${node}/tasks/${encodeURIComponent(upid)}/status`);
    if (status !== 200) throw new Error(`${upid}: ${status} ${reason}`);
    if (typeof data === 'object' && data !== null && 'exitstatus' in data) return String(data.exitstatus);
    await new Promise((again) => setTimeout(again, 25));
  }
}
