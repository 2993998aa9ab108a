import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as httpsRequest } from 'node:https';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

export interface DemoOptions {
  readonly nodes?: number;
  readonly guests?: number;
  readonly seed?: number;
  readonly speed?: number;
  /** How many nodes listen on a port of their own. */
  readonly endpoints?: number;
  /** How long a login ticket lasts. */
  readonly ticketSeconds?: number;
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
  readonly readOnlyUsername: string;
  readonly readOnlyPassword: string;
  /** Logs in with a password and then with a one-time password. */
  readonly totpUsername: string;
  readonly totpPassword: string;
  /** Base32. */
  readonly totpSecret: string;
  readonly endpoints: readonly DemoEndpoint[];
  /** The certificate of the CA that signed those of the nodes, PEM. */
  readonly ca: string;
  readonly pid: number;
  /**
   * One request straight to the demo, with the full token unless `authorization` says otherwise ('' = none).
   * @param path below `/api2/json`, already encoded
   */
  request(method: string, path: string, params?: DemoParams, authorization?: string): Promise<DemoReply>;
  /** Waits until the task has ended; answers its exit status. */
  taskEnd(upid: unknown): Promise<string>;
  /**
   * Gives an order to the demo, such as `{ node: 'pve2', offline: true }`, and waits until it is carried out.
   * `src/demo/control.ts` lists them.
   * @throws Error when the demo does not understand it
   */
  control(order: DemoOrder): Promise<Readonly<Record<string, unknown>>>;
  /** Ends the process and waits for it. */
  stop(): Promise<void>;
}
export interface DemoEndpoint {
  readonly node: string;
  readonly url: string;
  readonly fingerprint: string;
}
export type DemoOrder = Readonly<Record<string, string | number | boolean>>;
export type DemoParams = Readonly<Record<string, string | number>>;

type Ready = Omit<Demo, 'pid' | 'request' | 'taskEnd' | 'control' | 'stop'>;

/** Starts `dist/demo.js` as its own process and waits until it answers. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const args = Object.entries(options).flatMap(([name, value]) => [
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    String(value),
  ]);
  const script = resolve(import.meta.dirname, '../../dist/demo.js');
  const child = spawn(process.execPath, [script, '--with-parent', '--control', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdin, stdout } = child;
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('The demo has ended');
    return JSON.parse(value) as T;
  };
  const ready = await next<Ready>();
  const agent = new Agent({ keepAlive: false });
  const own = `PVEAPIToken=${ready.tokenId}=${ready.tokenSecret}`;
  const request: Demo['request'] = (method, path, params = {}, authorization = own) =>
    send(agent, `${ready.url}/api2/json${path}`, method, params, authorization);
  return {
    ...ready,
    pid: child.pid ?? 0,
    request,
    taskEnd: (upid) => taskEnd(request, String(upid)),
    control: async (order) => {
      stdin.write(`${JSON.stringify(order)}\n`);
      const told = await next<Readonly<Record<string, unknown>>>();
      if (told.ok !== true) throw new Error(String(told.error));
      return told;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
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
