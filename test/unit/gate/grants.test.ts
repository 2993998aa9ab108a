import { describe, expect, test } from 'vitest';
import { grantMs } from '../../../src/gate/grants.ts';
import type { Policy } from '../../../src/gate/policy.ts';
import type { GateProfile, Origin, ProposedApi } from '../../../src/gate/types.ts';
import { type Answer, no, yes } from '../../support/approver.ts';
import { pveError } from '../../support/cluster.ts';
import {
  agent,
  type Bench,
  type BenchOptions,
  call,
  click,
  gateBench,
  home,
  picker,
  power,
} from '../../support/gate.ts';

const granting: Answer = { kind: 'run', grant: true };
const stop101 = power(101, 'stop');

/** A bench whose guests can be told from later ones, whose person grants the first question and denies all others. */
function marked(options: BenchOptions = {}): Bench {
  const bench = gateBench({ answers: [granting], ...options });
  for (const [vmid, { type, config }] of bench.cluster.guests) {
    if (type === 'qemu') config.meta = `creation-qemu=9.2.0,ctime=17000${vmid}`;
    else config.net0 = `name=eth0,hwaddr=BC:24:11:00:00:${vmid - 90},type=veth`;
  }
  return bench;
}

/** The same after a stop of VM 101 has been granted and has run; the guest runs again. */
async function granted(options: BenchOptions = {}, operations = [stop101]): Promise<Bench> {
  const bench = marked(options);
  for (const outcome of await bench.perform(operations)) expect(outcome).toMatchObject({ status: 'done' });
  start(bench, 101);
  return bench;
}

function start(bench: Bench, vmid: number): void {
  Object.assign(bench.cluster.guests.get(vmid) ?? {}, { status: 'running' });
}

async function isAsked(bench: Bench, operations: readonly ProposedApi[], from: Origin = agent): Promise<boolean> {
  const [asked, writes] = [bench.asked.length, bench.cluster.writes().length];
  await bench.perform(operations, { from });
  const [more, sent] = [bench.asked.length > asked, bench.cluster.writes().length > writes];
  // The person of these benches denies everything after the first question.
  expect(sent).toBe(!more);
  return more;
}

describe('a grant', () => {
  test('G7: covers the same again, without a question, as often as wanted', async () => {
    const bench = await granted();
    expect(await isAsked(bench, [stop101])).toBe(false);
    start(bench, 101);
    expect(await isAsked(bench, [stop101])).toBe(false);
    expect(bench.cluster.writes()).toHaveLength(3);
  });

  test('G7: covers the same guest on another node', async () => {
    const bench = await granted();
    Object.assign(bench.cluster.guests.get(101) ?? {}, { node: 'pve3' });
    expect(await isAsked(bench, [stop101])).toBe(false);
    expect(bench.cluster.writes().at(-1)).toBe('POST /nodes/pve3/qemu/101/status/stop');
  });

  test('G7: covers each step of a plan, alone and together', async () => {
    const bench = await granted({}, [stop101, power(102, 'reboot')]);
    expect(await isAsked(bench, [power(102, 'reboot')])).toBe(false);
    expect(await isAsked(bench, [power(102, 'reboot'), stop101])).toBe(false);
  });

  const otherLaunch: Origin = { who: 'agent', client: 'a test', launch: 'launch-2' };
  test.each<[string, ProposedApi[], Origin, ((bench: Bench) => void)?]>([
    ['another action', [power(101, 'shutdown')], agent],
    ['another guest', [power(103, 'stop')], agent],
    ['a parameter more', [power(101, 'stop', { timeout: 5 })], agent],
    ['what destroys', [power(101, 'stop', { skiplock: 1 })], agent],
    ['a plan with a step that was not granted', [stop101, power(102, 'stop')], agent],
    ['another start of the server', [stop101], otherLaunch],
    ['a person who picks', [stop101], picker],
    ['a person who clicks on what cuts a guest off', [stop101], click],
    [
      'a later guest with the same VMID',
      [stop101],
      agent,
      (bench) => Object.assign(bench.cluster.guests.get(101)?.config ?? {}, { meta: 'ctime=9' }),
    ],
    [
      'a guest that has lost its mark',
      [stop101],
      agent,
      (bench) => Object.assign(bench.cluster.guests.get(101)?.config ?? {}, { meta: '' }),
    ],
    [
      'a container with the same VMID, name and mark',
      [call('POST', '/nodes/pve2/lxc/101/status/stop')],
      agent,
      (bench) => {
        const mark = bench.cluster.guests.get(101)?.config.meta;
        const config = { net0: `hwaddr=${mark}`.split(',')[0] };
        Object.assign(bench.cluster.guests.get(101) ?? {}, { type: 'lxc', config });
      },
    ],
  ])('G7: does not cover %s', async (_what, operations, from, change = () => {}) => {
    const bench = await granted();
    change(bench);
    expect(await isAsked(bench, operations, from)).toBe(true);
  });

  test('G7: with parameters does not cover the same without them, nor with another value', async () => {
    const bench = await granted({}, [power(101, 'shutdown', { timeout: 60 })]);
    expect(await isAsked(bench, [power(101, 'shutdown')])).toBe(true);
    expect(await isAsked(bench, [power(101, 'shutdown', { timeout: 61 })])).toBe(true);
    expect(await isAsked(bench, [power(101, 'shutdown', { timeout: '60' })])).toBe(false);
  });

  test('G7: does not cover another connection with the same guest', async () => {
    const bench = await granted();
    bench.profiles = async () => [home, { ...home, id: 'c-other', name: 'other' }];
    const proposal = { connection: 'c-other', operations: [stop101], tool: 'pve_test', wait: true };
    const options = { signal: new AbortController().signal, onProgress: () => {} };
    expect(await bench.gate.perform(proposal, agent, options)).toMatchObject({ outcomes: [{ by: 'person' }] });
    expect(bench.asked).toHaveLength(2);
  });
});

