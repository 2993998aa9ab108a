import { describe, expect, test } from 'vitest';
import { no, yes } from '../../support/approver.ts';
import { type Bench, gateBench, meanwhile, power } from '../../support/gate.ts';

describe('time', () => {
  const minute = 60_000;

  test('G2: nobody answers for five minutes: denied, and it says so', async () => {
    const bench = gateBench({
      answers: [
        () => {
          queueMicrotask(() => bench.clock.advance(5 * minute));
          return new Promise(() => {});
        },
      ],
    });
    expect(await bench.one(power(101, 'stop'))).toMatchObject({
      status: 'denied',
      by: 'timeout',
      why: expect.stringMatching(/Nobody answered/),
    });
    expect(bench.cluster.writes()).toEqual([]);
  });

  test.each(['wall', 'monotonic'] as const)('G2: a yes after five minutes by the %s clock is none', async (which) => {
    const bench = meanwhile((it) => it.clock.jump(which, 5 * minute + 1));
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'denied', by: 'timeout' });
    expect(bench.cluster.writes()).toEqual([]);
  });

  test('G2: a yes after four minutes is one, also when the wall clock was set back', async () => {
    const late = meanwhile((it) => it.clock.jump('monotonic', 4 * minute));
    expect(await late.one(power(101, 'stop'))).toMatchObject({ status: 'done' });
    const back = meanwhile((it) => it.clock.jump('wall', -60 * minute));
    expect(await back.one(power(101, 'stop'))).toMatchObject({ status: 'done' });
  });

  test.each([
    'wall',
    'monotonic',
  ] as const)('G2: a run that starts over 30 s after its yes, by the %s clock: denied', async (which) => {
    const bench = meanwhile((it) =>
      it.cluster.on('GET /nodes/pve2/qemu/101/status/current', () => {
        it.clock.jump(which, 30_001);
        return { status: 'running', uptime: 7200 };
      }),
    );
    expect(await bench.one(power(101, 'stop'))).toMatchObject({
      status: 'denied',
      by: 'timeout',
      why: expect.stringMatching(/30 seconds/),
    });
    expect(bench.cluster.writes()).toEqual([]);
    expect(bench.entries).toMatchObject([{ phase: 'decided' }]);
  });

  test.each([
    'wall',
    'monotonic',
  ] as const)('G2: the same when it is the audit that took 30 s, by the %s clock', async (which) => {
    const append = async () => bench.clock.jump(which, 30_001);
    const bench: Bench = gateBench({ audit: { append, change: async () => {} } });
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'denied', by: 'timeout' });
    expect(bench.cluster.writes()).toEqual([]);
  });

  test('G2: later steps of a plan may start later than that', async () => {
    const bench = gateBench();
    bench.cluster.on('POST /nodes/pve2/qemu/101/status/stop', () => bench.clock.advance(10 * minute));
    expect(await bench.perform([power(101, 'stop'), power(102, 'stop')])).toMatchObject([
      { status: 'done' },
      { status: 'done' },
    ]);
  });

  test('G2: one yes is for one call: the same again is asked again', async () => {
    const bench = gateBench({ answers: [yes, no] });
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'done' });
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'denied' });
    expect(bench.cluster.writes()).toHaveLength(1);
  });
});

test('G2: a call that is cancelled while it is asked about: the question is withdrawn, a late yes does nothing', async () => {
  let withdrawn = false;
  let sayYes = (): void => {};
  const bench = gateBench({
    answers: [
      (_request, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            withdrawn = true;
          });
          sayYes = () => resolve(yes);
          bench.cancel();
        }),
    ],
  });
  expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'denied', by: 'cancelled' });
  sayYes();
  await Promise.resolve();
  expect(withdrawn).toBe(true);
  expect(bench.cluster.writes()).toEqual([]);
  expect(bench.entries).toMatchObject([{ phase: 'decided', decision: expect.stringContaining('cancelled') }]);
});
