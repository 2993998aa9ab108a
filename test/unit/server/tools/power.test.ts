import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../../src/gate/types.ts';
import type { Upid } from '../../../../src/pve/upid.ts';
import { fakeServer } from '../fake-door.ts';

const guest = (vmid: number, name: string, node = 'pve2', type = 'qemu') => ({
  id: `${type}/${vmid}`,
  type,
  vmid,
  name,
  node,
  status: 'running',
});
const answers = {
  '/cluster/resources': [
    guest(101, 'web-01'),
    guest(102, 'web-02', 'pve1', 'lxc'),
    guest(120, 'test', 'pve1'),
    guest(121, 'test', 'pve3'),
  ],
  '/nodes/pve2/qemu/101/status/current': { status: 'stopped' },
  '/nodes/pve1/lxc/102/status/current': { status: 'stopped' },
};
const upid = 'UPID:pve2:00001234:00ABCDEF:6A000000:qmshutdown:101:root@pam:' as Upid;
const error = {
  code: 'task_failed',
  message: 'Shut down "web-01" failed',
  hint: 'Read the log.',
  reason: ['got timeout'],
  upid,
} as const;

describe('pve_power_guest', () => {
  test('finds the node, and says what came of it with the state from the guest itself', async () => {
    const { call, writes } = fakeServer({ answers });
    const { text, isError } = await call('pve_power_guest', {
      guest: 'web-01',
      action: 'shutdown',
      reason: 'Maintenance',
    });
    expect({ text, isError }).toEqual({
      text: 'web-01 (101, VM on pve2): shutdown OK in 4.1 s, now stopped',
      isError: false,
    });
    expect(writes()).toEqual([
      {
        connection: 'c1',
        operations: [{ kind: 'api', method: 'POST', segments: ['nodes', 'pve2', 'qemu', '101', 'status', 'shutdown'] }],
        tool: 'pve_power_guest',
        reason: 'Maintenance',
        wait: true,
      },
    ]);
  });

  test('several guests are one proposal, each named once', async () => {
    const { call, writes } = fakeServer({ answers });
    const { text } = await call('pve_power_guest', { guest: ['101', 'web-02', 101], action: 'shutdown' });
    expect(writes().map(({ operations }) => operations.length)).toEqual([2]);
    expect(text.split('\n')).toEqual([
      'web-01 (101, VM on pve2): shutdown OK in 4.1 s, now stopped',
      'web-02 (102, container on pve1): shutdown OK in 4.1 s, now stopped',
    ]);
  });

  test('a name that fits two guests is an error that lists both; nothing is proposed', async () => {
    const { call, writes } = fakeServer({ answers });
    const { text } = await call('pve_power_guest', { guest: 'test', action: 'stop' });
    expect(text).toMatch(/^Error \(ambiguous\): .*120.*121/);
    expect(writes()).toEqual([]);
  });

  test('a container cannot be reset, and the answer says what can be done instead', async () => {
    const { call, writes } = fakeServer({ answers });
    expect((await call('pve_power_guest', { guest: 102, action: 'reset' })).text).toContain(
      'Use reboot, or stop and then start.',
    );
    expect(writes()).toEqual([]);
  });

  test.each<[string, Outcome, string, boolean]>([
    [
      'denied by a person',
      { status: 'denied', by: 'person', why: 'A person said no. Nothing was sent.', note: 'Later' },
      'The user denied this: Later. Nothing was sent. Do not try another way; ask what they want.',
      true,
    ],
    ['failed', { status: 'failed', error }, 'Proxmox VE says: got timeout', true],
    [
      'unknown',
      { status: 'unknown', error, howToLook: 'Look at the tasks of pve2.' },
      'How to look: Look at the tasks of pve2.',
      true,
    ],
    ['skipped', { status: 'skipped', why: 'The step before failed.' }, 'Not run: The step before failed.', true],
    ['started', { status: 'started', upid }, `Follow it: pve_get_task with upid ${upid}`, false],
    [
      'done with warnings',
      { status: 'done', data: upid, upid, warnings: 2, ms: 900 },
      'shutdown OK in 0.9 s with 2 warnings',
      false,
    ],
  ])('%s reads so', async (_what, outcome, text, isError) => {
    const answer = await fakeServer({ answers, write: () => outcome }).call('pve_power_guest', {
      guest: 101,
      action: 'shutdown',
    });
    expect(answer.text).toContain(text);
    expect(answer.isError).toBe(isError);
  });

  test('a state that cannot be read afterwards does not hide that it ran', async () => {
    const { text, isError } = await fakeServer({
      answers: { '/cluster/resources': answers['/cluster/resources'] },
    }).call('pve_power_guest', { guest: 101, action: 'start' });
    expect(text).toContain('web-01 (101, VM on pve2): start OK in 4.1 s, but how it is now could not be read');
    expect(isError).toBe(false);
  });
});
