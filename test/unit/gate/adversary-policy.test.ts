import { expect, test } from 'vitest';
import { no } from '../../support/approver.ts';
import { type BenchOptions, call, gateBench, power } from '../../support/gate.ts';

const typed = ({ mustType = '' }) => ({ kind: 'run', typed: mustType }) as const;

// Guest 101 is on pve2.
test.each([
  ['the power of its node', call('POST', '/nodes/pve2/status', { command: 'reboot' })],
  ['the volume group of its node', call('DELETE', '/nodes/pve2/disks/lvm/pve', { 'cleanup-disks': 1 })],
  ['a disk of its node', call('PUT', '/nodes/pve2/disks/wipedisk', { disk: '/dev/sda' })],
  ['a pool of Ceph, on whichever node', call('DELETE', '/nodes/pve1/ceph/pool/vms')],
  ['its node in the cluster', call('DELETE', '/cluster/config/nodes/pve2')],
  ['HA', call('POST', '/cluster/ha/status/disarm-ha', { 'resource-mode': 'freeze' })],
  ['the definition of a storage', call('DELETE', '/storage/local-lvm')],
  ['the same, disabled', call('PUT', '/storage/local-lvm', { disable: 1 })],
])('G14: a guest that is never destroyed does not lose %s', async (_what, operation) => {
  for (const rule of [{ vmids: [101, 101] }, { tag: 'gold' }] as const) {
    const bench = gateBench({ answers: [typed], profile: { policies: [{ verdict: 'never-destroy', ...rule }] } });
    Object.assign(bench.cluster.guests.get(101)?.config ?? {}, { tags: 'gold' });
    expect(await bench.one(operation)).toMatchObject({ status: 'denied', by: 'policy' });
    expect([bench.asked, bench.cluster.writes()]).toEqual([[], []]);
  }
});

test('G14: the power and the disks of a node that has none of its guests are asked about', async () => {
  const policies = [{ verdict: 'never-destroy', vmids: [101, 101] }] as const;
  for (const path of ['/nodes/pve1/status', '/nodes/pve1/disks/initgpt']) {
    const bench = gateBench({ answers: [typed], profile: { policies } });
    await bench.one(call('POST', path));
    expect(bench.asked).toHaveLength(1);
  }
});

test.each([
  call('POST', '/nodes/localhost/status', { command: 'reboot' }),
  call('POST', '/nodes/localhost/qemu/101/status/stop'),
])('G2: what a yes covers names its node, for “localhost” may be another one when it is sent: %j', async (operation) => {
  const bench = gateBench({ answers: [typed] });
  expect(await bench.one(operation)).toMatchObject({ status: 'denied', by: 'policy' });
  expect([bench.asked, bench.cluster.writes()]).toEqual([[], []]);
});

test.each<[string, BenchOptions]>([
  ['a rule for everything', { profile: { policies: [{ verdict: 'allow' }] } }],
  ['a rule for its node', { profile: { policies: [{ verdict: 'allow', node: 'pve2' }] } }],
  ['--approve=operate', { approve: 'operate' }],
])('G14: %s allows the power of guests, and not to stop tasks, which nobody was told of', async (_what, options) => {
  const bench = gateBench({ ...options, answers: [no] });
  const task = 'UPID:pve2:00001001:00ABCDEF:6A000000:qmigrate:101:root@pam:';
  expect(await bench.one(call('DELETE', `/nodes/pve2/tasks/${task}`))).toMatchObject({ status: 'denied' });
  expect(bench.asked).toHaveLength(1);
  expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'done' });
});
