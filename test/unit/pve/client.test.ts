import { describe, expect, it } from 'vitest';
import { createPveClient, type PveClient } from '../../../src/pve/client.ts';
import { describeRequest, encodeForm, type PveReply, wireParams } from '../../../src/pve/request.ts';
import { parseUpid, type Upid } from '../../../src/pve/upid.ts';
import { recorded, withoutRecordings } from './recorded.ts';

/** A client that gets one answer to everything, and what it asked for. */
function answering(reply: PveReply): { readonly pve: PveClient; readonly asked: string[] } {
  const asked: string[] = [];
  const pve = createPveClient(async (request) => {
    asked.push(`${describeRequest(request)} ${encodeForm(wireParams(request.params))}`.trim());
    return reply;
  });
  return { pve, asked };
}

const replaying = (name: string) => answering(recorded(name).response as PveReply);

function upid(text: string): Upid {
  const parts = parseUpid(text);
  if (parts === undefined) throw new Error('not a UPID');
  return parts.upid;
}

const vzdump = upid('UPID:pve1:000014FE:00057065:6B003645:vzdump:201:root@pam:');

describe.skipIf(withoutRecordings)('reads of a recorded cluster', () => {
  it('version and permissions', async () => {
    expect(await replaying('get/version').pve.version()).toEqual({ version: '9.2.11', release: '9.2', major: 9 });
    const { pve, asked } = replaying('get/access_permissions');
    const permissions = await pve.permissions('/vms/100');
    expect(permissions['/vms/100']?.['VM.PowerMgmt']).toBe(true);
    expect(asked).toEqual(['GET /access/permissions path=%2Fvms%2F100']);
  });

  it('the cluster, whole and without quorum', async () => {
    expect(await replaying('get/cluster_status').pve.clusterStatus()).toEqual({
      name: 'testcl',
      quorate: true,
      nodes: [
        { name: 'pve2', online: true, ip: '10.99.0.3' },
        { name: 'pve1', online: true, ip: '10.99.0.2' },
      ],
    });
    const offline = await replaying('offline_cluster_status').pve.clusterStatus();
    expect([offline.quorate, offline.nodes.map(({ online }) => online)]).toEqual([false, [true, false]]);
  });

  it('resources: guests, nodes and storage, with what is missing left undefined', async () => {
    const { pve, asked } = replaying('offline_cluster_resources');
    const resources = await pve.resources();
    expect(asked).toEqual(['GET /cluster/resources']);
    expect(resources.find(({ id }) => id === 'qemu/100')).toMatchObject({
      ...{
        vmid: 100,
        node: 'pve1',
        name: 'web01',
        status: 'running',
        tags: ['prod', 'web'],
        pool: 'prod',
        template: false,
      },
      ...{ maxcpu: 1, maxmem: 402653184, uptime: 76 },
    });
    expect(resources.find(({ id }) => id === 'qemu/102')?.template).toBe(true);
    expect(resources.find(({ id }) => id === 'qemu/101')?.hastate).toBe('request_stop');
    const dead = resources.find(({ id }) => id === 'node/pve2');
    expect(dead).toMatchObject({ status: 'offline', maxcpu: 2, tags: [] });
    expect([dead?.cpu, dead?.mem, dead?.uptime]).toEqual([undefined, undefined, undefined]);
    expect(resources.find(({ id }) => id === 'storage/pve1/local')).toMatchObject({
      storage: 'local',
      shared: false,
      plugintype: 'dir',
    });
  });

  it('nodes, one of them dead', async () => {
    const nodes = await replaying('offline_nodes').pve.nodes();
    expect(nodes.map(({ node, online }) => [node, online])).toEqual([
      ['pve1', true],
      ['pve2', false],
    ]);
    expect(nodes[1]?.fingerprint).toMatch(/^56:E1:8F/);
  });

  it('a node, whose load comes as text', async () => {
    const { pve, asked } = replaying('get/nodes_node_status');
    expect(await pve.nodeStatus('pve1')).toEqual({
      ...{ pveversion: 'pve-manager/9.2.11/14a22df35955d97d', kernel: '6.18.44-fc-v657', cpuModel: 'AMD EPYC' },
      ...{ cpus: 2, sockets: 1, cpu: 0, wait: 0, loadavg: [1.95, 3.19, 2.97], uptime: 3659 },
      memory: { total: 25276510208, used: 4933349376, available: 20343160832 },
      swap: { total: 0, used: 0, available: 0 },
      rootfs: { total: 270553174016, used: 33914036224, available: 75030257664 },
    });
    expect(asked).toEqual(['GET /nodes/pve1/status']);
  });

  it('a VM and a container', async () => {
    const vm = replaying('get/nodes_node_qemu_vmid_status_current');
    expect(await vm.pve.guestStatus({ node: 'pve1', type: 'qemu', vmid: 100 })).toMatchObject({
      ...{
        status: 'running',
        qmpstatus: 'running',
        name: 'web01',
        agent: true,
        uptime: 394,
        cpus: 1,
        ha: { managed: false },
      },
    });
    expect(vm.asked).toEqual(['GET /nodes/pve1/qemu/100/status/current']);
    expect(
      (await replaying('qemu_current_paused').pve.guestStatus({ node: 'pve1', type: 'qemu', vmid: 100 })).qmpstatus,
    ).toBe('paused');
    const ct = await replaying('get/nodes_node_lxc_vmid_status_current').pve.guestStatus({
      node: 'pve1',
      type: 'lxc',
      vmid: 200,
    });
    expect(ct).toMatchObject({ status: 'running', name: 'ct200', maxmem: 67108864, tags: ['dev'] });
    expect((await replaying('ok_locked_current').pve.guestStatus({ node: 'pve1', type: 'qemu', vmid: 103 })).lock).toBe(
      'backup',
    );
  });

  it('a config, each value as text', async () => {
    const config = await replaying('get/nodes_node_qemu_vmid_config').pve.guestConfig({
      node: 'pve1',
      type: 'qemu',
      vmid: 100,
    });
    expect(config).toMatchObject({
      cores: '1',
      memory: '384',
      boot: 'order=scsi0;net0',
      digest: '4ab8afb42673d87292461bca10deaeb64310e71f',
    });
  });

  it('snapshots, without the pseudo entry "current"', async () => {
    expect(
      await replaying('get/nodes_node_qemu_vmid_snapshot').pve.snapshots({ node: 'pve1', type: 'qemu', vmid: 101 }),
    ).toEqual([
      { name: 'base', description: 'clean install', time: 1795175129, vmstate: false },
      { name: 'second', time: 1795175129, parent: 'base', vmstate: false },
    ]);
  });

  it('storages', async () => {
    const storages = await replaying('get/nodes_node_storage').pve.storages('pve1');
    expect(storages.find(({ storage }) => storage === 'nfs-off')).toMatchObject({
      enabled: false,
      active: false,
      shared: true,
      content: ['backup'],
    });
    expect(storages.find(({ storage }) => storage === 'local')).toMatchObject({
      total: 270553174016,
      avail: 75030257664,
      used: 33914036224,
    });
  });

  it('one task, ended and running', async () => {
    const ended = replaying('get/nodes_node_tasks_upid_status');
    expect(await ended.pve.task(vzdump)).toMatchObject({ running: false, exitStatus: 'OK', type: 'vzdump', id: '201' });
    expect(ended.asked).toEqual([`GET /nodes/pve1/tasks/${vzdump}/status`]);
    expect(await replaying('op_qemu_start__task_running').pve.task(vzdump)).toMatchObject({
      running: true,
      exitStatus: undefined,
    });
  });

  it('the log of a task', async () => {
    const { pve, asked } = replaying('get/nodes_node_tasks_upid_log');
    const { lines, total } = await pve.taskLog(vzdump, 10, 20);
    expect([lines.length, lines.at(-1), total]).toEqual([16, 'TASK OK', 16]);
    expect(asked).toEqual([`GET /nodes/pve1/tasks/${vzdump}/log start=10&limit=20`]);
    expect(await answering({ data: [{ n: 1, t: 'no content' }], total: 1 }).pve.taskLog(vzdump)).toEqual({
      lines: [],
      total: 1,
    });
  });
});

