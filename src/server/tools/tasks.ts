import * as z from 'zod';
import { forModel } from '../../gate/printable.ts';
import { PveError } from '../../pve/error.ts';
import { taskPath, waitForTask } from '../../pve/task.ts';
import { isUpid, type Upid } from '../../pve/upid.ts';
import { defineTool, type ToolContext } from '../define-tool.ts';
import { page } from '../text/page.ts';
import { facts } from '../text/rows.ts';
import { count, duration, utc } from '../text/units.ts';
import { guestArgument } from './common.ts';
import { guestTitle } from './guest-text.ts';
import { result, taskColumns } from './task-text.ts';

export const listTasks = defineTool({
  name: 'pve_list_tasks',
  title: 'List tasks',
  toolset: 'tasks',
  risk: 'read',
  description:
    'Lists tasks, newest first. Without node and guest only what the cluster still remembers (the last ones of each node); for the whole history name a node, or a guest (tasks on the node where it is now).',
  input: z.strictObject({
    node: z.string().min(1).max(64).optional().describe("This node's history"),
    guest: guestArgument.optional(),
    errors: z.boolean().optional().describe('Only tasks that failed or warned'),
    limit: z.int().min(1).max(500).default(25).describe('Tasks at most'),
  }),
  async handle({ node, guest, errors, limit }, { pve, budget }) {
    const ref = guest === undefined ? undefined : await pve.findGuest(guest);
    const where = node ?? ref?.node;
    const tasks = await pve.tasks({
      limit,
      ...(where === undefined ? {} : { node: where }),
      ...(ref === undefined ? {} : { vmid: ref.vmid }),
      ...(errors === undefined ? {} : { errors }),
    });
    const what = `${errors === true ? 'failed or warned ' : ''}tasks${ref === undefined ? '' : ` of ${guestTitle(ref)}`} ${where === undefined ? 'that the cluster remembers' : `in the history of ${where}`}`;
    if (tasks.length === 0) return { text: `There are no ${what}.` };
    const full = tasks.length === limit ? ' There may be more: raise limit.' : '';
    const head = `${tasks.length} ${what}, newest first.${full}`;
    const { lines } = page(tasks, taskColumns, { limit, key: ({ upid }) => upid, budget: budget - head.length });
    return { text: [head, ...lines].join('\n') };
  },
});

/** How long one call follows a task at most, milliseconds; the task goes on after that. */
const patience = 10 * 60_000;

export const getTask = defineTool({
  name: 'pve_get_task',
  title: 'Task result and log',
  toolset: 'tasks',
  risk: 'read',
  description:
    'Result and log of one task; wait follows a running one to its end, with its log as progress (10 minutes at most).',
  input: z.strictObject({
    upid: z.string().min(1).max(300).describe('Task id, UPID:…'),
    wait: z.boolean().default(false).describe('Follow a running task to its end'),
    log_lines: z.int().min(0).max(1000).default(30).describe('Last lines of the log'),
  }),
  async handle({ upid, wait, log_lines }, context) {
    const id = asUpid(upid);
    const follow = wait ? await followed(id, context) : '';
    const task = await context.pve.task(id);
    const lines = await lastLines(id, log_lines, context);
    const end = task.endTime ?? context.clock.now() / 1000;
    const text = [
      `Task ${forModel(task.type, 40)}${task.id === '' ? '' : ` of ${forModel(task.id, 40)}`} on ${task.node}: ${result(task)}`,
      ...facts([
        ['Started', `${utc(task.startTime)} UTC by ${forModel(task.user, 80)}`],
        [task.running ? 'Running for' : 'Took', duration(Math.max(0, end - task.startTime))],
        ['UPID', id],
      ]),
      ...(follow === '' ? [] : [follow]),
      ...lines,
    ];
    return { text: text.join('\n') };
  },
});

/** @throws PveError `invalid_argument` */
export function asUpid(text: string): Upid {
  if (isUpid(text)) return text;
  taskPath(text);
  throw new PveError({
    code: 'invalid_argument',
    message: 'This is not a task id',
    hint: 'Take it from pve_list_tasks.',
    reason: [],
  });
}

/** Waits for the end; returns what to say when it did not come in time. */
async function followed(upid: Upid, { pve, signal, clock, progress }: ToolContext): Promise<string> {
  try {
    await waitForTask(pve.send, upid, {
      signal,
      clock,
      timeoutMs: patience,
      onLine: (line) => progress({ message: line, upid }),
    });
    return '';
  } catch (error) {
    if (error instanceof PveError && error.code === 'timeout')
      return 'It still runs; call again with wait to follow it further.';
    throw error;
  }
}

async function lastLines(upid: Upid, wanted: number, { pve }: ToolContext): Promise<string[]> {
  if (wanted === 0) return ['Log not shown: log_lines is 0.'];
  const first = await pve.taskLog(upid, 0, wanted);
  const total = first.total ?? first.lines.length;
  const { lines } = total > wanted ? await pve.taskLog(upid, total - wanted, wanted) : first;
  if (lines.length === 0) return ['The log is empty.'];
  const left = total - lines.length;
  const head =
    left > 0
      ? `Log, last ${lines.length} of ${total} lines (log_lines shows more):`
      : `Log, ${count(lines.length, 'line')}:`;
  return [head, ...lines.map((line) => `  ${forModel(line, 500)}`)];
}
