import { flag, type Loose, looseList, looseObject, number, text, unexpected, words } from './loose.ts';
import type {
  ClusterStatus,
  GuestConfig,
  GuestStatus,
  NodeInfo,
  NodeStatus,
  Permissions,
  PveVersion,
  Resource,
  Snapshot,
  Space,
  StorageInfo,
  TaskInfo,
} from './records.ts';
import { parseUpid } from './upid.ts';

// Each takes the `data` of an answer and throws a PveError `server_error` when its shape is beyond recognition.

export function readVersion(data: unknown): PveVersion {
  const it = looseObject(data, '/version');
  const version = text(it.version) ?? 'unknown';
  return { version, release: text(it.release), major: Number.parseInt(version, 10) };
}

export function readPermissions(data: unknown): Permissions {
  const paths = Object.entries(looseObject(data, '/access/permissions'));
  return Object.fromEntries(
    paths.map(([path, held]) => [
      path,
      Object.fromEntries(
        Object.entries(looseObject(held, path)).map(([privilege, below]) => [privilege, flag(below) ?? false]),
      ),
    ]),
  );
}

export function readClusterStatus(data: unknown): ClusterStatus {
  const entries = looseList(data, '/cluster/status');
  const cluster = entries.find((it) => it.type === 'cluster');
  const nodes = entries.filter((it) => it.type === 'node');
  return {
    name: text(cluster?.name),
    quorate: flag(cluster?.quorate),
    nodes: nodes.map((it) => ({ name: text(it.name) ?? '', online: flag(it.online) ?? false, ip: text(it.ip) })),
  };
}

export function readNodes(data: unknown): NodeInfo[] {
  return looseList(data, '/nodes').map((it) => ({
    node: text(it.node) ?? '',
    online: it.status === 'online',
    fingerprint: text(it.ssl_fingerprint),
    ...load(it),
  }));
}

export function readResources(data: unknown): Resource[] {
  return looseList(data, '/cluster/resources').map((it) => ({
    id: text(it.id) ?? '',
    type: text(it.type) ?? 'unknown',
    node: text(it.node),
    status: text(it.status),
    vmid: number(it.vmid),
    name: text(it.name),
    tags: words(it.tags),
    pool: text(it.pool),
    template: flag(it.template),
    lock: text(it.lock),
    hastate: text(it.hastate),
    ...load(it),
    storage: text(it.storage),
    plugintype: text(it.plugintype),
    content: words(it.content),
    shared: flag(it.shared),
  }));
}

export function readNodeStatus(data: unknown): NodeStatus {
  const it = looseObject(data, 'the status of a node');
  const cpuinfo = looseObject(it.cpuinfo ?? {}, 'cpuinfo');
  return {
    pveversion: text(it.pveversion),
    kernel: text(looseObject(it['current-kernel'] ?? {}, 'current-kernel').release) ?? text(it.kversion),
    cpuModel: text(cpuinfo.model),
    cpus: number(cpuinfo.cpus),
    sockets: number(cpuinfo.sockets),
    cpu: number(it.cpu),
    wait: number(it.wait),
    loadavg: Array.isArray(it.loadavg) ? it.loadavg.map(number).filter((load) => load !== undefined) : [],
    memory: space(it.memory),
    swap: space(it.swap),
    rootfs: space(it.rootfs),
    uptime: number(it.uptime),
  };
}

export function readGuestStatus(data: unknown): GuestStatus {
  const it = looseObject(data, 'the status of a guest');
  const ha = looseObject(it.ha ?? {}, 'ha');
  const { cpu, mem, maxmem, disk, maxdisk, uptime } = load(it);
  return {
    status: text(it.status) ?? 'unknown',
    qmpstatus: text(it.qmpstatus),
    name: text(it.name),
    lock: text(it.lock),
    tags: words(it.tags),
    template: flag(it.template),
    ...{ uptime, cpu, cpus: number(it.cpus), mem, maxmem, disk, maxdisk },
    netin: number(it.netin),
    netout: number(it.netout),
    agent: flag(it.agent),
    ha: { managed: flag(ha.managed) ?? false, state: text(ha.state) },
  };
}

export function readGuestConfig(data: unknown): GuestConfig {
  const entries = Object.entries(looseObject(data, 'the config of a guest'));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );
}

export function readSnapshots(data: unknown): Snapshot[] {
  return looseList(data, 'the snapshots of a guest')
    .map((it) => ({
      name: text(it.name) ?? '',
      description: text(it.description),
      time: number(it.snaptime),
      parent: text(it.parent),
      vmstate: flag(it.vmstate),
    }))
    .filter((snapshot) => snapshot.name !== 'current');
}

export function readStorages(data: unknown): StorageInfo[] {
  return looseList(data, 'the storages of a node').map((it) => ({
    storage: text(it.storage) ?? '',
    type: text(it.type),
    content: words(it.content),
    enabled: flag(it.enabled),
    active: flag(it.active),
    shared: flag(it.shared),
    total: number(it.total),
    used: number(it.used),
    avail: number(it.avail),
  }));
}

/** Entries without a proper UPID are left out: nothing could be done with them. */
export function readTasks(data: unknown): TaskInfo[] {
  return looseList(data, 'the task list').flatMap((it) => {
    const parts = parseUpid(text(it.upid) ?? '');
    if (parts === undefined) return [];
    const endTime = number(it.endtime);
    const running = endTime === undefined && (text(it.status) ?? 'RUNNING') === 'RUNNING';
    return [{ ...parts, endTime, running, exitStatus: running ? undefined : text(it.status) }];
  });
}

export function readTask(data: unknown): TaskInfo {
  const it = looseObject(data, 'the status of a task');
  const parts = parseUpid(text(it.upid) ?? '');
  if (parts === undefined) throw unexpected('the status of a task');
  const running = text(it.status) === 'running';
  return { ...parts, running, exitStatus: running ? undefined : text(it.exitstatus) };
}

/** Line by line. An empty log comes as the single line "no content". */
export function readLog(data: unknown): string[] {
  const lines = looseList(data, 'a log').map((it) => ({ n: number(it.n), t: typeof it.t === 'string' ? it.t : '' }));
  const isEmpty = lines.length === 1 && lines[0]?.n === 1 && lines[0].t === 'no content';
  return isEmpty ? [] : lines.map(({ t }) => t);
}

function load(it: Loose): Pick<Resource, 'cpu' | 'maxcpu' | 'mem' | 'maxmem' | 'disk' | 'maxdisk' | 'uptime'> {
  return {
    cpu: number(it.cpu),
    maxcpu: number(it.maxcpu),
    mem: number(it.mem),
    maxmem: number(it.maxmem),
    disk: number(it.disk),
    maxdisk: number(it.maxdisk),
    uptime: number(it.uptime),
  };
}

/** Disks say `avail`, memory says `available`, swap only `free`. */
function space(value: unknown): Space {
  const it = looseObject(value ?? {}, 'a size');
  return {
    total: number(it.total),
    used: number(it.used),
    available: number(it.available) ?? number(it.avail) ?? number(it.free),
  };
}
