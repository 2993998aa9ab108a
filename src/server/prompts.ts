import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js';
import { printable, quoted } from '../gate/printable.ts';

/** A question that people ask often, worded so that an agent takes the shortest way to a good answer. */
export interface PromptKind {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly { readonly name: string; readonly description: string; readonly required: boolean }[];
  readonly text: (values: Readonly<Record<string, string>>) => string;
}

const cluster = {
  name: 'cluster',
  description: 'Connection; needed where there are several',
  required: false,
} as const;

export const promptKinds: readonly PromptKind[] = [
  {
    name: 'health_check',
    title: 'Health check',
    description: 'What is wrong in the cluster, worst first, and what to do about it',
    arguments: [cluster],
    text: () => `Check the health of my Proxmox VE cluster.
1. Call pve_check_cluster with report health, then with report recent.
2. Look closer only at what it finds: pve_explain_guest for a guest, pve_get_node for a node, pve_get_task for a failed task.
3. Answer with a short list, worst first: what is wrong, what it means, what you propose. Say what could not be checked.
Change nothing.`,
  },
  {
    name: 'slow_guest',
    title: 'Why is this guest slow?',
    description: 'Looks for the bottleneck of one guest: its own limits, its node, its storage',
    arguments: [{ name: 'guest', description: 'VMID or name', required: true }, cluster],
    text: ({ guest = '' }) => `Find out why the guest ${quoted(guest)} is slow.
1. pve_get_guest (config, agent) and pve_get_metrics for it, over the hour and over the week.
2. pve_get_metrics of its node over the same times, pve_list_guests on that node sorted by cpu: is it the guest, or its neighbours?
3. Its storage with pve_list_storage, and pve_list_tasks of the node for backups, migrations or scrubs at those times.
4. Name the bottleneck (CPU, memory and ballooning, disk, network, the node) with the numbers that show it, and say what is only a guess.
5. Propose changes, smallest first. Change nothing yet.`,
  },
  {
    name: 'capacity_plan',
    title: 'Capacity plan',
    description: 'How much room is left, when it ends, and whether a node may fail',
    arguments: [cluster],
    text: () => `Make a capacity plan for my Proxmox VE cluster.
1. pve_get_cluster for totals, pve_list_storage for space, pve_get_metrics of each node over the month, and of each storage that is over half full.
2. For CPU, memory and each storage: used now, the trend, and when it is full if that goes on. Say when the trend is too short to tell.
3. Would everything still run if the largest node failed (pve_check_cluster, report health)? 
4. Name guests that have far more than they use, and those that have too little (pve_list_guests sorted by memory and by cpu).
Answer with one table and three sentences. Change nothing.`,
  },
  {
    name: 'backup_audit',
    title: 'Backup audit',
    description: 'Which guests have no backup, an old one, or one that nobody could restore',
    arguments: [cluster],
    text: () => `Audit the backups of my Proxmox VE cluster.
1. pve_list_backups for jobs, for unprotected guests, and for files.
2. pve_list_tasks with errors only, over the last week, for backups that failed; read the log of each kind of failure once.
3. For each guest: its last good backup, how old, where, and whether a job covers it. What this token cannot see is "not visible", never "none".
4. Say which storage of backups is on the same node or pool as its guests, and how many versions are kept.
Answer worst first, with what you propose for each. Change nothing.`,
  },
  {
    name: 'upgrade_plan',
    title: 'Safe upgrade plan',
    description: 'The order in which to update the nodes, and what to look at before and after',
    arguments: [cluster],
    text: () => `Plan the update of my Proxmox VE nodes so that no guest goes down longer than it must.
1. pve_get_cluster (include ha, replication), and pve_get_node with updates, subscription and services of each node: versions now, what is pending, reboots that wait.
2. pve_check_cluster with report health: what has to be mended first.
3. For each node: which guests can move away live (pve_list_guests on it; local disks and passed-through devices cannot), where they fit, which have to stop.
4. The order of the nodes with the reason, and per node: move away, update, reboot, check, move back.
Each step that changes something is put to me by itself when we get there. Change nothing now.`,
  },
];

export function servePrompts(server: Server): void {
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: promptKinds.map(({ text: _text, arguments: list, ...prompt }) => ({ ...prompt, arguments: [...list] })),
  }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params: { name, arguments: values = {} } }) => {
    const prompt = promptKinds.find((one) => one.name === name);
    if (prompt === undefined)
      throw new McpError(
        ErrorCode.InvalidParams,
        `There is no prompt "${printable(name, 64)}". There are: ${promptKinds.map((one) => one.name).join(', ')}.`,
      );
    const missing = prompt.arguments.find((one) => one.required && (values[one.name] ?? '').trim() === '');
    if (missing !== undefined)
      throw new McpError(ErrorCode.InvalidParams, `${name} needs ${missing.name}: ${missing.description}.`);
    const on =
      values.cluster === undefined || values.cluster === ''
        ? ''
        : `\nUse cluster ${quoted(values.cluster)} in every call.`;
    return {
      description: prompt.description,
      messages: [{ role: 'user', content: { type: 'text', text: prompt.text(values) + on } }],
    };
  });
}
