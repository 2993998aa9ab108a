// Servers of their own over a node that is a real sshd, with stand-ins for its programs, for the tests of one file.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { demoEnvironment, type Elicit, type McpServer, type StartOptions, startServer } from './mcp.ts';
import { startNode, type TestNode } from './node.ts';
import { sayingYes } from './writing.ts';

export interface ExecServers {
  readonly node: TestNode;
  /** A folder of this test alone. */
  folder(): Promise<string>;
  /** Starts a server that reaches the node by SSH and trusts its key; ends with the test. */
  start(more?: Readonly<Record<string, string>>, options?: Partial<StartOptions>): Promise<ExecServer>;
}
export interface ExecServer extends McpServer {
  /** What was asked, each with a yes unless the test says otherwise. */
  readonly questions: readonly string[];
  readonly auditDir: string;
}

/** Registers what starts and ends them; called once, before the tests of the file. */
export function execServers(): ExecServers {
  const running: McpServer[] = [];
  let started: TestNode | undefined;
  const node = (): TestNode => {
    if (started === undefined) throw new Error('The node is not started yet');
    return started;
  };
  beforeAll(async () => {
    started = await startNode();
  });
  afterEach(async () => {
    for (const server of running.splice(0)) await server.stop();
  });
  afterAll(() => node().stop());
  const folder = () => mkdtemp(join(node().folder, 'test-'));
  return {
    get node() {
      return node();
    },
    folder,
    async start(more = {}, options = {}) {
      const at = await folder();
      const auditDir = join(at, 'audit');
      const knownHosts = join(at, 'known_hosts');
      await writeFile(knownHosts, hostLine(node()));
      const env = {
        ...demoEnvironment(node().demo, auditDir, 'full'),
        PVE_TOOLSETS: 'all',
        PVE_SSH_USER: node().sshd.user,
        PVE_SSH_PORT: String(node().sshd.port),
        PVE_SSH_KEY: join(node().folder, 'key'),
        PVE_SSH_ADDRESSES: 'pve1=127.0.0.1',
        PVE_SSH_KNOWN_HOSTS: knownHosts,
        ...more,
      };
      const questions: string[] = [];
      const given = options.elicit;
      const elicit: Elicit =
        given === undefined
          ? sayingYes(questions)
          : (request, signal) => {
              questions.push(request.message);
              return given(request, signal);
            };
      const server = await startServer({ ...options, env, elicit });
      running.push(server);
      return { ...server, questions, auditDir };
    },
  };
}

/** What `known_hosts` holds of the node. */
export function hostLine({ sshd }: TestNode): string {
  return `[127.0.0.1]:${sshd.port} ${sshd.hostKey()}\n`;
}
