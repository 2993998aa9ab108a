import type { ToolDefinition } from '../define-tool.ts';
import { settingsTools } from '../settings/tools.ts';
import type { Toolset } from '../toolsets.ts';
import { getAccess } from './access.ts';
import { apiGet } from './api-get.ts';
import { apiDelete, apiWrite } from './api-write.ts';
import { backupGuest } from './backup-guest.ts';
import { bulkGuests } from './bulk-guests.ts';
import { changeDisk } from './change-disk.ts';
import { checkCluster } from './check-cluster.ts';
import { cloneGuest } from './clone-guest.ts';
import { getCluster } from './cluster.ts';
import { createGuest } from './create-guest.ts';
import { deleteGuest } from './delete-guest.ts';
import { execGuest, execHost } from './exec.ts';
import { explainGuest } from './explain-guest.ts';
import { findApi } from './find-api.ts';
import { getFirewall } from './firewall.ts';
import { getGuest } from './get-guest.ts';
import { getLog } from './get-log.ts';
import { listBackups } from './list-backups.ts';
import { listGuests } from './list-guests.ts';
import { listTasks } from './list-tasks.ts';
import { getMetrics } from './metrics.ts';
import { migrateGuest } from './migrate-guest.ts';
import { getNetwork } from './network.ts';
import { getNode } from './node.ts';
import { planOf } from './plan.ts';
import { powerGuest } from './power.ts';
import { readFile } from './read-file.ts';
import { revertGuest, snapshotGuest } from './snapshot-guest.ts';
import { stopTask } from './stop-task.ts';
import { listStorage } from './storage.ts';
import { getTask } from './tasks.ts';
import { downloadFile, uploadFile } from './transfer-file.ts';
import { updateGuest } from './update-guest.ts';

/** Every tool but the plan, in the order of the list. */
export const stepTools: readonly ToolDefinition[] = [
  getCluster,
  checkCluster,
  listGuests,
  getGuest,
  getMetrics,
  explainGuest,
  powerGuest,
  migrateGuest,
  createGuest,
  cloneGuest,
  updateGuest,
  changeDisk,
  snapshotGuest,
  revertGuest,
  deleteGuest,
  getNode,
  getLog,
  listStorage,
  listTasks,
  getTask,
  listBackups,
  stopTask,
  backupGuest,
  execGuest,
  execHost,
  readFile,
  downloadFile,
  uploadFile,
  getAccess,
  getNetwork,
  getFirewall,
  bulkGuests,
  ...settingsTools,
  findApi,
  apiGet,
  apiWrite,
  apiDelete,
];

/** The tools of the chosen toolsets; a plan takes its steps from them. */
export function toolsOf(chosen: readonly Toolset[]): readonly ToolDefinition[] {
  const steps = stepTools.filter(({ toolset }) => chosen.includes(toolset));
  return chosen.includes('plan') ? [...steps, planOf(steps)] : steps;
}
