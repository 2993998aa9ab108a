import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { ElicitResult } from '@modelcontextprotocol/sdk/types.js';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { createRedactor } from '../../../src/gate/redact.ts';
import { elicitApprover } from '../../../src/server/elicit.ts';
import { type CallOptions, call, gateBench, power } from '../../support/gate.ts';

const end = '-----END PRIVATE KEY-----';

/** What a client is asked, which answers each question with a yes. */
async function asked(operations: Parameters<ReturnType<typeof gateBench>['perform']>[0], claims: CallOptions = {}) {
  const messages: string[] = [];
  const server: Pick<Server, 'getClientCapabilities' | 'request'> = {
    getClientCapabilities: () => ({ elicitation: { form: {} } }),
    request: async (request, schema) => {
      messages.push(z.object({ message: z.string() }).parse(request.params).message);
      return parse(schema, { action: 'accept', content: { answer: 'run', name: 'web-01' } }) as never;
    },
  };
  const bench = gateBench({
    answers: Array.from({ length: 3 }, () => (request, signal) => {
      const { clock } = bench;
      return elicitApprover(server, { clock, redactor: createRedactor() }).ask(request, signal);
    }),
  });
  const outcomes = await bench.perform(operations, claims);
  return { messages, outcomes, writes: bench.cluster.writes() };
}

function parse(schema: unknown, answer: unknown): ElicitResult {
  return (schema as { parse(value: unknown): ElicitResult }).parse(answer);
}

test.each(['title', 'reason'])('G18: a %s in the shape of a secret hides nothing but itself', async (claim) => {
  const { messages } = await asked([power(101, 'stop'), power(103, 'stop', { timeout: 5 })], {
    [claim]: `Tidy up ${end} and -----BEGIN PRIVATE KEY-----`,
  });
  const [message = ''] = messages;
  expect(message).toContain('1. Stop "web-01" (101, VM on pve2)');
  expect(message).toContain('Request: POST /nodes/pve3/qemu/103/status/stop  timeout=5');
  expect(message).toContain('[redacted]');
});

test('G18: a request that would be blanked out in the question is not asked about, and not sent', async () => {
  const description = end.replace(' PRIVATE', '\tPRIVATE').replace(' KEY', '\tKEY');
  const { messages, outcomes, writes } = await asked([call('PUT', '/nodes/pve2/qemu/101/config', { description })]);
  expect([messages, writes]).toEqual([[], []]);
  expect(outcomes).toMatchObject([{ status: 'denied', by: 'nobody' }]);
});
