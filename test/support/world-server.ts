// The tools over the demo cluster in this very process, without gate and sockets: every request is kept, and time moves on
// when somebody waits.
import { apidoc, apidocPath } from '../../src/demo/apidoc.ts';
import type { CommandAnswer } from '../../src/gate/command-answer.ts';
import type { FileAnswer } from '../../src/gate/file-answer.ts';
import { createRedactor } from '../../src/gate/redact.ts';
import type { ConnectionInfo, Outcome, ProposedApi, ProposedCommand, ProposedFile } from '../../src/gate/types.ts';
import { parseApidoc } from '../../src/pve/apidoc.ts';
import { classify } from '../../src/pve/classify.ts';
import type { Clock } from '../../src/pve/clock.ts';
import { isSchemaRequest, wireParams } from '../../src/pve/request.ts';
import { isUpid } from '../../src/pve/upid.ts';
import { createSchemas } from '../../src/server/api/schemas.ts';
import type { Door } from '../../src/server/door.ts';
import { callTool } from '../../src/server/pipeline.ts';
import { toolsOf } from '../../src/server/tools/all.ts';
import { toolsets } from '../../src/server/toolsets.ts';
import { createTestWorld, type TestWorld } from '../unit/demo/world.ts';
import { apiOnly } from './api-only.ts';
import type { ApiCall } from './api-reference.ts';

export interface WorldServerOptions {
  readonly guests?: number;
  readonly budget?: number;
  /** What the cluster answers in place of the demo, by path. */
  readonly answers?: (path: string, data: unknown) => unknown;
  /** Keeps writes from the cluster: they are recorded, and answered with nothing. */
  readonly frozen?: boolean;
}

export function worldServer({
  guests = 24,
  budget,
  answers = (_, data) => data,
  frozen = false,
}: WorldServerOptions = {}) {
  const demo = createTestWorld({ guests });
  const calls: ApiCall[] = [];
  const connections: readonly ConnectionInfo[] = [{ id: 'c1', name: 'home', level: 'full', host: true }];
  const clock: Clock = {
    now: () => demo.clock.now(),
    monotonic: () => demo.clock.now(),
    sleep: async (ms) => demo.clock.advance(ms),
  };
  const door: Door = {
    connections: () => connections,
    onConnections: () => {},
    async perform({ operations: proposed, wait }) {
      const outside = proposed.flatMap((one) => (one.kind === 'api' ? [] : [one]));
      if (outside.length > 0)
        return {
          plan: 'p2',
          outcomes: outside.map((one) => ({ status: 'done', data: answers('', said(one)), ms: 1 })),
        };
      const operations = proposed.map(apiOnly);
      // Read once for all calls, and no part of what a tool does.
      if (operations.some(({ method, segments }) => isSchemaRequest({ method, path: segments })))
        return { plan: 'p0', outcomes: [{ status: 'done', data: answers(apidocPath, parseApidoc(apidoc())), ms: 1 }] };
      const outcomes: Outcome[] = [];
      for (const operation of operations) {
        const call = recorded(operation);
        calls.push(call);
        const isKept = frozen && call.method !== 'GET';
        outcomes.push(isKept ? { status: 'done', data: null, ms: 1 } : run(demo, call, wait, answers));
      }
      return { plan: 'p1', outcomes };
    },
    close: async () => {},
  };
  const deps = {
    tools: toolsOf(toolsets),
    door,
    redactor: createRedactor(),
    clock,
    schemas: createSchemas(clock),
    ...(budget === undefined ? {} : { budget }),
  };
  return {
    demo,
    tools: deps.tools,
    /** What a server is made of. */
    deps,
    /** Every request of the tools so far. */
    calls,
    async call(name: string, args: unknown) {
      const signal = new AbortController().signal;
      const { content, isError } = await callTool({ name, args, client: 'test', signal, progress: () => {} }, deps);
      return {
        raw: content.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('\n'),
        isError: isError === true,
      };
    },
  };
}

/** What a command prints, and what stands in a file. */
function said(operation: ProposedCommand | ProposedFile): CommandAnswer | FileAnswer {
  if (operation.kind === 'file') {
    const { remotePath, direction } = operation;
    return { remotePath, size: 9, sha256: 'ab', ...(direction === 'read' ? { text: 'one\n\n\ttwo' } : {}) };
  }
  const stream = (text: string) => ({ text, bytes: 2000, left: 0, binary: false });
  return { ended: 'exit', exitCode: 1, stdout: stream('one\n\n\ttwo'), stderr: stream('three'), ms: 1 };
}

function recorded({ method, segments, params }: ProposedApi): ApiCall {
  return { method, segments, params: wireParams(params) };
}

function run(
  demo: TestWorld,
  { method, segments, params }: ApiCall,
  wait: boolean,
  answers: (path: string, data: unknown) => unknown,
): Outcome {
  const path = `/${segments.join('/')}`;
  const { status, reason, data, total, errors } = demo.request(method, path, params);
  if (status !== 200) {
    const body = JSON.stringify({ data: null, message: reason, ...(errors === undefined ? {} : { errors }) });
    const request = { method: method as ProposedApi['method'], path: segments };
    return { status: 'failed', error: classify({ status, statusText: reason, body, request }).data };
  }
  if (method !== 'GET' && wait && typeof data === 'string' && isUpid(data)) {
    for (let steps = 0; demo.exit(data) === 'running' && steps < 600; steps += 1) demo.clock.advance(1000);
    const end = demo.exit(data);
    if (end === 'OK' || end.startsWith('WARNINGS')) return { status: 'done', data, upid: data, ms: 1000 };
    const error = { code: 'task_failed', message: 'The task failed', reason: [end], hint: '', upid: data } as const;
    return { status: 'failed', error };
  }
  return { status: 'done', data: answers(path, data), ...(total === undefined ? {} : { total }), ms: 1 };
}
