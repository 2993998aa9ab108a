// One server with every access and every tool over a demo cluster of its own, and a person who says yes to everything.
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { demoEnvironment, type Elicit, type McpServer, startServer } from './mcp.ts';
import { type Servers, serversOverDemo } from './servers.ts';

export interface Writing extends Pick<Servers, 'demo' | 'writes'> {
  readonly server: McpServer;
  /** What was asked since the test began. */
  readonly questions: readonly string[];
  /** The parameters of each write that arrived since then. */
  params(): Promise<Record<string, unknown>[]>;
  /** The answer of a call that works. */
  done(tool: string, args: Record<string, unknown>): Promise<string>;
  /** The answer of one that nobody was asked about, and of which nothing was sent. */
  refused(tool: string, args: Record<string, unknown>): Promise<string>;
}

/**
 * Registers what starts and ends them; called once, before the tests of the file.
 * @param guests how many the cluster has
 */
export function writingOverDemo(guests?: number): Writing {
  const at = serversOverDemo(guests);
  const questions: string[] = [];
  let running: McpServer | undefined;
  const server = (): McpServer => {
    if (running === undefined) throw new Error('The server is not started yet');
    return running;
  };
  beforeAll(async () => {
    const env = { ...demoEnvironment(at.demo, join(at.home, 'audit'), 'full'), PVE_TOOLSETS: 'all' };
    running = await startServer({ env, elicit: sayingYes(questions) });
  });
  beforeEach(() => void questions.splice(0));
  afterAll(() => server().stop());
  return {
    get demo() {
      return at.demo;
    },
    get server() {
      return server();
    },
    questions,
    writes: () => at.writes(),
    params: async () => (await at.writes()).map((line) => JSON.parse(line).params ?? {}),
    async done(tool, args) {
      const { text, isError } = await server().call(tool, args);
      expect(isError, text).toBe(false);
      expect(text).not.toMatch(/undefined|NaN|\[object/);
      return text;
    },
    async refused(tool, args) {
      const { text, isError } = await server().call(tool, args);
      expect(isError, text).toBe(true);
      expect(questions).toEqual([]);
      expect(await at.writes()).toEqual([]);
      return text;
    },
  };
}

/** Types the name where one is to be typed. */
export function sayingYes(questions: string[]): Elicit {
  return ({ message, ...request }) => {
    questions.push(message);
    const schema = JSON.stringify('requestedSchema' in request ? request.requestedSchema : {});
    const name = /"Type (.*?) to confirm"/.exec(schema)?.[1];
    return { action: 'accept', content: { answer: 'run', ...(name === undefined ? {} : { name }) } };
  };
}
