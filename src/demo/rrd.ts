import { coresOf, memoryOf } from './guests.ts';
import type { ClusterNode, Guest, Storage } from './state.ts';

/** How many points of how many seconds a time frame has. */
export const timeframes = {
  hour: [60, 60],
  day: [1440, 60],
  week: [335, 1800],
  month: [1439, 1800],
  year: [1439, 21_600],
  decade: [570, 604_800],
} as const;

type Point = Record<string, number>;

/**
 * A series as PVE's round-robin database answers it, computed and not kept: the same for the same thing and moment.
 * @param now milliseconds since 1970
 * @param at what the thing measured at a second; the very last point is not complete yet
 */
export function series(frame: keyof typeof timeframes, now: number, at: (second: number) => Point): Point[] {
  const [points, step] = timeframes[frame];
  const last = Math.floor(now / 1000 / step) * step;
  return Array.from({ length: points }, (_, index) => {
    const time = last - (points - 1 - index) * step;
    return index === points - 1 ? { time } : { time, ...at(time) };
  });
}

/** A guest before it started has sizes only. */
export function guestPoint(guest: Guest, second: number): Point {
  const sizes = { maxcpu: coresOf(guest), maxmem: memoryOf(guest), maxdisk: guest.disk };
  const disk = guest.kind === 'lxc' ? Math.round(guest.disk * (0.2 + guest.load / 2)) : 0;
  if (!guest.running || second * 1000 < guest.startedAt) return { ...sizes, disk };
  const busy = guest.load * wave(second, guest.vmid);
  const mem = memoryOf(guest) * (0.3 + guest.load / 2 + busy / 20);
  return {
    ...sizes,
    disk,
    cpu: busy * 0.6,
    mem,
    ...(guest.kind === 'qemu' ? { memhost: mem * 1.05 } : {}),
    netin: 4000 * busy,
    netout: 2500 * busy,
    diskread: 6000 * busy,
    diskwrite: 9000 * busy,
    ...pressure(busy, ['cpufull']),
  };
}

export function nodePoint(node: ClusterNode, guests: readonly Guest[], second: number): Point {
  const busy = Math.min(1, 0.05 + (guests.length / node.cpus / 4) * wave(second, node.id));
  const memused = Math.min(0.97, 0.1 + (guests.length / node.cpus / 8) * (0.9 + busy / 10)) * node.memory;
  return {
    cpu: busy,
    iowait: busy / 50,
    loadavg: busy * node.cpus,
    maxcpu: node.cpus,
    memtotal: node.memory,
    memused,
    memavailable: node.memory - memused,
    swaptotal: 0,
    swapused: 0,
    arcsize: 0,
    roottotal: node.disk,
    rootused: node.diskUsed,
    netin: 90_000 * busy,
    netout: 70_000 * busy,
    ...pressure(busy, []),
  };
}

export function storagePoint({ total, used }: Storage, second: number, now: number): Point {
  const age = Math.max(0, now / 1000 - second) / 86_400; // it filled by a thousandth a day
  return { total, used: used * Math.max(0.3, 1 - age / 1000) };
}

function pressure(busy: number, more: readonly string[]): Point {
  const names = ['cpusome', 'iofull', 'iosome', 'memoryfull', 'memorysome', ...more];
  return Object.fromEntries(names.map((name) => [`pressure${name}`, name.startsWith('cpu') ? busy * 8 : busy / 10]));
}

/** Busy by day and quiet by night, with some noise. */
function wave(second: number, seed: number): number {
  const day = Math.sin(((second % 86_400) / 86_400) * 2 * Math.PI - 2);
  const mixed = Math.imul((Math.floor(second / 60) ^ (seed * 2_654_435_761)) >>> 0, 0x9e3779b1) >>> 0;
  return Math.max(0.05, 0.6 + day * 0.3 + (mixed / 2 ** 32) * 0.3);
}
