// Servers of their own over the node pve2 as a real sshd, with stand-ins for its programs, for the tests of one file.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { auditRecords, demoEnvironment, type Elicit, type McpServer, type StartOptions, startServer } from './mcp.ts';
import { startNode, type TestNode } from './node.ts';
import { sayingYes } from './writing.ts';

export interface ExecServers {
  readonly node: TestNode;
  /** A new folder, gone in the end. */
  folder(): Promise<string>;
  /** Starts a server that reaches the node by SSH and trusts its key; ends with the test. */
  start(more?: Settings, options?: Partial<StartOptions>): Promise<ExecServer>;
  /** One with these settings that all tests of the file share; it counts anew what is asked and recorded. */
  shared(more?: Settings): Promise<ExecServer>;
}
export interface ExecServer extends McpServer {
  /** What was asked, each with a yes unless the test says otherwise. */
  readonly questions: readonly string[];
  records(): Promise<Record<string, unknown>[]>;
}
type Settings = Readonly<Record<string, string>>;

/** Registers what starts and ends them; called once, before the tests of the file. */
export function execServers(): ExecServers {
  const own: McpServer[] = [];
  const shared = new Map<string, Promise<ExecServer & { reset(): Promise<void> }>>();
  let started: TestNode | undefined;
  const node = (): TestNode => {
    if (started === undefined) throw new Error('The node is not started yet');
    return started;
  };
  const folder = () => mkdtemp(join(node().folder, 'test-'));
  const open = async (more: Settings, options: Partial<StartOptions>) => {
    const at = await folder();
    const questions: string[] = [];
    const env = { ...(await environment(node(), at)), ...more };
    const server = await startServer({ ...options, env, elicit: asking(questions, options.elicit) });
    let earlier = 0;
    const all = () => auditRecords(join(at, 'audit'));
    const reset = async () => {
      questions.splice(0);
      earlier = (await all()).length;
    };
    return { ...server, questions, reset, records: async () => (await all()).slice(earlier) };
  };
  beforeAll(async () => {
    started = await startNode('pve2');
  });
  afterEach(async () => {
    for (const server of own.splice(0)) await server.stop();
  });
  afterAll(async () => {
    for (const server of shared.values()) await (await server).stop();
    await node().stop();
  });
  return {
    get node() {
      return node();
    },
    folder,
    async start(more = {}, options = {}) {
      const server = await open(more, options);
      own.push(server);
      return server;
    },
    async shared(more = {}) {
      const key = JSON.stringify(more);
      const opened = shared.get(key) ?? open(more, {});
      shared.set(key, opened);
      const server = await opened;
      await server.reset();
      return server;
    },
  };
}

/** What `known_hosts` holds of the node. */
export function hostLine({ sshd }: TestNode): string {
  return `[127.0.0.1]:${sshd.port} ${sshd.hostKey()}\n`;
}

async function environment(node: TestNode, folder: string): Promise<Settings> {
  const knownHosts = join(folder, 'known_hosts');
  await writeFile(knownHosts, hostLine(node));
  return {
    ...demoEnvironment(node.demo, join(folder, 'audit'), 'full'),
    PVE_TOOLSETS: 'all',
    PVE_SSH_USER: node.sshd.user,
    PVE_SSH_PORT: String(node.sshd.port),
    PVE_SSH_KEY: join(node.folder, 'key'),
    PVE_SSH_ADDRESSES: 'pve2=127.0.0.1',
    PVE_SSH_KNOWN_HOSTS: knownHosts,
  };
}

function asking(questions: string[], given: Elicit | undefined): Elicit {
  if (given === undefined) return sayingYes(questions);
  return (request, signal) => {
    questions.push(request.message);
    return given(request, signal);
  };
}
