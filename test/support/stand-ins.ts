import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Demo } from './demo.ts';

/** One call of a stand-in, as it got it. */
export interface StandInCall {
  readonly program: 'pct' | 'qm' | 'pvesh';
  readonly argv: readonly string[];
  /** Names of variables. */
  readonly environment: readonly string[];
}
/** What a stand-in is to do. */
export type Order =
  | { readonly attach: readonly string[] }
  | { readonly copy: readonly [from: string, to: string]; readonly exitOnFailure: number }
  | { readonly exit: number; readonly stdout?: string; readonly stderr?: string };

export interface StandIns {
  /** To be first on the PATH of what plays the node. */
  readonly folder: string;
  /** All calls, in order. */
  readonly calls: readonly StandInCall[];
  /** Of these acts the next ones fail, as with a full disk; `pct push` exits with 0 all the same. */
  readonly failing: Set<'push' | 'pull'>;
  stop(): void;
}

/** `pct`, `qm` and `pvesh` of a node of the demo cluster: they know the guests that are on it at the moment. */
export async function createStandIns(demo: Pick<Demo, 'request' | 'control'>, node: string): Promise<StandIns> {
  const folder = mkdtempSync(join(tmpdir(), 'stand-ins-'));
  const calls: StandInCall[] = [];
  const failing = new Set<'push' | 'pull'>();
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const call = JSON.parse(Buffer.concat(pieces).toString('utf8')) as StandInCall;
    calls.push(call);
    response.end(JSON.stringify(await orderFor({ demo, node, failing }, call)));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const door = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const script = join(import.meta.dirname, 'stand-in.mjs');
  for (const program of ['pct', 'qm', 'pvesh']) {
    const file = join(folder, program);
    writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${script}' ${door} ${program} "$@"\n`);
    chmodSync(file, 0o755);
  }
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, calls, failing, stop };
}

interface Node {
  readonly demo: Pick<Demo, 'request' | 'control'>;
  readonly node: string;
  readonly failing: ReadonlySet<string>;
}

async function orderFor(node: Node, { program, argv }: StandInCall): Promise<Order> {
  if (program === 'pvesh') return pvesh(node, argv);
  const kind = program === 'pct' ? 'lxc' : 'qemu';
  const [command = '', vmid = '', ...rest] = argv;
  const { status, data, reason } = await node.demo.request('GET', `/nodes/${node.node}/${kind}/${vmid}/status/current`);
  if (status !== 200) return { exit: 2, stderr: `${reason}\n` };
  const running = (data as { readonly status: string }).status === 'running';
  if (command === 'unlock') {
    await node.demo.control({ unlock: Number(vmid) });
    return { exit: 0 };
  }
  if (command === 'status') return { exit: 0, stdout: `status: ${running ? 'running' : 'stopped'}\n` };
  if (program === 'pct' && command === 'exec')
    return running
      ? { attach: rest.slice(rest.indexOf('--') + 1) }
      : { exit: 255, stderr: `Error: container '${vmid}' not running!\n` };
  if (program === 'pct' && (command === 'push' || command === 'pull')) return copy(node, command, running, rest);
  return { exit: 255, stderr: `ERROR: unknown command '${program} ${command}'\n` };
}

function copy({ failing }: Node, way: 'push' | 'pull', running: boolean, [from = '', to = '']: string[]): Order {
  if (!running) return { exit: 255, stderr: `can only ${way} files ${way === 'push' ? 'to' : 'from'} a running CT\n` };
  const exitOnFailure = way === 'push' ? 0 : 255;
  if (failing.has(way)) return { exit: exitOnFailure, stderr: `failed to ${way}: No space left on device\n` };
  return { copy: [from, to], exitOnFailure };
}

async function pvesh({ demo }: Node, [verb = '', path = '', ...options]: readonly string[]): Promise<Order> {
  const method = { get: 'GET', create: 'POST', set: 'PUT', delete: 'DELETE' }[verb];
  if (method === undefined) return { exit: 255, stderr: `ERROR: unknown command 'pvesh ${verb}'\n` };
  const params: Record<string, string> = {};
  for (let at = 0; at < options.length; at += 2)
    params[(options[at] ?? '').replace(/^--?/, '')] = options[at + 1] ?? '';
  delete params['output-format'];
  const { status, reason, data } = await demo.request(method, path, params);
  return status === 200 ? { exit: 0, stdout: `${JSON.stringify(data)}\n` } : { exit: 2, stderr: `${reason}\n` };
}
