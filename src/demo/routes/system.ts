import { createHash } from 'node:crypto';
import { seconds } from '../clock.ts';
import { failure, wrongParameters } from '../errors.ts';
import { usageOf } from '../guests.ts';
import { flag, text, whole } from '../parameters.ts';
import { type Call, nodeOf, type Reply, type Route, required } from '../route.ts';
import type { ClusterNode } from '../state.ts';
import { version } from './cluster.ts';

const looks = { at: '/nodes/{node}', any: ['Sys.Audit'] };
const looksAtAll = { at: '/', any: ['Sys.Audit'] };
const changes = { at: '/nodes/{node}', any: ['Sys.Modify'] };
/** The search domain of the nodes. */
export const domain = 'demo.local';

/** What a node is made of: disks, packages, time, names. */
export const systemRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/nodes/{node}/disks/list',
    privilege: looks,
    parameters: { 'include-partitions': flag, skipsmart: flag, type: text },
    answer: (call) => ({ data: disksOf(call) }),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/disks/smart',
    privilege: looksAtAll,
    parameters: { disk: { ...text, required: true }, healthonly: flag },
    answer: smart,
  },
  { method: 'GET', path: '/nodes/{node}/apt/update', privilege: changes, answer: () => ({ data: updates() }) },
  {
    method: 'GET',
    path: '/nodes/{node}/apt/versions',
    privilege: looks,
    answer: () => ({ data: packages.map(([name, title]) => packageInfo(name, title)) }),
  },
  { method: 'GET', path: '/nodes/{node}/subscription', answer: subscription },
  { method: 'GET', path: '/nodes/{node}/time', privilege: looks, answer: time },
  { method: 'GET', path: '/nodes/{node}/hosts', privilege: looksAtAll, answer: hosts },
  { method: 'GET', path: '/nodes/{node}/netstat', privilege: looks, answer: netstat },
  { method: 'GET', path: '/nodes/{node}/hardware', answer: () => ({ data: [{ type: 'pci' }, { type: 'usb' }] }) },
  {
    method: 'GET',
    path: '/nodes/{node}/hardware/pci',
    privilege: looksAtAll,
    parameters: { 'pci-class-blacklist': text, verbose: flag },
    answer: () => ({
      data: [
        card('0000:01:00.0', '0x020000', '0x8086', '0x1563', 12),
        card('0000:02:00.0', '0x030000', '0x10de', '0x2330', 14),
      ],
    }),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/hardware/usb',
    privilege: { at: '/nodes/{node}', any: ['Sys.Modify'] },
    answer: () => ({ data: [] }),
  },
  {
    method: 'POST',
    path: '/nodes/{node}/status',
    privilege: { at: '/nodes/{node}', any: ['Sys.PowerMgmt'] },
    parameters: { command: { ...text, required: true, values: ['reboot', 'shutdown'] } },
    answer: powerOff,
  },
  { method: 'GET', path: '/nodes/{node}/replication', parameters: { guest: whole }, answer: replication },
];

function disksOf(call: Call): Record<string, unknown>[] {
  const { id, disk, name }: ClusterNode = nodeOf(call);
  const ailing = call.world.cluster.ailments.disks.get(name);
  const wearout = 100 - ((id * 7) % 40); // percent that is left
  const one = { type: 'nvme', vendor: 'unknown', rpm: 0, gpt: 1, health: 'PASSED', by_id_link: '' };
  return [0, 1].map((number) => ({
    ...one,
    devpath: `/dev/nvme${number}n1`,
    by_id_link: `/dev/disk/by-id/nvme-demo-${id}-${number}`,
    model: 'Demo NVMe SSD',
    serial: `DEMO${String(id).padStart(4, '0')}${number}`,
    wwn: `eui.00000000${String(id * 10 + number).padStart(8, '0')}`,
    size: number === 0 ? disk : 1_920_383_410_176,
    used: number === 0 ? 'BIOS boot' : 'LVM',
    wearout,
    ...(number === 0 ? ailing : {}),
  }));
}

