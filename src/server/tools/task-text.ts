import { forModel } from '../../gate/printable.ts';
import type { TaskInfo } from '../../pve/records.ts';
import { type Column, dense } from '../text/rows.ts';
import { duration, utc } from '../text/units.ts';

/** What a task list shows. Type, guest and user stand in the UPID, which `pve_get_task` needs whole. */
export const taskColumns: readonly Column<TaskInfo>[] = [
  { head: 'STARTED_UTC', cell: ({ startTime }) => utc(startTime).replace(' ', 'T') },
  { head: 'TOOK', cell: (task) => took(task) },
  { head: 'UPID:node:pid:pstart:start:type:id:user:', cell: ({ upid }) => upid, whole: true },
  { head: 'RESULT', cell: (task) => result(task) },
];

export function taskRows(tasks: readonly TaskInfo[]): string[] {
  return dense(taskColumns, tasks);
}

/** "running", "OK", or what went wrong. */
export function result({ running, exitStatus = 'not known' }: TaskInfo): string {
  return running ? 'running' : forModel(exitStatus, 200);
}

function took({ startTime, endTime }: TaskInfo): string {
  return endTime === undefined ? '' : duration(Math.max(0, endTime - startTime)).replaceAll(' ', '');
}
