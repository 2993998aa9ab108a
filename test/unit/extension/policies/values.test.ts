import { expect, test } from 'vitest';
import { conditionText, parseCondition, parseVmids } from '../../../../src/extension/policies/values.ts';

test.each<[string, readonly [number, number] | undefined]>([
  ['101', [101, 101]],
  [' 100-199 ', [100, 199]],
  ['100 – 199', [100, 199]],
  ['100 to 199', [100, 199]],
  ['100-999999999', [100, 999_999_999]],
  ['199-100', undefined],
  ['99', undefined],
  ['0101', undefined],
  ['1e3', undefined],
  ['100,102', undefined],
  ['1000000000', undefined],
  ['', undefined],
])('VMIDs typed as %j', (text, vmids) => {
  expect(parseVmids(text)).toEqual(vmids);
});

test('a value is taken as Proxmox VE would take it, and shown as it was typed', () => {
  expect(parseCondition('node', 'pve-1')).toEqual({ node: 'pve-1' });
  expect(parseCondition('node', 'pve_1')).toBeUndefined();
  expect(parseCondition('pool', 'shop/front')).toEqual({ pool: 'shop/front' });
  expect(parseCondition('pool', 'shop front')).toBeUndefined();
  expect(parseCondition('tag', 'prod.eu+1')).toEqual({ tag: 'prod.eu+1' });
  expect(parseCondition('tag', 'prod;web')).toBeUndefined();
  expect(parseCondition('tag', 'x'.repeat(101))).toBeUndefined();
  expect(conditionText('vmids', parseCondition('vmids', '100-199') ?? {})).toBe('100-199');
  expect(conditionText('vmids', { vmids: [101, 101] })).toBe('101');
  expect(conditionText('tag', { tag: 'prod' })).toBe('prod');
  expect(conditionText('node', {})).toBe('');
});
