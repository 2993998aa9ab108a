import fc from 'fast-check';
import type { PveParam } from '../../../../src/pve/request.ts';
import type { ApiMethod, ApiParameter, ApiSchema } from '../../../../src/pve/schema.ts';
import type { CheckedRequest } from '../../../../src/server/api/check.ts';

/** Requests that the API declares as valid: some method, its required parameters and some of the others. */
export function requests({ methods }: ApiSchema): fc.Arbitrary<CheckedRequest> {
  const made = new Map<ApiMethod, fc.Arbitrary<CheckedRequest>>();
  return fc.constantFrom(...methods).chain((method) => {
    const known = made.get(method) ?? requestOf(method);
    made.set(method, known);
    return known;
  });
}

function requestOf(method: ApiMethod): fc.Arbitrary<CheckedRequest> {
  const variables = [...method.path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name);
  const declared = Object.entries(method.parameters).filter(([name]) => !variables.includes(name));
  const params = fc.record(
    Object.fromEntries(declared.map(([name, parameter]) => [name.replace('[n]', '3'), values(parameter)])),
    {
      requiredKeys: declared
        .filter(([name, { optional }]) => optional !== true && !name.endsWith('[n]'))
        .map(([name]) => name),
    },
  );
  const segments = fc.tuple(
    ...method.path
      .slice(1)
      .split('/')
      .map((part) => (part.startsWith('{') ? texts(method.parameters[part.slice(1, -1)] ?? {}) : fc.constant(part))),
  );
  return fc.record({ segments, params }).map(({ segments, params }) => ({
    method: method.method,
    segments,
    params: withWhatIsRequired(method, params),
  }));
}

function withWhatIsRequired(
  { parameters }: ApiMethod,
  params: Readonly<Record<string, PveParam | undefined>>,
): Record<string, PveParam> {
  const kept = Object.entries(params).filter(([name]) => {
    const requires = parameters[name]?.requires;
    return requires === undefined || requires in params || parameters[requires] === undefined;
  });
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

function values(parameter: ApiParameter): fc.Arbitrary<PveParam> {
  const { type, items = {} } = parameter;
  if (type === 'array') return fc.array(texts(items), { minLength: 1, maxLength: 3 });
  if (type === 'boolean') return fc.constantFrom<PveParam>(true, false, 0, 1, '0', '1');
  return texts(parameter);
}

function texts({ type, enum: choices, format, pattern, ...bounds }: ApiParameter): fc.Arbitrary<string> {
  if (choices !== undefined && choices.length > 0) return fc.constantFrom(...choices);
  if (type === 'boolean') return fc.constantFrom('0', '1');
  if (type === 'integer' || type === 'number') {
    const { minimum = format === 'pve-vmid' ? 100 : 0, maximum = Math.max(minimum, 100_000) } = bounds;
    return fc.integer({ min: Math.ceil(minimum), max: Math.floor(Math.max(minimum, maximum)) }).map(String);
  }
  const fits = (text: string) => text.length >= (bounds.minLength ?? 0) && text.length <= (bounds.maxLength ?? 1e6);
  if (format !== undefined && typeof format !== 'string') return strings(format).filter(fits);
  if (typeof format === 'string') return named(format).filter(fits);
  if (pattern !== undefined) return matching(pattern).filter(fits);
  const { minLength = 1, maxLength = minLength + 40 } = bounds;
  return fc.string({
    unit: fc.constantFrom(...'abcXYZ019'),
    minLength,
    maxLength: Math.min(maxLength, minLength + 40),
  });
}

/** A property string with its required keys and some of the others. */
function strings(keys: Readonly<Record<string, ApiParameter>>): fc.Arbitrary<string> {
  const real = Object.entries(keys).filter(([, { alias }]) => alias === undefined);
  const parts = real.map(([name, key]) =>
    texts(key)
      .filter((text) => !/[,"]/.test(text))
      .map((text) => (key.default_key === true && !text.includes('=') ? text : `${name}=${text}`)),
  );
  return fc
    .tuple(...parts.map((part, at) => (real[at]?.[1].optional === true ? fc.option(part, { nil: '' }) : part)))
    .map((all) => all.filter((part) => part !== '').join(','));
}

const samples: Readonly<Record<string, readonly string[]>> = {
  'pve-vmid': ['100', '999999999'],
  'pve-node': ['pve1', 'a', 'node-2'],
  'pve-storage-id': ['local', 'local-lvm', 'nfs_1.x'],
  'pve-configid': ['ab', 'backup-1', 'a_1'],
  'mac-addr': ['BC:24:11:00:00:01', 'de:ad:be:ef:00:01'],
  ip: ['10.0.0.1', 'fe80::1'],
  ipv4: ['192.0.2.1'],
  ipv6: ['2001:db8::1'],
  CIDR: ['10.0.0.0/8', '2001:db8::/32'],
  CIDRv4: ['10.0.0.1/24'],
  CIDRv6: ['fd00::/64'],
  'disk-size': ['32G', '512M', '1.5T', '1024'],
};

function named(format: string): fc.Arbitrary<string> {
  const own = samples[format];
  if (own !== undefined) return fc.constantFrom(...own);
  const item = samples[format.replace(/-(?:list|opt)$/, '')];
  if (item !== undefined)
    return fc.array(fc.constantFrom(...item), { minLength: 1, maxLength: 3 }).map((all) => all.join(','));
  return fc.constantFrom('x', 'x1=2', '/x/y', 'abc-d'.repeat(4));
}

/** Perl's patterns are not all ours; those that are none here make no claim. */
function matching(pattern: string): fc.Arbitrary<string> {
  // Ours read a missing lower bound as these very characters.
  if (pattern.includes('{,')) return fc.constant('abc');
  try {
    return fc.stringMatching(new RegExp(`^(?:${pattern.replaceAll(/\(\?\^u?:/g, '(?:')})$`));
  } catch {
    return fc.constantFrom('x1', 'abc');
  }
}
