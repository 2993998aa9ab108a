import { describe, expect, test } from 'vitest';
import { newGuestOf } from '../../../src/gate/new-guest.ts';
import type { Policy } from '../../../src/gate/policy.ts';
import { questionText } from '../../../src/gate/question.ts';
import type { ApiOperation, ProposedApi } from '../../../src/gate/types.ts';
import { no } from '../../support/approver.ts';
import type { FakeGuest } from '../../support/cluster.ts';
import { upid } from '../../support/cluster.ts';
import { type Bench, type BenchOptions, call, gateBench, meanwhile } from '../../support/gate.ts';

const clonePath = 'POST /nodes/pve2/qemu/101/clone';
const clone = call('POST', '/nodes/pve2/qemu/101/clone', { newid: 150, name: 'web-09', full: true });
const configure = call('PUT', '/nodes/pve2/qemu/150/config', { cores: 4 });
const start = call('POST', '/nodes/pve2/qemu/150/status/start');
const plan = [clone, configure, start];
const copy = (more: Partial<FakeGuest> = {}): FakeGuest => ({
  type: 'qemu',
  node: 'pve2',
  name: 'web-09',
  status: 'stopped',
  config: {},
  ...more,
});

/** A cluster in which a clone is there once it was sent. */
function cloning(bench: Bench, made: FakeGuest = copy()): Bench {
  bench.cluster.on(clonePath, () => {
    bench.cluster.guests.set(150, made);
    return upid('pve2', 9);
  });
  return bench;
}

const bench = (options: BenchOptions = {}) => cloning(gateBench(options));
const statuses = async (it: Bench, steps: readonly ProposedApi[] = plan) =>
  (await it.perform(steps)).map(({ status }) => status);

describe('a guest that an earlier step of the same plan makes', () => {
  test('G2: is a target that the plan tells of; one question, then each step in order', async () => {
    const it = bench();
    expect(await statuses(it)).toEqual(['done', 'done', 'done']);
    expect(it.asked).toHaveLength(1);
    expect(it.cluster.writes()).toEqual([
      clonePath,
      'PUT /nodes/pve2/qemu/150/config',
      'POST /nodes/pve2/qemu/150/status/start',
    ]);
    expect(it.asked[0]?.assessments.slice(1).map(({ facts }) => facts.label)).toEqual([
      'new guest "web-09" (150, VM on pve2)',
      'new guest "web-09" (150, VM on pve2)',
    ]);
    expect(it.asked[0]?.assessments.flatMap(({ hazards }) => hazards).join()).not.toContain('150');
  });

  test('G18: the question tells of all steps in words', async () => {
    const it = bench();
    await it.perform(plan);
    const [request] = it.asked;
    if (request === undefined) throw new Error('Nobody was asked');
    const { lines } = questionText(request);
    expect(lines.filter((line) => /^\d\./.test(line)).map((line) => line.split(':')[0])).toEqual([
      '1. Clone "web-01" (101, VM on pve2)',
      '2. Change new guest "web-09" (150, VM on pve2)',
      '3. Start new guest "web-09" (150, VM on pve2), new → running',
    ]);
  });

  test.each([
    true,
    false,
  ])('G2: a VMID that is taken is another guest (hidden: %s): nothing is sent', async (hidden) => {
    const it = bench();
    it.cluster.guests.set(150, copy({ hidden }));
    const outcomes = await it.perform(plan);
    expect(outcomes[0]).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('VMID 150 is taken') },
    });
    expect([it.asked.length, it.cluster.writes()]).toEqual([0, []]);
  });

  test('G2: a VMID that is taken while a person is asked: nothing is sent', async () => {
    const it = cloning(meanwhile(({ cluster }) => void cluster.guests.set(150, copy()), no));
    expect((await it.perform(plan))[0]).toMatchObject({ status: 'denied', by: 'changed' });
    expect(it.cluster.writes()).toEqual([]);
  });

  test.each<[string, FakeGuest]>([
    ['name', copy({ name: 'other' })],
    ['kind', copy({ type: 'lxc' })],
    ['node', copy({ node: 'pve3' })],
  ])('G2: one that came out with another %s is not touched', async (_what, made) => {
    const it = cloning(gateBench(), made);
    const outcomes = await it.perform(plan);
    expect(outcomes.map(({ status }) => status)).toEqual(['done', 'denied', 'skipped']);
    expect(it.cluster.writes()).toEqual([clonePath]);
  });

  test('G3: a clone that fails leaves the later steps not run', async () => {
    const it = gateBench();
    it.cluster.task.exit = 'no space left';
    expect(await statuses(it)).toEqual(['failed', 'skipped', 'skipped']);
  });

  test('G2: without its name in the request, before the step that makes it, or of another kind, it is no target', async () => {
    const nameless = call('POST', '/nodes/pve2/qemu/101/clone', { newid: 150 });
    const asContainer = call('PUT', '/nodes/pve2/lxc/150/config', { cores: 4 });
    for (const steps of [
      [nameless, configure],
      [configure, clone],
      [clone, asContainer],
    ]) {
      const it = bench();
      expect((await it.perform(steps))[0]).toMatchObject({ status: 'failed', error: { code: 'not_found' } });
      expect([it.asked.length, it.cluster.writes()]).toEqual([0, []]);
    }
  });

  test.each<[string, Policy]>([
    ['its VMID', { verdict: 'read-only', vmids: [150, 159] }],
    ['its node and VMID', { verdict: 'read-only', node: 'pve2', vmids: [150, 159] }],
    ['a tag that it takes from its source', { verdict: 'read-only', tag: 'prod', vmids: [150, 159] }],
  ])('G14: a policy by %s holds it before it is there', async (_what, policy) => {
    const it = bench({ profile: { policies: [policy] } });
    const source = it.cluster.guests.get(101);
    if (source !== undefined) source.config.tags = 'prod';
    expect((await it.perform(plan))[0]).toMatchObject({ status: 'denied', by: 'policy' });
    expect([it.asked.length, it.cluster.writes()]).toEqual([0, []]);
  });

  test('G14: one without tags and pool is free of policies that go by those', async () => {
    const it = bench({ profile: { policies: [{ verdict: 'read-only', tag: 'prod' }] } });
    expect(await statuses(it)).toEqual(['done', 'done', 'done']);
  });
});

