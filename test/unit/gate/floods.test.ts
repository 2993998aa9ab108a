import { describe, expect, test } from 'vitest';
import { denialMs } from '../../../src/gate/denials.ts';
import type { ApprovalAnswer, Origin, Outcome, ProposedApi } from '../../../src/gate/types.ts';
import { no, parking, yes } from '../../support/approver.ts';
import { type Bench, type CallOptions, call, click, gateBench, home, picker, power } from '../../support/gate.ts';

const minute = 60_000;
const launch = (number: number): Origin => ({ who: 'agent', client: 'a test', launch: `launch-${number}` });
/** Different each time, so that no earlier denial stands against it. */
let made = 0;
const another = (): ProposedApi => {
  made += 1;
  return power(101, 'shutdown', { timeout: made });
};

/** A bench whose questions stay open until the test answers them. */
function waitingBench() {
  const { parked, park, until } = parking();
  const bench = gateBench({ answers: Array.from({ length: 60 }, () => park) });
  /** Proposes something new and waits until its question is open. */
  const ask = async (from: Origin, options: CallOptions = {}): Promise<{ readonly end: Promise<Outcome> }> => {
    const count = parked.length + 1;
    const end = bench.one(another(), { from, ...options });
    await until(count);
    return { end };
  };
  const fill = async (count: number, from: (index: number) => Origin) => {
    const ends = [];
    for (let index = 0; index < count; index += 1) ends.push((await ask(from(index))).end);
    return ends;
  };
  return { bench, parked, until, ask, fill };
}

describe('questions that wait', () => {
  test('G11: a fifth of a launch is denied at once, without a question and recorded; another launch still may ask', async () => {
    const { bench, parked, ask, fill } = waitingBench();
    await fill(4, () => launch(1));
    const denied = await bench.one(another(), { from: launch(1) });
    expect(denied).toMatchObject({ status: 'denied', by: 'flood', next: expect.stringContaining('as one plan') });
    expect(parked).toHaveLength(4);
    expect(bench.entries).toMatchObject([{ phase: 'decided', decision: expect.stringContaining('flood') }]);
    await ask(launch(2));
    expect(parked).toHaveLength(5);
  });

  test('G11: a seventeenth in all is denied at once, whichever launch asks', async () => {
    const { bench, parked, fill } = waitingBench();
    await fill(16, (index) => launch(index % 8));
    expect(await bench.one(another(), { from: launch(99) })).toMatchObject({ status: 'denied', by: 'flood' });
    expect(parked).toHaveLength(16);
    expect(bench.cluster.writes()).toEqual([]);
  });

  test('G11: people are not kept out by them, and take no place of theirs', async () => {
    const { ask, fill, parked } = waitingBench();
    await fill(5, () => picker);
    await fill(4, () => launch(1));
    await fill(12, (index) => launch(2 + (index % 4)));
    await ask(picker);
    expect(parked).toHaveLength(22);
  });

  test('G11: what is allowed and what is only read goes on meanwhile', async () => {
    const { bench, fill } = waitingBench();
    await fill(4, () => launch(1));
    expect(await bench.one(call('GET', '/cluster/resources'), { from: launch(1) })).toMatchObject({ status: 'done' });
    expect(await bench.one(power(101, 'start'), { from: click })).toMatchObject({ status: 'done' });
  });

  type World = ReturnType<typeof waitingBench>;
  const cancel = new AbortController();
  test.each<[string, (world: World) => void | Promise<void>, CallOptions?]>([
    ['a yes', ({ parked }) => parked[0]?.answer(yes)],
    ['a no', ({ parked }) => parked[0]?.answer(no)],
    ['an answer that is none', ({ parked }) => parked[0]?.answer({ kind: 'perhaps' } as unknown as ApprovalAnswer)],
    ['an approver that fails', ({ parked }) => parked[0]?.fail(new Error('no window'))],
    ['a cancel', () => cancel.abort(), { signal: cancel.signal }],
    ['its time', ({ bench }) => bench.clock.advance(5 * minute)],
    [
      'a freeze',
      async ({ bench }) => {
        bench.freeze = { count: 1 };
        await bench.gate.recheck();
      },
    ],
    [
      'an edit of its connection',
      async ({ bench }) => {
        bench.profiles = async () => [{ ...home, revision: 4 }];
        await bench.gate.recheck();
      },
    ],
  ])('G11: %s frees the place', async (_what, end, options) => {
    const world = waitingBench();
    const first = await world.ask(launch(1), options);
    await world.fill(3, () => launch(1));
    expect(await world.bench.one(another(), { from: launch(1) })).toMatchObject({ by: 'flood' });
    await end(world);
    await first.end;
    await world.ask(launch(1));
    expect(world.parked).toHaveLength(5);
  });
});

/** A bench whose person denies the first question with a note, and then gives these answers. */
async function denied(operations = [power(101, 'stop')], ...then: ApprovalAnswer[]): Promise<Bench> {
  const bench = gateBench({ answers: [{ ...no, note: 'Not before six.' }, ...then] });
  await bench.perform(operations);
  expect(bench.asked).toHaveLength(1);
  return bench;
}

