import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Canonical, canonicalJson } from '../../../src/gate/canonical.ts';
import { operationDigest, planDigest } from '../../../src/gate/operation.ts';
import type { ApiOperation, GuestFacts, OperationDigest } from '../../../src/gate/types.ts';

const shutdown: ApiOperation = {
  kind: 'api',
  connection: '0b54ad26-0a2f-4d0d-9c6e-0d7e5cf0a111',
  revision: 7,
  method: 'POST',
  segments: ['nodes', 'pve2', 'qemu', '101', 'status', 'shutdown'],
  params: { timeout: '60', forceStop: '1' },
};
const shutdownDigest = 'a2dbf05fc1314438f029cb07574efec8ad19b877fc262f0c0156f44678ab1d65' as OperationDigest;
const guest: GuestFacts = {
  type: 'qemu',
  vmid: 101,
  node: 'pve2',
  name: 'web-01',
  state: 'running',
  configHash: 'c'.repeat(64),
  protected: false,
  template: false,
  tags: [],
};

describe('canonical JSON', () => {
  test.each<[string, Canonical, string]>([
    [
      'strings, the example of RFC 8785',
      JSON.parse(String.raw`"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"`),
      String.raw`"€$\u000f\nA'B\"\\\\\"/"`,
    ],
    ['numbers', [333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0], '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]'],
    ['literals', [null, true, false], '[null,true,false]'],
    [
      'keys by UTF-16 code units',
      { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 },
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    ],
    ['nested and empty', { b: [], a: { d: {}, c: '' } }, '{"a":{"c":"","d":{}},"b":[]}'],
  ])('G1: %s', (_what, value, expected) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  test.each<[string, unknown]>([
    ['a lone surrogate', 'a\ud800'],
    ['a lone surrogate in a key', { 'a\udc00': 1 }],
    ['NaN', Number.NaN],
    ['infinity', [Number.POSITIVE_INFINITY]],
    ['undefined', { a: undefined }],
    ['a bigint', 1n],
    ['a function', () => 1],
  ])('G1: %s has no canonical form', (_what, value) => {
    expect(() => canonicalJson(value as Canonical)).toThrow(TypeError);
  });
});

describe('digests', () => {
  test('G1: golden vectors of operations', () => {
    expect(operationDigest(shutdown)).toBe(shutdownDigest);
    const text = 'Zeile 1\nGrüße 😀 "x" \\';
    const segments = ['nodes', 'pve1', 'lxc', '200', 'config'];
    expect(
      operationDigest({ ...shutdown, method: 'PUT', segments, params: { tags: ['a', 'b'], description: text } }),
    ).toBe('82bf5ad2b7aa8b7eb92d704804d4c2a3a5faeec1081fcf4e01840464d477886a');
  });

  test('G2: golden vector of a plan, with and without a guest', () => {
    expect(planDigest([{ digest: shutdownDigest, guest }, { digest: shutdownDigest }])).toBe(
      '02b7cc4e8339e9a9d96a460ea3dfe8d4422fb43096b91cafb302612a5993ce66',
    );
  });

  test('G2: each part of a target changes the digest of the plan, and so does the order of the steps', () => {
    const other = operationDigest({ ...shutdown, revision: 8 });
    const plans = [
      [{ digest: shutdownDigest, guest }, { digest: other }],
      [{ digest: other }, { digest: shutdownDigest, guest }],
      [{ digest: other, guest }, { digest: shutdownDigest }],
      ...[
        { type: 'lxc' as const },
        { vmid: 102 },
        { node: 'pve1' },
        { name: 'web-02' },
        { state: 'stopped' },
        { configHash: 'd'.repeat(64) },
      ].map((change) => [{ digest: shutdownDigest, guest: { ...guest, ...change } }, { digest: other }]),
    ];
    expect(new Set(plans.map(planDigest)).size).toBe(plans.length);
  });

  const wire = fc.oneof(text(), fc.array(text(), { minLength: 1, maxLength: 4 }));
  const operations = fc.record({
    kind: fc.constant('api' as const),
    connection: text(),
    revision: fc.nat(),
    method: fc.constantFrom('GET' as const, 'POST' as const, 'PUT' as const, 'DELETE' as const),
    segments: fc.array(text(), { minLength: 1, maxLength: 6 }),
    params: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/), wire, { maxKeys: 5 }),
  });

  test('G1: the order of keys never changes the digest', () => {
    fc.assert(
      fc.property(operations, (operation) => {
        const params = Object.fromEntries(Object.entries(operation.params).reverse());
        const turned = Object.fromEntries(
          Object.entries({ ...operation, params }).reverse(),
        ) as unknown as ApiOperation;
        expect(operationDigest(turned)).toBe(operationDigest(operation));
      }),
      { numRuns: 100 },
    );
  });

  test('G1: any other operation has another digest', () => {
    fc.assert(
      fc.property(operations, operations, (a, b) => {
        const same = canonicalJson(a) === canonicalJson(b);
        expect(operationDigest(a) === operationDigest(b)).toBe(same);
      }),
      { numRuns: 100 },
    );
  });

  test('G1: any changed leaf changes the digest', () => {
    fc.assert(
      fc.property(operations, fc.nat(), text(), (operation, at, replacement) => {
        const leaves = paths(operation);
        const path = leaves[at % leaves.length] ?? [];
        const changed = withLeaf(operation, path, replacement) as ApiOperation;
        expect(operationDigest(changed)).not.toBe(operationDigest(operation));
      }),
      { numRuns: 200 },
    );
  });
});

function text() {
  return fc.string({ unit: 'binary', maxLength: 12 }).filter((value) => value.isWellFormed());
}

/** The way to each string and number in it. */
function paths(value: unknown, way: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...way]];
  return Object.entries(value).flatMap(([key, member]) => paths(member, [...way, key]));
}

function withLeaf(value: unknown, [key, ...rest]: readonly string[], leaf: string): unknown {
  if (key === undefined) return typeof value === 'number' ? value + 1 : `${leaf}${String(value)}x`;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? withLeaf(item, rest, leaf) : item));
  const members = value as Record<string, unknown>;
  return { ...members, [key]: withLeaf(members[key], rest, leaf) };
}
