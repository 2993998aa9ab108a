import { describe, expect, test } from 'vitest';
import { demoServer, refused } from '../demo-door.ts';

/** What a read-only token has, as the manual's role for it. */
const auditor = [
  {
    path: '/',
    privileges:
      'Datastore.Audit Mapping.Audit Pool.Audit SDN.Audit Sys.Audit Sys.Syslog VM.Audit VM.GuestAgent.Audit'.split(' '),
  },
];

describe('pve_get_cluster', () => {
  test('each part on its own, and the others are named', async () => {
    const { ask } = demoServer();
    expect(await ask('pve_get_cluster', { include: ['options'] })).toMatch(
      /\nDatacenter options:\nallowed-tags: +db,dev,[\s\S]*To include: ha, replication, pools, ceph, log\./,
    );
    expect(await ask('pve_get_cluster', { include: ['ha'] })).toMatch(
      /\nHA: 1 guest managed\nManager: +pve1[\s\S]*\nvm:103 +started +started +pve3[\s\S]*\ndb-on-pve3 +node-affinity +vm:103 +pve3/,
    );
    expect(await ask('pve_get_cluster', { include: ['pools'] })).toMatch(
      /\n1 pool:\nproduction \(The shop\): 101 web-01, 102 web-02, 103 db-01, storage nfs-backup\n/,
    );
    expect(await ask('pve_get_cluster', { include: ['ceph'] })).toMatch(/\nCeph: not on this cluster\n/);
    expect(await ask('pve_get_cluster', { include: ['log'] })).toMatch(
      /\nCluster log, last 20 .*:\n2026-11-\d\d:\n\d\d:\d\d:\d\d pve\d\/pvedaemon: \w/,
    );
  });

  test('replication: jobs with how they go, and what fails with its reason', async () => {
    const { ask } = demoServer({
      instead: {
        '/cluster/replication': [
          { id: '101-0', guest: 101, target: 'pve3', schedule: '*/15' },
          { id: '104-0', guest: 104, target: 'pve2', disable: 1 },
          { id: '105-0', guest: 105, target: 'pve2' },
        ],
        '/nodes/pve1/replication': [{ id: '105-0', fail_count: 3, error: 'no space\nleft', last_sync: 1795176000 }],
        '/nodes/pve2/replication': [{ id: '101-0', last_sync: 1795176000, next_sync: 1795176900, duration: 4.2 }],
        '/nodes/pve3/replication': refused('node_offline', 'Node pve3 is away'),
      },
    });
    const text = await ask('pve_get_cluster', { include: ['replication'] });
    expect(text).toMatch(/\nReplication: 3 jobs, 1 failing\n/);
    expect(text).toMatch(/\n101-0 +pve3 +\*\/15 +ok +2026-11-20 12:00:00 +4\.2 s +2026-11-20 12:15:00\n/);
    expect(text).toMatch(/\n104-0 +pve2 +- +off /);
    expect(text).toContain('105-0 failed 3 times: no space⏎left');
    expect(text).toContain('The replication of pve3 could not be read: Node pve3 is away.');
  });

  test('Ceph: health with its checks, space, OSDs that are down', async () => {
    const osd = { id: 3, name: 'osd.3', type: 'osd', status: 'down', in: 0, percent_used: 61.4, device_class: 'ssd' };
    const { ask } = demoServer({
      instead: {
        '/cluster/ceph/status': {
          health: {
            status: 'HEALTH_WARN',
            checks: { OSD_DOWN: { severity: 'HEALTH_WARN', summary: { message: '1 osds down' } } },
          },
          osdmap: { num_osds: 4, num_up_osds: 3, num_in_osds: 3 },
          pgmap: {
            bytes_used: 2 ** 40,
            bytes_total: 2 ** 42,
            pgs_by_state: [{ state_name: 'active+clean', count: 97 }],
          },
        },
        '/nodes/pve1/ceph/osd': { root: { children: [{ type: 'host', name: 'pve2', children: [osd] }] } },
        '/nodes/pve1/ceph/pool': [
          { pool_name: 'rbd', size: 3, min_size: 2, pg_num: 128, bytes_used: 2 ** 30, percent_used: 0.12 },
        ],
        '/nodes/pve1/ceph/mon': [
          { name: 'pve1', state: 'running', quorum: 1 },
          { name: 'pve2', quorum: 0 },
        ],
      },
    });
    const text = await ask('pve_get_cluster', { include: ['ceph'] });
    expect(text).toMatch(
      /\nCeph: HEALTH_WARN\n {2}HEALTH_WARN OSD_DOWN: 1 osds down\nSpace: +1\.0\/4\.0 TiB\nOSDs: +4, 3 up, 3 in\n/,
    );
    expect(text).toMatch(/\nMonitors: +pve1 running, pve2 out of quorum\n/);
    expect(text).toMatch(/\nrbd +3\/2 +128 +1024 MiB|\nrbd +3\/2 +128 +1\.0 GiB +12%/);
    expect(text).toMatch(/\n +3 +pve2 +down out +ssd +61\n/);
  });

  test('a version without rules has groups; rules that cannot be read hide nothing of HA', async () => {
    const old = demoServer({
      instead: {
        '/version': { version: '8.4.1', release: '8.4' },
        '/cluster/ha/groups': [{ group: 'west', nodes: 'pve1:2,pve2', restricted: 1 }],
      },
    });
    expect(await old.ask('pve_get_cluster', { include: ['ha'] })).toMatch(/\nwest +group strict +- +pve1:2,pve2 +on/);
    const broken = demoServer({ instead: { '/cluster/ha/rules': refused('server_error', 'Rules are gone') } });
    expect(await broken.ask('pve_get_cluster', { include: ['ha', 'pools'] })).toMatch(
      /\nvm:103 [\s\S]*\nHA rules could not be read: Rules are gone\.\n\n1 pool:/,
    );
  });
});

