import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../../src/gate/audit.ts';
import type { ApprovalAnswer, Freeze, GateProfile, Origin } from '../../../src/gate/types.ts';
import { createWaiting } from '../../../src/gate/waiting.ts';
import { no, parking, yes } from '../../support/approver.ts';
import { agent, type Bench, call, click, gateBench, home, meanwhile, picker, power } from '../../support/gate.ts';

const frozen: Freeze = { count: 1, since: '2027-01-15T08:00:00Z' };
const lifted: Freeze = { count: 1 };
const report = call('GET', '/nodes/pve1/report');

/** One question that is open. */
async function openQuestion(from: Origin = agent) {
  const { parked, park, until } = parking();
  const bench = gateBench({ answers: [park, park] });
  const end = bench.one(power(101, 'stop'), { from });
  await until(1);
  const [question] = parked;
  if (question === undefined) throw new Error('Nothing was asked');
  return { bench, end, question, parked };
}

/** Waits long enough for whatever the gate does by itself. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('while everything is frozen', () => {
  test.each([
    ['a write', power(101, 'start')],
    ['a write that destroys', power(101, 'stop', { skiplock: 1 })],
    ['a sensitive read', report],
  ])('G9: %s of an agent is denied before anything is read or asked, and recorded', async (_what, operation) => {
    const bench = gateBench();
    bench.freeze = frozen;
    expect(await bench.one(operation)).toMatchObject({
      status: 'denied',
      by: 'freeze',
      next: expect.stringMatching(/Only a person/),
    });
    expect(bench.events).toEqual(['decided']);
  });

  test('G9: one such step denies the whole plan; a plain read goes on', async () => {
    const bench = gateBench();
    bench.freeze = frozen;
    const read = call('GET', '/cluster/resources');
    expect(await bench.perform([read, power(101, 'start')])).toMatchObject([{ by: 'freeze' }, { by: 'freeze' }]);
    expect(await bench.one(read)).toMatchObject({ status: 'done' });
    expect(bench.cluster.writes()).toEqual([]);
  });

  test('G9: neither a policy that allows nor the server’s own start lets it run', async () => {
    for (const more of [{ approve: 'operate' }, { profile: { policies: [{ verdict: 'allow' }] } }] as const) {
      const bench = gateBench(more);
      bench.freeze = frozen;
      expect(await bench.one(power(101, 'start'))).toMatchObject({ status: 'denied', by: 'freeze' });
    }
  });

  test('G9: people act as before: a click runs, what is picked is asked', async () => {
    const bench = gateBench();
    bench.freeze = frozen;
    expect(await bench.one(power(101, 'start'), { from: click })).toMatchObject({ status: 'done' });
    expect(bench.asked).toHaveLength(0);
    expect(await bench.one(power(101, 'stop'), { from: picker })).toMatchObject({ status: 'done' });
    expect(bench.asked).toHaveLength(1);
  });

  test('G3: one that comes while the record is written stops a request that was agreed to', async () => {
    const recorded: AuditEntry[] = [];
    const audit = {
      change: async () => {},
      append: async (entry: AuditEntry) => {
        recorded.push(entry);
        if (entry.phase === 'before') bench.freeze = frozen;
      },
    };
    const bench: Bench = gateBench({ audit });
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'denied', by: 'freeze' });
    expect(bench.cluster.writes()).toEqual([]);
    // The record that was begun has its end.
    expect(recorded.map(({ phase }) => phase)).toEqual(['before', 'after']);
  });

  test('G9: lifted, agents are asked about again', async () => {
    const bench = gateBench();
    bench.freeze = frozen;
    await bench.one(power(101, 'stop'));
    bench.freeze = lifted;
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'done' });
  });
});

describe('a freeze while a question waits', () => {
  test.each<[string, Origin]>([
    ['an agent’s', agent],
    ['a person’s own', picker],
  ])('G2: %s call is denied at once, its question withdrawn with a sentence, and the audit tells', async (_who, from) => {
    const { bench, end, question } = await openQuestion(from);
    bench.freeze = frozen;
    expect(question.signal.aborted).toBe(false);
    await bench.gate.recheck();
    expect(await end).toMatchObject({ status: 'denied', by: 'freeze' });
    expect(question.signal.aborted).toBe(true);
    expect(question.signal.reason).toMatch(/^A person has frozen .*\.$/);
    expect(bench.entries).toMatchObject([{ phase: 'decided', decision: expect.stringMatching(/^denied by freeze/) }]);
    question.answer(yes);
    await settle();
    expect(bench.cluster.writes()).toEqual([]);
  });

  const edits: [string, () => Promise<readonly GateProfile[]>, string][] = [
    ['an edit', async () => [{ ...home, revision: 4 }], 'The connection was edited'],
    ['a lower level', async () => [{ ...home, level: 'read-only' }], 'The connection was edited'],
    ['a new policy', async () => [{ ...home, policies: [{ verdict: 'ask' }] }], 'The connection was edited'],
    ['its removal', async () => [], 'The connection was edited'],
    ['a file that cannot be read', () => Promise.reject(new Error('It is damaged')), 'It is damaged'],
  ];
  test.each(edits)('G2: the same for %s of the connection', async (_what, profiles, reason) => {
    const { bench, end, question } = await openQuestion();
    bench.profiles = profiles;
    await bench.gate.recheck();
    expect(await end).toMatchObject({ status: 'denied', by: 'changed' });
    expect(String(question.signal.reason)).toContain(reason);
  });

  test('G2: a look at what is stored, a rename, and the edit of another connection leave a question alone', async () => {
    const { bench, end, question } = await openQuestion();
    await bench.gate.recheck();
    bench.profiles = async () => [
      { ...home, name: 'house' },
      { ...home, id: 'c-other', revision: 9 },
    ];
    await bench.gate.recheck();
    expect(question.signal.aborted).toBe(false);
    question.answer(yes);
    expect(await end).toMatchObject({ status: 'done' });
  });

  test('G2: lifted again before anybody looked: the yes is void all the same', async () => {
    const { bench, end, question } = await openQuestion();
    bench.freeze = lifted;
    question.answer(yes);
    expect(await end).toMatchObject({ status: 'denied', by: 'freeze' });
    expect(bench.cluster.writes()).toEqual([]);
  });

  test('G2: it voids a yes that was given just before, in the same moment, and just after', async () => {
    for (const order of ['yes first', 'freeze first'] as const) {
      const { bench, end, question } = await openQuestion();
      const freeze = () => {
        bench.freeze = frozen;
        return bench.gate.recheck();
      };
      if (order === 'freeze first') void freeze();
      question.answer(yes);
      if (order === 'yes first') void freeze();
      expect(await end).toMatchObject({ status: 'denied' });
      expect(bench.cluster.writes()).toEqual([]);
    }
  });

  test('G9: connections that could not be read for one moment void the yes of that moment', async () => {
    const { bench, end, question } = await openQuestion();
    const readable = bench.profiles;
    bench.profiles = () => {
      bench.profiles = readable;
      return Promise.reject(new Error('It is damaged'));
    };
    question.answer(yes);
    await bench.gate.recheck();
    expect(await end).toMatchObject({ status: 'denied' });
    expect(bench.cluster.writes()).toEqual([]);
  });

  test('G2: while the same is asked a second time it voids that question too', async () => {
    const { park, parked, until } = parking();
    const bench = meanwhile((it) => Object.assign(it.cluster.guests.get(101) ?? {}, { name: 'x' }), park);
    const end = bench.one(power(101, 'stop'));
    await until(1);
    bench.freeze = frozen;
    await bench.gate.recheck();
    expect(await end).toMatchObject({ status: 'denied', by: 'freeze' });
    expect(parked[0]?.signal.aborted).toBe(true);
  });

  test('G2: while the target is read for the question: nobody is left with a question that is void', async () => {
    const { park, parked } = parking();
    const bench = gateBench({ answers: [park] });
    bench.cluster.on('GET /nodes/pve2/qemu/101/config', async () => {
      bench.freeze = frozen;
      await bench.gate.recheck();
      return { name: 'web-01' };
    });
    const end = bench.one(power(101, 'stop'));
    await settle();
    expect(parked.filter(({ signal }) => !signal.aborted)).toEqual([]);
    expect(await end).toMatchObject({ status: 'denied', by: 'freeze' });
  });
});

describe('a freeze while a plan runs', () => {
  const plan = [power(101, 'stop'), power(102, 'stop'), power(103, 'stop')];
  const freezing = (bench: Bench, freeze: Freeze) =>
    bench.cluster.on('POST /nodes/pve2/qemu/101/status/stop', () => {
      bench.freeze = freeze;
      return null;
    });
  test.each<[string, Freeze, Parameters<typeof gateBench>[0]]>([
    ['asked about', frozen, {}],
    ['asked about, lifted again at once', lifted, {}],
    ['started by a person', frozen, { origin: picker }],
    ['allowed by the server’s start', frozen, { approve: 'operate' }],
    ['allowed by the server’s start, lifted again at once', lifted, { approve: 'operate' }],
    ['allowed by a policy', frozen, { profile: { policies: [{ verdict: 'allow' }] } }],
  ])('G3: that was %s: its later steps do not run', async (_what, freeze, options) => {
    const bench = gateBench(options);
    freezing(bench, freeze);
    expect(await bench.perform(plan)).toMatchObject([
      { status: 'done' },
      { status: 'denied', by: 'freeze' },
      { status: 'skipped' },
    ]);
    expect(bench.cluster.writes()).toEqual(['POST /nodes/pve2/qemu/101/status/stop']);
  });
});

test.each([
  'asked about',
  'allowed',
])('G3: a freeze while the target of the next step is read stops a plan that was %s', async (how) => {
  const bench = gateBench(how === 'allowed' ? { approve: 'operate' } : {});
  bench.cluster.on('POST /nodes/pve2/qemu/101/status/stop', () => {
    bench.cluster.on('GET /nodes/pve1/lxc/102/config', () => {
      bench.freeze = frozen;
      return { hostname: 'mail-01', cores: 1 };
    });
    return null;
  });
  const plan = [power(101, 'stop'), power(102, 'stop')];
  expect(await bench.perform(plan)).toMatchObject([{ status: 'done' }, { status: 'denied', by: 'freeze' }]);
  expect(bench.cluster.writes()).toHaveLength(1);
});

describe('questions that wait', () => {
  test('G2: a slow look at an older state does not take back why a question is void', async () => {
    const waiting = createWaiting();
    const denial = { by: 'freeze', why: 'Frozen.' };
    const looks: ((found: typeof denial | undefined) => void)[] = [];
    const place = waiting.enter(agent, () => new Promise((resolve) => looks.push(resolve)));
    const rechecked = Promise.all([waiting.recheck(), waiting.recheck()]);
    for (const [index, look] of looks.entries()) if (index > 0) look(denial);
    await settle();
    looks[0]?.(undefined);
    await rechecked;
    await settle();
    expect(place?.voided()).toEqual(denial);
    expect(place?.signal.reason).toBe('Frozen.');
  });

  test('G2: one whose look never ends does not hold up the others', async () => {
    const waiting = createWaiting();
    waiting.enter(agent, () => new Promise(() => {}));
    const place = waiting.enter(agent, async () => ({ by: 'freeze', why: 'Frozen.' }));
    void waiting.recheck();
    await settle();
    expect(place?.signal.aborted).toBe(true);
  });

  test('G2: every answer that an approver may give to a void question is a denial', async () => {
    const answers: ApprovalAnswer[] = [yes, { kind: 'run', grant: true }, no, { kind: 'deny', by: 'nobody' }];
    for (const answer of answers) {
      const { bench, end, question } = await openQuestion();
      bench.freeze = lifted;
      const checked = bench.gate.recheck();
      question.answer(answer);
      await checked;
      expect(await end).toMatchObject({ status: 'denied' });
      expect(bench.cluster.writes()).toEqual([]);
      expect(bench.gate.grants.list()).toEqual([]);
    }
  });
});
