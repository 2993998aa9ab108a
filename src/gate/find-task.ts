import { isVmid } from '../pve/guest.ts';
import { readTasks } from '../pve/readers.ts';
import type { TaskInfo } from '../pve/records.ts';
import type { Send } from '../pve/request.ts';
import type { AuditRecord } from './audit-read.ts';

/** What a task is told by. */
export interface TaskTraits {
  readonly node: string;
  readonly vmid: number;
  readonly fits: (type: string) => boolean;
}

/** How far the clocks of this computer and of the node may differ, and how long a request may take to start its task, seconds. */
const earliest = 5;
const latest = 120;
const mostTasks = 500;

/**
 * The tasks that a request may have started which was sent at this time (GET `/nodes/{node}/tasks`).
 * @param at milliseconds since 1970
 * @param user who they belong to, where that is known
 * @throws PveError; Error when there are too many tasks to tell
 */
export async function findTasks(
  send: Send,
  { node, vmid, fits }: TaskTraits,
  at: number,
  user: string | undefined,
): Promise<readonly TaskInfo[]> {
  const since = Math.floor(at / 1000) - earliest;
  const until = since + earliest + latest;
  const params = { source: 'all', vmid, since, until, limit: mostTasks };
  const tasks = readTasks(
    (await send({ method: 'GET', path: ['nodes', node, 'tasks'], params }, { fresh: true })).data,
  );
  if (tasks.length >= mostTasks) throw new Error(`${node} had too many tasks of ${vmid} then`);
  return tasks.filter(
    ({ startTime, type, id, user: owner }) =>
      startTime >= since && startTime <= until && id === String(vmid) && fits(type) && (user ?? owner) === owner,
  );
}

/** What tells the task of an operation; nothing for one that starts none, or none that can be told from others. */
export function taskTraits({ segments, params }: NonNullable<AuditRecord['operation']>): TaskTraits | undefined {
  const [root, node, kind, id, area, action = ''] = segments;
  const owner = (kind === 'qemu' || kind === 'lxc') && id !== undefined ? id : params.vmid;
  if (root !== 'nodes' || node === undefined || typeof owner !== 'string' || !isVmid(owner)) return undefined;
  const types = area === 'status' ? powerTasks[action] : undefined;
  const fits = types === undefined ? isOther : (type: string) => types.includes(type);
  return { node, vmid: Number(owner), fits };
}

/** Types of tasks by the last segment of `…/status/{action}`: of VMs, of containers, and the request to HA. */
const powerTasks: Readonly<Record<string, readonly string[]>> = {
  start: ['qmstart', 'vzstart', 'hastart'],
  shutdown: ['qmshutdown', 'vzshutdown', 'hastop'],
  stop: ['qmstop', 'vzstop', 'hastop'],
  reboot: ['qmreboot', 'vzreboot'],
  reset: ['qmreset'],
  suspend: ['qmpause', 'qmsuspend', 'vzsuspend'],
  resume: ['qmresume', 'vzresume'],
};

/** Neither power nor a console, which people open beside. */
function isOther(type: string): boolean {
  return !/(proxy|shell)$/.test(type) && !Object.values(powerTasks).flat().includes(type);
}
