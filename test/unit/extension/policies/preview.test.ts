import { expect, test } from 'vitest';
import {
  caughtBy,
  choicesOf,
  type Guest,
  guestNames,
  loosenedGuests,
  verdictFor,
} from '../../../../src/extension/policies/preview.ts';
import { type Policy, whyForbidden } from '../../../../src/gate/policy.ts';
import { readTouches } from '../../../../src/gate/touches.ts';
import type { ApiOperation, TargetFacts } from '../../../../src/gate/types.ts';
import type { Resource } from '../../../../src/pve/records.ts';
import type { Send } from '../../../../src/pve/request.ts';

const guest = (vmid: number, name: string, fields: Omit<Partial<Resource>, 'vmid'> = {}): Guest => ({
  id: `qemu/${vmid}`,
  type: 'qemu',
  vmid,
  name,
  node: 'pve1',
  tags: [],
  content: [],
  ...fields,
});
const web = guest(101, 'web-01', { tags: ['prod', 'web'], pool: 'shop' });
const db = guest(150, 'db-01', { tags: ['prod'], node: 'pve2' });
const test1 = guest(200, 'test', { tags: ['dev'] });
const others: readonly Resource[] = [
  { id: 'node/pve1', type: 'node', node: 'pve1', tags: [], content: [] },
  { id: 'node/pve3', type: 'node', node: 'pve3', tags: [], content: [] },
  { id: '/pool/empty', type: 'pool', pool: 'empty', tags: [], content: [] },
  { id: 'storage/pve1/local', type: 'storage', node: 'pve1', tags: [], content: ['iso'] },
];
const resources = [test1, db, ...others, web];
const names = (guests: readonly Guest[]) => guests.map(({ name }) => name);

test.each<[string, Omit<Policy, 'verdict'>, readonly string[]]>([
  ['nothing: everything', {}, ['web-01', 'db-01', 'test']],
  ['a node', { node: 'pve2' }, ['db-01']],
  ['a range of VMIDs, its ends included', { vmids: [101, 150] }, ['web-01', 'db-01']],
  ['a pool', { pool: 'shop' }, ['web-01']],
  ['a tag', { tag: 'prod' }, ['web-01', 'db-01']],
  ['a tag that is the beginning of another', { tag: 'pro' }, []],
  ['a tag on a node', { tag: 'prod', node: 'pve1' }, ['web-01']],
  ['conditions that fit different guests', { pool: 'shop', node: 'pve2' }, []],
])('G14: a rule that goes by %s shows whom it catches', (_what, conditions, caught) => {
  expect(names(caughtBy({ verdict: 'never-destroy', ...conditions }, resources))).toEqual(caught);
});

const rules: readonly Policy[] = [
  { verdict: 'read-only' },
  { verdict: 'read-only', node: 'pve1' },
  { verdict: 'read-only', vmids: [100, 150] },
  { verdict: 'read-only', pool: 'shop' },
  { verdict: 'read-only', tag: 'prod' },
  { verdict: 'read-only', tag: 'prod', node: 'pve2', vmids: [150, 150] },
];
test.each(rules)('G14: the preview of %j is what the gate refuses', async (rule) => {
  const send: Send = async () => ({ data: [web, db, test1].map((one) => ({ ...one, tags: one.tags.join(';') })) });
  for (const one of [web, db, test1]) {
    const { vmid, node = '' } = one;
    const operation: ApiOperation = {
      ...{ kind: 'api', connection: 'home', revision: 1, method: 'POST', params: {} },
      segments: ['nodes', node, 'qemu', String(vmid), 'status', 'start'],
    };
    const touches = await readTouches(send, operation, undefined, [rule], {});
    const facts: TargetFacts = { label: '', node, ...(touches === undefined ? {} : { touches }) };
    const isCaught = caughtBy(rule, resources).includes(one);
    expect(whyForbidden({ risk: 'operate', facts }, [rule]) !== undefined, String(one.name)).toBe(isCaught);
  }
});

test('G14: of several rules the strictest one is shown for a guest', () => {
  const policies: readonly Policy[] = [
    { verdict: 'allow', node: 'pve1' },
    { verdict: 'ask', tag: 'web' },
    { verdict: 'never-destroy', tag: 'prod' },
  ];
  expect([web, db, test1].map((one) => verdictFor(one, policies))).toEqual(['never-destroy', 'never-destroy', 'allow']);
  expect(verdictFor(test1, [])).toBeUndefined();
});

test('guests that agents may do more with after an edit are told, those held as before are not', () => {
  const prod: Policy = { verdict: 'never-destroy', tag: 'prod' };
  const allow: Policy = { verdict: 'allow', node: 'pve1' };
  expect(loosenedGuests([prod], [prod, allow], resources)).toEqual([{ guest: test1, was: undefined, is: 'allow' }]);
  expect(loosenedGuests([prod, allow], [allow], resources)).toEqual([
    { guest: web, was: 'never-destroy', is: 'allow' },
    { guest: db, was: 'never-destroy', is: undefined },
  ]);
  expect(loosenedGuests([allow], [prod], resources)).toEqual([]);
});

test('values to choose from come with the number of their guests, those without guests too', () => {
  expect(choicesOf(resources)).toEqual({
    node: [
      { value: 'pve1', guests: 2 },
      { value: 'pve2', guests: 1 },
      { value: 'pve3', guests: 0 },
    ],
    pool: [
      { value: 'empty', guests: 0 },
      { value: 'shop', guests: 1 },
    ],
    tag: [
      { value: 'dev', guests: 1 },
      { value: 'prod', guests: 2 },
      { value: 'web', guests: 1 },
    ],
  });
});

test('names of guests are cut at a limit, and cannot fake a line of a dialog', () => {
  expect(guestNames([web, db, test1], 2)).toBe('web-01 (101), db-01 (150), …');
  expect(guestNames([guest(300, 'a\nApproved: yes\u202e')], 5)).toBe('a⏎Approved: yes<U+202E> (300)');
});
