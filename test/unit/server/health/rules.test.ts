import { describe, expect, test } from 'vitest';
import { volumeSetting } from '../../../../src/pve/disk-size.ts';
import { readCertificates } from '../../../../src/pve/node-system.ts';
import { readResources, readTasks } from '../../../../src/pve/readers.ts';
import * as cluster from '../../../../src/server/health/cluster-rules.ts';
import * as guest from '../../../../src/server/health/guest-rules.ts';
import { findingsOf, reportText } from '../../../../src/server/health/report.ts';
import * as storage from '../../../../src/server/health/storage-rules.ts';
import type { Finding, GuestFacts, HealthData, NodeFacts } from '../../../../src/server/health/types.ts';

const now = 1_767_225_600;
const day = 86_400;
const gib = 2 ** 30;
const foreign = /\uE000/g;

function facts(vmid: number, config: Record<string, string>, more: Partial<GuestFacts> = {}): GuestFacts {
  const volumes = Object.entries(config).filter(([key]) => /^(scsi|unused|ide)\d|^rootfs$/.test(key));
  return {
    ref: { vmid, type: 'qemu', node: 'pve1', name: `vm-${vmid}`, status: 'running' },
    template: false,
    config,
    pending: [],
    volumes: Object.fromEntries(volumes.map(([key, value]) => [key, volumeSetting(value)])),
    snapshots: [],
    ...more,
  };
}
const node = (name: string, more: Partial<NodeFacts> = {}): NodeFacts => ({
  node: name,
  certificates: [],
  disks: [],
  ...more,
});
const healthy: HealthData = {
  now,
  resources: [],
  permissions: { '/': { 'VM.Audit': true, 'Datastore.Allocate': true } },
  guests: [],
  contents: [],
  backups: [],
  users: [],
  running: [],
  replication: [],
  nodes: [],
};
const members = (...online: boolean[]) => online.map((is, at) => ({ name: `pve${at + 1}`, online: is }));
const texts = (findings: readonly Finding[]) =>
  findings.map(({ weight, text }) => `${weight}: ${text}`.replace(foreign, ''));
const resources = (...all: Record<string, unknown>[]) => readResources(all.map((it) => ({ id: 'x', ...it })));

describe('quorum', () => {
  test.each<[boolean[], boolean, string[]]>([
    [[true, true, true], true, []],
    [[true, true, true, true, true], true, []],
    [[true, true], true, ['note: No node may fail: quorum would be lost']],
    [
      [true, true, false],
      true,
      ['critical: 1 node is offline: pve3', 'warning: No further node may fail: quorum would be lost'],
    ],
    [
      [true, false, false],
      false,
      [
        'critical: The cluster has no quorum: nothing can be changed or started',
        'critical: 2 nodes are offline: pve2, pve3',
      ],
    ],
  ])('online %j, quorate %s', (online, quorate, expected) => {
    expect(texts(cluster.quorum({ status: { name: 'c', quorate, nodes: members(...online) } }))).toEqual(expected);
  });

  test('a single node has none to lose', () => {
    expect(cluster.quorum({ status: { nodes: members(true) } })).toEqual([]);
  });
});

describe('memory when one node fails', () => {
  const nodes = (...free: number[]) =>
    free.map((left, at) => ({
      type: 'node',
      node: `pve${at + 1}`,
      status: 'online',
      maxmem: 64 * gib,
      mem: (64 - left) * gib,
    }));
  const running = { type: 'qemu', vmid: 1, node: 'pve1', status: 'running', maxmem: 32 * gib };
  test('guests that fit are no finding, those that do not are told with numbers', () => {
    expect(cluster.memoryWithoutOne({ resources: resources(...nodes(20, 40), running) })).toEqual([]);
    expect(texts(cluster.memoryWithoutOne({ resources: resources(...nodes(20, 10), running) }))).toEqual([
      'warning: If pve1 fails, its 1 running guests need 32.0 GiB, but only 10.0 GiB are free on the others',
    ]);
  });
  test('stopped guests count nothing, and what is not known is no finding', () => {
    expect(
      cluster.memoryWithoutOne({ resources: resources(...nodes(20, 10), { ...running, status: 'stopped' }) }),
    ).toEqual([]);
    const blind = { type: 'node', node: 'pve2', status: 'online' };
    expect(cluster.memoryWithoutOne({ resources: resources(nodes(20)[0] ?? {}, blind, running) })).toEqual([]);
  });
});

