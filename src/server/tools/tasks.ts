import * as z from 'zod';
import { forModel, printable } from '../../gate/printable.ts';
import { PveError } from '../../pve/error.ts';
import type { TaskInfo } from '../../pve/records.ts';
import { taskPath, waitForTask } from '../../pve/task.ts';
import { isProgress } from '../../pve/task-lines.ts';
import { taskHistory } from '../../pve/task-lists.ts';
import { isUpid, type Upid } from '../../pve/upid.ts';
import { defineTool, type ToolContext } from '../define-tool.ts';
import { holdsPattern } from '../text/match.ts';
import { facts } from '../text/rows.ts';
import { count, duration, utc } from '../text/units.ts';
import { filterArgument } from './common.ts';
import { result } from './task-text.ts';

/** How long one call follows a task at most, milliseconds; the task goes on after that. */
const patience = 10 * 60_000;

export const getTask = defineTool({
  name: 'pve_get_task',
  title: 'Task result and log',
  toolset: 'tasks',
  risk: 'read',
  description: 'Result and log of one task; wait follows a running one to its end (10 minutes at most).',
  input: z.strictObject({
    upid: z.string().min(1).max(300),
    wait: z.boolean().default(false),
    log_lines: z.int().min(0).max(1000).default(30).describe('Last lines of the log'),
    filter: filterArgument.optional(),
  }),
  async handle({ upid, wait, log_lines, filter }, context) {
    const id = asUpid(upid);
    const follow = wait ? await followed(id, context) : '';
    const task = await context.pve.task(id);
    const lines =
      filter === undefined ? await lastLines(id, log_lines, context) : await found(id, filter, log_lines, context);
    const end = task.running ? context.clock.now() / 1000 : await endOf(task, context);
    const text = [
      `Task ${forModel(task.type, 40)}${task.id === '' ? '' : ` of ${forModel(task.id, 40)}`} on ${task.node}: ${result(task)}`,
      ...facts([
        ['Started', `${utc(task.startTime)} UTC by ${forModel(task.user, 80)}`],
        [
          task.running ? 'Running for' : 'Took',
          end === undefined ? undefined : duration(Math.max(0, end - task.startTime)),
        ],
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

/** A task by itself does not tell when it ended; the list of its node does. Not worth failing for. */
async function endOf({ upid, node, type, startTime }: TaskInfo, { pve }: ToolContext): Promise<number | undefined> {
  const query = { type, since: startTime, until: startTime, limit: 100 };
  const { tasks } = await taskHistory(pve, [node], query).catch(() => ({ tasks: [] }));
  return tasks.find((task) => task.upid === upid)?.endTime;
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
  return [head, ...withoutProgress(lines).map(logLine)];
}

/** So many lines of a long log are searched, from its end. */
const searched = 5000;

async function found(upid: Upid, filter: string, wanted: number, { pve }: ToolContext): Promise<string[]> {
  const first = await pve.taskLog(upid, 0, searched);
  const total = first.total ?? first.lines.length;
  const { lines } = total > searched ? await pve.taskLog(upid, total - searched, searched) : first;
  const fitting = lines.filter((line) => holdsPattern(line, filter));
  const shown = wanted === 0 ? [] : fitting.slice(-wanted);
  const where = total > searched ? `the last ${searched} of ${total} lines` : count(total, 'line');
  const cut = shown.length < fitting.length ? `, the last ${shown.length} shown` : '';
  return [
    `Log, ${fitting.length} of ${where} with ${JSON.stringify(printable(filter, 100))}${cut}:`,
    ...shown.map(logLine),
  ];
}

/** Of lines that only say how far it is, the last of each run: they are dear, and the others say nothing more. */
function withoutProgress(lines: readonly string[]): string[] {
  let left = 0;
  return lines.flatMap((line, at) => {
    if (isProgress(line) && isProgress(lines[at + 1] ?? '')) {
      left += 1;
      return [];
    }
    const note = left === 0 ? [] : [`(${count(left, 'line')} of progress left out)`];
    left = 0;
    return [...note, line];
  });
}

function logLine(line: string): string {
  return `  ${forModel(line, 500)}`;
}
