import { describe, expect, test } from 'vitest';
import { volumeSetting } from '../../../../src/pve/disk-size.ts';
import { readGuestStatus, readTasks } from '../../../../src/pve/readers.ts';
import { causesOf, startFailed } from '../../../../src/server/explain/causes.ts';
import { lastFailed } from '../../../../src/server/explain/gather.ts';
import type { GuestCase } from '../../../../src/server/explain/types.ts';
import { explanation } from '../../../../src/server/tools/explain-guest.ts';

const foreign = /\uE000/g;
const tasks = (...all: readonly (readonly [string, string | undefined])[]) =>
  readTasks(
    all.map(([type, status], at) => ({
      upid: `UPID:pve1:0000000${at}:00000001:6A00000${9 - at}:${type}:101:root@pam:`,
      ...(status === undefined ? { status: 'RUNNING' } : { status, endtime: 1_778_384_905 }),
    })),
  );
const given = (more: Partial<GuestCase> = {}): GuestCase => ({
  ref: { vmid: 101, type: 'qemu', node: 'pve1', name: 'web', status: 'stopped' },
  nodeOnline: true,
  quorate: true,
  status: readGuestStatus({ status: 'stopped' }),
  config: {},
  tasks: [],
  volumes: [],
  devices: [],
  journal: [],
  unread: [],
  ...more,
});
const texts = (more: Partial<GuestCase>) => causesOf(given(more)).map(({ text }) => text.replace(foreign, ''));
const disk = { key: 'scsi0', ...volumeSetting('lvm:vm-101-disk-0,size=8G') };
const storage = { storage: 'lvm', content: ['images'], enabled: true, active: true, total: 1000, avail: 500 };

describe('why a guest does not start', () => {
  test('one that is well has no cause', () => {
    expect(texts({ volumes: [{ ...disk, exists: true }], storages: [storage], freeMemory: 1 })).toEqual([]);
  });

  test.each<[string, Partial<GuestCase>, RegExp]>([
    ['node', { nodeOnline: false }, /^Its node pve1 is offline$/],
    ['quorum', { quorate: false }, /no quorum/],
    ['template', { config: { template: '1' } }, /^It is a template/],
    ['HA error', { ha: { sid: 'vm:101', state: 'error' } }, /^HA has given it up/],
    ['HA off', { ha: { sid: 'vm:101', state: 'stopped', requested: 'disabled' } }, /^HA keeps it disabled$/],
    ['storage missing', { volumes: [disk], storages: [] }, /^Storage lvm \(scsi0\) does not exist on pve1/],
    ['storage disabled', { volumes: [disk], storages: [{ ...storage, enabled: false }] }, /is disabled$/],
    ['storage inactive', { volumes: [disk], storages: [{ ...storage, active: false }] }, /is not active on pve1$/],
    ['storage full', { volumes: [disk], storages: [{ ...storage, avail: 1 }] }, /is full: 1 B are left$/],
    [
      'disk gone',
      { volumes: [{ ...disk, exists: false }] },
      /^Disk lvm:vm-101-disk-0 \(scsi0\) is not on its storage$/,
    ],
    [
      'bridge',
      { config: { net1: 'virtio=AA,bridge=vmbr9' }, bridges: ['vmbr0'] },
      /^Bridge vmbr9 of net1 does not exist/,
    ],
    [
      'mapping',
      { devices: [{ key: 'hostpci0', name: 'gpu', mapped: true, exists: false }] },
      /^Mapping gpu \(hostpci0\) has nothing on pve1$/,
    ],
    [
      'memory',
      { config: { memory: '4096' }, freeMemory: 2 ** 31 },
      /^It wants 4\.0 GiB of memory, and pve1 has 2\.0 GiB left$/,
    ],
    [
      'I/O error',
      { status: readGuestStatus({ status: 'running', qmpstatus: 'io-error' }) },
      /paused it after an I\/O error/,
    ],
    ['agent', { agentAnswers: false }, /agent is on in the config and does not answer$/],
  ])('%s', (_what, more, expected) => {
    expect(texts(more)[0]).toMatch(expected);
  });

  test('what is not known is no cause', () => {
    expect(texts({ volumes: [disk], config: { net0: 'bridge=vmbr9', memory: '999999' } })).toEqual([]);
    expect(texts({ devices: [{ key: 'usb0', name: 'x', mapped: false }] })).toEqual([]);
  });

  test('a lock names the task that holds it, or how to unlock', () => {
    const status = readGuestStatus({ status: 'stopped', lock: 'clone' });
    expect(texts({ status, tasks: tasks(['qmclone', undefined]) })[0]).toMatch(
      /^It is locked \(clone\) by task qmclone, which runs: UPID:/,
    );
    const [left] = causesOf(given({ status }));
    expect(left?.todo).toBe('As root on pve1: qm unlock 101. No API token can.');
    const ct = { vmid: 102, type: 'lxc', node: 'pve1', name: '', status: '' } as const;
    expect(causesOf(given({ status, ref: ct }))[0]?.todo).toContain('pct unlock 102');
  });

  test('a failed start is a cause until a start succeeds; older failures are not', () => {
    const [failed] = tasks(['qmstart', 'no space left on device']);
    if (failed === undefined) throw new Error('no task');
    const at = { failed: { task: failed, log: { ok: true, value: ['x'] } } } as const;
    expect(startFailed(given(at))).toBe(true);
    expect(texts(at)[0]).toBe(
      'A disk of the node or a storage is full: its last start ended with "no space left on device"',
    );
    const runs = { ...at, status: readGuestStatus({ status: 'running' }) };
    expect([startFailed(given(runs)), texts(runs)]).toEqual([false, []]);
    expect(lastFailed(tasks(['qmstart', 'OK'], ['qmstart', 'bad'], ['vzdump', 'job errors']))?.exitStatus).toBe('bad');
    expect(lastFailed(tasks(['qmstop', 'bad'], ['qmstart', 'worse']))?.exitStatus).toBe('worse');
    expect(lastFailed(tasks(['qmstart', 'OK'], ['qmstop', 'WARNINGS: 1'], ['qmstop', undefined]))).toBeUndefined();
  });
});

describe('the answer', () => {
  test('the conclusion first, then the rest; what was not read is said', () => {
    const lines = explanation(given({ nodeOnline: false, quorate: false, unread: ['Its state: forbidden'] })).map(
      (line) => line.replace(foreign, ''),
    );
    expect(lines.slice(0, 3)).toEqual([
      'web (101, VM on pve1)',
      'Most likely: Its node pve1 is offline. Bring the node back. Without HA its guests stay there.',
      'Also: The cluster has no quorum: no guest can be started. Bring nodes back, or repair the network between them.',
    ]);
    expect(lines.slice(-2)).toEqual(['Could not be read:', '- Its state: forbidden']);
  });

  test('nothing found does not claim that all is well when something could not be read', () => {
    const lines = explanation(given({ tasks: tasks(['qmshutdown', 'OK']), unread: ['x'] }));
    expect(lines[1]?.replace(foreign, '')).toMatch(
      /^Nothing was found that keeps it from starting\. Its last task was qmshutdown by root@pam at .* UTC: OK\. Not everything could be read, see below\.$/,
    );
  });
});
