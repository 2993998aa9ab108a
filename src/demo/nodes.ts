import { seconds } from './clock.ts';
import { usageOf } from './guests.ts';
import type { ClusterNode, World } from './state.ts';

/** What a node uses now, in the keys that `/nodes` and `/cluster/resources` share. */
export function nodeUsage({ cluster, clock }: World, node: ClusterNode): Record<string, number> {
  const { cpus: maxcpu, memory: maxmem, disk: maxdisk } = node;
  if (node.offline) return { maxcpu, maxmem, maxdisk };
  const now = clock.now();
  let memory = node.memory * 0.05;
  let busy = 0.02 * node.cpus;
  for (const guest of cluster.guests.values()) {
    if (guest.node !== node.name || !guest.running) continue;
    const usage = usageOf(guest, now);
    memory += usage.mem;
    busy += usage.cpu;
  }
  return {
    cpu: Math.min(0.98, busy / node.cpus),
    maxcpu,
    mem: Math.round(Math.min(memory, node.memory * 0.97)),
    maxmem,
    disk: node.diskUsed,
    maxdisk,
    uptime: seconds(now - node.bootedAt),
  };
}
