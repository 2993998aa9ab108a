import * as z from 'zod';
import { forModel, quoted } from '../../gate/printable.ts';
import type { PveClient } from '../../pve/client.ts';
import { isVolumeKey, volumeSetting } from '../../pve/disk-size.ts';
import { PveError } from '../../pve/error.ts';
import { type GuestRef, guestPath } from '../../pve/guest.ts';
import { flag, looseObject } from '../../pve/loose.ts';
import type { Snapshot } from '../../pve/records.ts';
import { change } from '../change.ts';
import { defineTool } from '../define-tool.ts';
import { count, utc } from '../text/units.ts';
import { guestArgument, guestsArgument, writeArguments } from './common.ts';
import { guestTitle } from './guest-text.ts';
import { onGuest, unfit } from './on-guest.ts';
import { findAll } from './power.ts';

const snapshotName = z.string().regex(/^[A-Za-z][\w-]{1,39}$/, 'two to 40 letters, digits, - and _; a letter first');

export const snapshotGuest = defineTool({
  name: 'pve_snapshot_guest',
  title: 'Take snapshots of guests',
  toolset: 'guests',
  risk: 'configure',
  description: 'Takes a snapshot of each guest.',
  input: z.strictObject({
    guest: guestsArgument,
    name: snapshotName,
    description: z.string().max(1000).optional(),
    memory: z.boolean().optional().describe('Of running VMs too'),
    reason: writeArguments.reason,
  }),
  async handle({ guest, name, description, memory, reason }, context) {
    const { pve } = context;
    const guests = await findAll(pve, [guest].flat());
    if (name === 'current') throw unfit('"current" is a reserved name', 'Choose another name.');
    await Promise.all(guests.map((ref) => refuseImpossible(pve, ref, name)));
    return change(
      context,
      guests.map((ref) => ({
        operation: onGuest(ref, 'POST', ['snapshot'], {
          snapname: name,
          description,
          vmstate: ref.type === 'qemu' && memory === true ? true : undefined,
        }),
        what: `${guestTitle(ref)}: snapshot ${name}`,
        after: async () => {
          const all = await pve.snapshots(ref);
          const taken = all.find((one) => one.name === name);
          if (taken === undefined) return 'but it is not in the list: look at the tasks of the guest';
          return `${madeText(taken)}, ${count(all.length, 'snapshot')} in all`;
        },
      })),
      { wait: true, reason },
    );
  },
});

export const revertGuest = defineTool({
  name: 'pve_revert_guest',
  title: 'Roll back to or delete a snapshot',
  toolset: 'guests',
  risk: 'destroy',
  description: 'Rolls a guest back to a snapshot (what came after it is lost) or deletes the snapshot.',
  input: z.strictObject({
    guest: guestArgument,
    snapshot: z.string().min(2).max(40),
    action: z.enum(['rollback', 'delete']),
    start: z.boolean().optional(),
    force: z.boolean().optional().describe('delete: even where a disk fails'),
    reason: writeArguments.reason,
  }),
  async handle({ guest, snapshot, action, start, force, reason }, context) {
    const { pve } = context;
    const ref = await pve.findGuest(guest);
    await mustHave(pve, ref, snapshot);
    const [operation, after] =
      action === 'rollback'
        ? ([
            onGuest(ref, 'POST', ['snapshot', snapshot, 'rollback'], { start }),
            async () => `the guest is as it was at ${snapshot}, now ${(await pve.guestStatus(ref)).status}`,
          ] as const)
        : ([
            onGuest(ref, 'DELETE', ['snapshot', snapshot], { force: force === true ? true : undefined }),
            async () => {
              const left = await pve.snapshots(ref);
              const isGone = left.every(({ name }) => name !== snapshot);
              return isGone ? `gone; ${count(left.length, 'snapshot')} left` : 'but it is still in the list';
            },
          ] as const);
    return change(context, [{ operation, what: `${guestTitle(ref)}: ${action} ${forModel(snapshot, 40)}`, after }], {
      wait: true,
      reason,
    });
  },
});

async function mustHave(pve: PveClient, ref: GuestRef, wanted: string): Promise<void> {
  const all = await pve.snapshots(ref);
  if (all.some(({ name }) => name === wanted)) return;
  const names = all.map(({ name }) => quoted(name)).join(', ');
  const hint = names === '' ? 'It has none.' : `Its snapshots are ${names}.`;
  throw unfit(`${guestTitle(ref)} has no snapshot "${wanted}"`, hint);
}

/** GET `…/feature`: whether every disk is on a storage that can take snapshots. What cannot be told is left to the task. */
async function refuseImpossible(pve: PveClient, ref: GuestRef, name: string): Promise<void> {
  const existing = await pve.snapshots(ref);
  if (existing.some((one) => one.name === name))
    throw unfit(`${guestTitle(ref)} has a snapshot "${name}" already`, 'Choose another name.');
  if (await canSnapshot(pve, ref)) return;
  const config = await pve.guestConfig(ref);
  if (config.template === '1')
    throw unfit(`${guestTitle(ref)} is a template`, 'Templates have no snapshots: clone it.');
  const disks = Object.entries(config)
    .filter(([key, value]) => isVolumeKey(key) && !volumeSetting(value).isCdrom)
    .map(([key, value]) => `"${key}" on ${volumeSetting(value).storage ?? 'a path of the node'}`);
  throw unfit(
    `${guestTitle(ref)} cannot have snapshots: the storage of a disk does not support them (${disks.join(', ')})`,
    'Move the disks to a storage with snapshots (such as LVM-thin, ZFS or qcow2 files), or take a backup.',
  );
}

async function canSnapshot({ send }: PveClient, ref: GuestRef): Promise<boolean> {
  const path = [...guestPath(ref), 'feature'];
  try {
    const { data } = await send({ method: 'GET', path, params: { feature: 'snapshot' } });
    return flag(looseObject(data, 'a feature of a guest').hasFeature) !== false;
  } catch (error) {
    if (error instanceof PveError && error.code !== 'cancelled') return true;
    throw error;
  }
}

function madeText({ time, vmstate }: Snapshot): string {
  return `${time === undefined ? 'taken' : `taken ${utc(time)} UTC`}${vmstate === true ? ' with its memory' : ''}`;
}
