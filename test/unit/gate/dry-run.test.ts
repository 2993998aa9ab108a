import { describe, expect, test } from 'vitest';
import type { Outcome, ProposedOperation } from '../../../src/gate/types.ts';
import { agent, type Bench, type BenchOptions, call, gateBench, home, power } from '../../support/gate.ts';

async function foresee(bench: Bench, operations: readonly ProposedOperation[], dryRun: unknown = true) {
  const proposal = { connection: home.id, operations, tool: 'pve_test', wait: true, dryRun };
  const { outcomes } = await bench.gate.perform(proposal as never, agent, {
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  return outcomes;
}

function expectUntouched(bench: Bench): void {
  expect(bench.events.filter((event) => !event.startsWith('GET '))).toEqual([]);
  expect(bench.asked).toEqual([]);
  expect(bench.entries).toEqual([]);
}

const decisions: readonly [string, BenchOptions, Partial<Bench>, object][] = [
  ['a question', {}, {}, { kind: 'ask' }],
  ['a run without one', { approve: 'operate' }, {}, { kind: 'run' }],
  ['a denial by level', { profile: { level: 'read-only' } }, {}, { kind: 'deny', by: 'level' }],
  ['a denial by freeze', {}, { freeze: { count: 1, since: '2026-11-01T00:00:00Z' } }, { kind: 'deny', by: 'freeze' }],
  ['a denial by policy', { profile: { policies: [{ verdict: 'read-only' }] } }, {}, { kind: 'deny', by: 'policy' }],
];

describe('a dry run', () => {
  test.each(
    decisions,
  )('G3, G10: foresees %s; sends nothing but reads, asks nobody, records nothing', async (_what, options, state, decision) => {
    const bench = gateBench(options);
    Object.assign(bench, state);
    const [outcome] = await foresee(bench, [power(101, 'shutdown')]);
    expect(outcome).toMatchObject({ status: 'planned', decision });
    expectUntouched(bench);
  });

  test('G3: tells risk, facts against it, request and the way back of each step', async () => {
    const bench = gateBench();
    const outcomes: readonly Outcome[] = await foresee(bench, [power(101, 'stop')]);
    expect(outcomes).toMatchObject([{ status: 'planned', step: { risk: 'operate' } }]);
    const [outcome] = outcomes;
    expect(outcome?.status === 'planned' ? outcome.step.request : '').toMatch(
      /^POST \/nodes\/pve2\/qemu\/101\/status\/stop/,
    );
    expect(outcome?.status === 'planned' ? outcome.step.hazards.join(' ') : '').toMatch(/backup/);
    expectUntouched(bench);
  });

  test('G6: reads that are sensitive are foreseen, plain ones run', async () => {
    const bench = gateBench();
    const sensitive = call('GET', '/nodes/pve2/qemu/101/agent/file-read', { file: '/etc/shadow' });
    expect(await foresee(bench, [sensitive])).toMatchObject([{ status: 'planned', decision: { kind: 'ask' } }]);
    expect(bench.events.join(' ')).not.toMatch(/file-read/);
    expect(await foresee(bench, [call('GET', '/cluster/resources')])).toMatchObject([{ status: 'done' }]);
    expectUntouched(bench);
  });

  test('a command on a node is foreseen without a connection to it', async () => {
    const bench = gateBench({ profile: { commands: { host: true } } });
    const run = { argv: ['systemctl', 'stop', 'pveproxy'] };
    const target = { at: 'host', node: 'pve1' } as const;
    expect(await foresee(bench, [{ kind: 'command', target, run, timeoutSeconds: 5 }])).toMatchObject([
      { status: 'planned', decision: { kind: 'ask' } },
    ]);
    expectUntouched(bench);
  });

  test('G15: a secret that is known is in no plan', async () => {
    const bench = gateBench();
    bench.redactor.add('hunter2-hunter2');
    const set = call('PUT', '/nodes/pve2/qemu/101/config', { description: 'hunter2-hunter2' });
    const outcomes = await foresee(bench, [set]);
    expect(outcomes).toMatchObject([{ status: 'planned' }]);
    expect(JSON.stringify(outcomes)).not.toContain('hunter2');
  });

  test('G11: foresees that what a person has just denied is denied again, and is no denial itself', async () => {
    const bench = gateBench({ answers: [{ kind: 'deny', by: 'person', note: 'not today' }] });
    expect(await foresee(bench, [power(101, 'stop')])).toMatchObject([{ decision: { kind: 'ask' } }]);
    await bench.one(power(101, 'stop'));
    const seen = bench.entries.length;
    expect(await foresee(bench, [power(101, 'stop')])).toMatchObject([
      { status: 'planned', decision: { kind: 'deny', by: 'person', note: 'not today' } },
    ]);
    expect(bench.entries.length).toBe(seen);
    expect(bench.asked.length).toBe(1);
  });

  test.each([false, 1, 'true', null])('G8: dryRun %j is refused', async (value) => {
    const bench = gateBench();
    expect(await foresee(bench, [power(101, 'stop')], value)).toMatchObject([{ status: 'failed' }]);
    expectUntouched(bench);
  });
});