describe('pve_get_node', () => {
  test.each([
    ['version', /\nVersions, running kernel 6[\s\S]*\npve-manager 9\.2\.11\n/],
    ['dns', /\nDNS: 10\.20\.0\.1, search demo\.local\n/],
    ['time', /\nTime: 2026-11-20 12:00:00 UTC, time zone Etc\/UTC\n/],
    ['services', /\nServices: 16 running\nRunning: +corosync, cron/],
    ['disks', /\n2 disks, none failing by SMART[\s\S]*\n\/dev\/nvme0n1 +nvme +480 GiB +BIOS boot +PASSED +93%/],
    ['network', /\nvmbr0 +bridge +up, at boot +10\.20\.0\.11\/16 +10\.20\.0\.1 +eno1/],
    ['updates', /\n1 update, .*:\npve-manager 9\.2\.11 -> 9\.2\.12\n/],
    ['certificates', /\npve-ssl\.pem +20\d\d-\d\d-\d\d +\d+ d /],
    ['subscription', /\nSubscription: +notfound: There is no subscription key\n/],
    [
      'hardware',
      /\nPCI devices:\nID IOMMU CLASS DEVICE\n0000:01:00\.0 12 0x020000 0x8086 0x1563\n[\s\S]*\nUSB devices: none\n/,
    ],
    ['storage', /\nnfs-backup +nfs +active +\S+ TiB +39% +yes +backup,iso/],
    ['tasks', /\nLast tasks:\n/],
  ])('%s', async (part, expected) => {
    expect(await demoServer().ask('pve_get_node', { node: 'pve1', include: [part] })).toMatch(expected);
  });

  test('an auditor gets everything but what needs Sys.Modify, which is named in its place', async () => {
    const { ask } = demoServer({ bobs: auditor });
    const text = await ask('pve_get_node', { node: 'pve1', include: ['updates', 'hardware', 'dns', 'disks'] });
    expect(text).toMatch(/\nUpdates could not be read: .*the privilege Sys\.Modify on \/nodes\/pve1 is missing/);
    expect(text).toMatch(/\nPCI devices:\n[\s\S]*\nUSB devices could not be read: .*Sys\.Modify/);
    expect(text).toMatch(/\nDNS: /);
    expect(text).toMatch(/\n2 disks/);
  });

  test('a service that is enabled and does not run comes first, a disk that fails is counted, a clock that is off is told', async () => {
    const service = { desc: 'x', 'unit-state': 'enabled', 'active-state': 'active', state: 'running' };
    const { ask } = demoServer({
      instead: {
        '/nodes/pve1/services': [
          { ...service, service: 'pveproxy' },
          { ...service, service: 'cron', 'active-state': 'failed', state: 'failed' },
          { ...service, service: 'chrony', 'unit-state': 'not-found', 'active-state': 'inactive', state: 'dead' },
        ],
        '/nodes/pve1/disks/list': [
          { devpath: '/dev/sda', health: 'FAILED', size: 1 },
          { devpath: '/dev/sdb', health: 'UNKNOWN' },
        ],
        '/nodes/pve1/time': { time: Date.UTC(2026, 10, 20, 12, 3) / 1000, timezone: 'Etc/UTC' },
        '/nodes/pve1/certificates/info': [{ filename: 'pve-ssl.pem', notafter: 1 }],
      },
    });
    const text = await ask('pve_get_node', { node: 'pve1', include: ['services', 'disks', 'time', 'certificates'] });
    expect(text).toMatch(
      /\nServices: 1 running, 1 enabled and not running\nEnabled, not running: +cron\nRunning: +pveproxy\nNot installed: +chrony\n/,
    );
    expect(text).toMatch(/\n2 disks, 1 NOT HEALTHY by SMART/);
    expect(text).toMatch(/3 min ahead of the clock of this server/);
    expect(text).toMatch(/pve-ssl\.pem +1970-01-01 +EXPIRED/);
  });

  test('an offline node is told without asking it', async () => {
    const server = demoServer();
    const node = server.world.cluster.nodes.find(({ name }) => name === 'pve3');
    if (node !== undefined) node.offline = true;
    expect(await server.ask('pve_get_node', { node: 'pve3', include: ['disks'] })).toMatch(/^pve3: offline\./);
    expect(server.asked.some((path) => path.startsWith('/nodes/pve3'))).toBe(false);
  });
});

