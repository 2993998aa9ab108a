import { describe, expect, test } from 'vitest';
import { writingOverDemo } from '../support/writing.ts';

const at = writingOverDemo();
const { done, refused } = at;

describe('pve_bulk_guests', () => {
  test('shuts the listed guests down in one task, cuts no power unasked, and tells how each is now', async () => {
    const guests = ['web-01', 'web-02', 'files-01'];
    const { text, isError } = await at.server.call('pve_bulk_guests', { action: 'shutdown', guests, timeout: 60 });
    expect(isError).toBe(true);
    expect(text).toMatch(/^shutdown 3 guests did not run through\.\n[\s\S]*Some guests failed to shutdown: 109/);
    expect(text.split('\n').slice(-4)).toEqual([
      'The guests now:',
      '  web-01 (101, VM on pve2): stopped',
      '  web-02 (102, container on pve1): stopped',
      expect.stringMatching(/^ {2}files-01 \(109, VM on pve2\): running/),
    ]);
    expect(await at.params()).toEqual([{ vms: ['101', '102', '109'], timeout: '60', 'force-stop': '0' }]);
    expect(at.questions[0]).not.toContain('To run it, type');
    expect(at.questions[0]).toContain('Those that do not are left running.');
    await done('pve_bulk_guests', { action: 'shutdown', guests: ['files-01'], force_stop: true });
    expect(at.questions[1]).toContain('Power cut after 180 s');
  });

  test('starts and migrates', async () => {
    expect(await done('pve_bulk_guests', { action: 'start', guests: ['web-01', 'web-02'] })).toMatch(
      /^start 2 guests OK in .*\nThe guests now:\n {2}web-01 .*: running.*\n {2}web-02 .*: running/,
    );
    expect(
      await done('pve_bulk_guests', { action: 'migrate', guests: [101, 102], target: 'pve3', max_workers: 2 }),
    ).toMatch(
      /^migrate 2 guests to pve3 OK in .*\nThe guests now:\n {2}web-01 \(101, VM on pve3\): running.*\n {2}web-02 \(102, container on pve3\)/,
    );
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ action: 'shutdown' }, /guests/],
    [{ action: 'shutdown', guests: [] }, /guests/],
    [{ action: 'migrate', guests: [101] }, /needs the node to move to[\s\S]*pve1, pve2, pve3/],
    [{ action: 'start', guests: [101], force_stop: true }, /for shutdown only/],
    [{ action: 'suspend', guests: [101], timeout: 5 }, /suspend has no timeout/],
    [{ action: 'start', guests: [101], target: 'pve2' }, /for migrate only/],
    [{ action: 'start', guests: ['test'] }, /^Error \(ambiguous\)/],
  ])('refuses %j', async (args, why) => {
    expect(await refused('pve_bulk_guests', args)).toMatch(why);
  });
});