describe('clocks, certificates, accounts, replication, HA, disks', () => {
  test('clocks count against each other, not against ours', () => {
    expect(cluster.clockSkew({ nodes: [node('a', { offset: 3600 }), node('b', { offset: 3601 })] })).toEqual([]);
    expect(
      texts(cluster.clockSkew({ nodes: [node('a', { offset: 1 }), node('b', { offset: 9 }), node('c')] })),
    ).toEqual(['warning: The clocks of a and b differ by 8.0 s']);
    expect(cluster.clockSkew({ nodes: [node('a', { offset: 0 }), node('b', { offset: 90 })] })[0]?.weight).toBe(
      'critical',
    );
  });

  test('certificates: within 30 days, and over', () => {
    const certificates = readCertificates([
      { filename: 'pve-ssl.pem', notafter: now + 29 * day },
      { filename: 'pveproxy-ssl.pem', notafter: now - day },
      { filename: 'other.pem', notafter: now + 31 * day },
    ]);
    expect(texts(cluster.certificates({ now, nodes: [node('pve1', { certificates })] }))).toEqual([
      'warning: Certificate pve-ssl.pem of pve1 expires in 29 d',
      'critical: Certificate pveproxy-ssl.pem of pve1 has expired on 2025-12-31',
    ]);
  });

  test('users and tokens: soon and over; who is disabled counts nothing', () => {
    const user = { enabled: true, groups: [], locked: false };
    const tokens = [{ id: 'a@pve!t', separated: true, expires: now + 5 * day }];
    const users = [
      { ...user, id: 'a@pve', tokens },
      { ...user, id: 'b@pve', tokens: [], expires: now - 1 },
      { ...user, id: 'c@pve', enabled: false, tokens: [], expires: now + 1 },
      { ...user, id: 'd@pve', tokens: [], expires: now + 31 * day },
    ];
    expect(texts(cluster.accounts({ now, users }))).toEqual([
      'warning: 1 user or API token expires within 30 days: a@pve!t (2026-01-06)',
      'note: 1 user or API token has expired: b@pve',
    ]);
  });

  test('replication that failed, with its words; HA that gave up', () => {
    const replication = [
      { id: '101-0', failures: 0 },
      { id: '102-0', failures: 3, error: 'no route\nto host' },
    ];
    expect(texts(cluster.replication({ replication }))).toEqual([
      'critical: Replication 102-0 failed 3 times in a row: no route⏎to host',
    ]);
    const failed = { type: 'lxc', vmid: 103, name: 'db', hastate: 'error' };
    expect(
      texts(cluster.haErrors({ resources: resources(failed, { ...failed, vmid: 104, hastate: 'started' }) })),
    ).toEqual(['critical: 1 guest is in HA state error: 103 db']);
  });

  test('disks: what SMART says, and life that is left; UNKNOWN is no fault', () => {
    const disks = [
      { path: '/dev/a', health: 'FAILED' },
      { path: '/dev/b', health: 'PASSED', lifeLeft: 12 },
      { path: '/dev/c', health: 'OK', lifeLeft: 4 },
      { path: '/dev/d', health: 'UNKNOWN', lifeLeft: 80 },
      { path: '/dev/e' },
    ];
    expect(texts(cluster.disks({ nodes: [node('pve1', { disks })] }))).toEqual([
      'critical: Disk /dev/a of pve1: SMART says FAILED',
      'warning: Disk /dev/b of pve1 has 12% of its life left',
      'critical: Disk /dev/c of pve1 has 4.0% of its life left',
    ]);
  });
});

