import { forModel } from '../../gate/printable.ts';
import type { TaskInfo } from '../../pve/records.ts';
import { type Column, rows } from '../text/rows.ts';
import { duration, utc } from '../text/units.ts';

/** What a task list shows, the UPID last and whole: `pve_get_task` needs it. */
export const taskColumns: readonly Column<TaskInfo>[] = [
  { head: 'STARTED (UTC)', cell: ({ startTime }) => utc(startTime) },
  { head: 'TOOK', cell: (task) => took(task), right: true },
  { head: 'TYPE', cell: ({ type }) => type },
  { head: 'ID', cell: ({ id }) => id },
  { head: 'USER', cell: ({ user }) => user },
  { head: 'RESULT', cell: (task) => result(task) },
  { head: 'UPID', cell: ({ upid }) => upid, whole: true },
];

export function taskRows(tasks: readonly TaskInfo[]): string[] {
  return rows(taskColumns, tasks);
}

/** "running", "OK", or what went wrong. */
export function result({ running, exitStatus = 'not known' }: TaskInfo): string {
  return running ? 'running' : forModel(exitStatus, 200);
}

function took({ startTime, endTime }: TaskInfo): string {
  return endTime === undefined ? '' : duration(Math.max(0, endTime - startTime));
}
