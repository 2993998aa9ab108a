import { expect, test } from 'vitest';
import { namedGuests, readTouches } from '../../../src/gate/touches.ts';
import type { ApiOperation, CommandOperation, FileOperation } from '../../../src/gate/types.ts';
import { fakeCluster, pveError } from '../../support/cluster.ts';

function operation(request: string, params: ApiOperation['params'] = {}): ApiOperation {
  const [method, path = ''] = request.split(' ');
  if (method !== 'GET' && method !== 'POST' && method !== 'PUT' && method !== 'DELETE') throw new Error(request);
  return { kind: 'api', connection: 'c', revision: 1, method, segments: path.slice(1).split('/'), params };
}
const deleteVolume = (volume: string): ApiOperation => {
  const base = operation('DELETE /nodes/pve1/storage/local/content/x');
  return { ...base, segments: [...base.segments.slice(0, -1), volume] };
};

const config = 'PUT /nodes/pve2/qemu/101/config';
const named: readonly [string, ApiOperation['params'], readonly number[] | 'all'][] = [
  ['POST /nodes/pve2/qemu/101/status/stop', {}, [101]],
  ['POST /nodes/pve1/lxc/102/status/stop', {}, [102]],
  ['DELETE /nodes/pve2/qemu/101/snapshot/before', {}, [101]],
  ['POST /nodes/pve2/qemu/101/snapshot/before/rollback', {}, [101]],
  ['PUT /nodes/pve1/network/vmbr0', {}, []],
  [
    'POST /nodes/pve1/qemu',
    { vmid: '100', archive: 'local:backup/vzdump-qemu-300-2026_01_01-00_00_00.vma.zst' },
    [100, 300],
  ],
  [
    'POST /nodes/pve1/lxc',
    { vmid: '100', restore: '1', ostemplate: 'pbs:backup/ct/300/2026-01-01T00:00:00Z' },
    [100, 300],
  ],
  ['POST /nodes/pve2/qemu/101/clone', { newid: '200' }, [101, 200]],
  ['POST /nodes/pve2/qemu/101/move_disk', { disk: 'scsi0', 'target-vmid': '100' }, [101, 100]],
  ['POST /nodes/pve1/lxc/102/move_volume', { volume: 'mp0', 'target-vmid': '100' }, [102, 100]],
  ['PUT /pools', { poolid: 'prod', vms: '100,101;102 103', delete: '1' }, [100, 101, 102, 103]],
  ['PUT /pools/prod', { vms: ['100', '101'] }, [100, 101]],
  // Disks in property strings.
  [config, { unused0: 'local-lvm:vm-100-disk-0' }, [101, 100]],
  [config, { scsi0: 'local:100/vm-100-disk-0.qcow2,size=8G' }, [101, 100]],
  [config, { scsi0: 'discard=on,file=local-lvm:vm-100-disk-0' }, [101, 100]],
  [config, { scsi0: 'local-lvm:0,import-from=local-lvm:vm-100-disk-0' }, [101, 100]],
  [config, { scsi0: 'local-lvm:0,import-from=/dev/pve/vm-100-disk-0' }, [101, 100]],
  [config, { scsi0: 'ceph:base-100-disk-0/vm-103-disk-0' }, [101, 100, 103]],
  [config, { efidisk0: 'local-zfs:vm-100-disk-1,efitype=4m' }, [101, 100]],
  ['PUT /nodes/pve1/lxc/102/config', { mp0: 'local-zfs:subvol-100-disk-0,mp=/mnt' }, [102, 100]],
  [
    'PUT /nodes/pve1/lxc/102/config',
    { mp0: 'local-zfs:basevol-100-disk-0/subvol-103-disk-0,mp=/mnt' },
    [102, 100, 103],
  ],
  // Backups and replication.
  ['POST /nodes/pve1/vzdump', { vmid: '100,102' }, [100, 102]],
  ['POST /nodes/pve1/vzdump', { vmid: '100', all: '0' }, [100]],
  ['POST /nodes/pve1/vzdump', { vmid: '100', all: '1' }, 'all'],
  ['POST /nodes/pve1/vzdump', { all: '1', exclude: '100' }, 'all'],
  ['POST /nodes/pve1/vzdump', { pool: 'prod' }, 'all'],
  ['POST /nodes/pve1/vzdump', {}, 'all'],
  ['DELETE /nodes/pve1/storage/local/prunebackups', { vmid: '100' }, [100]],
  ['DELETE /nodes/pve1/storage/local/prunebackups', {}, 'all'],
  ['DELETE /nodes/pve1/storage/local/prunebackups', { type: 'qemu' }, 'all'],
  ['POST /cluster/backup', { vmid: '100,101' }, [100, 101]],
  ['POST /cluster/backup', { all: '1' }, 'all'],
  ['POST /cluster/backup', { pool: 'prod' }, 'all'],
  ['DELETE /cluster/replication/100-0', {}, [100]],
  ['POST /cluster/replication', { id: '100-0', target: 'pve2', type: 'local' }, [100]],
  ['POST /nodes/pve1/replication/100-1/schedule_now', {}, [100]],
  // HA takes the number alone too.
  ['DELETE /cluster/ha/resources/vm:100', {}, [100]],
  ['PUT /cluster/ha/resources/ct:100', { state: 'stopped' }, [100]],
  ['PUT /cluster/ha/resources/100', { state: 'stopped' }, [100]],
  ['POST /cluster/ha/resources/100/migrate', { node: 'pve2' }, [100]],
  ['POST /cluster/ha/resources', { sid: 'vm:100' }, [100]],
  ['POST /cluster/ha/resources', { sid: '100' }, [100]],
  ['PUT /cluster/ha/rules/r1', { type: 'node-affinity', resources: 'vm:100,ct:101' }, [100, 101]],
  // Everything of a node or of the cluster.
  ['POST /nodes/pve1/stopall', {}, 'all'],
  ['POST /nodes/pve1/stopall', { vms: '100,101' }, [100, 101]],
  ['POST /nodes/pve1/stopall', { vms: '' }, 'all'],
  ['POST /nodes/pve1/stopall', { vms: ' , ' }, 'all'],
  ['POST /nodes/pve1/startall', { force: '1' }, 'all'],
  ['POST /nodes/pve1/suspendall', {}, 'all'],
  ['POST /nodes/pve1/migrateall', { target: 'pve2' }, 'all'],
  ['POST /cluster/bulk-action/guest/shutdown', {}, 'all'],
  ['POST /cluster/bulk-action/guest/shutdown', { vms: ['100', '101'] }, [100, 101]],
  ['POST /cluster/bulk-action/guest/start', { 'max-workers': '2' }, 'all'],
  // A task belongs to the guest that its id names.
  ['DELETE /nodes/pve2/tasks/UPID:pve2:00001001:00ABCDEF:6A000000:qmigrate:100:root@pam:', {}, [100]],
];
test.each(named)('G14: %s %j reaches %j', (request, params, expected) => {
  expect(namedGuests(operation(request, params))).toEqual(expected);
});