describe('guests', () => {
  test('waiting changes, detached disks and old snapshots', () => {
    const guests = [
      facts(101, { scsi0: 'lvm:vm-101-disk-0,size=1G', unused0: 'lvm:vm-101-disk-1' }, { pending: ['memory'] }),
      facts(
        102,
        {},
        {
          snapshots: [
            { name: 'old', time: now - 45 * day },
            { name: 'new', time: now - 29 * day },
          ],
        },
      ),
    ];
    expect(texts(guest.pendingChanges({ guests }))).toEqual([
      'note: 1 guest has changes that wait: 101 vm-101 (memory)',
    ]);
    expect(texts(guest.unusedDisks({ guests }))).toEqual([
      'note: 1 disk is detached from its guest: 101 vm-101 unused0 (lvm:vm-101-disk-1)',
    ]);
    expect(texts(guest.oldSnapshots({ guests, now }))).toEqual([
      'warning: 1 snapshot is older than 30 days: 102 vm-102 old, 45 d old',
    ]);
  });

  test('a storage that no other node has binds a guest; one that its own node lacks is worse', () => {
    const on = (name: string, storage_: string) => ({
      type: 'storage',
      node: name,
      storage: storage_,
      status: 'available',
    });
    const nodes = ['pve1', 'pve2'].map((name) => ({ type: 'node', node: name, status: 'online' }));
    const guests = [
      facts(101, { scsi0: 'lvm:vm-101-disk-0', ide2: 'gone:iso/x.iso,media=cdrom' }),
      facts(102, { scsi0: 'fast:vm-102-disk-0' }),
      facts(103, { rootfs: 'away:vm-103-disk-0' }),
    ];
    const all = resources(...nodes, on('pve1', 'lvm'), on('pve2', 'lvm'), on('pve1', 'fast'), on('pve2', 'away'));
    expect(texts(guest.storageElsewhere({ guests, resources: all }))).toEqual([
      'critical: 1 guest has a storage that is not available on its own node: 103 vm-103 (away on pve1)',
      'warning: 1 guest cannot leave its node: its storage is on no other: 102 vm-102 (fast)',
    ]);
    expect(guest.storageElsewhere({ guests, resources: resources(...nodes) })).toEqual([]);
  });

  test('a lock with a running task of its guest is none to break', () => {
    const locked = resources({ type: 'qemu', vmid: 109, name: 'files', lock: 'backup' });
    expect(texts(guest.staleLocks({ resources: locked, running: [] }))[0]).toContain('109 files (backup)');
    const running = readTasks([
      { upid: 'UPID:pve1:00000001:00000001:6A000000:vzdump:109:root@pam:', status: 'RUNNING' },
    ]);
    expect(guest.staleLocks({ resources: locked, running })).toEqual([]);
  });

  test('no backup is said only of guests whose backups the token could see', () => {
    const guests = [facts(101, {}), facts(102, {}), facts(103, {}, { template: true })];
    const volume = { volid: 'b:backup/x', content: 'backup', isProtected: false, encrypted: false };
    const backups = [
      { storage: 'b', node: 'pve1', shared: true, volumes: [{ ...volume, vmid: 101, made: now - 9 * day }] },
    ];
    const all = { '/': { 'Datastore.Allocate': true } };
    const data = { guests, backups, permissions: all, now, notBackedUp: [{ vmid: 102, name: 'vm-102' }] };
    expect(texts(guest.backups(data))).toEqual([
      'warning: 1 guest has no backup at all: 102 vm-102',
      'warning: 1 guest is in no backup job: 102 vm-102',
      'warning: 1 guest has a last backup that is older than 8 days: 101 vm-101',
    ]);
    const blind = { ...data, permissions: { '/': { 'Datastore.Audit': true } } };
    expect(texts(guest.backups(blind)).join()).not.toContain('no backup at all');
    expect([guest.hiddenBackups(data), guest.hiddenBackups(blind)]).toEqual([0, 2]);
  });
});

