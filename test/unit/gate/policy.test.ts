import { describe, expect, test } from 'vitest';
import { type Policy, policiesSchema, policyText, raisedByPolicies, rulingOf } from '../../../src/gate/policy.ts';
import type { TouchedGuest } from '../../../src/gate/touches.ts';
import type { ApiOperation, TargetFacts } from '../../../src/gate/types.ts';

const web: TouchedGuest = { vmid: 101, node: 'pve2', pool: 'prod', tags: ['web', 'gold'] };
const mail: TouchedGuest = { vmid: 102, node: 'pve1', tags: [] };
const at = (...touches: TouchedGuest[]): TargetFacts => ({ label: 'it', node: 'pve2', touches });
const unread: TargetFacts = { label: 'it', node: 'pve2' };

function verdict(facts: TargetFacts, policies: readonly Policy[]): string {
  const ruling = rulingOf(facts, policies);
  if (ruling === undefined) return 'none';
  return 'verdict' in ruling ? ruling.verdict : 'unreadable';
}

type Condition = Omit<Policy, 'verdict'>;
const conditions: readonly [Condition, TargetFacts, 'fits' | 'not' | 'unreadable'][] = [
  [{}, at(web), 'fits'],
  [{}, at(), 'fits'],
  [{}, unread, 'fits'],
  [{ node: 'pve2' }, at(web), 'fits'],
  [{ node: 'pve2' }, unread, 'fits'],
  [{ node: 'pve2' }, at(), 'fits'],
  [{ node: 'pve1' }, at(web), 'not'],
  [{ node: 'pve1' }, at(web, mail), 'fits'],
  [{ node: 'pve1' }, unread, 'unreadable'],
  [{ node: 'pve2' }, { label: 'it', node: 'localhost' }, 'unreadable'],
  [{ node: 'pve2' }, { label: 'it', node: 'localhost', touches: [] }, 'unreadable'],
  [{ node: 'pve3' }, { ...at(web), to: 'pve3' }, 'fits'],
  [{ node: 'pve1' }, { ...at(web), to: 'pve3' }, 'not'],
  [{ vmids: [101, 101] }, at(web), 'fits'],
  [{ vmids: [100, 200] }, at(web), 'fits'],
  [{ vmids: [102, 200] }, at(web), 'not'],
  [{ vmids: [100, 100] }, at(web), 'not'],
  [{ vmids: [102, 102] }, at(web, mail), 'fits'],
  [{ vmids: [101, 101] }, at(), 'not'],
  [{ vmids: [101, 101] }, unread, 'unreadable'],
  [{ pool: 'prod' }, at(web), 'fits'],
  [{ pool: 'prod' }, at(mail), 'not'],
  [{ pool: 'prod' }, unread, 'unreadable'],
  [{ tag: 'gold' }, at(mail, web), 'fits'],
  [{ pool: 'prod' }, at({ ...web, pool: 'prod/web' }), 'fits'],
  [{ pool: 'prod' }, at({ ...web, pool: 'production' }), 'not'],
  [{ pool: 'prod/web' }, at(web), 'not'],
  [{ tag: 'Gold' }, at(web), 'fits'],
  [{ tag: 'go' }, at(web), 'not'],
  [{ tag: 'gold' }, unread, 'unreadable'],
  // What a rule names must all fit the same guest.
  [{ pool: 'prod', tag: 'gold' }, at(web), 'fits'],
  [{ pool: 'prod', vmids: [102, 102] }, at(web, mail), 'not'],
  [{ node: 'pve1', tag: 'gold' }, at(web, mail), 'not'],
  [{ node: 'pve2', vmids: [101, 101], pool: 'prod', tag: 'web' }, at(mail, web), 'fits'],
  [{ node: 'pve2', tag: 'none' }, at(web), 'not'],
  // A guest whose node is not told may be on any.
  [{ node: 'pve9', tag: 'x' }, at({ vmid: 103, tags: ['x'] }), 'fits'],
];
describe.each(['read-only', 'never-destroy', 'ask'] as const)('a rule that says %s', (says) => {
  test.each(conditions)('G14: %j and %j: %s', (condition, facts, expected) => {
    const found = verdict(facts, [{ verdict: says, ...condition }]);
    expect(found).toBe({ fits: says, not: 'none', unreadable: 'unreadable' }[expected]);
  });
});

test.each<[Condition, TargetFacts, boolean]>([
  [{}, at(web), true],
  [{ node: 'pve2' }, { ...at(web), to: 'pve3' }, false],
  [{ node: 'pve2' }, { ...at(web), to: 'pve2' }, true],
  [{ vmids: [101, 101] }, at(web), true],
  [{ vmids: [101, 102] }, at(web, mail), true],
  [{ vmids: [101, 101] }, at(web, mail), false],
  [{ vmids: [101, 101] }, at(), false],
  [{ vmids: [101, 101] }, unread, false],
  [{ node: 'pve2' }, at(web), true],
  [{ node: 'pve2' }, at(web, mail), false],
  [{ node: 'pve1' }, at(web, mail), false],
  [{ node: 'pve2', vmids: [101, 101] }, at(web), true],
  [{ node: 'pve2', vmids: [101, 102] }, at(web, mail), false],
  [{ node: 'pve2', vmids: [103, 103] }, at({ vmid: 103, tags: [] }), false],
  [{ node: 'pve2' }, { label: 'it', node: 'localhost', touches: [web] }, false],
])('G14: allow %j and %j: %s, for all that is reached must fit', (condition, facts, expected) => {
  expect(verdict(facts, [{ verdict: 'allow', ...condition }])).toBe(expected ? 'allow' : 'none');
});

