import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor, redacted } from '../../../src/gate/redact.ts';
import type { ApiOperation, FileOperation } from '../../../src/gate/types.ts';
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

const uuid = '12345678-abcd-4000-8000-1234567890ab';

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
  ['the rest of a private key', 'abc\n-----END OPENSSH PRIVATE KEY-----\ndone', `${redacted}\ndone`],
  ['a token in a log', `using ops@pve!mcp=${uuid} now`, `using ops@pve!mcp=${redacted} now`],
  ['a token of a backup server', `PBSAPIToken=a@pbs!b:${uuid}`, `PBSAPIToken=a@pbs!b:${redacted}`],
  ['a console ticket', `PVEVNC:65A0B1C2::${'A'.repeat(60)}==`, `PVEVNC:65A0B1C2::${redacted}`],
  ['a password in an address', 'from http://me:p@ss@proxy:3128/x?a@b', `from http://me:${redacted}@proxy:3128/x?a@b`],
  ['a hash', 'root:$y$j9T$abcdefgh$ijklmnopqrstuv:1', `root:${redacted}:1`],
  ['a password in YAML', 'user: a\n  password: hunter2\nb: c', `user: a\n  password: ${redacted}\nb: c`],
  ['a key of Ceph', `key = AQ${'b'.repeat(36)}==`, `key = ${redacted}`],
  ['a CSRF token', 'CSRFPreventionToken: 6A000000:abc+/=', `CSRFPreventionToken: ${redacted}`],
])('G10 G15: %s is known by its shape', (_what, text, expected) => {
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

describe('an operation', () => {
  const operation: ApiOperation = {
    kind: 'api',
    connection: 'c',
    revision: 1,
    method: 'PUT',
    segments: ['somewhere', 'new'],
    params: {},
  };

  test.each(['key', 'data', 'token', 'value', 'password'])('G10: its parameter %s is taken out', (name) => {
    const { operation: safe, value } = createRedactor();
    const params = { [name]: 'x', list: ['y'] };
    expect(safe({ ...operation, params })).toEqual({ ...operation, params: { [name]: redacted, list: ['y'] } });
    if (name !== 'password') expect(value({ [name]: 'x' })).toEqual({ [name]: 'x' });
  });

  test('G15: goes without the secrets that its path alone tells, and looks the same whoever gave them', () => {
    const { operation: safe } = createRedactor();
    const segments = ['cluster', 'notifications', 'endpoints', 'webhook', 'hook'];
    const given = safe({ ...operation, segments, params: { header: ['a', 'b'], comment: 'c' } });
    expect(given).toEqual({ ...operation, segments, params: { header: redacted, comment: 'c' } });
    expect(safe({ ...operation, segments, params: { comment: 'c' }, ask: ['header'] })).toEqual(given);
  });
});

test.each([
  'https://pve1:8006/#v1:0',
  'ssh://git@host:22/x',
  'smb://nas:445/share see admin@pve',
  'UPID:pve1:00001000:00ABCDEF:6A000000:qmstart:101:ops@pve!mcp:',
  'local-lvm:vm-101-disk-0,size=32G,password: property is missing',
  'password: property is not defined',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'AA:BB:CC:DD:EE:FF',
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEo1VjVrVjVrVjVrVjVrVjVrVjVrVjVrVjVrVjVrVjVr me@home',
])('G15: %s is no secret', (text) => {
  expect(createRedactor().text(text)).toBe(text);
  expect(createRedactor().value([text])).toEqual([text]);
});

describe('a private key over several lines', () => {
  const body = Array.from({ length: 4 }, (_, index) => `${index}bCd/`.repeat(14).slice(0, 64));
  const key = ['-----BEGIN OPENSSH PRIVATE KEY-----', ...body, 'cut==', '-----END OPENSSH PRIVATE KEY----- after'];
  const log = ['before', ...key, 'TASK OK'];
  const expected = ['before', ...Array.from({ length: 6 }, () => redacted), `${redacted} after`, 'TASK OK'];

  test('G15: is taken out of a list of lines', () => {
    expect(createRedactor().value(log)).toEqual(expected);
    expect(createRedactor().value(log.map((t, n) => ({ n, t })))).toEqual(expected.map((t, n) => ({ n, t })));
  });

  test('G15: is taken out of lines that come one by one', () => {
    expect(log.map(createRedactor().lines())).toEqual(expected);
  });

  test.each(log.map((_, from) => [from]))('G15: is taken out of a page that begins with line %i', (from) => {
    const redactor = createRedactor();
    const shown = [redactor.value(log.slice(from)), redactor.text(log.slice(from).join(': '))].map((it) => `${it}`);
    for (const line of [...body, 'cut==']) expect(shown.join()).not.toContain(line);
    expect(redactor.value(log.slice(from))).toContain('TASK OK');
  });

  test('G15: is taken out of a page that ends in it', () => {
    const redactor = createRedactor();
    expect(redactor.value(log.slice(0, 4))).toEqual(['before', redacted, redacted, redacted]);
    expect(redactor.value(body.slice(1, 3))).toEqual([redacted, redacted]);
  });

  test('G15: two keys in one line leave nothing between lines', () => {
    const line = createRedactor().lines();
    expect(line('a -----BEGIN PRIVATE KEY-----')).toBe(`a ${redacted}`);
    expect(line('x -----END PRIVATE KEY----- b -----BEGIN PRIVATE KEY-----')).toBe(redacted);
    expect(line('y')).toBe(redacted);
    expect(line('-----END PRIVATE KEY-----c')).toBe(`${redacted}c`);
    expect(line('d')).toBe('d');
  });
});

describe('an answer', () => {
  test('that is the public document of the API reaches agents as it is: a password in it is a name', async () => {
    const bench = gateBench({});
    const document = { methods: [{ method: 'GET', path: '/x', parameters: { password: { type: 'string' } } }] };
    bench.cluster.on('GET /pve-docs/api-viewer/apidoc.js', () => document);
    bench.cluster.on('GET /pve-docs/other', () => document);
    const outcomes = await bench.perform([call('GET', '/pve-docs/api-viewer/apidoc.js')]);
    expect(outcomes).toMatchObject([{ status: 'done', data: document }]);
    const other = await bench.perform([call('GET', '/pve-docs/other')]);
    expect(JSON.stringify(other)).toContain(redacted);
  });

  test.each<[string, unknown, unknown]>([
    ['/cluster/acme/plugins', [{ plugin: 'a', data: 'x' }], [{ plugin: 'a', data: redacted }]],
    ['/cluster/acme/plugins/a', { data: 'x' }, { data: redacted }],
    ['/cluster/sdn/dns', [{ key: 'x', url: 'u' }], [{ key: redacted, url: 'u' }]],
    ['/cluster/sdn/ipams/a', { token: 'x' }, { token: redacted }],
    ['/cluster/notifications/endpoints/webhook', [{ header: ['x'] }], [{ header: redacted }]],
    ['/cluster/notifications/endpoints/gotify/a', { token: 'x' }, { token: redacted }],
    ['/cluster/metrics/server/a', { token: 'x' }, { token: redacted }],
    ['/access/users', [{ userid: 'a', keys: 'x' }], [{ userid: 'a', keys: redacted }]],
    ['/nodes/pve1/subscription', { key: 'x', status: 'active' }, { key: redacted, status: 'active' }],
    ['/nodes/pve1/lxc/100/config', { env: 'A=x' }, { env: redacted }],
    ['/nodes/pve1/hosts', { data: 'x' }, { data: 'x' }],
    ['/nodes/pve1/qemu/100/pending', [{ key: 'cores', value: 2 }], [{ key: 'cores', value: 2 }]],
    [
      '/nodes/pve1/qemu/100/pending',
      [{ key: 'cipassword', value: 'x', pending: 'y' }],
      [{ key: 'cipassword', value: redacted, pending: redacted }],
    ],
    ['/storage/pbs', { keyring: 'x', 'encryption-key': 'x' }, { keyring: redacted, 'encryption-key': redacted }],
  ])('G15: of %s goes without the secrets that its place tells', (path, value, expected) => {
    expect(createRedactor().answer(path.slice(1).split('/'), value)).toEqual(expected);
  });
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

test('G10: the text of an upload is in no record; its size and sum tell which it was', () => {
  const upload: FileOperation = {
    kind: 'file',
    connection: 'c',
    revision: 1,
    direction: 'upload',
    target: { at: 'host', node: 'pve1' },
    remotePath: '/root/.my.cnf',
    content: 'password=hunter2',
    overwrite: false,
    maxBytes: 100,
    size: 16,
    sha256: 'ab',
  };
  const written = createRedactor().operation(upload);
  expect(JSON.stringify(written)).not.toContain('hunter2');
  expect(written).toMatchObject({ remotePath: '/root/.my.cnf', size: 16, sha256: 'ab' });
});
