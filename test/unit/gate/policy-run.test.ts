import { describe, expect, test } from 'vitest';
import type { Policy } from '../../../src/gate/policy.ts';
import type { Outcome, ProposedApi } from '../../../src/gate/types.ts';
import { no, yes } from '../../support/approver.ts';
import { type FakeGuest, pveError } from '../../support/cluster.ts';
import { type Bench, type BenchOptions, call, click, gateBench, picker, power } from '../../support/gate.ts';

type Condition = Omit<Policy, 'verdict'>;

// Through the gate: guest 101 is on pve2 in the pool "prod" with the tag "gold"; 102 and 103 have neither.
const stop = power(101, 'stop');
const destroy = call('DELETE', '/nodes/pve2/qemu/101');
const typed = { kind: 'run', typed: 'web-01' } as const;
const guest = (bench: Bench, vmid: number): FakeGuest => {
  const found = bench.cluster.guests.get(vmid);
  if (found === undefined) throw new Error(`No guest ${vmid}`);
  return found;
};
function under(policies: readonly Policy[], options: BenchOptions = {}): Bench {
  const bench = gateBench({ answers: [typed, typed], ...options, profile: { policies } });
  Object.assign(guest(bench, 101), { pool: 'prod' });
  guest(bench, 101).config.tags = 'web;gold';
  return bench;
}
async function result(bench: Bench, operations: readonly ProposedApi[]): Promise<string> {
  const [outcome]: readonly Outcome[] = await bench.perform(operations);
  if (outcome?.status === 'denied') return `denied by ${outcome.by}`;
  return `${bench.asked.length > 0 ? 'asked' : 'not asked'}, ${outcome?.status}`;
}

const all: readonly Condition[] = [{}, { node: 'pve2' }, { vmids: [100, 101] }, { pool: 'prod' }, { tag: 'gold' }];
const none: readonly Condition[] = [{ node: 'pve1' }, { vmids: [102, 110] }, { pool: 'lab' }, { tag: 'prod' }];
describe('what agents propose', () => {
  test.each(all)('G14: read-only %j: nothing is changed, plain reads go on', async (condition) => {
    const bench = under([{ verdict: 'read-only', ...condition }]);
    expect(await result(bench, [stop])).toBe('denied by policy');
    expect(await result(bench, [power(102, 'reboot'), stop])).toBe('denied by policy');
    expect(await result(bench, [call('GET', '/nodes/pve2/qemu/101/config')])).toBe('not asked, done');
    expect(bench.entries[0]?.decision).toMatch(/^denied by policy: A policy says: .* agents change nothing\.$/);
    expect([bench.asked, bench.cluster.writes()]).toEqual([[], []]);
  });
  test.each(all)('G14: never-destroy %j: what destroys is denied, what operates is asked', async (condition) => {
    const bench = under([{ verdict: 'never-destroy', ...condition }], { answers: [yes] });
    expect(await result(bench, [destroy])).toBe('denied by policy');
    expect(await result(bench, [stop])).toBe('asked, done');
  });
  test.each(all)('G14: ask %j: each time, though the server was started to ask for nothing', async (condition) => {
    const bench = under([{ verdict: 'ask', ...condition }], { answers: [yes], approve: 'operate' });
    expect(await result(bench, [stop])).toBe('asked, done');
  });
  test.each(none)('G14: rules for others, %j, change nothing', async (condition) => {
    const rules = (['read-only', 'never-destroy', 'ask'] as const).map((verdict) => ({ verdict, ...condition }));
    expect(await result(under(rules, { approve: 'operate' }), [stop])).toBe('not asked, done');
    expect(await result(under(rules), [destroy])).toBe('asked, done');
  });
  test('G14: allow: operate runs unasked, what destroys is asked, and a stricter rule wins', async () => {
    const allow: Policy = { verdict: 'allow', vmids: [101, 101] };
    expect(await result(under([allow]), [stop])).toBe('not asked, done');
    expect(await result(under([allow]), [destroy])).toBe('asked, done');
    expect(await result(under([allow], { answers: [yes] }), [stop, power(102, 'stop')])).toBe('asked, done');
    expect(await result(under([allow, { verdict: 'ask', tag: 'gold' }], { answers: [yes] }), [stop])).toBe(
      'asked, done',
    );
    expect(await result(under([allow, { verdict: 'read-only', pool: 'prod' }]), [stop])).toBe('denied by policy');
  });

  test.each<[string, (bench: Bench) => void]>([
    [
      'an overview that fails',
      ({ cluster }) => cluster.on('GET /cluster/resources', () => Promise.reject(pveError('unreachable'))),
    ],
    ['a guest that is kept from us', (bench) => Object.assign(guest(bench, 101), { hidden: true })],
  ])('G14: %s denies what a rule by tag or pool would have to know', async (_what, change) => {
    for (const condition of [{ tag: 'prod' }, { pool: 'lab' }, { pool: 'prod', vmids: [101, 101] }] as const) {
      const bench = under([{ verdict: 'never-destroy', ...condition }]);
      change(bench);
      expect(await result(bench, [stop])).toBe('denied by policy');
    }
  });
});

