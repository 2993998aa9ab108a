import { nodeUsage } from './nodes.ts';
import { type Call, callerMay } from './route.ts';
import type { ClusterNode, Guest, Storage } from './state.ts';

/**
 * `/cluster/resources`: what the caller may see of guests, nodes, storages and zones. A guest's state is the one that
 * pvestatd told last; its place, tags, lock and HA state are the current ones.
 */
export function resources(call: Call, type: string | undefined): Record<string, unknown>[] {
  const { cluster } = call.world;
  const wanted = (name: string): boolean => type === undefined || type === name;
  return [
    ...(wanted('vm') ? [...cluster.guests.values()].filter((guest) => visible(call, guest)).map(guestResource) : []),
    ...(wanted('node') ? cluster.nodes.map((node) => nodeResource(call, node)) : []),
    ...(wanted('storage') ? cluster.storages.flatMap((storage) => storageResources(call, storage)) : []),
    ...(wanted('sdn') ? cluster.nodes.flatMap((node) => zoneResource(call, node)) : []),
  ];
}

function visible(call: Call, { vmid }: Guest): boolean {
  return callerMay(call, `/vms/${vmid}`, 'VM.Audit');
}

function guestResource({ vmid, kind, node, config, ha, disk, reported }: Guest): Record<string, unknown> {
  const { tags, lock } = config;
  const known = {
    id: `${kind}/${vmid}`,
    type: kind,
    vmid,
    node,
    ...(tags === undefined ? {} : { tags: String(tags) }),
    ...(lock === undefined ? {} : { lock }),
    ...(ha === undefined ? {} : { hastate: ha.state }),
  };
  if (reported === undefined) return { ...known, status: 'unknown' };
  const { running, name, template, cpus, memory, usage } = reported;
  const size = { maxcpu: cpus, maxmem: memory, maxdisk: disk, memhost: kind === 'qemu' ? usage.mem : 0 };
  return { ...known, status: running ? 'running' : 'stopped', name, template, ...size, ...usage };
}

function nodeResource(call: Call, node: ClusterNode): Record<string, unknown> {
  const always = {
    id: `node/${node.name}`,
    type: 'node',
    node: node.name,
    status: 'online',
    level: '',
    'cgroup-mode': 2,
  };
  if (!callerMay(call, `/nodes/${node.name}`, 'Sys.Audit')) return always;
  return { ...always, hastate: 'online', ...nodeUsage(call.world, node) };
}

function storageResources(call: Call, storage: Storage): Record<string, unknown>[] {
  const { id, type, shared, content, total, used } = storage;
  if (!callerMay(call, `/storage/${id}`, 'Datastore.Audit', 'Datastore.AllocateSpace')) return [];
  return call.world.cluster.nodes.map(({ name }) => ({
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
