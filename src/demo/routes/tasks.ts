import { permissionDenied, wrongParameters } from '../errors.ts';
import { flag, type Parameters, text, vmid, whole } from '../parameters.ts';
import { type Call, callerMay, index, nodeOf, type Reply, type Route, required } from '../route.ts';
import type { Task } from '../state.ts';

const one = '/nodes/{node}/tasks/{upid}';
const recent = 25; // how many finished tasks of each node `/cluster/tasks` shows

/** Tasks: lists, state, log, and ending one. Whoever may not audit the node sees only its own. */
export const taskRoutes: readonly Route[] = [
  { method: 'GET', path: '/cluster/tasks', answer: listRecent },
  {
    method: 'GET',
    path: '/nodes/{node}/tasks',
    parameters: {
      start: whole,
      limit: whole,
      vmid,
      errors: flag,
      source: { ...text, values: ['archive', 'active', 'all'] },
      since: { type: 'integer' },
      until: { type: 'integer' },
      typefilter: text,
      userfilter: text,
      statusfilter: text,
    },
    answer: listOfNode,
  },
  {
    method: 'GET',
    path: one,
    answer: (call) => {
      taskOf(call, 'Sys.Audit');
      return index('name', ['log', 'status']);
    },
  },
  { method: 'GET', path: `${one}/status`, answer: (call) => ({ data: status(taskOf(call, 'Sys.Audit')) }) },
  { method: 'GET', path: `${one}/log`, parameters: { start: whole, limit: whole }, answer: log },
  {
    method: 'DELETE',
    path: one,
    answer: (call) => {
      taskOf(call, 'Sys.Modify').interrupt?.();
      return { data: null };
    },
  },
];

function listRecent(call: Call): Reply {
  const { nodes, tasks } = call.world.cluster;
  const shown = nodes.flatMap(({ name }) => {
    const own = tasks.filter((task) => task.node === name && maySee(call, task, 'Sys.Audit')).reverse();
    const finished = own.filter((task) => task.exitStatus !== undefined).slice(0, recent);
    return [...own.filter((task) => task.exitStatus === undefined), ...finished];
  });
  shown.sort((a, b) => b.starttime - a.starttime);
  return { data: shown.map(clusterEntry) };
}

function clusterEntry(task: Task): Record<string, unknown> {
  const { upid, node, type, id, user, starttime, endtime, exitStatus } = task;
  const end = exitStatus === undefined ? {} : { endtime, status: exitStatus, saved: '1' };
  return { upid, node, type, id, user, ...tokenOf(task), starttime, ...end };
}

function listOfNode(call: Call): Reply {
  const { parameters } = call;
  const node = nodeOf(call).name;
  const found = call.world.cluster.tasks
    .filter((task) => task.node === node && maySee(call, task, 'Sys.Audit') && matches(task, parameters))
    .reverse();
  const start = parameters.number('start') ?? 0;
  const limit = parameters.number('limit') ?? 50;
  return { data: found.slice(start, start + limit).map(nodeEntry), total: found.length };
}

function matches(task: Task, parameters: Parameters): boolean {
  const running = task.exitStatus === undefined;
  const source = parameters.text('source') ?? 'archive';
  if (source !== 'all' && (source === 'active') !== running) return false;
  const kind = statusKind(task);
  const kinds = parameters.text('statusfilter')?.split(',');
  const owner = parameters.number('vmid');
  const type = parameters.text('typefilter');
  return (
    (!parameters.flag('errors') || (!running && kind !== 'ok')) &&
    (kinds === undefined || kinds.includes(kind)) &&
    (owner === undefined || task.id === String(owner)) &&
    (type === undefined || task.type === type) &&
    task.user.includes(parameters.text('userfilter') ?? '') &&
    task.starttime >= (parameters.number('since') ?? 0) &&
    task.starttime <= (parameters.number('until') ?? Number.POSITIVE_INFINITY)
  );
}

function statusKind({ exitStatus }: Task): string {
  if (exitStatus === undefined) return 'unknown';
  if (exitStatus === 'OK') return 'ok';
  return exitStatus.startsWith('WARNINGS') ? 'warning' : 'error';
}

function nodeEntry(task: Task): Record<string, unknown> {
  const { upid, node, type, id, user, pid, pstart, starttime, endtime, exitStatus } = task;
  const end = exitStatus === undefined ? { status: 'RUNNING' } : { endtime, status: exitStatus };
  return { upid, node, type, id, user, ...tokenOf(task), pid, pstart, starttime, ...end };
}

function status(task: Task): Record<string, unknown> {
  const { upid, node, type, id, user, pid, pstart, starttime, exitStatus } = task;
  const end = exitStatus === undefined ? { status: 'running' } : { status: 'stopped', exitstatus: exitStatus };
  return { upid, node, type, id, user, ...tokenOf(task), pid, pstart, starttime, ...end };
}

// PVE answers a line of its own where a log is still empty.
function log(call: Call): Reply {
  const lines = taskOf(call, 'Sys.Audit').log;
  if (lines.length === 0) return { data: [{ n: 1, t: 'no content' }], total: 1 };
  const start = call.parameters.number('start') ?? 0;
  const limit = call.parameters.number('limit') ?? 50;
  const numbered = lines.map((t, at) => ({ n: at + 1, t }));
  return { data: numbered.slice(start, limit === 0 ? undefined : start + limit), total: lines.length };
}

function taskOf(call: Call, privilegeForOthers: string): Task {
  const node = nodeOf(call).name;
  const upid = required(call.parameters, 'upid');
  if (!/^UPID:[^:\s]+(:[0-9A-Fa-f]{8,9}){3}:[^:\s]+:[^:\s]*:[^:\s]+:$/.test(upid)) {
    throw wrongParameters({ upid: 'unable to parse worker upid' });
  }
  const task = call.world.cluster.tasks.find((each) => each.upid === upid);
  if (task === undefined || task.node !== node) throw wrongParameters({ upid: 'no such task' });
  if (!maySee(call, task, privilegeForOthers)) throw permissionDenied(`/nodes/${node}`, [privilegeForOthers]);
  return task;
}

function maySee(call: Call, task: Task, privilegeForOthers: string): boolean {
  const own = task.user === call.who.user && task.token === call.who.token;
  return own || callerMay(call, `/nodes/${task.node}`, privilegeForOthers);
}

function tokenOf({ token }: Task): { readonly tokenid?: string } {
  return token === undefined ? {} : { tokenid: token };
}