describe('storages', () => {
  const volume = (volid: string, vmid: number, size = 8 * gib) => ({
    volid,
    vmid,
    size,
    content: 'images',
    isProtected: false,
    encrypted: false,
  });
  const content = (volumes: ReturnType<typeof volume>[], on = 'pve1') => ({
    storage: 'lvm',
    node: on,
    shared: false,
    volumes,
  });

  test('disks of guests that do not exist, and disks that their guest does not name', () => {
    const data = {
      resources: resources({ type: 'qemu', vmid: 101, node: 'pve1' }),
      guests: [facts(101, { scsi0: 'lvm:vm-101-disk-0' })],
      contents: [
        content([volume('lvm:vm-101-disk-0', 101), volume('lvm:vm-101-disk-7', 101), volume('lvm:vm-999-disk-0', 999)]),
      ],
      permissions: { '/': { 'VM.Audit': true } },
    };
    expect(texts(storage.orphanedDisks(data))).toEqual([
      'warning: 1 disk belongs to a guest that does not exist: lvm:vm-999-disk-0 on pve1; 8.0 GiB',
      'note: 1 disk is named nowhere in the config of its guest: lvm:vm-101-disk-7 on pve1; 8.0 GiB',
    ]);
    expect(texts(storage.orphanedDisks({ ...data, permissions: {} }))[0]).toContain('(or that this token may not see)');
  });

  test('replicas on another node, disks of snapshots and cloud-init drives are no orphans', () => {
    const data = {
      resources: resources({ type: 'qemu', vmid: 101 }, { type: 'qemu', vmid: 102 }),
      guests: [facts(101, {}), facts(102, {}, { snapshots: [{ name: 'a', time: now }] })],
      contents: [
        content([volume('lvm:vm-101-disk-0', 101)], 'pve2'),
        content([
          volume('lvm:vm-102-disk-9', 102),
          volume('lvm:vm-101-cloudinit', 101),
          volume('lvm:vm-101-state-a', 101),
        ]),
      ],
      permissions: {},
    };
    expect(storage.orphanedDisks(data)).toEqual([]);
  });

  test('more promised than there is, and what is nearly full', () => {
    const pool = (used: number) =>
      resources({
        type: 'storage',
        storage: 'lvm',
        node: 'pve1',
        maxdisk: 100 * gib,
        disk: used * gib,
        status: 'available',
      });
    const contents = [content([volume('lvm:vm-1-disk-0', 1, 80 * gib), volume('lvm:vm-2-disk-0', 2, 70 * gib)])];
    expect(texts(storage.overCommit({ contents, resources: pool(40) }))).toEqual([
      'note: Storage lvm on pve1 has promised 150 GiB to disks, 150% of its 100 GiB; 40% are used',
    ]);
    expect(storage.overCommit({ contents, resources: pool(90) })[0]?.weight).toBe('critical');
    expect(texts(storage.fullStorages({ resources: pool(96) }))).toEqual([
      'critical: Storage lvm on pve1 is 96% full (96.0 of 100 GiB)',
    ]);
    expect(storage.fullStorages({ resources: pool(84) })).toEqual([]);
  });
});

describe('the report', () => {
  test('nothing found is said so, with what was looked at', () => {
    const contents = [{ storage: 'a', node: 'pve1', shared: false, volumes: [] }];
    expect(reportText({ data: { ...healthy, contents }, unread: [] })).toBe(
      'Nothing found; 0 nodes and 0 guests looked at.',
    );
  });

  test('worst first, long lists cut with how many more, gaps at the end', () => {
    const guests = Array.from({ length: 9 }, (_, at) => facts(100 + at, {}, { pending: ['cores'] }));
    const nodes = [node('pve1', { disks: [{ path: '/dev/a', health: 'FAILED' }] })];
    const data = { ...healthy, guests, nodes };
    expect(findingsOf(data).map(({ weight }) => weight)).toEqual(['critical', 'note']);
    const lines = reportText({ data, unread: ['Quorum: forbidden'] })
      .replace(foreign, '')
      .split('\n');
    expect(lines[0]).toBe('2 findings (1 critical, 0 warning, 1 note), worst first; 1 node and 9 guests looked at.');
    expect(lines[1]).toMatch(/^CRITICAL Disk .* Replace it/);
    expect(lines[2]).toMatch(/^NOTE 9 guests have changes that wait: .* and 3 more\./);
    expect(lines.slice(3)).toEqual([
      '',
      'Could not be looked at:',
      '- Quorum: forbidden',
      '- orphaned disks and over-commit: no storage with disks could be listed',
    ]);
  });
});
