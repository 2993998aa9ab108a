import { type GuestRef, guestPath, matchGuest } from './guest.ts';
import {
  readClusterStatus,
  readGuestConfig,
  readGuestStatus,
  readLog,
  readNodeStatus,
  readNodes,
  readPermissions,
  readResources,
  readSnapshots,
  readStorages,
  readTask,
  readTasks,
  readVersion,
} from './readers.ts';
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
  StorageInfo,
  TaskInfo,
} from './records.ts';
import { type PveParams, type PveReply, type Send, type SendOptions, schemaRequest } from './request.ts';
import { type ApiSchema, readSchema } from './schema.ts';
import { taskPath } from './task.ts';
import type { Upid } from './upid.ts';

/** Where a guest is; a `GuestRef` is one. */
export type GuestPlace = Pick<GuestRef, 'node' | 'type' | 'vmid'>;

/** Which tasks; without `node`, those that the cluster still remembers (only recent ones, finished or not). */
export interface TaskFilter {
  readonly node?: string;
  /** 50 when absent. */
  readonly limit?: number;
  readonly vmid?: number;
  /** Only those that failed or warned. */
  readonly errors?: boolean;
  /** Started at or after, seconds since 1970. */
  readonly since?: number;
}

/** Typed reads of the PVE API. All throw `PveError`. */
export interface PveClient {
  readonly send: Send;
  /** GET `/version` */
  version(options?: SendOptions): Promise<PveVersion>;
  /** GET `/pve-docs/api-viewer/apidoc.js`: the API of this very version, some megabytes; to be kept. */
  schema(options?: SendOptions): Promise<ApiSchema>;
  /** GET `/access/permissions` of the token itself, for one path or all. */
  permissions(path?: string, options?: SendOptions): Promise<Permissions>;
  /** GET `/cluster/status` */
  clusterStatus(options?: SendOptions): Promise<ClusterStatus>;
  /** GET `/cluster/resources`; up to 10 s behind, see `guestStatus`. */
  resources(type?: 'vm' | 'node' | 'storage', options?: SendOptions): Promise<readonly Resource[]>;
  /** GET `/nodes` */
  nodes(options?: SendOptions): Promise<readonly NodeInfo[]>;
  /** GET `/nodes/{node}/status` */
  nodeStatus(node: string, options?: SendOptions): Promise<NodeStatus>;
  /** GET `/nodes/{node}/storage` */
  storages(node: string, options?: SendOptions): Promise<readonly StorageInfo[]>;
  /** Throws `not_found` and `ambiguous` too (see `matchGuest`). */
  findGuest(guest: number | string, options?: SendOptions): Promise<GuestRef>;
  /** GET `…/status/current` */
  guestStatus(guest: GuestPlace, options?: SendOptions): Promise<GuestStatus>;
  /** GET `…/config`, pending changes included. */
  guestConfig(guest: GuestPlace, options?: SendOptions): Promise<GuestConfig>;
  /** GET `…/snapshot` */
  snapshots(guest: GuestPlace, options?: SendOptions): Promise<readonly Snapshot[]>;
  /** GET `/nodes/{node}/tasks` or `/cluster/tasks`, newest first. */
  tasks(filter?: TaskFilter, options?: SendOptions): Promise<readonly TaskInfo[]>;
  /** GET `/nodes/{node}/tasks/{upid}/status` */
  task(upid: Upid, options?: SendOptions): Promise<TaskInfo>;
  /** GET `/nodes/{node}/tasks/{upid}/log`, `limit` lines (50 when absent) after the first `start`; `total` is known for most. */
  taskLog(
    upid: Upid,
    start?: number,
    limit?: number,
    options?: SendOptions,
  ): Promise<{ readonly lines: readonly string[]; readonly total?: number }>;
}

/** @param send a transport, a gate or a bridge: the same reads over each of them */
export function createPveClient(send: Send): PveClient {
  const get = (path: readonly string[], params: PveParams, options: SendOptions | undefined): Promise<PveReply> =>
    send({ method: 'GET', path, params }, options);

  const client: PveClient = {
    send,
    version: async (options) => readVersion((await get(['version'], {}, options)).data),
    schema: async (options) => readSchema((await send(schemaRequest, options)).data),
    permissions: async (path, options) =>
      readPermissions((await get(['access', 'permissions'], path === undefined ? {} : { path }, options)).data),
    clusterStatus: async (options) => readClusterStatus((await get(['cluster', 'status'], {}, options)).data),
    resources: async (type, options) =>
      readResources((await get(['cluster', 'resources'], type === undefined ? {} : { type }, options)).data),
    nodes: async (options) => readNodes((await get(['nodes'], {}, options)).data),
    nodeStatus: async (node, options) => readNodeStatus((await get(['nodes', node, 'status'], {}, options)).data),
    storages: async (node, options) => readStorages((await get(['nodes', node, 'storage'], {}, options)).data),
    findGuest: async (wanted, options) => matchGuest(await client.resources('vm', options), wanted),
    guestStatus: async (place, options) =>
      readGuestStatus((await get([...guestPath(place), 'status', 'current'], {}, options)).data),
    guestConfig: async (place, options) =>
      readGuestConfig((await get([...guestPath(place), 'config'], {}, options)).data),
    snapshots: async (place, options) =>
      readSnapshots((await get([...guestPath(place), 'snapshot'], {}, options)).data),
    async tasks({ node, ...filter } = {}, options) {
      if (node === undefined)
        return clusterTasks(readTasks((await get(['cluster', 'tasks'], {}, options)).data), filter);
      return readTasks((await get(['nodes', node, 'tasks'], { source: 'all', limit: 50, ...filter }, options)).data);
    },
    task: async (upid, options) => readTask((await get([...taskPath(upid), 'status'], {}, options)).data),
    async taskLog(upid, start = 0, limit = 50, options) {
      const { data, total } = await get([...taskPath(upid), 'log'], { start, limit }, options);
      return total === undefined ? { lines: readLog(data) } : { lines: readLog(data), total };
    },
  };
  return client;
}

/** `/cluster/tasks` takes no parameters; what a node filters itself is filtered here. */
function clusterTasks(tasks: readonly TaskInfo[], { vmid, errors, since, limit = 50 }: TaskFilter): TaskInfo[] {
  return tasks
    .filter((task) => vmid === undefined || task.id === String(vmid))
    .filter((task) => errors !== true || (!task.running && task.exitStatus !== 'OK'))
    .filter((task) => since === undefined || task.startTime >= since)
    .sort((a, b) => b.startTime - a.startTime)
    .slice(0, limit);
}
