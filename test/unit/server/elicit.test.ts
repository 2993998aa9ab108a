import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { type ElicitResult, ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, test } from 'vitest';
import { assess } from '../../../src/gate/assess.ts';
import { createRedactor } from '../../../src/gate/redact.ts';
import type { ApprovalRequest } from '../../../src/gate/types.ts';
import { systemClock } from '../../../src/pve/clock.ts';
import { elicitApprover } from '../../../src/server/elicit.ts';

const redactor = createRedactor();
redactor.add('s3cr3t-canary');
const stop101 = assess(
  {
    kind: 'api',
    connection: 'c1',
    revision: 1,
    method: 'POST',
    segments: ['nodes', 'pve2', 'qemu', '101', 'status', 'stop'],
    params: {},
  },
  { label: '"web-01" (101, VM on pve2)' },
);
const expiresAt = Date.now() + 300_000;
const request: ApprovalRequest = {
  id: 'q1',
  connection: { id: 'c1', name: 'home', revision: 1, level: 'full' },
  origin: { who: 'agent', client: 'test', launch: 'l1' },
  tool: 'pve_power_guest',
  assessments: [],
  offers: [],
  risk: 'operate',
  expiresAt,
};
const destroying: ApprovalRequest = { ...request, risk: 'destroy', mustType: 'web-01' };

/** A client that gives one answer, and counts what it was asked. */
function stub(answer: unknown, capabilities: unknown = { elicitation: { form: {} } }) {
  const asked: { params: unknown; timeout: number | undefined; signal: AbortSignal | undefined }[] = [];
  const server: Pick<Server, 'getClientCapabilities' | 'request'> = {
    getClientCapabilities: () => capabilities as ReturnType<Server['getClientCapabilities']>,
    request: async (message, schema, options) => {
      asked.push({ params: message.params, timeout: options?.timeout, signal: options?.signal });
      if (answer instanceof Error) throw answer;
      return parse(schema, await answer) as never;
    },
  };
  return {
    asked,
    ask: (what: ApprovalRequest, signal = new AbortController().signal) =>
      elicitApprover(server, { clock: systemClock, redactor }).ask(what, signal),
  };
}

function parse(schema: unknown, answer: unknown): ElicitResult {
  return (schema as { parse(value: unknown): ElicitResult }).parse(answer);
}