describe('what makes a guest', () => {
  const facts = { label: '' };
  const made = (path: string, params: ApiOperation['params']) =>
    newGuestOf(
      { kind: 'api', connection: 'c', revision: 1, method: 'POST', segments: path.slice(1).split('/'), params },
      facts,
    );

  test('a clone goes to its target; a new guest is on the node of its path', () => {
    const clone = { newid: '150', name: 'a', target: 'pve3' };
    expect(made('/nodes/pve1/qemu/101/clone', clone)).toMatchObject({
      type: 'qemu',
      vmid: 150,
      node: 'pve3',
      name: 'a',
    });
    const container = { vmid: '151', hostname: 'b', pool: 'p', tags: 'x;y' };
    expect(made('/nodes/pve1/lxc', container)).toEqual({
      type: 'lxc',
      vmid: 151,
      node: 'pve1',
      name: 'b',
      pool: 'p',
      tags: ['x', 'y'],
    });
  });

  test.each<[string, string, ApiOperation['params']]>([
    ['a restore over a guest', '/nodes/pve1/qemu', { vmid: '150', name: 'a', force: '1' }],
    ['no VMID', '/nodes/pve1/qemu', { name: 'a' }],
    ['no number', '/nodes/pve1/qemu', { vmid: '1e3', name: 'a' }],
    ['a list', '/nodes/pve1/qemu', { vmid: ['150', '151'], name: 'a' }],
    ['a clone onto itself', '/nodes/pve1/qemu/150/clone', { newid: '150', name: 'a' }],
    ['another act', '/nodes/pve1/qemu/101/config', { newid: '150', name: 'a' }],
    ['the name of a VM given to a container', '/nodes/pve1/lxc', { vmid: '150', name: 'a' }],
  ])('not %s', (_what, path, params) => {
    expect(made(path, params)).toBeUndefined();
  });
});