describe('rules and time', () => {
  const tagged: Policy[] = [{ verdict: 'read-only', tag: 'locked' }];
  const lock = (bench: Bench, vmid: number) => {
    guest(bench, vmid).config.tags = 'locked';
  };
  test('G14: a tag that is added while a person is asked: their yes does not count', async () => {
    const bench: Bench = under(tagged, {
      answers: [
        () => {
          lock(bench, 101);
          return yes;
        },
      ],
    });
    expect(await bench.one(stop)).toMatchObject({ status: 'denied', by: 'policy' });
    expect(bench.cluster.writes()).toEqual([]);
  });

  test('G14: a pool that a guest was put into while a person is asked: the same', async () => {
    const bench: Bench = under([{ verdict: 'read-only', pool: 'vault' }], {
      answers: [
        () => {
          guest(bench, 101).pool = 'vault';
          return yes;
        },
      ],
    });
    expect(await bench.one(stop)).toMatchObject({ status: 'denied', by: 'policy' });
    expect(bench.cluster.writes()).toEqual([]);
  });

  test.each([
    ['asked about', {}],
    ['allowed', { approve: 'operate' }],
  ] as const)('G14: a tag that is added while an earlier step of a plan that was %s runs stops the next', async (_what, more) => {
    const bench = under(tagged, { answers: [yes], ...more });
    bench.cluster.on('POST /nodes/pve2/qemu/101/status/stop', () => {
      lock(bench, 102);
      return null;
    });
    expect(await bench.perform([stop, power(102, 'stop')])).toMatchObject([{ status: 'done' }, { status: 'denied' }]);
    expect(bench.cluster.writes()).toHaveLength(1);
  });

  test('G14: the same guest again, now under a rule that asks: its next step waits for nobody and does not run', async () => {
    const bench = under([{ verdict: 'ask', tag: 'locked' }], { approve: 'operate' });
    bench.cluster.on('POST /nodes/pve2/qemu/101/status/stop', () => {
      lock(bench, 101);
      return null;
    });
    expect(await bench.perform([stop, power(101, 'start')])).toMatchObject([{ status: 'done' }, { status: 'denied' }]);
    expect(bench.cluster.writes()).toHaveLength(1);
  });
});

describe('what agents could change to get out of a rule', () => {
  const config = '/nodes/pve2/qemu/101/config';
  test.each<[string, Policy, ProposedApi]>([
    ['tags', { verdict: 'ask', tag: 'gold' }, call('PUT', config, { tags: 'web' })],
    ['tags by delete', { verdict: 'ask', tag: 'gold' }, call('PUT', config, { delete: 'tags' })],
    ['pools', { verdict: 'ask', pool: 'prod' }, call('PUT', '/pools/prod', { vms: 101, delete: 1 })],
  ])('G14: changing %s is destroy: refused below full, else a name is typed', async (_what, policy, operation) => {
    const low = under([policy], { profile: { level: 'read-execute' } });
    low.profiles = async () => [{ id: 'c-home', name: 'home', revision: 3, level: 'read-execute', policies: [policy] }];
    expect(await low.one(operation)).toMatchObject({ status: 'denied', by: 'level' });
    const full = under([policy], { answers: [no] });
    await full.one(operation);
    expect(full.asked).toMatchObject([{ risk: 'destroy', mustType: expect.stringMatching(/./) }]);
    const reasons = full.asked[0]?.assessments[0]?.reasons.join(' ');
    expect(reasons).toMatch(/policy goes by|No rule knows/);
  });
});

