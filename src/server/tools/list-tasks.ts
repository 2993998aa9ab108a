import * as z from 'zod';
import { printable } from '../../gate/printable.ts';
import { matchGuest } from '../../pve/guest.ts';
import type { Resource, TaskInfo } from '../../pve/records.ts';
import { taskHistory } from '../../pve/task-lists.ts';
import { defineTool } from '../define-tool.ts';
import { page } from '../text/page.ts';
import { unreadable } from '../text/sections.ts';
import { parseWhen } from '../text/when.ts';
import { guestArgument, nodeArgument, pageArguments, sinceArgument } from './common.ts';
import { guestTitle } from './guest-text.ts';
import { findNode } from './node.ts';
import { taskColumns } from './task-text.ts';

export const listTasks = defineTool({
  name: 'pve_list_tasks',
  title: 'List tasks',
  toolset: 'tasks',
  risk: 'read',
  description: 'Tasks of all nodes, newest first; filters are combined.',
  input: z.strictObject({
    node: nodeArgument.optional(),
    guest: guestArgument.optional(),
    errors: z.boolean().optional().describe('Failed or warned'),
    running: z.boolean().optional(),
    type: z.string().min(1).max(64).optional().describe('qmstart, vzdump, …'),
    user: z.string().min(1).max(100).optional(),
    since: sinceArgument.optional(),
    until: z.string().max(40).optional(),
    ...pageArguments(25, 500),
  }),
  async handle({ node, guest, since, until, limit, cursor, ...filter }, { pve, clock, budget }) {
    const resources = await pve.resources();
    const ref = guest === undefined ? undefined : matchGuest(resources, guest);
    const { online, offline } = nodesOf(resources, node);
    const query = {
      ...filter,
      vmid: ref?.vmid,
      since: parseWhen(since, clock.now()),
      until: earliest(parseWhen(until, clock.now()), startOf(cursor)),
      limit: limit + spare,
    };
    const { tasks, total, failed } = await taskHistory(pve, online, query);
    const missing = [
      ...offline.map((name) => `${name} is offline: what ran there is not known.`),
      ...failed.map(({ node: name, error }) => unreadable(`The tasks of ${name}`, error)),
    ];
    const of = ref === undefined ? '' : ` of ${guestTitle(ref)}`;
    const on = node ?? (online.length === 1 ? (online[0] ?? '') : `${online.length} nodes`);
    const what = (amount: string) => `${amount} ${describe(filter)}${amount === '1' ? 'task' : 'tasks'}${of} on ${on}`;
    if (tasks.length === 0) return { text: [`There are ${what('no')}.`, ...missing].join('\n') };
    const head = `${what(String(total))}, newest first.`;
    const own = [head, ...missing].join('\n');
    const key = ({ startTime, upid }: TaskInfo) => [-startTime, upid];
    const options = { limit, cursor, key, total, budget: budget - own.length, dense: true };
    return { text: [own, ...page(tasks, taskColumns, options).lines].join('\n') };
  },
});

/** Tasks that began in the same second as the last of a page are asked for again; so many more are read. */
const spare = 20;

/** The second at which the page before has ended. */
function startOf(cursor: string | undefined): number | undefined {
  const start = Number(/^-(\d+),/.exec(cursor ?? '')?.[1] ?? Number.NaN);
  return Number.isFinite(start) ? start : undefined;
}

function earliest(...moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.flatMap((moment) => moment ?? []);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** The nodes to ask: the one that is meant, or all. @throws PveError `not_found` */
function nodesOf(resources: readonly Resource[], wanted: string | undefined) {
  const nodes = wanted === undefined ? resources.filter(({ type }) => type === 'node') : [findNode(resources, wanted)];
  const names = (list: readonly Resource[]) => list.flatMap(({ node }) => node ?? []).sort();
  return {
    online: names(nodes.filter(({ status }) => status !== 'offline')),
    offline: names(nodes.filter(({ status }) => status === 'offline')),
  };
}

function describe({
  errors,
  running,
  type,
  user,
}: {
  readonly errors?: boolean | undefined;
  readonly running?: boolean | undefined;
  readonly type?: string | undefined;
  readonly user?: string | undefined;
}): string {
  const parts = [
    errors === true ? 'failed or warned' : '',
    running === true ? 'running' : '',
    type === undefined ? '' : printable(type, 64),
    user === undefined ? '' : `${printable(user, 100)}'s`,
  ];
  return parts.flatMap((part) => (part === '' ? [] : [`${part} `])).join('');
}
