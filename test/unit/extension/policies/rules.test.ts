import { expect, test } from 'vitest';
import {
  conditionsFor,
  hasPolicy,
  isLoosening,
  mostPolicies,
  policyEdit,
  policyOf,
  storable,
} from '../../../../src/extension/policies/rules.ts';
import type { Policy } from '../../../../src/gate/policy.ts';

const prod: Policy = { verdict: 'never-destroy', tag: 'prod' };
const lab: Policy = { verdict: 'allow', vmids: [200, 299] };

test('G14: a rule that allows is never made of tags or pools, whatever was chosen before', () => {
  expect(conditionsFor('allow')).toEqual(['node', 'vmids']);
  const conditions = { node: 'pve1', vmids: [100, 199], pool: 'shop', tag: 'prod' } as const;
  expect(policyOf('allow', conditions)).toEqual({ verdict: 'allow', node: 'pve1', vmids: [100, 199] });
  expect(policyOf('ask', conditions)).toEqual({ verdict: 'ask', ...conditions });
});

test('a rule is added at the end, edited in its place, and removed', () => {
  const ask: Policy = { verdict: 'ask' };
  expect(policyEdit([prod], undefined, lab).after).toEqual([prod, lab]);
  expect(policyEdit([prod, lab], prod, ask).after).toEqual([ask, lab]);
  expect(policyEdit([prod, lab], prod, undefined).after).toEqual([lab]);
});

test.each<[string, readonly Policy[], readonly Policy[]]>([
  ['a restricting rule removed', [prod], []],
  ['a restricting rule that becomes narrower', [prod], [{ ...prod, node: 'pve1' }]],
  ['a range that becomes smaller', [{ verdict: 'ask', vmids: [100, 200] }], [{ verdict: 'ask', vmids: [100, 199] }]],
  ['another tag', [prod], [{ ...prod, tag: 'dev' }]],
  ['read-only that becomes never-destroy', [{ ...prod, verdict: 'read-only' }], [prod]],
  ['never-destroy that becomes ask: what destroys can be approved then', [prod], [{ ...prod, verdict: 'ask' }]],
  ['ask that becomes never-destroy: a grant counts again then', [{ ...prod, verdict: 'ask' }], [prod]],
  ['a rule that allows', [], [lab]],
  ['a rule that allows and becomes wider', [lab], [{ verdict: 'allow', vmids: [200, 300] }]],
  ['a rule that allows on another node', [{ verdict: 'allow', node: 'a' }], [{ verdict: 'allow', node: 'b' }]],
])('G8: %s loosens', (_what, before, after) => {
  expect(isLoosening({ before, after })).toBe(true);
});

test.each<[string, readonly Policy[], readonly Policy[]]>([
  ['a restricting rule added', [], [prod]],
  ['a restricting rule that becomes wider', [{ ...prod, node: 'pve1' }], [prod]],
  ['a restricting rule that becomes stricter', [prod], [{ ...prod, verdict: 'read-only' }]],
  ['a rule removed that another one contains', [prod, { ...prod, node: 'pve1' }], [prod]],
  ['a rule that allows removed', [lab], []],
  ['a rule that allows and becomes narrower', [lab], [{ ...lab, node: 'pve1' }]],
])('%s does not loosen', (_what, before, after) => {
  expect(isLoosening({ before, after })).toBe(false);
});

test('the same rule is known whatever the order of its parts', () => {
  expect(hasPolicy([{ verdict: 'ask', node: 'a', tag: 'b' }], { tag: 'b', node: 'a', verdict: 'ask' })).toBe(true);
  expect(hasPolicy([prod], lab)).toBe(false);
});

test('G9: rules that could not be read again are not stored', () => {
  const many = Array.from(
    { length: mostPolicies },
    (_, index): Policy => ({ verdict: 'ask', vmids: [100, 100 + index] }),
  );
  expect(storable({ before: [], after: many })).toEqual(many);
  expect(() => storable(policyEdit(many, undefined, prod))).toThrow();
  expect(() => storable({ before: [], after: [{ verdict: 'allow', tag: 'dev' }] })).toThrow(/may only restrict/);
});
