import { describe, expect, test } from 'vitest';
import type { ApprovalAnswer } from '../../../src/gate/types.ts';
import { silence, yes } from '../../support/approver.ts';
import { call, gateBench, power } from '../../support/gate.ts';

/** What an approver that is out of order may give; the type would not let it. */
function odd(value: unknown): ApprovalAnswer {
  return value as ApprovalAnswer;
}

describe('an approver that is out of order', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an empty object', {}],
    ['a text', 'run'],
    ['true', true],
    ['a list', ['run']],
    ['another kind', { kind: 'allow' }],
    ['a kind in capitals', { kind: 'RUN' }],
    ['a kind with a blank', { kind: 'run ' }],
    ['a list as kind', { kind: ['run'] }],
    ['a kind with an answer beside it', { answer: 'run' }],
    ['a denial by somebody unheard of', { kind: 'deny', by: 'weather' }],
    ['a denial by nobody named', { kind: 'deny' }],
  ])('G18: %s is no yes', async (_what, answer) => {
    const bench = gateBench({ answers: [odd(answer)] });
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'denied' });
    expect(bench.asked).toHaveLength(1);
    expect(bench.cluster.writes()).toEqual([]);
    expect(bench.entries).toMatchObject([{ phase: 'decided', decision: expect.stringMatching(/^denied by /) }]);
  });

  test.each<[string, () => never]>([
    [
      'an error',
      () => {
        throw new Error('no window');
      },
    ],
    [
      'a text',
      () => {
        throw 'no window';
      },
    ],
    [
      'nothing',
      () => {
        throw undefined;
      },
    ],
  ])('G18: one that throws %s is a denial by nobody', async (_what, fail) => {
    const bench = gateBench({ answers: [fail] });
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'denied', by: 'nobody' });
    expect(bench.cluster.writes()).toEqual([]);
  });

  test('G2: one that never answers is a denial by time, and its question is withdrawn', async () => {
    const bench = gateBench({ answers: [silence] });
    const performing = bench.one(power(101, 'stop'));
    while (bench.asked.length === 0) await Promise.resolve();
    bench.clock.advance(5 * 60_000);
    expect(await performing).toMatchObject({ status: 'denied', by: 'timeout' });
    expect(bench.cluster.writes()).toEqual([]);
  });

  test('G2: one that says yes when it is withdrawn comes too late', async () => {
    const bench = gateBench({
      answers: [(_request, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(yes)))],
    });
    const performing = bench.one(power(101, 'stop'));
    while (bench.asked.length === 0) await Promise.resolve();
    bench.clock.advance(5 * 60_000);
    expect(await performing).toMatchObject({ status: 'denied', by: 'timeout' });
    expect(bench.cluster.writes()).toEqual([]);
  });

  test('G2: only the first of two answers counts', async () => {
    const twice = (first: ApprovalAnswer, second: ApprovalAnswer) =>
      gateBench({
        answers: [
          () =>
            new Promise((resolve) => {
              resolve(first);
              resolve(second);
            }),
        ],
      });
    const denied = twice({ kind: 'deny', by: 'person' }, yes);
    expect(await denied.one(power(101, 'stop'))).toMatchObject({ status: 'denied' });
    expect(denied.cluster.writes()).toEqual([]);
    const run = twice(yes, yes);
    await run.one(power(101, 'stop'));
    expect(run.cluster.writes()).toHaveLength(1);
  });
});

test('G3: a call that was cancelled before it came to a question asks nobody', async () => {
  const bench = gateBench();
  bench.cluster.on('GET /nodes/pve2/qemu/101/config', () => {
    bench.cancel();
    return { name: 'web-01' };
  });
  expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'denied', by: 'cancelled' });
  expect(bench.asked).toEqual([]);
  expect(bench.cluster.writes()).toEqual([]);
});

describe('what the approver is given', () => {
  test('G2: who asks, what, and until when', async () => {
    const bench = gateBench();
    const now = bench.clock.now();
    await bench.one(power(101, 'stop'), { reason: 'It hangs' });
    expect(bench.asked).toMatchObject([
      {
        connection: { id: 'c-home', name: 'home' },
        origin: { who: 'agent', client: 'a test' },
        tool: 'pve_test',
        reason: 'It hangs',
        risk: 'operate',
        expiresAt: now + 5 * 60_000,
      },
    ]);
    expect(bench.asked[0]).not.toHaveProperty('mustType');
    expect(bench.asked[0]).not.toHaveProperty('changed');
  });
});

