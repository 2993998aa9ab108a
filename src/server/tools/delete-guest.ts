import * as z from 'zod';
import { forModel } from '../../gate/printable.ts';
import { backupJobs } from '../../pve/backup.ts';
import type { PveClient } from '../../pve/client.ts';
import { messageOf } from '../../pve/error.ts';
import type { GuestRef } from '../../pve/guest.ts';
import { type Change, change } from '../change.ts';
import { defineTool } from '../define-tool.ts';
import { guestArgument, writeArguments } from './common.ts';
import { stateOf } from './get-guest.ts';
import { guestTitle } from './guest-text.ts';
import { onGuest, unfit } from './on-guest.ts';

export const deleteGuest = defineTool({
  name: 'pve_delete_guest',
  title: 'Delete a guest',
  toolset: 'guests',
  risk: 'destroy',
  description: 'Destroys a guest with its disks and snapshots. Backups stay.',
  input: z.strictObject({
    guest: guestArgument,
    purge: z
      .boolean()
      .optional()
      .describe('Also from backup jobs, replication and HA; else a later guest of this VMID inherits them'),
    destroy_unreferenced_disks: z.boolean().optional(),
    stop_first: z.boolean().optional().describe('Cut its power if it runs'),
    reason: writeArguments.reason,
  }),
  async handle(
    { guest, purge = false, destroy_unreferenced_disks: unreferenced = false, stop_first = false, reason },
    context,
  ) {
    const { pve } = context;
    const ref = await pve.findGuest(guest);
    const status = await pve.guestStatus(ref);
    const config = await pve.guestConfig(ref);
    const title = guestTitle(ref);
    if (config.protection === '1')
      throw unfit(
        `${title} is protected from removal`,
        'If the user wants it gone, unset protection with pve_update_guest (delete: ["protection"]) first.',
      );
    if (status.ha.managed && !purge)
      throw unfit(
        `${title} is managed by HA`,
        'Proxmox VE deletes it only with purge: true, which takes it out of HA.',
      );
    const isRunning = status.status === 'running';
    if (isRunning && !stop_first)
      throw unfit(
        `${title} is running`,
        'Shut it down first (pve_power_guest), or give stop_first: true to cut its power.',
      );
    const stop: Change = {
      operation: onGuest(ref, 'POST', ['status', 'stop']),
      what: `${title}: stop`,
      // The read-back of the removal tells how it ended.
    };
    const remove: Change = {
      operation: onGuest(ref, 'DELETE', [], { purge: purge || undefined, 'destroy-unreferenced-disks': unreferenced }),
      what: `${title}: delete`,
      after: () => goneText(pve, ref, purge),
    };
    return change(context, isRunning ? [stop, remove] : [remove], { wait: true, reason });
  },
});

async function goneText(pve: PveClient, ref: GuestRef, purge: boolean): Promise<string> {
  const still = (await pve.resources('vm')).some(({ vmid }) => vmid === ref.vmid);
  if (still) return `but ${ref.vmid} is still listed: ${stateOf(await pve.guestStatus(ref))}`;
  return purge ? 'gone' : `gone; ${await jobsText(pve, ref.vmid)}`;
}

/** Jobs that still name the VMID. */
async function jobsText(pve: PveClient, vmid: number): Promise<string> {
  try {
    const jobs = (await backupJobs(pve)).filter(({ vmids }) => vmids.includes(String(vmid)));
    if (jobs.length === 0) return 'no backup job names it';
    const names = jobs.map(({ id }) => forModel(id, 64)).join(', ');
    return `still named by the backup job ${names}: a later guest ${vmid} would inherit it`;
  } catch (error) {
    return `whether a backup job still names it could not be read (${forModel(messageOf(error), 120)})`;
  }
}