test('G14: the strictest rule that fits wins, whatever the order; one that cannot be read is not passed over', () => {
  const rules: Policy[] = [
    { verdict: 'allow' },
    { verdict: 'ask' },
    { verdict: 'never-destroy' },
    { verdict: 'read-only' },
  ];
  for (const last of [4, 3, 2, 1]) {
    const some = rules.slice(0, last);
    expect(verdict(at(web), some)).toBe(some.at(-1)?.verdict);
    expect(verdict(at(web), some.toReversed())).toBe(some.at(-1)?.verdict);
  }
  expect(verdict(unread, [{ verdict: 'allow' }, { verdict: 'ask', tag: 'x' }])).toBe('unreadable');
  expect(verdict(unread, [{ verdict: 'read-only' }, { verdict: 'ask', tag: 'x' }])).toBe('read-only');
});

test.each<[string, unknown, boolean]>([
  ['allow by VMIDs and node', { verdict: 'allow', node: 'pve1', vmids: [100, 199] }, true],
  ['allow by a tag', { verdict: 'allow', tag: 'lab' }, false],
  ['allow by a pool', { verdict: 'allow', pool: 'lab' }, false],
  ['allow by VMIDs and a tag', { verdict: 'allow', vmids: [100, 199], tag: 'lab' }, false],
  ['ask by a tag and a pool', { verdict: 'ask', tag: 'lab', pool: 'p' }, true],
  ['VMIDs the wrong way round', { verdict: 'ask', vmids: [200, 100] }, false],
  ['a VMID that is none', { verdict: 'ask', vmids: [1, 100] }, false],
  ['one VMID only', { verdict: 'ask', vmids: [100] }, false],
  ['an empty tag', { verdict: 'ask', tag: '' }, false],
  ['a name', { verdict: 'ask', name: 'web-01' }, false],
  ['another verdict', { verdict: 'run' }, false],
  ['no verdict', { tag: 'x' }, false],
])('G14: stored: %s: %s', (_what, policy, expected) => {
  expect(policiesSchema.safeParse([policy]).success).toBe(expected);
});

test('G14: a rule in words', () => {
  expect(policyText({ verdict: 'never-destroy', tag: 'prod' })).toBe(
    'Guests with the tag "prod": agents never destroy anything.',
  );
  expect(policyText({ verdict: 'read-only' })).toBe('Everything here: agents change nothing.');
  expect(policyText({ verdict: 'allow', node: 'pve1' })).toContain('Everything on the node "pve1"');
});

const write = (request: string, params: ApiOperation['params'] = {}): ApiOperation => {
  const [method = '', path = ''] = request.split(' ');
  return {
    kind: 'api',
    connection: 'c',
    revision: 1,
    method: method as 'PUT',
    segments: path.slice(1).split('/'),
    params,
  };
};
const config = 'PUT /nodes/pve2/qemu/101/config';
test.each<[string, ApiOperation['params'], 'tag' | 'pool', boolean]>([
  [config, { tags: 'a' }, 'tag', true],
  [config, { tags: '' }, 'tag', true],
  [config, { delete: 'tags' }, 'tag', true],
  [config, { delete: 'cores;tags' }, 'tag', true],
  [config, { delete: ['cores', 'onboot, tags'] }, 'tag', true],
  [config, { revert: 'tags' }, 'tag', true],
  [config, { description: 'tags' }, 'tag', false],
  ['POST /nodes/pve1/lxc', { vmid: '200', tags: 'a' }, 'tag', true],
  ['PUT /cluster/options', { 'tag-style': 'x' }, 'tag', true],
  ['POST /nodes/pve2/qemu/101/snapshot/a/rollback', {}, 'pool', false],
  ['POST /nodes/pve1/qemu', { vmid: '200', pool: 'lab' }, 'pool', true],
  ['POST /nodes/pve2/qemu/101/clone', { newid: '200', pool: 'lab' }, 'pool', true],
  ['PUT /pools/prod', { vms: '101', delete: '1' }, 'pool', true],
  ['PUT /pools', { poolid: 'prod', vms: '101' }, 'pool', true],
  ['POST /pools', { poolid: 'x' }, 'pool', true],
  ['DELETE /pools/prod', {}, 'pool', true],
  ['PUT /pools/prod', { vms: '101' }, 'tag', false],
])('G14: %s %j under a rule by %s is raised to destroy: %s', (request, params, by, expected) => {
  expect(raisedByPolicies(write(request, params), [{ verdict: 'ask', [by]: 'prod' }]).length > 0).toBe(expected);
  expect(raisedByPolicies(write(request, params), [{ verdict: 'ask', vmids: [100, 200] }])).toEqual([]);
});