describe('the end of a grant', () => {
  const edited = (bench: Bench, change: Partial<GateProfile>) => {
    bench.profiles = async () => [{ ...home, ...change }];
  };
  test.each<[string, (bench: Bench) => void]>([
    ['15 minutes by both clocks', (bench) => bench.clock.advance(grantMs + 1)],
    ['15 minutes by the wall clock', (bench) => bench.clock.jump('wall', grantMs + 1)],
    ['15 minutes by the monotonic clock', (bench) => bench.clock.jump('monotonic', grantMs + 1)],
    [
      '15 minutes by the monotonic clock, though the wall clock was set back',
      (bench) => {
        bench.clock.jump('wall', -60 * 60_000);
        bench.clock.jump('monotonic', grantMs + 1);
      },
    ],
    ['its revocation', (bench) => bench.gate.grants.drop(bench.gate.grants.list()[0]?.id ?? '')],
    ['a freeze that was lifted again before anybody looked', (bench) => Object.assign(bench, { freeze: { count: 1 } })],
    ['a new revision', (bench) => edited(bench, { revision: 4 })],
    ['another level under the same revision', (bench) => edited(bench, { level: 'read-execute' })],
    ['another policy under the same revision', (bench) => edited(bench, { policies: [{ verdict: 'never-destroy' }] })],
  ])('G7: %s', async (_what, end) => {
    const bench = await granted();
    end(bench);
    expect(await isAsked(bench, [stop101])).toBe(true);
  });

  test.each<[string, (bench: Bench) => void]>([
    ['a freeze that was lifted again', (bench) => Object.assign(bench, { freeze: { count: 1 } })],
    ['a new revision', (bench) => edited(bench, { revision: 4 })],
    ['a connection that is gone', (bench) => edited(bench, { id: 'another' })],
    [
      'connections that cannot be read',
      (bench) => {
        bench.profiles = () => Promise.reject(new Error('damaged'));
      },
    ],
  ])('G7: %s: on a look at what is stored it is off the list, and whoever shows it is told', async (_what, end) => {
    const bench = await granted();
    let told = 0;
    bench.gate.grants.onChange(() => {
      told += 1;
    });
    await bench.gate.recheck();
    expect([told, bench.gate.grants.list().length]).toEqual([0, 1]);
    end(bench);
    await bench.gate.recheck();
    expect([told, bench.gate.grants.list().length]).toEqual([1, 0]);
  });

  test('G7: it does not end before 15 minutes, nor by a rename', async () => {
    const bench = await granted();
    bench.clock.advance(grantMs - 60_000);
    edited(bench, { name: 'house' });
    expect(await isAsked(bench, [stop101])).toBe(false);
  });

  test('G7: frozen, it does not count, and the denial says so', async () => {
    const bench = await granted();
    bench.freeze = { count: 1, since: '2027-01-15T08:00:00Z' };
    expect(await bench.one(stop101)).toMatchObject({ status: 'denied', by: 'freeze' });
  });

  const plan = [power(101, 'reboot'), power(102, 'reboot')];
  test.each<[string, (bench: Bench) => void]>([
    ['revoked', (bench) => bench.gate.grants.drop(bench.gate.grants.list()[0]?.id ?? '')],
    ['too old', (bench) => bench.clock.advance(grantMs + 1)],
  ])('G7: %s while a step that it covers runs: the next step does not run', async (_what, end) => {
    const bench = await granted({}, plan);
    const sent = bench.cluster.writes().length;
    bench.cluster.on('POST /nodes/pve2/qemu/101/status/reboot', () => {
      end(bench);
      return null;
    });
    expect(await bench.perform(plan)).toMatchObject([{ status: 'done' }, { status: 'denied' }]);
    expect(bench.cluster.writes()).toHaveLength(sent + 1);
  });
});