describe('asking through elicitation', () => {
  test('G18: the form has one required answer, whose default and first choice refuse', async () => {
    const { ask, asked } = stub({ action: 'accept', content: { answer: 'run' } });
    expect(await ask(request)).toEqual({ kind: 'run' });
    expect(asked[0]?.params).toMatchObject({
      requestedSchema: { required: ['answer'], properties: { answer: { enum: ['deny', 'run'], default: 'deny' } } },
    });
  });

  test('G18: what destroys wants the name typed, without a default', async () => {
    const { ask, asked } = stub({ action: 'accept', content: { answer: 'run', name: 'web-01' } });
    expect(await ask(destroying)).toEqual({ kind: 'run', typed: 'web-01' });
    const { requestedSchema } = asked[0]?.params as {
      requestedSchema: { required: string[]; properties: Record<string, object> };
    };
    expect(requestedSchema.required).toEqual(['answer', 'name']);
    expect(requestedSchema.properties.name).not.toHaveProperty('default');
  });

  test('G18: the question has its own time limit, not the 60 s of the protocol library', async () => {
    const { ask, asked } = stub({ action: 'decline' });
    await ask(request);
    expect(asked[0]?.timeout).toBeGreaterThan(290_000);
  });

  test('a question that was answered is not withdrawn afterwards; one that waits is', async () => {
    const gone = new AbortController();
    const { ask, asked } = stub({ action: 'accept', content: { answer: 'run' } });
    await ask(request, gone.signal);
    gone.abort();
    expect(asked[0]?.signal?.aborted).toBe(false);

    const waiting = new AbortController();
    const withdrawn = stub(new Promise(() => {}));
    const answer = withdrawn.ask(request, waiting.signal);
    waiting.abort();
    expect(withdrawn.asked[0]?.signal?.aborted).toBe(true);
    answer.catch(() => {}); // nobody ever answers it
  });

  test('G15: a secret in what the agent says is not shown', async () => {
    const { ask, asked } = stub({ action: 'decline' });
    await ask({ ...request, reason: 'because s3cr3t-canary' });
    expect(JSON.stringify(asked[0]?.params)).toContain('because [redacted]');
  });

  test('G18: a plan shows all of its steps, its title and its reason, and offers nothing beside yes and no', async () => {
    const { ask, asked } = stub({ action: 'accept', content: { answer: 'run', grant: true } });
    const plan: ApprovalRequest = {
      ...request,
      tool: 'pve_run_plan',
      title: 'Restart the web tier',
      reason: 'New kernel',
      assessments: [stop101, stop101, stop101],
      offers: ['grant', 'freeze'],
    };
    expect((await ask(plan)).kind).toBe('deny');
    const { message, requestedSchema } = asked[0]?.params as {
      message: string;
      requestedSchema: { properties: Record<string, unknown> };
    };
    expect(message.split('\n')[0]).toBe('Run 3 steps on "home"?');
    for (const number of [1, 2, 3]) expect(message).toContain(`\n${number}. Stop "web-01" (101, VM on pve2)`);
    expect(message.split('\n').slice(-2)).toEqual([
      'The agent calls this: "Restart the web tier"',
      'The agent says: New kernel',
    ]);
    expect(Object.keys(requestedSchema.properties)).toEqual(['answer']);
  });

  test('G18: what is too long to be shown whole is not asked, for a client may cut it', async () => {
    const { ask, asked } = stub(yes);
    const plan = { ...request, assessments: Array.from({ length: 30 }, () => stop101) };
    expect(await ask(plan)).toEqual({ kind: 'deny', by: 'nobody', note: expect.stringContaining('fewer steps') });
    expect(asked).toHaveLength(0);
  });

  const yes = { action: 'accept', content: { answer: 'run' } };
  test.each<[string, ApprovalRequest, unknown]>([
    ['declined', request, { action: 'decline' }],
    ['declined with a yes inside', request, { ...yes, action: 'decline' }],
    ['cancelled', request, { action: 'cancel' }],
    ['cancelled with a yes inside', request, { ...yes, action: 'cancel' }],
    ['accepted with the default', request, { action: 'accept', content: { answer: 'deny' } }],
    ['accepted without content', request, { action: 'accept' }],
    ['accepted with nothing in it', request, { action: 'accept', content: {} }],
    ['a yes in other letters', request, { action: 'accept', content: { answer: 'Run' } }],
    ['a yes as a boolean', request, { action: 'accept', content: { answer: true } }],
    ['a yes with something beside it', request, { action: 'accept', content: { answer: 'run', also: 'x' } }],
    ['a yes under another name', request, { action: 'accept', content: { confirm: 'run' } }],
    ['an action that does not exist', request, { action: 'yes', content: { answer: 'run' } }],
    ['no object at all', request, 'run'],
    ['a yes to what destroys, without the name', destroying, yes],
    ['the name in other letters', destroying, { action: 'accept', content: { answer: 'run', name: 'WEB-01' } }],
    ['the name with a space', destroying, { action: 'accept', content: { answer: 'run', name: 'web-01 ' } }],
    ['an error of the client', request, new McpError(ErrorCode.InvalidParams, 'no')],
    ['a time-out', request, new McpError(ErrorCode.RequestTimeout, 'late')],
  ])('G18: %s is a no, asked once', async (_what, what, answer) => {
    const { ask, asked } = stub(answer);
    expect((await ask(what)).kind).toBe('deny');
    expect(asked).toHaveLength(1);
  });

  test.each([
    [{}],
    [{ elicitation: {} }],
    [{ elicitation: { url: {} } }],
  ])('a client with capabilities %j is not asked, and told what to do', async (capabilities) => {
    const { ask, asked } = stub(yes, capabilities);
    expect(await ask(request)).toMatchObject({
      kind: 'deny',
      by: 'nobody',
      note: expect.stringContaining('elicitation'),
    });
    expect(asked).toHaveLength(0);
  });
});
