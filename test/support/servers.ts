// Servers of their own over one demo cluster that keeps every write, for the tests of one file.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type Demo, startDemo } from './demo.ts';
import { type McpServer, type StartOptions, startServer } from './mcp.ts';

export interface Servers {
  readonly demo: Demo;
  /** A folder for the whole file, and one for this test in it. */
  readonly home: string;
  readonly dir: string;
  /** Ends with the test. */
  start(options: StartOptions): Promise<McpServer>;
  /** Every write that arrived at the cluster since the test began, a JSON line each. */
  writes(): Promise<string[]>;
}

/**
 * Registers what starts and ends them; called once, before the tests of the file.
 * @param guests how many the cluster has
 */
export function serversOverDemo(guests = 24): Servers {
  const servers: McpServer[] = [];
  let running: { readonly demo: Demo; readonly home: string } | undefined;
  let dir = '';
  let earlier = 0;
  const now = () => {
    if (running === undefined) throw new Error('The demo is not started yet');
    return running;
  };
  const allWrites = async (): Promise<string[]> => {
    const text = await readFile(join(now().home, 'writes.jsonl'), 'utf8').catch(() => '');
    return text === '' ? [] : text.trim().split('\n');
  };
  beforeAll(async () => {
    const home = await mkdtemp(join(tmpdir(), 'proxmox-servers-'));
    running = { home, demo: await startDemo({ speed: 20, seed: 1, guests, requests: join(home, 'writes.jsonl') }) };
  });
  beforeEach(async () => {
    dir = await mkdtemp(join(now().home, 'test-'));
    earlier = (await allWrites()).length;
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });
  afterAll(async () => {
    await now().demo.stop();
    await rm(now().home, { recursive: true, force: true });
  });
  return {
    get demo() {
      return now().demo;
    },
    get home() {
      return now().home;
    },
    get dir() {
      return dir;
    },
    async start(options) {
      const server = await startServer(options);
      servers.push(server);
      return server;
    },
    writes: async () => (await allWrites()).slice(earlier),
  };
}