test.each<[string, readonly number[]]>([
  ['local-lvm:vm-100-disk-0', [100]],
  ['vm-100-disk-0', [100]],
  ['local-lvm:vm-100-cloudinit', [100]],
  ['local-lvm:vm-100-state-before', [100]],
  ['local:100/vm-100-disk-1.qcow2', [100]],
  ['local:100/odd.raw', [100]],
  ['local-zfs:subvol-100-disk-0', [100]],
  ['local-zfs:base-100-disk-0', [100]],
  ['local:backup/vzdump-qemu-100-2026_01_01-00_00_00.vma.zst', [100]],
  ['local:backup/vzdump-lxc-100-2026_01_01-00_00_00.tar.zst', [100]],
  ['local:backup/vzdump-openvz-100-2026_01_01-00_00_00.tgz', [100]],
  ['pbs:backup/vm/100/2026-01-01T00:00:00Z', [100]],
  ['backup/ct/100/2026-01-01T00:00:00Z', [100]],
  ['local:iso/vm-installer-9.iso', []],
  ['local:vztmpl/debian-13-standard_13.0-1_amd64.tar.zst', []],
])('G14: the volume %s belongs to %j', (volume, expected) => {
  expect(namedGuests(deleteVolume(volume))).toEqual(expected);
});

