import { forModel } from '../../gate/printable.ts';
import { type ClusterLogEntry, clusterLog } from '../../pve/logs.ts';
import type { Resource, TaskInfo } from '../../pve/records.ts';
import { taskHistory } from '../../pve/task-lists.ts';
import type { ToolContext } from '../define-tool.ts';
import { attempt, notRead, valueOr } from '../text/attempt.ts';
import { rows } from '../text/rows.ts';
import { count, duration, utc } from '../text/units.ts';
import { taskRows } from '../tools/task-text.ts';
import { some } from './some.ts';

const mostTasks = 1000;
const mostFailed = 20;
const mostWarnings = 15;

/** What changed or failed since then, over all nodes. @param since seconds since 1970 */
export async function recentText({ pve, clock }: ToolContext, since: number): Promise<string> {
  const resources = await pve.resources();
  const nodes = resources.filter(({ type }) => type === 'node');
  const online = nodes.filter(({ status }) => status === 'online').flatMap(({ node }) => node ?? []);
  const [history, log] = await Promise.all([
    attempt(taskHistory(pve, online, { limit: mostTasks, since })),
    attempt(clusterLog(pve, 500)),
  ]);
  const tasks = valueOr(history, { tasks: [], total: 0, failed: [] });
  const failed = tasks.tasks.filter(isFailed);
  const offline = nodes.filter(({ status }) => status !== 'online').flatMap(({ node }) => node ?? []);
  return [
    `Since ${utc(since)} UTC: ${count(tasks.total, 'task')} on ${count(online.length, 'node')}, ${failed.length} failed, ${tasks.tasks.filter(isWarning).length} with warnings, ${tasks.tasks.filter(({ running }) => running).length} still running.`,
    ...(offline.length === 0
      ? []
      : [`${some(offline, 'node is offline', 'nodes are offline')}; what happened there cannot be read.`]),
    ...notRead('The tasks', history),
    ...tasks.failed.map(
      ({ node, error }) => `The tasks of ${forModel(node, 64)} could not be read: ${forModel(error.message, 200)}`,
    ),
    ...(tasks.total > tasks.tasks.length
      ? [`Only the last ${mostTasks} tasks of each node are counted below; ask for a shorter time.`]
      : []),
    ...changes(tasks.tasks, resources),
    ...restarts(nodes, clock.now() / 1000, since),
    ...failures(failed, resources),
    ...kinds(tasks.tasks),
    ...(log.ok ? warnings(log.value, since) : notRead('The cluster log', log)),
  ].join('\n');
}

const made = /^(qmcreate|vzcreate|qmrestore|vzrestore|qmclone|vzclone)$/;
const removed = /^(qmdestroy|vzdestroy)$/;

/** Guests that came and went, as far as tasks tell. A clone's task bears the VMID of its source. */
export function changes(tasks: readonly TaskInfo[], resources: readonly Resource[]): string[] {
  const done = tasks.filter((task) => !task.running && !isFailed(task));
  const exists = (id: string) => resources.some(({ vmid }) => String(vmid) === id);
  const of = (type: RegExp) => done.filter((task) => type.test(task.type));
  const gone = [...new Set(of(removed).map(({ id }) => id))].filter((id) => !exists(id));
  const fresh = of(made).map(
    ({ type, id }) =>
      `${nameOf(id, resources)} (${type}${exists(id) || type.endsWith('clone') ? '' : ', not there any more'})`,
  );
  const moved = of(/^(qmigrate|vzmigrate)$/).map(({ id }) => nameOf(id, resources));
  return [
    ...(fresh.length === 0
      ? []
      : [`${some(fresh, 'guest was made, restored or cloned', 'guests were made, restored or cloned')}.`]),
    ...(gone.length === 0 ? [] : [`${some(gone, 'guest was removed', 'guests were removed')}.`]),
    ...(moved.length === 0 ? [] : [`${some([...new Set(moved)], 'guest was migrated', 'guests were migrated')}.`]),
  ];
}

function restarts(nodes: readonly Resource[], now: number, since: number): string[] {
  return nodes.flatMap(({ node = '', uptime = 0 }) =>
    uptime > 0 && now - uptime > since ? [`${forModel(node, 64)} was started ${duration(uptime)} ago.`] : [],
  );
}

function failures(failed: readonly TaskInfo[], resources: readonly Resource[]): string[] {
  if (failed.length === 0) return [];
  const shown = failed.slice(0, mostFailed);
  const more =
    failed.length > shown.length
      ? [`${failed.length - shown.length} more failed tasks not shown: pve_list_tasks with errors.`]
      : [];
  const named = shown.map((task) => ({ ...task, id: nameOf(task.id, resources) }));
  return ['', 'Failed, newest first (log: pve_get_task):', ...taskRows(named), ...more];
}

interface Kind {
  readonly type: string;
  readonly all: number;
  readonly failed: number;
  readonly warned: number;
}

/** Tasks by type, those that fail first. */
export function byType(tasks: readonly TaskInfo[]): Kind[] {
  const types = [...new Set(tasks.map(({ type }) => type))];
  return types
    .map((type) => {
      const own = tasks.filter((task) => task.type === type);
      return { type, all: own.length, failed: own.filter(isFailed).length, warned: own.filter(isWarning).length };
    })
    .sort((a, b) => b.failed - a.failed || b.warned - a.warned || b.all - a.all || a.type.localeCompare(b.type, 'en'));
}

function kinds(tasks: readonly TaskInfo[]): string[] {
  if (tasks.length === 0) return [];
  return [
    '',
    ...rows<Kind>(
      [
        { head: 'TASK', cell: ({ type }) => type },
        { head: 'ALL', cell: ({ all }) => String(all), right: true },
        { head: 'FAILED', cell: ({ failed }) => String(failed), right: true },
        { head: 'WARNED', cell: ({ warned }) => String(warned), right: true },
      ],
      byType(tasks),
    ),
  ];
}

/** What the cluster log warns of, beside the ends of tasks; the same words once, with how often. */
export function warnings(log: readonly ClusterLogEntry[], since: number): string[] {
  const own = log.filter(
    ({ time, priority = 6, message }) => time >= since && priority <= 4 && !/^(end|starting) task UPID:/.test(message),
  );
  if (own.length === 0) return ['', 'The cluster log warns of nothing else.'];
  const groups = new Map<string, ClusterLogEntry[]>();
  for (const entry of own) {
    const key = `${entry.service} ${entry.message.replace(/\d+/g, '#')}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const lines = [...groups.values()].slice(0, mostWarnings).flatMap((entries) => {
    const [last] = entries;
    if (last === undefined) return [];
    const often = entries.length > 1 ? ` (${entries.length} times)` : '';
    return [forModel(`${utc(last.time)} ${last.node} ${last.service}: ${last.message}${often}`, 300)];
  });
  const more = groups.size > mostWarnings ? [`${groups.size - mostWarnings} more kinds of warning not shown.`] : [];
  return ['', 'Warnings and errors of the cluster log, newest first:', ...lines, ...more];
}

function isWarning({ exitStatus }: TaskInfo): boolean {
  return exitStatus?.startsWith('WARNINGS') === true;
}

function isFailed(task: TaskInfo): boolean {
  return !task.running && task.exitStatus !== 'OK' && !isWarning(task);
}

function nameOf(id: string, resources: readonly Resource[]): string {
  const name = resources.find(({ vmid }) => String(vmid) === id)?.name;
  return name === undefined ? id : `${id} ${name}`;
}
