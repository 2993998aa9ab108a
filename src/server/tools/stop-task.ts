import * as z from 'zod';
import { forModel } from '../../gate/printable.ts';
import { PveError } from '../../pve/error.ts';
import { waitForTask } from '../../pve/task.ts';
import { change } from '../change.ts';
import { defineTool } from '../define-tool.ts';
import { writeArguments } from './common.ts';
import { onNode, unfit } from './on-guest.ts';
import { asUpid } from './tasks.ts';

/** A worker ends within seconds of being told to, milliseconds. */
const patience = 15_000;

export const stopTask = defineTool({
  name: 'pve_stop_task',
  title: 'Stop a task',
  toolset: 'tasks',
  risk: 'operate',
  description: 'Interrupts a running task; what it has done so far stays as it is.',
  input: z.strictObject({ upid: z.string().min(1).max(300), reason: writeArguments.reason }),
  async handle({ upid, reason }, context) {
    const { pve, signal, clock } = context;
    const id = asUpid(upid);
    const task = await pve.task(id);
    const what = `task ${forModel(task.type, 40)}${task.id === '' ? '' : ` of ${forModel(task.id, 40)}`} on ${forModel(task.node, 64)}`;
    if (!task.running)
      throw unfit(
        `The ${what} has ended already: ${task.exitStatus ?? 'how is not known'}`,
        'Nothing has to be stopped.',
      );
    const after = async () => {
      try {
        const { exitStatus } = await waitForTask(pve.send, id, { signal, clock, timeoutMs: patience });
        return `ended: ${forModel(exitStatus, 200)}`;
      } catch (error) {
        if (error instanceof PveError && error.code === 'timeout')
          return 'but it still runs: look at it with pve_get_task';
        throw error;
      }
    };
    const operation = onNode(task.node, 'DELETE', ['tasks', id]);
    return change(context, [{ operation, what: `stop ${what}`, after }], { wait: true, reason });
  },
});
