import { noAilments } from './ailments.ts';
import { createCertificates } from './certificate.ts';
import { type DemoClock, seconds } from './clock.ts';
import { seedFirewalls } from './firewall.ts';
import { createRandom, type Random } from './random.ts';
import { cast, type Role, roleFor } from './roles.ts';
import { seedSections } from './sections.ts';
import { type Secrets, seedDirectory, seedPools } from './seed-access.ts';
import { history, storages } from './seed-storage.ts';
import type { Cluster, ClusterNode, Guest } from './state.ts';

export interface SeedOptions {
  readonly nodes: number;
  readonly guests: number;
  /** The same seed gives the same names, places, states and sizes. */
  readonly seed: number;
  /** Other than the rest they are new at each start. */
  readonly secrets: Secrets;
}

/** Leaves most guests out, as some cluster always does. */
const nightly = {
  enabled: 1,
  schedule: '01:00',
  storage: 'nfs-backup',
  mode: 'snapshot',
  compress: 'zstd',
  vmid: '101,102,103,104',
  'prune-backups': 'keep-daily=7',
  comment: 'Production',
};

const gibibyte = 1024 ** 3;
const hour = 3_600_000;

/** Makes a believable cluster: a few guests that are always there, then as many others as asked for. */
export function seedCluster(options: SeedOptions, clock: DemoClock): Cluster {
  const random = createRandom(options.seed);
  const now = clock.now();
  const nodes = Array.from({ length: options.nodes }, (_, index) => seedNode(index + 1, random, now));
  const guests = new Map<number, Guest>();
  for (let index = 0; index < options.guests; index += 1) {
    const vmid = 100 + index;
    const role = cast[index] ?? roleFor(index, random);
    const node = nodes[(role.node - 1) % nodes.length];
    if (node !== undefined) guests.set(vmid, seedGuest(vmid, role, node.name, random, now));
  }
  return {
    name: 'demo',
    nodes,
    guests,
    storages: storages(guests, now),
    freed: new Set(),
    tasks: nodes.flatMap((node) => history(node, guests, now)).sort((a, b) => a.starttime - b.starttime),
    directory: seedDirectory(options.secrets),
    pools: seedPools(guests),
    backupJobs: new Map([['backup-nightly', { ...nightly }]]),
    haRules: new Map([['db-on-pve3', { type: 'node-affinity', nodes: 'pve3', resources: 'vm:103' }]]),
    sections: seedSections(),
    settings: new Map(),
    firewalls: seedFirewalls(),
    networks: new Map(),
    stoppedServices: new Set(),
    quorum: true,
    ailments: noAilments(),
    certificates: createCertificates(
      nodes.map((node) => node.name),
      now,
    ),
  };
}

function seedNode(id: number, random: Random, now: number): ClusterNode {
  const disk = 480 * gibibyte;
  return {
    name: `pve${id}`,
    id,
    ip: `10.20.${Math.floor(id / 250)}.${10 + (id % 240)}`,
    cpus: random.pick([16, 16, 32]),
    memory: random.pick([64, 64, 128]) * gibibyte,
    disk,
    diskUsed: Math.round(disk * (0.1 + random.next() / 4)),
    bootedAt: now - random.between(20, 60) * 24 * hour,
    offline: false,
  };
}

function seedGuest(vmid: number, role: Role, node: string, random: Random, now: number): Guest {
  const disk = random.pick([8, 16, 32, 64]) * gibibyte;
  const running = role.running && role.template !== true;
  const config =
    role.kind === 'qemu' ? vmConfig(vmid, role, disk, random, now) : containerConfig(vmid, role, disk, random);
  return {
    vmid,
    kind: role.kind,
    node,
    config: { ...config, ...(role.snapshot === true ? { parent: 'before-update' } : {}) },
    pending: {},
    agent: role.agent !== 'dead',
    running,
    paused: false,
    startedAt: now - random.between(1, 400) * hour,
    pid: 2000 + vmid,
    disk,
    load: 0.02 + random.next() * 0.5,
    snapshots:
      role.snapshot === true
        ? [
            {
              name: 'before-update',
              description: 'before the update',
              snaptime: seconds(now - 200 * hour),
              vmstate: false,
              config,
            },
          ]
        : [],
    ha: role.ha === true ? { requested: 'started', state: 'started' } : undefined,
    reported: undefined,
    lockQueue: [],
  };
}

function vmConfig(vmid: number, role: Role, disk: number, random: Random, now: number): Guest['config'] {
  const volume = role.template === true ? `base-${vmid}-disk-0` : `vm-${vmid}-disk-0`;
  return {
    name: role.name,
    boot: 'order=scsi0;net0',
    cores: random.pick([1, 2, 2, 4]),
    memory: String(random.pick([1024, 2048, 4096, 8192])),
    meta: `creation-qemu=10.0.2,ctime=${seconds(now - 2000 * hour)}`,
    net0: `virtio=${hardwareAddress(random)},bridge=vmbr0`,
    ostype: 'l26',
    scsi0: `local-lvm:${volume},size=${disk / gibibyte}G`,
    scsihw: 'virtio-scsi-single',
    smbios1: `uuid=${uuid(random)}`,
    vmgenid: uuid(random),
    ...(role.agent === 'off' ? {} : { agent: '1' }),
    ...shared(role),
  };
}

function containerConfig(vmid: number, role: Role, disk: number, random: Random): Guest['config'] {
  return {
    hostname: role.name,
    arch: 'amd64',
    cores: random.pick([1, 2, 2]),
    memory: random.pick([512, 1024, 2048]),
    swap: 512,
    net0: `name=eth0,bridge=vmbr0,hwaddr=${hardwareAddress(random)},ip=dhcp,type=veth`,
    ostype: 'debian',
    rootfs: `local-lvm:vm-${vmid}-disk-0,size=${disk / gibibyte}G`,
    unprivileged: 1,
    ...shared(role),
  };
}

function shared(role: Role): Guest['config'] {
  return {
    ...(role.tags === undefined ? {} : { tags: role.tags }),
    ...(role.description === undefined ? {} : { description: role.description }),
    ...(role.onboot === true ? { onboot: 1 } : {}),
    ...(role.protection === true ? { protection: 1 } : {}),
    ...(role.template === true ? { template: 1 } : {}),
    ...(role.lock === undefined ? {} : { lock: role.lock }),
  };
}

function hardwareAddress(random: Random): string {
  return `BC:24:11:${random
    .hex(6)
    .toUpperCase()
    .replace(/(..)(..)(..)/, '$1:$2:$3')}`;
}

function uuid(random: Random): string {
  return `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-a${random.hex(3)}-${random.hex(12)}`;
}
