import type { RawParameters } from '../../../src/demo/parameters.ts';
import { createRedactor } from '../../../src/gate/redact.ts';
import type { Outcome, ProposedApi } from '../../../src/gate/types.ts';
import { classify } from '../../../src/pve/classify.ts';
import { PveError } from '../../../src/pve/error.ts';
import { createSchemas } from '../../../src/server/api/schemas.ts';
import type { Door } from '../../../src/server/door.ts';
import { callTool } from '../../../src/server/pipeline.ts';
import { toolsOf } from '../../../src/server/tools/all.ts';
import { toolsets } from '../../../src/server/toolsets.ts';
import { apiOnly } from '../../support/api-only.ts';
import { unfenced } from '../../support/fence.ts';
import { bob, createTestWorld, type Grant } from '../demo/world.ts';
import { home } from './fake-door.ts';

export interface DemoServerOptions {
  /** Asks as bob, who has these roles and nothing else; as the full token when absent. */
  readonly bobs?: readonly Grant[];
  readonly guests?: number;
  /** Path → what is answered in place of the demo; `paged` for what is asked for in parts. */
  readonly instead?: Readonly<Record<string, unknown>>;
  readonly budget?: number;
}

/** Calls tools against the demo cluster in this process: its answers, its privileges, its errors, but no network. */
export function demoServer({ bobs, guests = 24, instead = {}, budget }: DemoServerOptions = {}) {
  const demo = createTestWorld({ bobs: bobs ?? [], guests });
  /** Paths of all reads, with their parameters. */
  const asked: string[] = [];
  const read = (operation: ProposedApi): Outcome => {
    const { method, segments, params = {} } = operation;
    const path = `/${segments.join('/')}`;
    asked.push(`${path} ${JSON.stringify(params)}`);
    const own = instead[path];
    if (own instanceof PveError) return { status: 'failed', error: own.data };
    if (own instanceof Paged) return { status: 'done', ...own.part(params), ms: 1 };
    if (own !== undefined) return { status: 'done', data: own, ms: 1 };
    const parameters: RawParameters = Object.fromEntries(
      Object.entries(params).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, typeof value === 'boolean' ? String(Number(value)) : String(value)]],
      ),
    );
    const answered = demo.request(method, path, parameters, ...(bobs === undefined ? [] : [bob]));
    const { status, reason, data, total, errors } = answered;
    if (status === 200) return { status: 'done', data, ms: 1, ...(total === undefined ? {} : { total }) };
    const body = JSON.stringify({ data: null, message: reason, ...(errors === undefined ? {} : { errors }) });
    const request = { method: 'GET', path: [...segments] } as const;
    return { status: 'failed', error: classify({ status, statusText: reason, body, request }).data };
  };
  const door: Door = {
    connections: () => [home],
    onConnections: () => {},
    perform: async ({ operations }) => ({ plan: 'p1', outcomes: operations.map(apiOnly).map(read) }),
    close: async () => {},
  };
  const clock = { now: demo.clock.now, monotonic: () => 0, sleep: async () => {} };
  const deps = {
    tools: toolsOf(toolsets),
    door,
    redactor: createRedactor(),
    clock,
    schemas: createSchemas(clock),
    ...(budget === undefined ? {} : { budget }),
  };
  return {
    ...demo,
    asked,
    /** The answer without its fence. */
    async ask(name: string, args: unknown = {}): Promise<string> {
      const call = { name, args, client: 'test 1.0', signal: new AbortController().signal, progress: () => {} };
      const { content } = await callTool(call, deps);
      return unfenced(content.map((part) => (part.type === 'text' ? part.text : '')).join('\n'));
    },
    /** The same as a model gets it. */
    async raw(name: string, args: unknown = {}): Promise<string> {
      const call = { name, args, client: 'test 1.0', signal: new AbortController().signal, progress: () => {} };
      const { content } = await callTool(call, deps);
      return content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
    },
  };
}

/** A list of which `start` and `limit` take a part, with its total. */
export function paged(list: readonly unknown[]): unknown {
  return new Paged(list);
}

class Paged {
  readonly list: readonly unknown[];

  constructor(list: readonly unknown[]) {
    this.list = list;
  }

  part({ start = 0, limit = 50 }: Readonly<Record<string, unknown>>) {
    const from = Number(start);
    return { data: this.list.slice(from, from + Number(limit)), total: this.list.length };
  }
}

/** An error as the cluster gives it. */
export function refused(
  code: 'forbidden' | 'node_offline' | 'not_implemented' | 'server_error',
  message: string,
): PveError {
  return new PveError({ code, message, hint: '', reason: [] });
}
