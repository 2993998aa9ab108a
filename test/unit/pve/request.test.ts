import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PveError } from '../../../src/pve/error.ts';
import {
  checkSegments,
  describeRequest,
  encodeForm,
  type PveParams,
  requestPath,
  splitPath,
  wireParams,
} from '../../../src/pve/request.ts';

const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof PveError) return error.code;
    throw error;
  }
  return 'accepted';
};

describe('path segments', () => {
  it('become a path below /api2/json, each encoded', () => {
    expect(requestPath(['nodes', 'pve1', 'qemu', '100', 'config'])).toBe('/api2/json/nodes/pve1/qemu/100/config');
    expect(requestPath(['access', 'users', 'jörg@pve'])).toBe('/api2/json/access/users/j%C3%B6rg%40pve');
    expect(requestPath(['nodes', 'a b?purge=1#x&y=%2e'])).toBe('/api2/json/nodes/a%20b%3Fpurge%3D1%23x%26y%3D%252e');
  });

  it.each([
    [['..', 'access']],
    [['nodes', '..', 'access']],
    [['nodes', '.']],
    [['nodes', '']],
    [[]],
    [['nodes', 'pve1/qemu/100']],
    [['nodes', 'pve1/qemu/100?purge=1#']],
    [['../access']],
    [['nodes', 'a\nb']],
    [['nodes', 'a\0']],
    [['nodes', '\u0085']],
    [['nodes', '\ud800']],
    [['nodes', 'pve1', 'storage', 'local', 'content', 'a/../b']],
    [['nodes', 'pve1', 'storage', 'local', 'content', 'a//b']],
    [['nodes', 'pve1', 'storage', 'local/x', 'content', 'a']],
    [['nodes', 'content', 'pve1/status']],
  ])('%j is refused', (path) => {
    expect(refusal(() => checkSegments(path))).toBe('invalid_argument');
    expect(refusal(() => requestPath(path))).toBe('invalid_argument');
  });

  it('may hold a slash where PVE takes the rest of the path as one value', () => {
    const volume = ['nodes', 'pve1', 'storage', 'local', 'content', 'local:iso/debian.iso'];
    expect(requestPath(volume)).toBe('/api2/json/nodes/pve1/storage/local/content/local%3Aiso%2Fdebian.iso');
    expect(requestPath(['cluster', 'firewall', 'ipset', 'lan', '10.0.0.0/8'])).toMatch(/\/lan\/10\.0\.0\.0%2F8$/);
    expect(requestPath(['nodes', 'pve1', 'lxc', '200', 'firewall', 'ipset', 'lan', '10.0.0.0/8'])).toMatch(
      /\/lan\/10\.0\.0\.0%2F8$/,
    );
  });

  it('whatever is let through means the same after decoding, and cannot leave its place', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 8 }), (path) => {
        if (refusal(() => checkSegments(path)) !== 'accepted') return;
        const target = requestPath(path);
        expect(target.split('/').slice(3).map(decodeURIComponent)).toEqual(path);
        expect(new URL(`https://host${target}`).pathname).toBe(target);
      }),
    );
  });
});

describe('a path as people write it', () => {
  it('is split at its slashes, the value at its end excepted', () => {
    expect(splitPath('/nodes/pve1/qemu/101/config')).toEqual(['nodes', 'pve1', 'qemu', '101', 'config']);
    expect(splitPath('/nodes/pve1/storage/local/content')).toEqual(['nodes', 'pve1', 'storage', 'local', 'content']);
    expect(splitPath('/nodes/pve1/storage/local/content/local:iso/debian.iso').at(-1)).toBe('local:iso/debian.iso');
    expect(splitPath('/cluster/firewall/ipset/lan/10.0.0.0/8')).toEqual([
      ...['cluster', 'firewall', 'ipset', 'lan', '10.0.0.0/8'],
    ]);
    expect(splitPath('/nodes/pve1/qemu/101/firewall/ipset/lan/fe80::/10').at(-1)).toBe('fe80::/10');
  });

  it.each([
    ['nodes/pve1'],
    ['/'],
    [''],
    ['//nodes'],
    ['/nodes/'],
    ['/nodes//status'],
    ['/nodes/pve1/../access'],
    ['/nodes/pve1/status?x=1'],
    ['/nodes/pve1#status'],
    ['/nodes/pve1%2fqemu'],
    ['/nodes/pve1/storage/local/content/local:iso/../x'],
    ['/nodes/pve1/storage/local/content/local:iso//x'],
    ['/nodes/pve1/a\nb'],
  ])('%j is refused', (path) => {
    expect(refusal(() => splitPath(path))).toBe('invalid_argument');
  });

  it('means what it says, or is refused', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (parts) => {
        const path = `/${parts.join('/')}`;
        if (refusal(() => splitPath(path)) !== 'accepted') return;
        expect(`/${splitPath(path).join('/')}`).toBe(path);
      }),
    );
  });
});

describe('parameters in wire form', () => {
  it('are what PVE reads: 1 and 0, shortest decimals, lists', () => {
    const params = {
      force: true,
      skiplock: false,
      memory: 2048,
      ratio: 0.5,
      name: 'a b',
      delete: ['net0', 'net1'],
      ids: [1, 2],
    };
    expect(wireParams(params)).toEqual({
      ...{ force: '1', skiplock: '0', memory: '2048', ratio: '0.5', name: 'a b' },
      ...{ delete: ['net0', 'net1'], ids: ['1', '2'] },
    });
    expect(wireParams()).toEqual({});
    expect(wireParams({ empty: '' })).toEqual({ empty: '' });
  });

  it('leave out what is undefined', () => {
    const params: Record<string, string> = JSON.parse('{"a":"1"}');
    Object.assign(params, { b: undefined });
    expect(wireParams(params)).toEqual({ a: '1' });
  });

  it.each<[string, unknown]>([
    ['name with a bracket', { 'net[n]': 'x' }],
    ['name with a query', { 'a&b': 'x' }],
    ['__proto__', JSON.parse('{"__proto__":"x"}')],
    ['NUL', { a: 'x\0' }],
    ['half a surrogate pair', { a: '\udc00' }],
    ['NaN', { a: Number.NaN }],
    ['infinity', { a: Number.POSITIVE_INFINITY }],
    ['a number beyond exact integers', { a: 2 ** 60 }],
    ['a number that needs an exponent', { a: 1e-9 }],
    ['null', { a: null }],
    ['an object', { a: {} }],
    ['an empty list', { a: [] }],
    ['a list with a NUL', { a: ['x', '\0'] }],
    ['a list in a list', { a: [['x']] }],
  ])('%s is refused', (_name, params) => {
    expect(refusal(() => wireParams(params as PveParams))).toBe('invalid_argument');
  });

  it('come back from the form as they went in', () => {
    expect(encodeForm({ a: 'x&y=z', list: ['1', '2'], ü: '+ ' })).toBe('a=x%26y%3Dz&list=1&list=2&%C3%BC=%2B+');
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/), fc.string()), (params) => {
        const wire = wireParams(params);
        expect(Object.fromEntries(new URLSearchParams(encodeForm(wire)))).toEqual(wire);
      }),
    );
  });
});

it('a request is described without its parameters', () => {
  expect(describeRequest({ method: 'PUT', path: ['access', 'password'], params: { password: 'geheim' } })).toBe(
    'PUT /access/password',
  );
});