describe('agents', () => {
  test.each([
    ['POST', '/nodes/pve1/execute'],
    ['POST', '/nodes/pve2/qemu/101/monitor'],
    ['POST', '/nodes/pve2/qemu/101/vncproxy'],
    ['GET', '/nodes/pve2/qemu/101/vncwebsocket'],
    ['POST', '/access/ticket'],
    ['POST', '/nodes/pve2/qemu/101/agent/exec'],
    ['GET', '/nodes/pve2/qemu/101/agent/file-read'],
  ] as const)('G5: %s %s is refused at level full: nothing asked, nothing sent, and recorded', async (method, path) => {
    const bench = gateBench({ profile: { level: 'full' } });
    expect(await bench.one(call(method, path))).toMatchObject({ status: 'denied', by: 'policy' });
    expect(bench.events).toEqual(['decided']);
  });

  test('G5: one such step refuses the whole plan', async () => {
    const bench = gateBench();
    const outcomes = await bench.perform([power(101, 'start'), call('GET', '/access/ticket')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['denied', 'denied']);
    expect(bench.cluster.sent).toEqual([]);
  });

  test('G5: a person is not refused by that, but asked', async () => {
    const bench = gateBench({ origin: { who: 'person', by: 'click' }, answers: [{ kind: 'run', typed: 'pve1' }] });
    bench.cluster.on('POST /nodes/pve1/execute', () => null);
    expect(await bench.one(call('POST', '/nodes/pve1/execute'))).toMatchObject({ status: 'done' });
    expect(bench.asked).toMatchObject([{ risk: 'destroy', mustType: 'pve1' }]);
  });

  test.each([
    'read-only',
    'read-execute',
    'full',
  ] as const)('G6: a sensitive read is asked about at level %s; denied, it is not sent', async (level) => {
    const bench = gateBench({ profile: { level }, answers: [{ kind: 'deny', by: 'person' }] });
    expect(await bench.one(call('GET', '/nodes/pve1/report'))).toMatchObject({ status: 'denied', by: 'person' });
    expect(bench.asked).toHaveLength(1);
    expect(bench.cluster.sent).toEqual([]);
    expect(bench.entries).toMatchObject([{ phase: 'decided' }]);
  });

  test('G6: a sensitive read that was allowed is recorded before and after, whoever reads', async () => {
    for (const bench of [gateBench(), gateBench({ origin: { who: 'person', by: 'click' } })]) {
      bench.cluster.on('GET /nodes/pve1/report', () => 'all of it');
      expect(await bench.one(call('GET', '/nodes/pve1/report'))).toMatchObject({ status: 'done', data: 'all of it' });
      expect(bench.events.filter((event) => event !== 'asked')).toEqual(['before', 'GET /nodes/pve1/report', 'after']);
    }
  });

  test('G4: what is above the level is refused before anything is read or asked', async () => {
    const bench = gateBench({ profile: { level: 'read-execute' } });
    expect(await bench.one(power(101, 'stop', { skiplock: 1 }))).toMatchObject({ status: 'denied', by: 'level' });
    expect(bench.events).toEqual(['decided']);
  });
});

describe('a question that does not wait any more says why', () => {
  const withdrawnBy = async (end: (bench: ReturnType<typeof gateBench>) => unknown): Promise<unknown> => {
    let seen: AbortSignal | undefined;
    const bench = gateBench({
      answers: [
        (request, signal) => {
          seen = signal;
          return silence(request, signal);
        },
      ],
    });
    const performing = bench.one(power(101, 'shutdown'));
    while (seen === undefined) await new Promise((resolve) => setImmediate(resolve));
    await end(bench);
    await performing;
    return seen.reason;
  };

  test.each<[string, (bench: ReturnType<typeof gateBench>) => unknown, string]>([
    ['a time-out', ({ clock }) => clock.advance(5 * 60_000 + 1), 'Nobody answered in time.'],
    ['a cancel', ({ cancel }) => cancel(), 'The call was cancelled.'],
    [
      'a freeze',
      (bench) => {
        bench.freeze = { count: 1, since: '2027-01-15T08:00:00.000Z' };
        return bench.gate.recheck();
      },
      'A person has frozen everything that agents do. Nothing was sent.',
    ],
    [
      'an edit',
      (bench) => {
        bench.profiles = async () => [];
        return bench.gate.recheck();
      },
      'The connection was edited, lowered in level or removed meanwhile.',
    ],
  ])('G2: %s', async (_what, end, reason) => {
    expect(await withdrawnBy(end)).toBe(reason);
  });
});