describe('what a person has denied', () => {
  const stop = power(101, 'stop');
  test.each<[string, ProposedApi[], CallOptions]>([
    ['the same', [stop], {}],
    ['the same from a newer launch', [stop], { from: launch(2) }],
    ['the same with another reason and title', [stop], { reason: 'Now really', title: 'Please', wait: false }],
    ['the same on a node where the guest is not', [call('POST', '/nodes/pve1/qemu/101/status/stop')], {}],
    ['a plan that contains it', [power(102, 'stop'), stop], {}],
    ['a plan that hides it between reads', [call('GET', '/version'), stop, call('GET', '/nodes')], {}],
  ])('G11: %s is denied again with the same note, without a question', async (_what, operations, options) => {
    const bench = await denied([stop], yes);
    const outcomes = await bench.perform(operations, options);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'denied', by: 'person', note: 'Not before six.' });
    expect(bench.asked).toHaveLength(1);
    expect(bench.cluster.writes()).toEqual([]);
    expect(bench.entries.at(-1)).toMatchObject({ phase: 'decided', note: 'Not before six.' });
  });

  test.each<[string, ProposedApi[], CallOptions]>([
    ['something else', [power(101, 'reboot')], {}],
    ['the same with another parameter', [power(101, 'stop', { timeout: 5 })], {}],
    ['the same from a person', [stop], { from: picker }],
  ])('G11: %s is asked', async (_what, operations, options) => {
    const bench = await denied([stop], yes);
    await bench.perform(operations, options);
    expect(bench.asked).toHaveLength(2);
  });

  test('G11: of a plan: the plan in any order and what contains it is denied again, one of its steps is asked', async () => {
    const [a, b, c] = [power(101, 'stop'), power(102, 'stop'), power(103, 'stop')];
    const bench = await denied([a, b], yes);
    for (const again of [
      [a, b],
      [b, a],
      [c, b, a],
      [a, b, b],
    ])
      expect(new Set((await bench.perform(again)).map(({ status }) => status))).toEqual(new Set(['denied']));
    expect(bench.asked).toHaveLength(1);
    expect(await bench.one(b)).toMatchObject({ status: 'done' });
    expect(bench.asked).toHaveLength(2);
  });

  test.each<[string, (bench: Bench) => void]>([
    ['after five minutes', (bench) => bench.clock.advance(denialMs + 1)],
    ['after five minutes by the wall clock', (bench) => bench.clock.jump('wall', denialMs + 1)],
    ['after five minutes by the monotonic clock', (bench) => bench.clock.jump('monotonic', denialMs + 1)],
    [
      'when a person has taken the denial back',
      (bench) => bench.gate.denials.drop(bench.gate.denials.list()[0]?.id ?? ''),
    ],
  ])('G11: is asked again %s', async (_what, change) => {
    const bench = await denied([stop], yes);
    change(bench);
    expect(await bench.one(stop)).toMatchObject({ status: 'done' });
    expect(bench.asked).toHaveLength(2);
  });

  test('G11: a denial that was repeated does not hold longer for that', async () => {
    const bench = await denied([stop], yes);
    bench.clock.advance(4 * minute);
    expect(await bench.one(stop)).toMatchObject({ status: 'denied' });
    bench.clock.advance(minute + 1);
    expect(await bench.one(stop)).toMatchObject({ status: 'done' });
  });

  test.each<[string, (bench: Bench, abort: () => void) => Promise<ApprovalAnswer> | ApprovalAnswer]>([
    [
      'time that ran out',
      (bench) => {
        queueMicrotask(() => bench.clock.advance(5 * minute));
        return new Promise(() => {});
      },
    ],
    [
      'a cancel',
      (_bench, abort) => {
        abort();
        return new Promise(() => {});
      },
    ],
    ['nobody who could be asked', () => ({ kind: 'deny', by: 'nobody' })],
    ['an approver that failed', () => Promise.reject(new Error('no window'))],
    [
      'a freeze at the same moment as the no',
      async (bench) => {
        bench.freeze = { count: 1 };
        await bench.gate.recheck();
        return no;
      },
    ],
  ])('G11: %s is no denial by a person: the same is asked again', async (_what, answer) => {
    const cancel = new AbortController();
    const bench: Bench = gateBench({ answers: [() => answer(bench, () => cancel.abort()), yes] });
    expect(await bench.one(stop, { signal: cancel.signal })).toMatchObject({ status: 'denied' });
    expect(bench.gate.denials.list()).toEqual([]);
    expect(await bench.one(stop)).toMatchObject({ status: 'done' });
  });

  test('G11: what a person has denied to a person does not stand against agents', async () => {
    const bench = gateBench({ answers: [no, yes] });
    await bench.one(stop, { from: picker });
    expect(await bench.one(stop)).toMatchObject({ status: 'done' });
  });

  test('G11: denied three times within five minutes: the next question offers a freeze, to agents’ calls only', async () => {
    const bench = gateBench({ answers: Array.from({ length: 8 }, () => no) });
    for (let times = 0; times < 4; times += 1) await bench.one(another());
    await bench.one(another(), { from: picker });
    bench.clock.advance(denialMs + 1);
    await bench.one(another());
    expect(bench.asked.map(({ offers }) => offers.includes('freeze'))).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  test('G11: they are told to whoever shows them, with title, note and end, and are forgotten', async () => {
    const bench = await denied();
    let told = 0;
    bench.gate.denials.onChange(() => {
      told += 1;
    });
    expect(bench.gate.denials.list()).toMatchObject([
      { title: 'Stop "web-01" (101, VM on pve2)', note: 'Not before six.', expiresAt: bench.clock.now() + denialMs },
    ]);
    bench.clock.advance(denialMs + 1);
    expect(bench.gate.denials.list()).toEqual([]);
    expect(told).toBe(1);
  });
});