describe.skipIf(withoutRecordings)('lists of tasks', () => {
  it('of a node are filtered by the node', async () => {
    const { pve, asked } = replaying('get/nodes_node_tasks');
    const [newest] = await pve.tasks({ node: 'pve1', vmid: 100, errors: true, since: 1795170000, limit: 5 });
    expect(asked).toEqual(['GET /nodes/pve1/tasks source=all&limit=5&vmid=100&errors=1&since=1795170000']);
    expect(newest).toMatchObject({
      type: 'qmstart',
      id: '100',
      exitStatus: 'VM 100 already running',
      running: false,
      endTime: 1795176068,
    });
  });

  it('of the cluster are filtered here, newest first', async () => {
    const { pve, asked } = replaying('get/cluster_tasks');
    const all = await pve.tasks();
    expect(all.map(({ startTime }) => startTime)).toEqual(all.map(({ startTime }) => startTime).sort((a, b) => b - a));
    const failed = await pve.tasks({ vmid: 110, errors: true, limit: 1 });
    expect(failed).toMatchObject([{ type: 'vzdump', id: '110', exitStatus: 'job errors' }]);
    expect((await pve.tasks({ since: 1795176068 })).every(({ startTime }) => startTime >= 1795176068)).toBe(true);
    expect(new Set(asked)).toEqual(new Set(['GET /cluster/tasks']));
  });
});
