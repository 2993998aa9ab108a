import { isOn } from './ailments.ts';
import { nodeUsage } from './nodes.ts';
import { type Pool, poolAt } from './permissions.ts';
import { type Call, callerMay } from './route.ts';
import type { ClusterNode, Guest, GuestReport, Storage } from './state.ts';

/**
 * `/cluster/resources`: what the caller may see of guests, nodes, storages and zones. A guest's state is the one that
 * pvestatd told last; its place, tags, lock and HA state are the current ones.
 */
export function resources(call: Call, type: string | undefined): Record<string, unknown>[] {
  const { cluster } = call.world;
  const wanted = (name: string): boolean => type === undefined || type === name;
  return [
    ...(type === undefined ? [...cluster.pools].flatMap(([name, pool]) => poolResource(call, name, pool)) : []),
    ...(wanted('vm') ? guestResources(call) : []),
    ...(wanted('node') ? cluster.nodes.map((node) => nodeResource(call, node)) : []),
    ...(wanted('storage') ? cluster.storages.flatMap((storage) => storageResources(call, storage)) : []),
    ...(wanted('sdn') ? cluster.nodes.flatMap((node) => zoneResource(call, node)) : []),
  ];
}

/** The guests that the caller may see. */
export function guestResources(call: Call): Record<string, unknown>[] {
  const { guests, pools } = call.world.cluster;
  const seen = [...guests.values()].filter(({ vmid }) => callerMay(call, `/vms/${vmid}`, 'VM.Audit'));
  const shown = new Set([...pools.keys()].filter((name) => callerMay(call, `/pool/${name}`, 'Pool.Audit')));
  return seen.map((guest) => {
    const resource = guestResource(guest);
    const pool = poolAt(pools, `/vms/${guest.vmid}`);
    if (pool !== undefined && shown.has(pool)) resource.pool = pool;
    return resource;
  });
}

// A pool adds up what its guests use.
function poolResource(call: Call, name: string, { guests }: Pool): Record<string, unknown>[] {
  if (!callerMay(call, `/pool/${name}`, 'Pool.Audit')) return [];
  const sums = { cpu: 0, maxcpu: 0, mem: 0, maxmem: 0, uptime: 0 };
  for (const vmid of guests) {
    const reported = call.world.cluster.guests.get(vmid)?.reported;
    if (reported === undefined) continue;
    sums.cpu += reported.usage.cpu;
    sums.maxcpu += reported.cpus;
    sums.mem += reported.usage.mem;
    sums.maxmem += reported.memory;
    sums.uptime = Math.max(sums.uptime, reported.usage.uptime);
  }
  return [{ id: `/pool/${name}`, type: 'pool', pool: name, ...sums }];
}

function guestResource({ vmid, kind, node, config, ha, disk, reported }: Guest): Record<string, unknown> {
  const id = `${kind}/${vmid}`;
  const resource: Record<string, unknown> =
    reported === undefined
      ? { id, type: kind, vmid, node, status: 'unknown' }
      : reportedResource({ id, kind, vmid, node, disk }, reported);
  if (config.tags !== undefined) resource.tags = String(config.tags);
  if (config.lock !== undefined) resource.lock = config.lock;
  if (ha !== undefined) resource.hastate = ha.state;
  return resource;
}

// One plain literal, without spreads: thousands of these are made for one answer.
function reportedResource(
  { id, kind, vmid, node, disk }: Pick<Guest, 'kind' | 'vmid' | 'node' | 'disk'> & { readonly id: string },
  { running, name, template, cpus, memory, usage }: GuestReport,
): Record<string, unknown> {
  return {
    id,
    type: kind,
    vmid,
    node,
    status: running ? 'running' : 'stopped',
    name,
    template,
    maxcpu: cpus,
    maxmem: memory,
    maxdisk: disk,
    memhost: kind === 'qemu' ? usage.mem : 0,
    cpu: usage.cpu,
    mem: usage.mem,
    disk: usage.disk,
    uptime: usage.uptime,
    netin: usage.netin,
    netout: usage.netout,
    diskread: usage.diskread,
    diskwrite: usage.diskwrite,
  };
}

function nodeResource(call: Call, node: ClusterNode): Record<string, unknown> {
  const always = {
    id: `node/${node.name}`,
    type: 'node',
    node: node.name,
    status: node.offline ? 'offline' : 'online',
    level: '',
    'cgroup-mode': 2,
  };
  if (!callerMay(call, `/nodes/${node.name}`, 'Sys.Audit')) return always;
  return { ...always, hastate: 'online', ...nodeUsage(call.world, node) };
}

/** A storage on each node. */
export function storageResources(call: Call, storage: Storage): Record<string, unknown>[] {
  const { id, type, shared, content, total, used, disabled } = storage;
  if (disabled) return [];
  if (!callerMay(call, `/storage/${id}`, 'Datastore.Audit', 'Datastore.AllocateSpace')) return [];
  const { cluster } = call.world;
  const having = cluster.nodes.filter(({ name }) => isOn(cluster, id, name));
  return having.map(({ name }) => ({
    id: `storage/${name}/${id}`,
    type: 'storage',
    storage: id,
    node: name,
    status: 'available',
    plugintype: type,
    shared: shared ? 1 : 0,
    content,
    disk: used,
    maxdisk: total,
  }));
}

function zoneResource(call: Call, { name }: ClusterNode): Record<string, unknown>[] {
  const network = 'localnetwork';
  if (!callerMay(call, `/sdn/zones/${network}`, 'SDN.Audit')) return [];
  const id = `network/${name}/zone/${network}`;
  return [{ id, type: 'network', 'network-type': 'zone', network, node: name, status: 'ok' }];
}