describe('what may be granted', () => {
  const report = call('GET', '/nodes/pve1/report');
  const unmark = (bench: Bench) => Object.assign(bench.cluster.guests.get(101)?.config ?? {}, { meta: undefined });
  test.each<[string, ProposedApi[], Origin, (readonly Policy[])?, ((bench: Bench) => void)?]>([
    ['what destroys', [power(101, 'stop', { skiplock: 1 })], agent],
    ['a write that no rule names', [call('PUT', '/nodes/pve2/qemu/101/config', { odd: 8 })], agent],
    ['a sensitive read', [report], agent],
    ['a plan with a sensitive read', [stop101, report], agent],
    ['what is no guest', [call('DELETE', '/nodes/pve1/tasks/UPID:x')], agent],
    ['a guest without a mark', [stop101], agent, [], unmark],
    ['a plan with one such guest', [power(102, 'stop'), stop101], agent, [], unmark],
    ['what a person picks', [stop101], picker],
    ['what a person clicks', [stop101], click],
    ['what a policy asks about', [stop101], agent, [{ verdict: 'ask', node: 'pve2' }]],
    [
      'what a policy asks about beside a stricter one',
      [stop101],
      agent,
      [{ verdict: 'never-destroy' }, { verdict: 'ask', node: 'pve2' }],
    ],
  ])('G7: %s is not: not offered, and a yes with a grant is a no', async (_what, operations, from, policies = [], change) => {
    const bench = marked({ profile: { policies } });
    change?.(bench);
    const outcomes = await bench.perform(operations, { from });
    expect(bench.asked.map(({ offers }) => offers)).toEqual([[]]);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['denied']));
    expect(bench.cluster.writes()).toEqual([]);
    expect(bench.gate.grants.list()).toEqual([]);
  });

  test('G7: a plain yes to what could be granted grants nothing', async () => {
    const bench = marked({ answers: [yes, no] });
    expect(await bench.one(stop101)).toMatchObject({ status: 'done' });
    expect(bench.asked[0]?.offers).toEqual(['grant']);
    expect(await isAsked(bench, [stop101])).toBe(true);
  });

  test('G7: a grant counts for nothing where a policy asks, though another one is stricter', async () => {
    const bench = await granted();
    const policies: Policy[] = [{ verdict: 'never-destroy' }, { verdict: 'ask', tag: 'prod' }];
    bench.profiles = async () => [{ ...home, policies }];
    Object.assign(bench.cluster.guests.get(101)?.config ?? {}, { tags: 'prod' });
    expect(await isAsked(bench, [stop101])).toBe(true);
  });
});

describe('the record', () => {
  test('G10: of a grant, and of what ran under it', async () => {
    const bench = await granted();
    const [grant] = bench.gate.grants.list();
    expect(grant).toMatchObject({
      launch: 'launch-1',
      given: { profile: home },
      title: 'Stop "web-01" (101, VM on pve2)',
    });
    expect(bench.changes).toMatchObject([
      { connection: { id: 'c-home' }, changes: [expect.stringContaining('Stop "web-01" (101, VM on pve2)')] },
    ]);
    bench.events.length = 0;
    await bench.one(stop101);
    const target = ['GET /nodes/pve2/qemu/101/status/current', 'GET /nodes/pve2/qemu/101/config'];
    expect(bench.events.slice(0, 4)).toEqual([...target, 'before', 'POST /nodes/pve2/qemu/101/status/stop']);
    expect(bench.events.at(-1)).toBe('after');
    expect(bench.entries.map(({ phase, decision }) => [phase, decision.includes(grant?.id ?? 'none')])).toEqual([
      ['before', true],
      ['after', true],
      ['before', true],
      ['after', true],
    ]);
    expect(bench.entries.at(-1)?.decision).toMatch(/^allowed: it was granted/);
  });

  test('G7: a grant that cannot be recorded is not given; the one yes holds, and the agent is told', async () => {
    const audit = { append: async () => {}, change: () => Promise.reject(pveError('denied')) };
    const bench = await granted({ audit });
    expect(bench.gate.grants.list()).toEqual([]);
    expect(bench.progress.map(({ message }) => message)).toContain('Not granted: It is denied');
    expect(await isAsked(bench, [stop101])).toBe(true);
  });

  test('G3: frozen between the look and the run under a grant: nothing is sent', async () => {
    const bench = await granted();
    bench.cluster.onRequest = () => {
      bench.freeze = { count: 1, since: '2027-01-15T08:00:00Z' };
    };
    expect(await bench.one(stop101)).toMatchObject({ status: 'denied', by: 'freeze' });
    expect(bench.cluster.writes()).toHaveLength(1);
  });

  test('G7: frozen while the grant is being recorded: it does not outlive the freeze', async () => {
    const audit = {
      append: async () => {},
      change: async () => void Object.assign(bench, { freeze: { count: 1 } }),
    };
    const bench: Bench = marked({ audit });
    expect(await bench.one(stop101)).toMatchObject({ status: 'denied', by: 'freeze' });
    expect(await isAsked(bench, [stop101])).toBe(true);
  });
});
