import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/gate/types.ts';
import { no } from '../../support/approver.ts';
import { pveError } from '../../support/cluster.ts';
import { agent, type Bench, call, click, gateBench, home, power } from '../../support/gate.ts';

const stop101 = 'POST /nodes/pve2/qemu/101/status/stop';
const stop102 = 'POST /nodes/pve1/lxc/102/status/stop';
const statuses = (outcomes: readonly Outcome[]) => outcomes.map(({ status }) => status);
/** Questions, audit and writes in order; reads left out. */
const order = (bench: Bench) => bench.events.filter((event) => !event.startsWith('GET '));

describe('order', () => {
  test('G3: asked, read again, before, sent, after', async () => {
    const bench = gateBench();
    expect(await bench.one(power(101, 'shutdown'))).toMatchObject({ status: 'done' });
    const target = ['GET /nodes/pve2/qemu/101/status/current', 'GET /nodes/pve2/qemu/101/config'];
    const followed = bench.events.slice(7, -1);
    expect(bench.events.slice(0, 7)).toEqual([
      ...target,
      'asked',
      ...target,
      'before',
      stop101.replace('stop', 'shutdown'),
    ]);
    expect(followed.every((event) => event.startsWith('GET /nodes/pve2/tasks/'))).toBe(true);
    expect(bench.events.at(-1)).toBe('after');
  });

  test('G3: each step has its own before and after, and the next one starts when the one before has ended', async () => {
    const bench = gateBench();
    expect(statuses(await bench.perform([power(101, 'stop'), power(102, 'stop')]))).toEqual(['done', 'done']);
    expect(order(bench)).toEqual(['asked', 'before', stop101, 'after', 'before', stop102, 'after']);
    expect(bench.entries.map(({ phase, index, outcome }) => [phase, index, outcome])).toEqual([
      ['before', 0, undefined],
      ['after', 0, 'ok'],
      ['before', 1, undefined],
      ['after', 1, 'ok'],
    ]);
  });

  test('G3: nothing is sent before the record is on disk', async () => {
    let written = (): void => {};
    const audit = {
      append: () =>
        new Promise<void>((resolve) => {
          written = resolve;
        }),
      change: async () => {},
    };
    const bench = gateBench({ audit, origin: click });
    const performing = bench.one(power(101, 'start'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(bench.cluster.writes()).toEqual([]);
    written();
    await new Promise((resolve) => setImmediate(resolve));
    expect(bench.cluster.writes()).toHaveLength(1);
    written();
    expect(await performing).toMatchObject({ status: 'done' });
  });

  test('G10: a person’s own click is recorded like everything else', async () => {
    const bench = gateBench({ origin: click });
    await bench.one(power(101, 'start'));
    expect(bench.asked).toEqual([]);
    expect(bench.entries).toMatchObject([
      { phase: 'before', origin: click, decision: 'allowed: a person did it', risk: 'operate' },
      { phase: 'after', outcome: 'ok' },
    ]);
  });

  test('G10: a plain read is neither asked about nor recorded', async () => {
    const bench = gateBench({ profile: { level: 'read-only' } });
    expect(await bench.one(call('GET', '/cluster/resources'))).toMatchObject({ status: 'done' });
    expect(bench.events).toEqual(['GET /cluster/resources']);
  });
});

describe('the first step that does not succeed stops the rest', () => {
  const plan = [power(101, 'stop'), power(102, 'stop'), power(103, 'stop')];

  test('G3: a refusal of Proxmox VE', async () => {
    const bench = gateBench();
    bench.cluster.on(stop102, () => Promise.reject(pveError('locked')));
    expect(statuses(await bench.perform(plan))).toEqual(['done', 'failed', 'skipped']);
    expect(bench.cluster.writes()).toEqual([stop101, stop102]);
    expect(bench.entries.at(-1)).toMatchObject({ phase: 'after', index: 1, outcome: 'failed', detail: 'It is locked' });
  });

  test.each<[string, unknown]>([
    ['a lost answer', pveError('timeout', { mayHaveRun: true })],
    ['a fault of our own while sending', new TypeError('socket is undefined')],
  ])('G3: %s is unknown, never sent again, and stops the rest', async (_what, error) => {
    const bench = gateBench();
    bench.cluster.on(stop102, () => Promise.reject(error));
    const outcomes = await bench.perform(plan);
    expect(statuses(outcomes)).toEqual(['done', 'unknown', 'skipped']);
    expect(outcomes[1]).toMatchObject({ howToLook: expect.stringContaining('tasks') });
    expect(bench.cluster.writes()).toEqual([stop101, stop102]);
    expect(bench.entries.at(-1)).toMatchObject({ phase: 'after', outcome: 'unknown' });
  });

  test.each<[string, (bench: Bench) => void, string]>([
    [
      'a target that changed',
      (bench) => void Object.assign(bench.cluster.guests.get(102) ?? {}, { name: 'x' }),
      'denied',
    ],
    ['a target that is gone', (bench) => void bench.cluster.guests.delete(102), 'denied'],
    [
      'a level that was lowered',
      (bench) => {
        bench.profiles = async () => [{ ...home, level: 'read-only' }];
      },
      'denied',
    ],
    [
      'connections that cannot be read',
      (bench) => {
        bench.profiles = () => Promise.reject(new Error('gone'));
      },
      'denied',
    ],
    ['a call that was cancelled', (bench) => bench.cancel(), 'skipped'],
  ])('G3: %s, and what ran before is still told as done', async (_what, change, second) => {
    const bench = gateBench();
    bench.cluster.on(stop101, () => {
      change(bench);
      return null;
    });
    expect(statuses(await bench.perform(plan))).toEqual(['done', second, 'skipped']);
    expect(bench.cluster.writes()).toEqual([stop101]);
    const [before, after, ...denials] = bench.entries;
    expect([before, after]).toMatchObject([
      { phase: 'before', index: 0 },
      { phase: 'after', index: 0, outcome: 'ok' },
    ]);
    expect(denials).toMatchObject(second === 'denied' ? [{ phase: 'decided', index: 1 }] : []);
  });

  test('G3: one that was only started, because the call was cancelled', async () => {
    const bench = gateBench();
    bench.cluster.on(stop101, () => {
      bench.cancel();
      return 'UPID:pve2:00001234:00ABCDEF:6A000000:qmstop:101:root@pam:';
    });
    expect(statuses(await bench.perform(plan))).toEqual(['started', 'skipped', 'skipped']);
    expect(bench.cluster.writes()).toEqual([stop101]);
  });

  test('G3: but not one that nobody wanted to wait for', async () => {
    const bench = gateBench();
    expect(statuses(await bench.perform(plan, { wait: false }))).toEqual(['started', 'started', 'started']);
    expect(bench.entries.filter(({ phase }) => phase === 'after')).toMatchObject(
      Array.from({ length: 3 }, () => ({ outcome: 'started', upid: expect.stringMatching(/^UPID:/) })),
    );
  });

  test('G2: an earlier step of the plan may have changed state and config of a later one’s target', async () => {
    const bench = gateBench();
    expect(statuses(await bench.perform([power(101, 'stop'), power(101, 'start')]))).toEqual(['done', 'done']);
  });

  test('G2: an earlier step that only read may not', async () => {
    const bench = gateBench();
    const dump = '/nodes/pve2/qemu/101/cloudinit/dump';
    bench.cluster.on(`GET ${dump}`, () => {
      Object.assign(bench.cluster.guests.get(101) ?? {}, { status: 'paused' });
      return '';
    });
    expect(statuses(await bench.perform([call('GET', dump), power(101, 'stop')]))).toEqual(['done', 'denied']);
    expect(bench.cluster.writes()).toEqual([]);
  });
});

describe('what destroys', () => {
  test('G3: is a plan of its own, with one target', async () => {
    const bench = gateBench();
    const destroy = call('DELETE', '/nodes/pve2/qemu/101');
    const outcomes = await bench.perform([power(102, 'start'), destroy]);
    expect(outcomes).toMatchObject([
      { status: 'denied', by: 'policy' },
      { status: 'denied', by: 'policy' },
    ]);
    expect(bench.events).toEqual(['decided', 'decided']);
  });

  test('G3: may follow other steps on the same target, in one plan with the name typed once', async () => {
    const bench = gateBench({ answers: [{ kind: 'run', typed: 'web-01' }] });
    const steps = [power(101, 'shutdown'), call('DELETE', '/nodes/pve2/qemu/101')];
    expect(statuses(await bench.perform(steps))).toEqual(['done', 'done']);
    expect(bench.asked).toMatchObject([{ mustType: 'web-01', risk: 'destroy' }]);
    expect(bench.cluster.writes()).toEqual([
      'POST /nodes/pve2/qemu/101/status/shutdown',
      'DELETE /nodes/pve2/qemu/101',
    ]);
  });

  test.each<[string, string | undefined, string]>([
    ['the name typed', 'web-01', 'done'],
    ['another name typed', 'web-02', 'denied'],
    ['the name in capitals', 'WEB-01', 'denied'],
    ['a blank too much', 'web-01 ', 'denied'],
    ['the VMID in its place', '101', 'denied'],
    ['nothing typed', undefined, 'denied'],
    ['an empty text typed', '', 'denied'],
  ])('G2 G18: with %s', async (_what, typed, status) => {
    const bench = gateBench({ answers: [{ kind: 'run', ...(typed === undefined ? {} : { typed }) }] });
    expect(await bench.one(call('DELETE', '/nodes/pve2/qemu/101'))).toMatchObject({ status });
    expect(bench.asked[0]).toMatchObject({ mustType: 'web-01', risk: 'destroy' });
    expect(bench.cluster.writes()).toHaveLength(status === 'done' ? 1 : 0);
  });

  test('G18: a guest without a name is destroyed by typing its VMID, never by typing nothing', async () => {
    const bench = gateBench({ answers: [{ kind: 'run', typed: '' }] });
    Object.assign(bench.cluster.guests.get(101) ?? {}, { name: '' });
    expect(await bench.one(call('DELETE', '/nodes/pve2/qemu/101'))).toMatchObject({ status: 'denied' });
    expect(bench.asked[0]?.mustType).toBe('101');
  });
});

test('G3: a denial sends nothing, is recorded with its note, and the note reaches the agent', async () => {
  const bench = gateBench({ answers: [{ ...no, note: 'Not before six.' }] });
  expect(await bench.one(power(101, 'stop'), { reason: 'It hangs' })).toMatchObject({
    status: 'denied',
    by: 'person',
    note: 'Not before six.',
  });
  expect(order(bench)).toEqual(['asked', 'decided']);
  expect(bench.entries).toMatchObject([
    {
      phase: 'decided',
      origin: agent,
      tool: 'pve_test',
      note: 'Not before six.',
      reason: 'It hangs',
      decision: expect.stringMatching(/^denied by person: /),
    },
  ]);
});

test('G10: when the audit cannot be written, what must be recorded is denied and plain reads go on', async () => {
  const refuse = () => Promise.reject(pveError('denied'));
  const full = { append: refuse, change: refuse };
  const bench = gateBench({ audit: full, origin: click });
  expect(await bench.one(power(101, 'start'))).toMatchObject({ status: 'denied', by: 'audit' });
  expect(await bench.one(call('GET', '/nodes/pve1/report'))).toMatchObject({ status: 'denied', by: 'audit' });
  expect(await bench.one(call('GET', '/version'))).not.toMatchObject({ status: 'denied' });
  expect(bench.cluster.sent.filter((request) => request.includes('report'))).toEqual([]);
  expect(bench.cluster.writes()).toEqual([]);
});

test('G3: a call that is cancelled while its record is written is not sent', async () => {
  const append = async () => bench.cancel();
  const bench: Bench = gateBench({ audit: { append, change: async () => {} } });
  expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'denied', by: 'cancelled' });
  expect(bench.cluster.writes()).toEqual([]);
});