describe('what people do', () => {
  const rules: Policy[] = [{ verdict: 'read-only', tag: 'gold' }];
  test('G14: is not denied by a rule: the question shows it among the hazards', async () => {
    const bench = under(rules, { origin: picker, answers: [yes] });
    expect(await bench.one(stop)).toMatchObject({ status: 'done' });
    expect(bench.asked[0]?.assessments[0]?.hazards).toContain(
      'A policy says: Guests with the tag "gold": agents change nothing.',
    );
  });

  test('G14: nor by one that could not be read: it says so', async () => {
    const bench = under(rules, { origin: picker, answers: [yes] });
    bench.cluster.on('GET /cluster/resources', () => Promise.reject(pveError('unreachable')));
    expect(await bench.one(stop)).toMatchObject({ status: 'done' });
    expect(bench.asked[0]?.assessments[0]?.hazards).toContainEqual(expect.stringMatching(/^Whether a policy fits/));
  });

  test('G14: a click stays the yes for what it is on', async () => {
    const bench = under(rules, { origin: click, answers: [] });
    expect(await bench.one(power(101, 'reboot'))).toMatchObject({ status: 'done' });
    expect(bench.asked).toEqual([]);
  });
});

describe('disks and backups by their owner', () => {
  test.each<[string, ProposedApi]>([
    [
      'a disk',
      {
        kind: 'api',
        method: 'DELETE',
        segments: ['nodes', 'pve1', 'storage', 'local', 'content', 'local:101/vm-101-disk-1.qcow2'],
      },
    ],
    [
      'a backup',
      {
        kind: 'api',
        method: 'DELETE',
        segments: ['nodes', 'pve1', 'storage', 'pbs', 'content', 'pbs:backup/vm/101/2026-01-01T00:00:00Z'],
      },
    ],
    ['backups that are pruned', call('DELETE', '/nodes/pve1/storage/local/prunebackups', { vmid: 101 })],
    ['all backups that are pruned', call('DELETE', '/nodes/pve1/storage/local/prunebackups')],
    [
      'a restore over it',
      call('POST', '/nodes/pve2/qemu', { vmid: 101, archive: 'local:backup/vzdump-qemu-103-x.vma', force: 1 }),
    ],
    ['a rollback', call('POST', '/nodes/pve2/qemu/101/snapshot/before/rollback')],
    [
      'its disk under another guest',
      call('PUT', '/nodes/pve3/qemu/103/config', { scsi1: 'local-lvm:vm-101-disk-0,size=8G' }),
    ],
    ['a bulk stop', call('POST', '/nodes/pve2/stopall', { force: 1 })],
    ['its replication', call('DELETE', '/cluster/replication/101-0')],
    ['its HA resource by number', call('DELETE', '/cluster/ha/resources/101')],
  ])('G14: %s of a guest that is never destroyed is denied', async (_what, operation) => {
    for (const condition of [{ tag: 'gold' }, { pool: 'prod' }, { vmids: [101, 101] }] as const) {
      const bench = under([{ verdict: 'never-destroy', ...condition }]);
      expect(await bench.one(operation)).toMatchObject({ status: 'denied', by: 'policy' });
      expect([bench.asked, bench.cluster.writes()]).toEqual([[], []]);
    }
  });
});

test('G14: a migration to a node that a rule holds is denied, whatever node the guest is on', async () => {
  const bench = under([{ verdict: 'read-only', node: 'pve3' }]);
  const migrate = call('POST', '/nodes/pve2/qemu/101/migrate', { target: 'pve3' });
  expect(await result(bench, [migrate])).toBe('denied by policy');
  expect(bench.cluster.writes()).toEqual([]);
  expect(await result(bench, [stop])).toBe('asked, done');
});
