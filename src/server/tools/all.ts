import type { ToolDefinition } from '../define-tool.ts';
import { getCluster } from './cluster.ts';
import { getGuest } from './get-guest.ts';
import { listGuests } from './list-guests.ts';
import { getNode } from './node.ts';
import { planOf } from './plan.ts';
import { powerGuest } from './power.ts';
import { listStorage } from './storage.ts';
import { getTask, listTasks } from './tasks.ts';

const steps: readonly ToolDefinition[] = [
  getCluster,
  listGuests,
  getGuest,
  getNode,
  listStorage,
  listTasks,
  getTask,
  powerGuest,
];

/** Every tool, in the order of the list. */
export const allTools: readonly ToolDefinition[] = [...steps, planOf(steps)];
