// The requests of a server build that lies. What arrives at the demo cluster is checked after each test, see `hostileWindows`.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apiOnly } from '../support/api-only.ts';
import { no } from '../support/approver.ts';
import { fuzzing } from '../support/bridge-frames.ts';
import { agree, hostileWindows, invalidParams, post, start101, stop101 } from '../support/hostile-window.ts';

const { attack, received } = hostileWindows();

describe('paths', () => {
  const guest = ['nodes', 'pve2', 'qemu'];
  const content = ['nodes', 'pve1', 'storage', 'local', 'content'];

  const broken: readonly (readonly [string, readonly unknown[]])[] = [
    ['up and down again', [...guest, '102', '..', '101', 'status', 'stop']],
    ['itself', [...guest, '.', '101', 'status', 'stop']],
    ['nothing', [...guest, '', '101', 'status', 'stop']],
    ['a slash', [...guest, '101/status', 'stop']],
    ['a slash at the end', [...guest, '101', 'status', 'stop/']],
    ['the whole path', [stop101.join('/')]],
    ['up inside a volume', [...content, 'local:iso/../../../../qemu/101/status/stop']],
    ['nothing inside a volume', [...content, 'local:iso//x']],
    ['a line end', [...guest, '101', 'status', 'stop\r\nX: y']],
    ['a next line', [...guest, '101', 'status', 'stop\u0085']],
    ['a NUL', [...guest, '101', 'status', 'stop\0']],
    ['half a character', [...guest, '101', 'status', 'stop\ud800']],
    ['a number', [...guest, 101, 'status', 'stop']],
    ['a list', [...guest, ['101'], 'status', 'stop']],
    ['too much', [...guest, '1'.repeat(1025), 'status', 'stop']],
    ['too many', Array.from({ length: 25 }, () => 'nodes')],
    ['none', []],
  ];

  test('G1: that are not plain segments are refused before anybody is asked', async () => {
    const { server, profile, asked } = await attack();
    for (const [what, segments] of broken) {
      const { outcomes, refused } = await server.propose(post(profile.id, segments));
      expect([refused, outcomes[0]?.error?.code], what).toContain(
        refused === undefined ? 'invalid_argument' : invalidParams,
      );
    }
    expect(asked).toEqual([]);
    expect(await received()).toEqual([]);
  });

  const odd = [
    ...['stop?skiplock=1', 'stop#', 'stop%2F..%2Fstart', 'stop%00', 'stop%3Fskiplock=1', 'stop;x', 'stop&x=1', ' stop'],
    ...['..%2fstop', '%2e%2e', '%252e%252e', '..\\stop', 'stop\\', 'STOP', 'ѕtop', 'stop\u202e', '…', '．．'],
  ];

  test('G1: with an odd segment are shown, approved and sent with exactly this segment', async () => {
    const { server, profile, asked } = await attack();
    for (const segment of odd) {
      await server.propose(post(profile.id, [...guest, '101', 'status', segment]));
      expect(asked.at(-1), segment).toMatchObject({ risk: 'destroy' });
      expect((await received()).at(-1)).toBe(`POST /nodes/pve2/qemu/101/status/${encodeURIComponent(segment)} `);
    }
    expect(await received()).toHaveLength(odd.length);
  });
});

describe('parameters', () => {
  test.each([
    ['a query in a value', { timeout: '9&skiplock=1' }, 'timeout=9%26skiplock%3D1'],
    ['a list for a value', { timeout: ['1', '2'] }, 'timeout=1&timeout=2'],
  ])('G1: %s is shown and sent as what it is', async (_what, params, form) => {
    const { server, profile, asked } = await attack();
    await server.propose(post(profile.id, start101, params));
    expect(asked[0]?.assessments.map(({ operation }) => apiOnly(operation).params)[0]).toEqual(params);
    expect(await received()).toEqual([`POST /${start101.join('/')} ${form}`]);
  });

  test('G1: of a doubled one that is sent which was shown', async () => {
    const { server, profile, asked } = await attack();
    const bend = (text: string) => text.replace('"timeout":5', '"timeout":5,"skiplock":0,"timeout":6,"skiplock":1');
    await server.propose(post(profile.id, start101, { timeout: 5 }), {}, bend);
    expect(asked).toMatchObject([
      { risk: 'destroy', assessments: [{ operation: { params: { timeout: '6', skiplock: '1' } } }] },
    ]);
    expect(await received()).toEqual([`POST /${start101.join('/')} timeout=6&skiplock=1`]);
  });

  test('G1: that cannot be sent unchanged are refused before anybody is asked', async () => {
    const { server, profile, asked } = await attack();
    const broken = [
      ...['', 'a[]', 'a b', 'timeout&skiplock', 'timeout=1&x', 'ſkiplock', 'x\r\ny'].map((name) => ({ [name]: '1' })),
      ...[null, {}, [], [[]], [null], 1e21, 'a\0', '\ud800', ['\udc00']].map((timeout) => ({ timeout })),
      ...[[], 'timeout=1', 5],
    ];
    for (const params of broken) {
      const { outcomes, refused } = await server.propose(post(profile.id, start101, params));
      expect([refused, outcomes[0]?.error?.code], JSON.stringify(params)).toContain(
        refused === undefined ? 'invalid_argument' : invalidParams,
      );
    }
    expect(asked).toEqual([]);
    expect(await received()).toEqual([]);
  });
});

test('G2: of random plans only those are sent that a person has approved, unchanged', async () => {
  const { server, profile, asked } = await attack((request) =>
    Number.parseInt(request.assessments[0]?.digest.slice(0, 2) ?? '0', 16) % 3 === 0 ? no : agree(request),
  );
  const paths = [
    stop101,
    ['nodes', 'pve1', 'lxc', '102', 'config'],
    ['nodes', 'pve1', 'tasks', 'UPID:x'],
    ['pools', 'a'],
  ];
  const sendable = fc.oneof(
    fc.constantFrom('%2F', '%2e%2e', '?force=1', '#', '\\', '\u202e', 'monitor', 'status', '&x=1', '%00', ' '),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }).filter((text) => !/[/\p{Cc}]|^\.\.?$/u.test(text)),
  );
  const broken = fc.constantFrom('..', '.', '', 'a/b', '\0', '\r\n');
  const token = fc.oneof({ weight: 8, arbitrary: sendable }, { weight: 1, arbitrary: broken });
  const name = fc.oneof({ weight: 8, arbitrary: fc.constantFrom('force', 'timeout', 'delete', 'x-1') }, token);
  const operation = fc
    .record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
      path: fc.constantFrom(...paths),
      back: fc.nat(2),
      gone: fc.nat(1),
      tokens: fc.array(token, { maxLength: 2 }),
      params: fc.dictionary(name, fc.oneof(token, fc.nat()), { maxKeys: 2 }),
    })
    .map(({ method, path, back, gone, tokens, params }) => ({
      ...{ kind: 'api', method, params, segments: path.toSpliced(path.length - back, gone, ...tokens) },
    }));
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 2, size: 'xsmall' }), async (operations) => {
      const { outcomes, refused } = await server.propose({ ...post(profile.id, []), operations });
      expect(outcomes).toHaveLength(refused === undefined ? operations.length : 0);
    }),
    fuzzing,
  );
  expect(asked.length).toBeGreaterThan(fuzzing.numRuns / 10);
});
