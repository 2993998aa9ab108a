import { describe, expect, test } from 'vitest';
import { proposalSchema, toRequest } from '../../../src/gate/operation.ts';
import type { ProposedApi } from '../../../src/gate/types.ts';
import { apiOnly } from '../../support/api-only.ts';
import { agent, call, gateBench, home, power } from '../../support/gate.ts';

describe('what is refused, never repaired', () => {
  const good = { connection: home.id, operations: [power(101, 'stop')], tool: 'pve_test', wait: true };
  const isAccepted = (proposal: unknown) => proposalSchema.safeParse(proposal).success;

  test('G1: the proposal that the others are made from is fine', () => {
    expect(isAccepted(good)).toBe(true);
  });

  test.each([
    `"__proto__": {"level": "full"}, `,
    `"operations": [{"kind": "api", "method": "POST", "segments": ["x"], "params": {"__proto__": "1"}}], `,
    `"operations": [{"kind": "api", "method": "POST", "segments": ["x"], "__proto__": {}}], `,
  ])('G1: what a reader may drop silently is refused: %s', (more) => {
    const rest = JSON.stringify({ ...good, operations: undefined }).slice(1);
    const operations = more.includes('operations') ? '' : `"operations": ${JSON.stringify(good.operations)}, `;
    expect(isAccepted(JSON.parse(`{${operations}${more}${rest}`))).toBe(false);
  });

  test.each([
    'approved',
    'level',
    'risk',
    'origin',
    'who',
    'effect',
    'facts',
    'decision',
    'grant',
    'revision',
    '__proto__x',
  ])('G8: a proposal with a field %s is refused', async (field) => {
    expect(isAccepted({ ...good, [field]: true })).toBe(false);
    const bench = gateBench();
    const proposal = { ...good, [field]: true };
    const { outcomes } = await bench.gate.perform(proposal, agent, {
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    expect(outcomes).toMatchObject([{ status: 'failed', error: { code: 'invalid_argument' } }]);
    expect(bench.events).toEqual([]);
  });

  test.each([
    'approved',
    'risk',
    'level',
    'origin',
    'digest',
    'connection',
    'revision',
    'sensitive',
  ])('G8: an operation with a field %s is refused', (field) => {
    expect(isAccepted({ ...good, operations: [{ ...power(101, 'stop'), [field]: 'read' }] })).toBe(false);
  });

  test.each<[string, object]>([
    ['another kind', { kind: 'command' }],
    ['another method', { method: 'PATCH' }],
    ['a method in lower case', { method: 'post' }],
    ['no segments', { segments: [] }],
    ['a path in place of segments', { segments: '/nodes' }],
    ['a number as a segment', { segments: ['nodes', 101] }],
    ['a NUL in a segment', { segments: ['no\0des'] }],
    ['a lone surrogate in a segment', { segments: ['\ud800'] }],
    ['an endless segment', { segments: ['a'.repeat(1025)] }],
    ['params as a list', { params: ['a'] }],
    ['a nested parameter', { params: { a: { b: 1 } } }],
    ['null as a parameter', { params: { a: null } }],
    ['NaN as a parameter', { params: { a: Number.NaN } }],
    ['a NUL in a parameter', { params: { a: 'x\0' } }],
    ['a lone surrogate in a list', { params: { a: ['\udc00'] } }],
    ['a boolean in a list', { params: { a: [true] } }],
  ])('G1: %s is refused', (_what, change) => {
    expect(isAccepted({ ...good, operations: [{ ...power(101, 'stop'), ...change }] })).toBe(false);
  });

  test('G3: 50 steps are a plan, 51 are none', async () => {
    const steps = (count: number) => Array.from({ length: count }, () => power(101, 'start'));
    expect(isAccepted({ ...good, operations: steps(50) })).toBe(true);
    expect(isAccepted({ ...good, operations: steps(51) })).toBe(false);
    expect(isAccepted({ ...good, operations: [] })).toBe(false);

    const bench = gateBench();
    const outcomes = await bench.perform(steps(51));
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['failed']));
    expect(bench.events).toEqual([]);
  });

  test('G8: what is changed in the proposal after the gate has checked it is not performed', async () => {
    const bench = gateBench();
    const proposal = { ...good, operations: [{ ...power(101, 'shutdown') }] };
    const options = { signal: new AbortController().signal, onProgress: () => {} };
    const performing = bench.gate.perform(proposal, agent, options);
    Object.assign(proposal.operations[0] ?? {}, { segments: power(101, 'stop').segments });
    Object.assign(proposal, { tool: 'another', wait: false });
    expect((await performing).outcomes).toMatchObject([{ status: 'done' }]);
    expect(bench.cluster.writes()).toEqual(['POST /nodes/pve2/qemu/101/status/shutdown']);
    expect(bench.asked[0]?.tool).toBe('pve_test');
  });
});

describe('an operation', () => {
  const make = (operation: ProposedApi) => toRequest(operation, home);

  test('G1: is bound to connection and revision, with its parameters in wire form', () => {
    const params = { a: true, b: false, c: 7, d: 0.5, e: 'ü', f: ['x', 2], g: -0 };
    expect(make(call('PUT', '/nodes/pve1/qemu/101/config', params))).toEqual({
      kind: 'api',
      connection: 'c-home',
      revision: 3,
      method: 'PUT',
      segments: ['nodes', 'pve1', 'qemu', '101', 'config'],
      params: { a: '1', b: '0', c: '7', d: '0.5', e: 'ü', f: ['x', '2'], g: '0' },
    });
  });

  test.each(['', '.', '..', 'a/b', 'a\nb', '\u007f', 'qemu/101'])('G1: the segment %j is refused', async (segment) => {
    const operation: ProposedApi = {
      kind: 'api',
      method: 'POST',
      segments: ['nodes', segment, 'status', 'stop'],
    };
    expect(() => make(operation)).toThrow(/not valid/);
    const bench = gateBench();
    expect(await bench.one(operation)).toMatchObject({ status: 'failed', error: { code: 'invalid_argument' } });
    expect(bench.events).toEqual([]);
  });

  test.each(['', 'a b', 'a=b', 'a&b', 'a[0]', '-a', 'ä', 'a\n'])('G1: the parameter name %j is refused', (name) => {
    expect(() => make(call('POST', '/access/acl', { [name]: '1' }))).toThrow(/not valid/);
  });

  test('G1: characters that mean something in an address stay one segment and reach nothing else', async () => {
    const bench = gateBench();
    const segments = ['nodes', 'pve2', 'qemu', '101?purge=1#', 'status', 'stop'];
    await bench.one({ kind: 'api', method: 'POST', segments });
    expect(bench.asked[0]?.assessments.map(({ operation }) => apiOnly(operation).segments)[0]).toEqual(segments);
    expect(bench.cluster.writes()).not.toContain('POST /nodes/pve2/qemu/101/status/stop');
  });
});
