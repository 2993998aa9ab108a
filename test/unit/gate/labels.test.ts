import { describe, expect, test } from 'vitest';
import { plainFacts } from '../../../src/gate/facts.ts';
import { toRequest } from '../../../src/gate/operation.ts';
import { riskTable } from '../../../src/gate/risk.ts';
import type { ProposedApi } from '../../../src/gate/types.ts';
import { no, yes } from '../../support/approver.ts';
import { pveError } from '../../support/cluster.ts';
import { type Bench, call, gateBench, home } from '../../support/gate.ts';
import { judged, type Params } from '../../support/judged.ts';

test.each<[ProposedApi['method'], string, Params | undefined, string]>([
  ['POST', '/storage', { storage: 'nas' }, 'Add storage "nas"'],
  ['DELETE', '/storage/local-lvm', undefined, 'Remove storage "local-lvm"'],
  ['PUT', '/access/users/bob@pve', { email: 'x' }, 'Change user "bob@pve"'],
  ['DELETE', '/access/users/bob@pve/token/ci', undefined, 'Delete token "ci" of user "bob@pve"'],
  ['POST', '/pools', { poolid: 'prod' }, 'Create pool "prod"'],
  ['DELETE', '/cluster/backup/daily', undefined, 'Delete backup job "daily"'],
  ['DELETE', '/cluster/firewall/rules/3', undefined, 'Delete firewall rule 3 of the cluster'],
  ['PUT', '/nodes/pve1/firewall/rules/0', undefined, 'Change firewall rule 0 of pve1'],
  ['PUT', '/nodes/pve1/network/vmbr0', undefined, 'Change network interface "vmbr0" on pve1'],
  ['PUT', '/nodes/pve1/network', undefined, 'Apply the pending network settings of pve1'],
  ['POST', '/nodes/pve1/status', { command: 'reboot' }, 'Reboot or shut down node pve1'],
  ['POST', '/nodes/pve1/services/sshd/stop', undefined, 'Stop service "sshd" on pve1'],
  ['PUT', '/cluster/ha/resources/vm:101', undefined, 'Change HA resource "vm:101"'],
  ['POST', '/nodes/pve1/vzdump', { vmid: '101,102' }, 'Back up guests 101, 102 on pve1'],
  ['POST', '/nodes/pve1/stopall', { vms: '101;102' }, 'Shut down guests 101, 102 on pve1'],
  ['POST', '/cluster/bulk-action/guest/start', { vms: [101, 102] }, 'Start guests 101, 102'],
  ['POST', '/nodes/pve1/qemu', { vmid: 200 }, 'Create VM 200 on pve1'],
  ['POST', '/nodes/pve1/lxc', { vmid: 200, hostname: 'web-09' }, 'Create container 200 "web-09" on pve1'],
  ['POST', '/nodes/pve1/ceph/osd/3/out', undefined, 'Take out OSD 3 on pve1'],
  ['POST', '/nodes/pve1/storage/local/download-url', { filename: 'a.iso' }, 'Download file "a.iso" on storage "local"'],
  ['DELETE', '/nodes/pve1/storage/l/content/l:iso/a.iso', undefined, 'Delete volume "l:iso/a.iso" on storage "l"'],
  ['DELETE', '/nodes/pve1/tasks/UPID:pve1:1', undefined, 'Stop the task "UPID:pve1:1"'],
  ['POST', '/of/tomorrow', undefined, 'Send "/of/tomorrow"'],
  ['GET', '/nodes/pve1/report', undefined, 'Read "/nodes/pve1/report"'],
])('G18: %s %s %j: %s', (method, path, params, expected) => {
  const { verb, facts } = judged(method, path, params);
  expect(`${verb} ${facts.label}`).toBe(expected);
});

test('G18: foreign text in a label is quoted, cut, and shows what cannot be seen', () => {
  const label = (params: Params) => plainFacts(toRequest(call('POST', '/storage', params), home)).label;
  expect(label({ storage: 'a" on "b' })).toBe('storage "a” on ”b"');
  expect(label({ storage: 'x\u202ey\nz' })).toBe('storage "x<U+202E>y⏎z"');
  expect(label({ storage: '{poolid}', poolid: 'prod' })).toBe('storage "{poolid}"');
  expect(label({ storage: 'n'.repeat(500) }).length).toBeLessThan(80);
  expect(label({})).toBe('storage');
  const bulk = toRequest(call('POST', '/nodes/pve1/stopall', { vms: `101 on pve2"\n` }), home);
  expect(plainFacts(bulk).label).toBe('guests "101 on pve2”⏎" on pve1');
});