test('G14: a read of all backups names nobody', () => {
  expect(namedGuests(operation('GET /nodes/pve1/vzdump/defaults'))).toEqual([]);
  expect(namedGuests(operation('GET /nodes/pve1/storage/local/prunebackups'))).toEqual([]);
});

const byTag = [{ verdict: 'never-destroy', tag: 'prod' }] as const;

test('G14: what a guest says itself counts beside the overview, which is some seconds old: as one guest', async () => {
  const cluster = fakeCluster();
  Object.assign(cluster.guests.get(101) ?? {}, { pool: 'p1' });
  const own = { type: 'qemu', vmid: 101, node: 'pve2', name: 'web-01', state: 'running', configHash: '' } as const;
  const guest = { ...own, protected: false, template: false, tags: ['prod'] };
  const touches = await readTouches(cluster.send, operation('DELETE /nodes/pve2/qemu/101'), guest, byTag, {});
  expect(touches?.some(({ pool, tags }) => pool === 'p1' && tags.includes('prod'))).toBe(true);
});

test('G14: everything of a node is what the overview has there; the node is also called localhost', async () => {
  const cluster = fakeCluster();
  const onPve2 = await readTouches(cluster.send, operation('POST /nodes/pve2/stopall'), undefined, byTag, {});
  expect(onPve2?.map(({ vmid }) => vmid)).toEqual([101]);
  const here = await readTouches(cluster.send, operation('POST /nodes/localhost/stopall'), undefined, byTag, {});
  expect(here === undefined || here.length === cluster.guests.size).toBe(true);
});

test('G14: a guest that is kept from us is told from a number that is free', async () => {
  const cluster = fakeCluster();
  const destroy = operation('POST /nodes/pve1/qemu', { vmid: '103' });
  Object.assign(cluster.guests.get(103) ?? {}, { hidden: true });
  expect(await readTouches(cluster.send, destroy, undefined, byTag, {})).toBeUndefined();
  cluster.guests.delete(103);
  expect(await readTouches(cluster.send, destroy, undefined, byTag, {})).toEqual([]);
  cluster.on('GET /cluster/resources', () => Promise.reject(pveError('unreachable')));
  expect(await readTouches(cluster.send, destroy, undefined, byTag, {})).toBeUndefined();
});

const upload = (remotePath: string): FileOperation => ({
  ...{ kind: 'file', connection: 'c', revision: 1, direction: 'upload', content: 'x', overwrite: true, maxBytes: 100 },
  ...{ target: { at: 'host', node: 'pve1' }, remotePath },
});
const script = (text: string): CommandOperation => ({
  ...{ kind: 'command', connection: 'c', revision: 1, timeoutSeconds: 60 },
  ...{ target: { at: 'host', node: 'pve1' }, run: { script: text } },
});

test.each<[string, readonly number[] | 'all']>([
  ['/etc/pve/qemu-server/101.conf', [101]],
  ['/etc/pve/nodes/pve1/lxc/102.conf', [102]],
  ['/var/lib/vz/images/101/vm-101-disk-0.qcow2', [101]],
  ['/etc/pve/storage.cfg', 'all'],
  ['/etc/network/interfaces', 'all'],
  ['/root/notes', []],
])('G14: a file that is written on a node to %s is of the guests %j, and so is what a command writes there', (path, guests) => {
  expect(namedGuests(upload(path))).toEqual(guests);
  expect(namedGuests(script(`tee ${path}`))).toEqual(guests);
  expect(namedGuests(script(`echo x > ${path}`))).toEqual(guests);
});
