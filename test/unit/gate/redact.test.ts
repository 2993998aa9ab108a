import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor, redacted } from '../../../src/gate/redact.ts';
import { call, click, gateBench, power } from '../../support/gate.ts';

const secret = 'p@ss "wörd"+/=\\~(!) 1';

describe('a registered secret', () => {
  test.each<[string, string]>([
    ['as it is', secret],
    ['in an address', encodeURIComponent(secret)],
    ['in a form body', new URLSearchParams({ a: secret }).toString().slice(2)],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
  ])('G10: does not come through %s', (_how, written) => {
    const redactor = createRedactor();
    redactor.add(secret);
    expect(redactor.text(`before ${written} after ${written}`)).toBe(`before ${redacted} after ${redacted}`);
  });

  test('G10: goes whole, also when another one is a part of it', () => {
    const redactor = createRedactor();
    redactor.add('abcdef');
    redactor.add('abcdef-and-more');
    expect(redactor.text('abcdef-and-more abcdef')).toBe(`${redacted} ${redacted}`);
  });

  test('G10: is found wherever it stands in a value, names included', () => {
    const redactor = createRedactor();
    redactor.add('s3cr3t-value');
    const value = { a: ['x s3cr3t-value'], 's3cr3t-value': { b: null, c: 1, d: true }, e: undefined };
    expect(redactor.value(value)).toEqual({
      a: [`x ${redacted}`],
      [redacted]: { b: null, c: 1, d: true },
      e: undefined,
    });
  });

  test('G10: anything may stand around it', () => {
    const redactor = createRedactor();
    redactor.add('s3cr3t-value');
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(redactor.text(`${before}s3cr3t-value${after}`)).not.toContain('s3cr3t-value');
      }),
      { numRuns: 100 },
    );
  });

  test('G10: is not registered when it is so short that it would blank out ordinary text', () => {
    const redactor = createRedactor();
    redactor.add('');
    redactor.add('12345');
    expect(redactor.text('VM 12345 is fine')).toBe('VM 12345 is fine');
  });
});

test.each<[string, string, string]>([
  [
    'an API token',
    'Authorization: PVEAPIToken=root@pam!x=12345678-abcd',
    `Authorization: PVEAPIToken=root@pam!x=${redacted}`,
  ],
  [
    'a ticket',
    `PVEAuthCookie=PVE:root@pam:65A0B1C2::${'A'.repeat(60)}==;`,
    `PVEAuthCookie=PVE:root@pam:65A0B1C2::${redacted};`,
  ],
  ['a private key', 'x -----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- y', `x ${redacted} y`],
  ['a private key that was cut', '-----BEGIN PRIVATE KEY-----\nabc', redacted],
])('G10: %s is known by its shape', (_what, text, expected) => {
  expect(createRedactor().text(text)).toBe(expected);
});

test.each([
  'password',
  'cipassword',
  'new-password',
  'Password',
  'secret',
  'client-key',
  'privatekey',
  'private-key',
  'ticket',
  'CSRFPreventionToken',
  'otp',
  'encryption-key',
  'otel-headers',
])('G10: the field %s is taken out wherever it stands', (name) => {
  const { value } = createRedactor();
  expect(value({ a: [{ [name]: 'x', b: 'y' }] })).toEqual({ a: [{ [name]: redacted, b: 'y' }] });
  expect(value({ [name]: '' })).toEqual({ [name]: '' });
});

test.each(['key', 'data', 'token', 'value', 'password'])('G10: the parameter %s of a write is taken out', (name) => {
  const { params, value } = createRedactor();
  expect(params({ [name]: 'x', list: ['y'] })).toEqual({ [name]: redacted, list: ['y'] });
  if (name !== 'password') expect(value({ [name]: 'x' })).toEqual({ [name]: 'x' });
});

describe('what an agent reads', () => {
  test('G10: answer, error and progress are redacted', async () => {
    const bench = gateBench();
    bench.redactor.add('s3cr3t-value');
    bench.cluster.on('GET /version', () => ({ note: 's3cr3t-value', password: 'hunter2' }));
    expect(await bench.one(call('GET', '/version'))).toMatchObject({ data: { note: redacted, password: redacted } });
    Object.assign(bench.cluster.task, { exit: 'bad s3cr3t-value', log: ['using s3cr3t-value'] });
    expect(JSON.stringify(await bench.one(power(101, 'start')))).not.toContain('s3cr3t-value');
    expect(bench.progress.map(({ message }) => message)).toContain(`using ${redacted}`);
  });

  test('G10: a person’s own view is not', async () => {
    const bench = gateBench({ origin: click });
    bench.redactor.add('s3cr3t-value');
    bench.cluster.on('GET /version', () => 's3cr3t-value');
    expect(await bench.one(call('GET', '/version'))).toMatchObject({ data: 's3cr3t-value' });
  });
});