test('G18: of a guest, its part is named with it, for what is asked and for what is done', async () => {
  const bench = gateBench({ answers: [{ kind: 'run', typed: 'web-01' }] });
  const rollback = call('POST', '/nodes/pve2/qemu/101/snapshot/before/rollback');
  expect(await bench.one(rollback)).toMatchObject({ status: 'done' });
  expect(bench.asked[0]?.assessments[0]).toMatchObject({
    verb: 'Roll back to',
    facts: { label: 'snapshot "before" of "web-01" (101, VM on pve2)', part: 'snapshot "before"' },
  });
  expect(bench.asked[0]?.mustType).toBe('web-01');
  expect(bench.progress.at(-1)?.message).toMatch(/^snapshot "before" of "web-01" \(101\) rolled back to in \d+ s$/);
});

test('G2: two parts of one guest are one target: what the first step changed is no surprise to the second', async () => {
  const bench = gateBench();
  bench.cluster.on('POST /nodes/pve2/qemu/101/snapshot', () => {
    Object.assign(bench.cluster.guests.get(101)?.config ?? {}, { cores: 9 });
    return null;
  });
  const steps = [
    call('POST', '/nodes/pve2/qemu/101/snapshot', { snapname: 'before' }),
    call('PUT', '/nodes/pve2/qemu/101/config', { memory: 4096 }),
  ];
  expect(await bench.perform(steps)).toMatchObject([{ status: 'done' }, { status: 'done' }]);
});

test('the words of every rule are whole: a verb, what is done, and sentences', () => {
  const nothing = { label: 'it', vmid: 'free' } as const;
  for (const { method, path, verb, done, effect, undo = 'It.', raises } of riskTable) {
    const texts = [effect(nothing, {}), undo, ...raises.map(({ why }) => why)];
    const wrong = [
      ...(/^[A-Z]/.test(verb) && done !== '' ? [] : [verb]),
      ...texts.filter((text) => !/[^.]\.$/.test(text) || text.includes('  ') || text.includes('undefined')),
    ];
    expect({ method, path, wrong }).toEqual({ method, path, wrong: [] });
  }
});

test.each<[ProposedApi['method'], string, Params | undefined, string]>([
  ['POST', '/nodes/pve1/status', { command: 'reboot' }, 'pve1'],
  ['PUT', '/nodes/pve1/network', undefined, 'pve1'],
  ['PUT', '/access/acl', { path: '/vms/101', roles: 'r' }, '/vms/101'],
  ['POST', '/nodes/pve1/stopall', { vms: '101, 102', 'force-stop': 2, odd: 1 }, '101, 102'],
  ['POST', '/nodes/pve1/stopall', undefined, 'pve1'],
  ['PUT', '/nodes/pve1/disks/wipedisk', { disk: '/dev/sdb' }, '/dev/sdb'],
  ['POST', '/access/roles', { roleid: 'r' }, 'r'],
  ['POST', '/cluster/ha/status/disarm-ha', undefined, 'disarm-ha'],
  ['POST', '/of/tomorrow', undefined, 'tomorrow'],
])('G18: what destroys is approved by typing what tells its target from others: %s %s %j: %s', async (method, path, params, typed) => {
  const bench = gateBench({ answers: [no] });
  await bench.one(call(method, path, params));
  expect(bench.asked.map(({ risk, mustType }) => [risk, mustType])).toEqual([['destroy', typed]]);
});

describe('a new guest whose VMID is in use', () => {
  const restore = call('POST', '/nodes/pve2/qemu', { vmid: 101, archive: 'local:backup/vzdump-qemu-101-x.vma' });

  test('G2 G4 G14: is asked about as the guest that would be replaced, and its name is typed', async () => {
    const bench = gateBench({ answers: [no] });
    await bench.one(restore);
    expect(bench.asked[0]).toMatchObject({ risk: 'destroy', mustType: 'web-01' });
    expect(bench.asked[0]?.assessments[0]).toMatchObject({
      facts: { label: '"web-01" (101, VM on pve2)', vmid: 'taken' },
      hazards: expect.arrayContaining(['It is there already, and would be replaced with all its disks.']),
    });
  });

  test('G4: a free one is configured, and asked about anew when it is taken meanwhile', async () => {
    const take = () => {
      bench.cluster.guests.set(200, { type: 'qemu', node: 'pve1', name: 'db-02', status: 'stopped', config: {} });
      return yes;
    };
    const bench: Bench = gateBench({ answers: [take, no] });
    await bench.one(call('POST', '/nodes/pve2/qemu', { vmid: 200, memory: 512 }));
    expect(bench.asked.map(({ risk }) => risk)).toEqual(['configure', 'destroy']);
    expect(bench.cluster.writes()).toEqual([]);
  });

  test('G4: one that is kept from us, or that nobody can tell of, destroys', async () => {
    const bench = gateBench({ answers: [no, no] });
    Object.assign(bench.cluster.guests.get(101) ?? {}, { hidden: true });
    await bench.one(restore);
    bench.cluster.on('GET /cluster/resources', () => Promise.reject(pveError('unreachable')));
    await bench.one(call('POST', '/nodes/pve2/lxc', { vmid: 300, ostemplate: 'local:vztmpl/a' }));
    expect(bench.asked.map(({ risk }) => risk)).toEqual(['destroy', 'destroy']);
  });
});