function smart(call: Call): Reply {
  const wanted = required(call.parameters, 'disk');
  const disk = disksOf(call).find(({ devpath }) => devpath === wanted);
  if (disk === undefined) throw failure('not a valid block device');
  const used = 100 - Number(disk.wearout);
  return {
    data: {
      health: 'PASSED',
      type: 'text',
      wearout: disk.wearout,
      text: `SMART overall-health self-assessment test result: PASSED\nPercentage Used: ${used}%\n`,
    },
  };
}

const packages = [
  ['pve-manager', 'Proxmox Virtual Environment Management Tools'],
  ['qemu-server', 'Qemu Server Tools'],
  ['pve-container', 'Proxmox VE Container management tool'],
  ['corosync', 'cluster engine daemon and utilities'],
] as const;

function packageInfo(name: string, title: string): Record<string, unknown> {
  const own =
    name === 'pve-manager'
      ? { ManagerVersion: `${version.version}/${version.repoid}`, RunningKernel: '6.17.4-1-pve' }
      : {};
  return {
    Package: name,
    Title: title,
    Description: title,
    Version: version.version,
    OldVersion: version.version,
    CurrentState: 'Installed',
    Arch: 'amd64',
    Section: 'admin',
    Priority: 'optional',
    Origin: 'Proxmox',
    ...own,
  };
}

function updates(): Record<string, unknown>[] {
  const { CurrentState, ManagerVersion, RunningKernel, ...info } = packageInfo('pve-manager', packages[0][1]);
  return [{ ...info, Version: '9.2.12' }];
}

function subscription(call: Call): Reply {
  const name = nodeOf(call).name;
  const serverid = createHash('md5').update(name).digest('hex').toUpperCase();
  return {
    data: {
      status: 'notfound',
      message: 'There is no subscription key',
      serverid,
      url: 'https://www.proxmox.com/en/proxmox-virtual-environment/pricing',
    },
  };
}

function replication(call: Call): Reply {
  const { name } = nodeOf(call);
  const error = call.world.cluster.ailments.replication.get(name);
  if (error === undefined) return { data: [] };
  const now = seconds(call.world.clock.now());
  const target = call.world.cluster.nodes.find((node) => node.name !== name)?.name;
  const job = { id: '101-0', type: 'local', source: name, target, guest: 101, jobnum: 0, schedule: '*/15' };
  return { data: [{ ...job, last_sync: now - 86_400, next_sync: now + 900, fail_count: 3, error }] };
}

function time(call: Call): Reply {
  const now = seconds(call.world.clock.now()) + (call.world.cluster.ailments.skew.get(nodeOf(call).name) ?? 0);
  return { data: { time: now, localtime: now, timezone: 'Etc/UTC' } };
}

function hosts({ world }: Call): Reply {
  const lines = world.cluster.nodes.map(({ ip, name }) => `${ip} ${name}.${domain} ${name}`);
  const data = ['127.0.0.1 localhost.localdomain localhost', ...lines, ''].join('\n');
  return { data: { data, digest: createHash('sha1').update(data).digest('hex') } };
}

function netstat(call: Call): Reply {
  const node = nodeOf(call).name;
  const running = [...call.world.cluster.guests.values()].filter((guest) => guest.node === node && guest.running);
  return {
    data: running.map((guest) => {
      const { netin, netout } = usageOf(guest, call.world.clock.now());
      return { vmid: String(guest.vmid), dev: 'net0', in: String(netin), out: String(netout) };
    }),
  };
}

function card(id: string, kind: string, vendor: string, device: string, iommugroup: number): Record<string, unknown> {
  return { id, class: kind, vendor, device, iommugroup, subsystem_vendor: vendor, subsystem_device: device };
}

/** The demo's nodes stay up: everything in this process would go with them. */
function powerOff(call: Call): Reply {
  throw wrongParameters({ command: `the demo cluster does not ${call.parameters.text('command')} its nodes` });
}
