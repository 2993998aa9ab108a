import { createHash } from 'node:crypto';
import { seconds } from './clock.ts';
import { failure, TaskFailure } from './errors.ts';
import { type Guest, type GuestUsage, label, type World } from './state.ts';

const mebibyte = 1024 * 1024;

/** Its name, or PVE's stand-in for one without. */
export function guestName(guest: Guest): string {
  const name = guest.kind === 'qemu' ? guest.config.name : guest.config.hostname;
  return String(name ?? (guest.kind === 'qemu' ? label(guest) : `CT${guest.vmid}`));
}

/** CPU cores. */
export function coresOf(guest: Guest): number {
  return Number(guest.config.cores ?? 1);
}

/** Bytes of memory. */
export function memoryOf(guest: Guest): number {
  return Number(guest.config.memory ?? 512) * mebibyte;
}

/** Whether it can only be cloned. */
export function isTemplate(guest: Guest): boolean {
  return guest.config.template === 1;
}

/** PVE's digest: a hash of the content, so it comes back when the content does. */
export function digestOf(guest: Guest): string {
  const pending = Object.entries(guest.pending).map(([key, value]) => `[pending] ${key}: ${value}`);
  const lines = Object.entries(guest.config).map(([key, value]) => `${key}: ${value}`);
  const sections = guest.snapshots.map((snapshot) => `[${snapshot.name}] ${snapshot.snaptime}`);
  return createHash('sha1')
    .update([...lines.sort(), ...pending, ...sections].join('\n'))
    .digest('hex');
}

/** What the guest uses now: smooth, believable, and the same for the same guest and moment. */
export function usageOf(guest: Guest, now: number): GuestUsage {
  const disk = guest.kind === 'lxc' ? Math.round(guest.disk * (0.2 + guest.load / 2)) : 0; // PVE cannot look into a VM's disk
  if (!guest.running) return { cpu: 0, mem: 0, disk, uptime: 0, netin: 0, netout: 0, diskread: 0, diskwrite: 0 };
  const uptime = Math.max(0, seconds(now - guest.startedAt));
  const wave = Math.sin(now / 60_000 + guest.vmid) / 4;
  const traffic = Math.round(uptime * 900 * (0.2 + guest.load));
  return {
    cpu: guest.paused ? 0 : guest.load * 0.4 * (1 + wave),
    mem: Math.round(memoryOf(guest) * (0.3 + guest.load / 2 + wave / 20)),
    disk,
    uptime,
    netin: traffic * 3,
    netout: traffic,
    diskread: traffic * 5,
    diskwrite: traffic * 2,
  };
}

/** pvestatd's round: tells the cluster how its guests are. */
export function report({ cluster, clock }: World): void {
  const now = clock.now();
  const offline = new Set(cluster.nodes.filter((node) => node.offline).map(({ name }) => name));
  for (const guest of cluster.guests.values()) {
    if (offline.has(guest.node)) continue; // its pvestatd cannot be heard
    guest.reported = {
      running: guest.running,
      name: guestName(guest),
      template: isTemplate(guest) ? 1 : 0,
      cpus: coresOf(guest),
      memory: memoryOf(guest),
      usage: usageOf(guest, now),
    };
  }
}

/** One object of `…/status/current`, which the list of a node repeats. */
export function currentStatus(guest: Guest, now: number): Record<string, unknown> {
  const { diskread, diskwrite, ...usage } = usageOf(guest, now);
  const { tags, lock } = guest.config;
  const common = {
    vmid: guest.vmid,
    name: guestName(guest),
    status: guest.running ? 'running' : 'stopped',
    cpus: coresOf(guest),
    maxmem: memoryOf(guest),
    maxdisk: guest.disk,
    ...usage,
    ...(tags === undefined ? {} : { tags }),
    ...(lock === undefined ? {} : { lock }),
    ...(isTemplate(guest) ? { template: 1 } : {}),
    ...(guest.running ? { pid: guest.pid, ...pressure(guest) } : {}),
  };
  if (guest.kind === 'lxc') {
    const maxswap = Number(guest.config.swap ?? 512) * mebibyte;
    return { ...common, type: 'lxc', swap: 0, maxswap, diskread, diskwrite };
  }
  return { ...common, memhost: guest.running ? usage.mem : 0 };
}

/** What only `…/status/current` has besides. */
export function currentDetails(guest: Guest, now: number): Record<string, unknown> {
  const ha = guest.ha === undefined ? { managed: 0 } : { managed: 1, state: guest.ha.state };
  if (guest.kind === 'lxc') return { ha };
  const { netin, netout } = usageOf(guest, now);
  return {
    ha,
    qmpstatus: guest.running ? (guest.paused ? 'paused' : 'running') : 'stopped',
    ...(guest.config.agent === undefined ? {} : { agent: 1 }),
    ...(guest.running ? { nics: { [`tap${guest.vmid}i0`]: { netin, netout } } } : {}),
  };
}

/** The list of snapshots, ended by PVE's pseudo entry `current`. */
export function snapshotList(guest: Guest): Record<string, unknown>[] {
  const { parent } = guest.config;
  const you = {
    name: 'current',
    description: 'You are here!',
    digest: digestOf(guest),
    running: guest.running ? 1 : 0,
  };
  const entries = guest.snapshots.map(({ config, vmstate, ...shown }) => ({
    ...shown,
    ...(guest.kind === 'qemu' ? { vmstate: vmstate ? 1 : 0 } : {}),
  }));
  return [...entries, parent === undefined ? you : { ...you, parent }];
}

/** Throws PVE's 500 while the config carries a lock. */
export function refuseLocked(guest: Guest): void {
  if (guest.config.lock !== undefined) throw failure(lockText(guest));
}

/** Fails the task while the config carries a lock. */
export function failLocked(guest: Guest): void {
  if (guest.config.lock !== undefined) throw new TaskFailure(lockText(guest));
}

/** What PVE says of a guest whose config carries a lock. */
export function lockText(guest: Guest): string {
  return `${guest.kind === 'qemu' ? 'VM' : 'CT'} is locked (${guest.config.lock})`;
}

// Containers report pressure as text with two decimals, VMs as numbers.
function pressure(guest: Guest): Record<string, string | number> {
  const names = ['cpufull', 'cpusome', 'iofull', 'iosome', 'memoryfull', 'memorysome'];
  const values = names.map((name) => (name === 'cpusome' ? guest.load / 2 : 0));
  return Object.fromEntries(
    names.map((name, index) => {
      const value = values[index] ?? 0;
      return [`pressure${name}`, guest.kind === 'lxc' ? value.toFixed(2) : Number(value.toFixed(2))];
    }),
  );
}