describe('pve_get_guest', () => {
  test.each([
    ['config', /\nConfig, pending changes included:\nagent: +1\n/],
    ['pending', /\nPending: nothing; the config is active as it is\n/],
    ['snapshots', /\nSnapshots: none\n/],
    ['addresses', /\nAddresses:\n {2}eth0 bc:24:11:\S+ 10\.30\.\d+\.\d+\/16\n/],
    [
      'agent',
      /\nGuest agent: +answers, version 10\.0\.2\nHost name: +web-01\nSystem: +Debian.*\nMOUNTED ON +TYPE +USED\n\/ +ext4 /,
    ],
    ['firewall', /\nFirewall: off; 1 rule, 1 active; else DROP in, ACCEPT out\n/],
    ['features', /\nPossible now: snapshot yes, clone no, copy yes\n/],
    ['backups', /\n8 backups, 51\.2 GiB, newest first:\n[\s\S]*nfs-backup:backup\/vzdump-qemu-101-\S+\.vma\.zst\n/],
    ['tasks', /\nLast tasks on pve2:\n/],
  ])('%s', async (part, expected) => {
    expect(await demoServer().ask('pve_get_guest', { guest: 101, include: [part] })).toMatch(expected);
  });

  test('pending tells what is active, what comes and what goes', async () => {
    const { ask } = demoServer({
      instead: {
        '/nodes/pve2/qemu/101/pending': [
          { key: 'memory', value: '8192', pending: '4096' },
          { key: 'net1', value: 'virtio=x', delete: 1 },
          { key: 'cores', value: 2 },
        ],
      },
    });
    const text = await ask('pve_get_guest', { guest: 101, include: ['pending'] });
    expect(text).toMatch(
      /\nPending: 2 changes, .*:\nSETTING +ACTIVE +AT NEXT START\nmemory +8192 +4096\nnet1 +virtio=x +removed\n/,
    );
  });

  test.each([
    ['No QEMU guest agent configured', /not known, the guest agent is disabled in the VM's options/],
    ['QEMU guest agent is not running', /not known, the guest agent is enabled but does not run inside the guest/],
    ['VM 101 is not running', /not known, the guest is stopped/],
    ['got timeout', /Addresses could not be read: .*got timeout/],
  ])('addresses where PVE says "%s"', async (reason, expected) => {
    const trouble = refused('server_error', 'VM 101 on pve2');
    const error = Object.assign(trouble, { data: { ...trouble.data, reason: [reason] } });
    const { ask } = demoServer({ instead: { '/nodes/pve2/qemu/101/agent/network-get-interfaces': error } });
    expect(await ask('pve_get_guest', { guest: 101, include: ['addresses'] })).toMatch(expected);
  });

  test('a stopped guest is not asked for its addresses; those of its config are told', async () => {
    const server = demoServer();
    const guest = [...server.world.cluster.guests.values()].find(({ running, kind }) => !running && kind === 'lxc');
    if (guest === undefined) throw new Error('The demo has no stopped container');
    guest.config.net0 = 'name=eth0,bridge=vmbr0,ip=10.1.2.3/24,gw=10.1.2.1';
    const text = await server.ask('pve_get_guest', { guest: guest.vmid, include: ['addresses', 'agent'] });
    expect(text).toContain('Addresses: none, it is not running\nConfigured: net0: ip=10.1.2.3/24\n');
    expect(text).toContain('Guest agent: containers need none');
    expect(server.asked.some((path) => path.includes('interfaces'))).toBe(false);
  });

  test('backups that the token cannot see are not visible, never none', async () => {
    const { ask } = demoServer({ bobs: auditor });
    const text = await ask('pve_get_guest', { guest: 101, include: ['backups'] });
    expect(text).toContain(
      'Backups: not visible to this token (needs Datastore.Allocate, or Datastore.AllocateSpace and VM.Backup on the guest)',
    );
    expect(text).not.toMatch(/Backups: none/);
  });
});
