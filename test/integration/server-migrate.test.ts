import { describe, expect, test } from 'vitest';
import { writingOverDemo } from '../support/writing.ts';

const at = writingOverDemo(10);
const { done, refused } = at;

describe('pve_migrate_guest', () => {
  test('a running VM moves live with its local disks, a running container is restarted, a stopped guest just moves', async () => {
    const text = await done('pve_migrate_guest', { guest: ['web-01', 'web-02', 'build-01'], target: 'pve3' });
    const lines = text.split('\n').sort();
    expect(lines).toEqual([
      expect.stringMatching(
        /^build-01 \(105, VM on pve1\): migrate to pve3 \(while stopped\) OK in .*, now on pve3, stopped$/,
      ),
      expect.stringMatching(
        /^web-01 \(101, VM on pve2\): migrate to pve3 \(live; copying its local disks scsi0\) OK in .*, now on pve3, running/,
      ),
      expect.stringMatching(
        /^web-02 \(102, container on pve1\): migrate to pve3 \(with a restart\) OK in .*, now on pve3, running/,
      ),
    ]);
    expect(at.questions).toHaveLength(1);
    const sent = await at.params();
    expect(sent).toContainEqual({ target: 'pve3', online: '1', 'with-local-disks': '1' });
    expect(sent).toContainEqual({ target: 'pve3', restart: '1' });
    expect(sent).toContainEqual({ target: 'pve3' });
  });

  test('a guest that HA manages is followed to its real node, and the rule that may bring it back is said', async () => {
    expect(await done('pve_migrate_guest', { guest: 'db-01', target: 'pve1' })).toMatch(
      /^db-01 \(103, VM on pve3\): migrate to pve1 \(live; .*; the HA rule db-on-pve3 prefers pve3: HA may bring it back\) OK in .*, now on pve1, running/,
    );
  });

  test('without a target the node with the most free memory is taken', async () => {
    expect(await done('pve_migrate_guest', { guest: 'db-02' })).toMatch(
      /migrate to pve[23] .*, now on pve[23], stopped$/,
    );
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{}, /Which guests to move was not said/],
    [{ guest: 101, from_node: 'pve1' }, /Which guests to move/],
    [{ guest: 106, target: 'pve1' }, /cannot move: it is on that node already/],
    [{ guest: 106, target: 'pve9' }, /Node "pve9" is not there or offline/],
    [{ guest: [106, 107], target: 'pve3', wait: false }, /pve_bulk_guests/],
    [{ from_node: 'pve9' }, /no guest on "pve9"/],
  ])('refuses %j', async (args, why) => {
    expect(await refused('pve_migrate_guest', args)).toMatch(why);
  });

  test('a guest with a device of its node, or bound by a strict HA rule, cannot move, and says why', async () => {
    await at.demo.request('PUT', '/nodes/pve3/qemu/108/config', { hostpci0: '0000:01:00.0' });
    const { data: upid } = await at.demo.request('POST', '/nodes/pve3/qemu/108/status/reboot');
    await at.demo.taskEnd(upid);
    const device = await at.server.call('pve_migrate_guest', { guest: 'mail-01' });
    expect(device.text).toMatch(/mail-01 .* cannot move: it uses devices of its node \(hostpci0\): shut it down first/);
    await at.demo.request('PUT', '/cluster/ha/rules/db-on-pve3', { type: 'node-affinity', strict: '1', nodes: 'pve1' });
    const pinned = await at.server.call('pve_migrate_guest', { guest: 'db-01', target: 'pve2' });
    expect(pinned.text).toMatch(/db-01 .* cannot move: the HA rule db-on-pve3 keeps it on pve1/);
    expect(at.questions).toEqual([]);
  });

  test('evacuating a node is one plan; what stays is named with the reason', async () => {
    const text = await done('pve_migrate_guest', { from_node: 'pve3' });
    expect(at.questions).toHaveLength(1);
    expect(at.questions[0]).toMatch(/^Run 3 steps on .*/);
    const lines = text.split('\n');
    expect(lines.slice(0, 3).sort()).toEqual([
      expect.stringMatching(/^build-01 .* migrate to pve[12] .* OK in .*, now on pve[12], stopped$/),
      expect.stringMatching(/^web-01 .* migrate to pve[12] .* OK in .*, now on pve[12], running/),
      expect.stringMatching(/^web-02 .* migrate to pve[12] .* OK in .*, now on pve[12], running/),
    ]);
    expect(lines.slice(3)).toEqual([
      'Not moved: 1 guest',
      '  mail-01 (108, VM on pve3): it uses devices of its node (hostpci0): shut it down first',
    ]);
    const rest = await at.server.call('pve_migrate_guest', { from_node: 'pve3' });
    expect([rest.isError, rest.text]).toEqual([true, lines.slice(3).join('\n')]);
  });
});
