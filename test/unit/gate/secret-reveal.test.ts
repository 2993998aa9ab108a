import { describe, expect, test } from 'vitest';
import type { SecretHands } from '../../../src/gate/secret-hands.ts';
import type { ProposedApi } from '../../../src/gate/types.ts';
import { type Answering, yes } from '../../support/approver.ts';
import { call, click, gateBench } from '../../support/gate.ts';

const token = '/access/users/ops@pve/token/mcp';
const secret = '5ec4e700-0000-4000-8000-00000000cafe';

/** Yes, with the name typed where it is wanted. */
const asItWants: Answering = ({ mustType }) => ({ ...yes, ...(mustType === undefined ? {} : { typed: mustType }) });

/** A bench whose cluster makes a secret; `shown` is what the person saw. */
function makes(operation: ProposedApi, data: unknown, reveal?: SecretHands['reveal'], origin?: typeof click) {
  const bench = gateBench({ answers: [asItWants], ...(origin === undefined ? {} : { origin }) });
  const shown: string[][] = [];
  const hands = async (...what: [string, string]) => {
    // Known before anybody sees it.
    expect(bench.redactor.text(what[1])).not.toContain(what[1]);
    shown.push(what);
  };
  Object.assign(bench.approver, { reveal: reveal ?? hands });
  bench.cluster.on(`${operation.method} /${operation.segments.join('/')}`, () => data);
  return { bench, shown };
}

describe('a secret that the cluster has made', () => {
  test.each<[string, ProposedApi, unknown, unknown, string]>([
    [
      'a new API token',
      call('POST', token, { privsep: 1 }),
      { 'full-tokenid': 'ops@pve!mcp', value: secret, info: { privsep: '1' } },
      { 'full-tokenid': 'ops@pve!mcp', value: 'shown to the person', info: { privsep: '1' } },
      secret,
    ],
    [
      'an API token made anew',
      call('PUT', token, { regenerate: 1 }),
      { value: secret },
      { value: 'shown to the person' },
      secret,
    ],
    [
      'recovery codes',
      call('POST', '/access/tfa/ops@pve', { type: 'recovery' }),
      { id: 'recovery', recovery: ['one-two-three', 'four-five-six'] },
      { id: 'recovery', recovery: 'shown to the person' },
      'one-two-three\nfour-five-six',
    ],
    [
      'an encryption key',
      call('POST', '/storage', { storage: 'pbs', type: 'pbs', 'encryption-key': 'autogen' }),
      { storage: 'pbs', config: { 'encryption-key': '{"data":"canary-key"}' } },
      { storage: 'pbs', config: { 'encryption-key': 'shown to the person' } },
      '{"data":"canary-key"}',
    ],
  ])('G15: %s goes to the person once, and the agent reads that it did', async (_what, operation, data, read, value) => {
    const { bench, shown } = makes(operation, data);
    expect(await bench.one(operation)).toMatchObject({ status: 'done', data: read });
    expect(shown).toEqual([
      [expect.stringMatching(/ of (token "mcp" of user|second factor for user|storage) "\w+(@pve)?"$/), value],
    ]);
    expect(JSON.stringify([bench.entries, bench.progress])).not.toContain(value);
  });

  test('G15: that could not be shown is not told to the agent either', async () => {
    const operation = call('POST', token);
    const { bench } = makes(operation, { value: secret }, () => Promise.reject(new Error('no window')));
    expect(await bench.one(operation)).toMatchObject({
      data: { value: expect.stringMatching(/^it could not be shown/) },
    });
  });

  test('G15: of a person’s own act stays in the answer of their own view, and is known from then on', async () => {
    const operation = call('POST', token);
    const { bench, shown } = makes(operation, { value: secret }, undefined, click);
    expect(await bench.one(operation)).toMatchObject({ data: { value: secret } });
    expect(shown).toEqual([]);
    expect(bench.redactor.text(secret)).not.toContain(secret);
  });

  test('G15: nothing is shown where none is made', async () => {
    const operation = call('PUT', token, { comment: 'a' });
    const { bench, shown } = makes(operation, { comment: 'a' });
    expect(await bench.one(operation)).toMatchObject({ data: { comment: 'a' } });
    expect(shown).toEqual([]);
  });
});

test.each([
  ['a new API token', call('POST', token)],
  ['an API token made anew', call('PUT', token, { regenerate: 1 })],
])('G15: %s is refused where it cannot be shown to the person alone, before anything is sent', async (_what, operation) => {
  const bench = gateBench();
  expect(await bench.one(operation)).toMatchObject({
    status: 'denied',
    by: 'nobody',
    why: expect.stringContaining('API token secret'),
    next: expect.stringContaining('extension for VS Code'),
  });
  expect(bench.cluster.sent).toEqual([]);
});
