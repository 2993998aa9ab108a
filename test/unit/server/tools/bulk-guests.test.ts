import { describe, expect, test } from 'vitest';
import { toolsets } from '../../../../src/server/toolsets.ts';
import { fakeServer } from '../fake-door.ts';

const guest = (vmid: number, node: string) => ({
  id: `qemu/${vmid}`,
  type: 'qemu',
  vmid,
  name: `g${vmid}`,
  node,
  status: 'running',
});
/** A cluster of PVE 8: it has no bulk actions. */
const answers = {
  '/cluster/resources': [guest(101, 'pve1'), guest(102, 'pve2'), guest(103, 'pve1')],
  '/version': { version: '8.4.1', release: '8.4' },
  '/nodes': [
    { node: 'pve1', status: 'online' },
    { node: 'pve3', status: 'online' },
  ],
  ...Object.fromEntries(
    ['pve1/qemu/101', 'pve2/qemu/102', 'pve1/qemu/103'].map((at) => [
      `/nodes/${at}/status/current`,
      { status: 'stopped' },
    ]),
  ),
};
const sent = async (args: object) => {
  const { call, writes } = fakeServer({ answers });
  const { text } = await call('pve_bulk_guests', { guests: [101, 102, 103], ...args });
  return {
    text,
    operations: writes().flatMap(({ operations }) =>
      operations.map(({ segments, params }) => [segments.join('/'), params]),
    ),
  };
};

describe('pve_bulk_guests before PVE 9', () => {
  test('is one task a node, with the list and the power cut said', async () => {
    expect(toolsets).toContain('admin');
    const { text, operations } = await sent({ action: 'shutdown', timeout: 30 });
    expect(operations).toEqual([
      ['nodes/pve1/stopall', { vms: '101,103', timeout: 30, 'force-stop': false }],
      ['nodes/pve2/stopall', { vms: '102', 'force-stop': false, timeout: 30 }],
    ]);
    expect(text).toMatch(/The guests now:\n {2}g101 \(101, VM on pve1\): stopped\n/);
  });

  test('starts each by itself, for startall passes over those that do not start at boot', async () => {
    expect((await sent({ action: 'start' })).operations.map(([path]) => path)).toEqual([
      'nodes/pve1/qemu/101/status/start',
      'nodes/pve2/qemu/102/status/start',
      'nodes/pve1/qemu/103/status/start',
    ]);
  });

  test('migrates with the older name of the limit', async () => {
    const { operations } = await sent({ action: 'migrate', target: 'pve3', max_workers: 2 });
    expect(operations[0]).toEqual([
      'nodes/pve1/migrateall',
      { vms: '101,103', target: 'pve3', maxworkers: 2, 'with-local-disks': true },
    ]);
  });
});
