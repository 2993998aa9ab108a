import { describe, expect, test } from 'vitest';
import { redacted } from '../../../src/gate/redact.ts';
import type { ProposedApi } from '../../../src/gate/types.ts';
import { call, gateBench } from '../../support/gate.ts';

const config = '/nodes/pve2/qemu/101/config';

describe('a secret that an agent passes', () => {
  test.each<[string, ProposedApi, string]>([
    ['a password', call('PUT', config, { cipassword: 'agent-canary' }), 'cipassword'],
    ['an empty one', call('PUT', config, { cipassword: '' }), 'cipassword'],
    [
      'headers of a webhook',
      call('POST', '/cluster/notifications/endpoints/webhook', { header: ['name=a,value=agent-canary'] }),
      'header',
    ],
    ['data of a plugin', call('PUT', '/cluster/acme/plugins/a', { data: 'agent-canary' }), 'data'],
    ['one of a read', call('GET', '/nodes/pve1/scan/cifs', { server: 'a', password: 'agent-canary' }), 'password'],
    ['one that the table does not know', call('POST', '/new', { 'client-key': 'agent-canary' }), 'client-key'],
  ])('G15: %s is refused before anything is read or asked', async (_what, operation, name) => {
    const bench = gateBench();
    const outcome = await bench.one(operation);
    expect(outcome).toMatchObject({
      status: 'denied',
      by: 'policy',
      why: expect.stringContaining(`Agents may not pass ${name}`),
      next: `Write null for ${name}: a person is asked for it.`,
    });
    expect(bench.events).toEqual(['decided']);
    expect(JSON.stringify(outcome)).not.toContain('agent-canary');
  });

  test.each<[string, ProposedApi]>([
    ['a known one in a parameter', call('PUT', config, { description: 'it is known-canary' })],
    ['a known one in the path', call('GET', '/pools/known-canary')],
    ['one of a known shape', call('PUT', '/cluster/options', { http_proxy: 'http://me:hunter2@proxy:3128' })],
    ['the gap of one', call('PUT', config, { description: `it is ${redacted}` })],
  ])('G15: %s is refused before anything is read or asked', async (_what, operation) => {
    const bench = gateBench();
    bench.redactor.add('known-canary');
    expect(await bench.one(operation)).toMatchObject({ status: 'denied', by: 'policy' });
    expect(bench.events).toEqual(['decided']);
  });

  test('G15: is not learnt: an agent must not choose which words people cannot read', async () => {
    const bench = gateBench();
    await bench.one(call('PUT', config, { cipassword: 'running' }));
    expect(bench.redactor.text('running')).toBe('running');
  });

  test('G15: of several steps is refused for all', async () => {
    const bench = gateBench();
    const outcomes = await bench.perform([call('GET', '/version'), call('PUT', config, { cipassword: 'x' })]);
    expect(outcomes.map(({ status }) => status)).toEqual(['denied', 'denied']);
    expect(bench.cluster.sent).toEqual([]);
  });
});

test('G15: who cannot ask a person for it is refused before anything is read or asked', async () => {
  const bench = gateBench();
  expect(await bench.one({ ...call('PUT', config), ask: ['cipassword'] })).toMatchObject({
    status: 'denied',
    by: 'nobody',
    why: expect.stringContaining('It needs cipassword'),
    next: expect.stringContaining('extension for VS Code'),
  });
  expect(bench.events).toEqual(['decided']);
});

test.each<[string, ProposedApi]>([
  ['what is no secret', { ...call('PUT', config), ask: ['ciuser'] }],
  ['a secret of another request', { ...call('PUT', config), ask: ['password'] }],
  ['what is given', { ...call('PUT', config, { cipassword: 'x' }), ask: ['cipassword'] }],
  ['the same twice', { ...call('PUT', config), ask: ['cipassword', 'cipassword'] }],
  ['nothing', { ...call('PUT', config), ask: [] }],
])('G15: to ask for %s is refused', async (_what, operation) => {
  const bench = gateBench();
  Object.assign(bench.approver, { secret: async () => 'typed-canary' });
  expect(await bench.one(operation)).toMatchObject({ status: 'failed', error: { code: 'invalid_argument' } });
  expect(bench.events).toEqual([]);
});
