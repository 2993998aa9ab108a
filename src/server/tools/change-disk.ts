import * as z from 'zod';
import { forModel, printable } from '../../gate/printable.ts';
import type { ProposedApi } from '../../gate/types.ts';
import { isVolumeKey, sizeBytes, type VolumeSetting, volumeSetting } from '../../pve/disk-size.ts';
import type { GuestRef } from '../../pve/guest.ts';
import { readSettings, type Settings } from '../../pve/pending.ts';
import { change } from '../change.ts';
import { defineTool } from '../define-tool.ts';
import { bytes } from '../text/units.ts';
import { guestArgument, writeArguments } from './common.ts';
import { guestTitle } from './guest-text.ts';
import { onGuest, unfit } from './on-guest.ts';
import { changesText } from './setting-text.ts';

const actions = ['add', 'resize', 'move', 'detach', 'remove'] as const;

const input = z.strictObject({
  guest: guestArgument,
  action: z.enum(actions).describe('detach leaves unusedN; remove destroys that'),
  disk: z.string().min(1).max(20).optional().describe('scsi0, mp1 …'),
  storage: z.string().min(1).max(64).optional(),
  size: z
    .string()
    .regex(/^\+?\d+(\.\d+)?[KMGT]?$/, 'give a size such as 40G, or +5G to add')
    .optional()
    .describe('40G, or +5G to add'),
  options: z.string().max(500).optional().describe('add: mp=/data …'),
  delete_source: z.boolean().optional().describe('move: destroy the old copy'),
  ...writeArguments,
});
type Wanted = z.output<typeof input>;

export const changeDisk = defineTool({
  name: 'pve_change_disk',
  title: 'Change the disks of a guest',
  toolset: 'guests',
  risk: 'destroy',
  least: 'configure',
  description: 'Adds, grows, moves, detaches or removes a disk or mount point.',
  input,
  async handle(wanted, context) {
    const ref = await context.pve.findGuest(wanted.guest);
    const before = await readSettings(context.pve, ref);
    const { operation, keys } = operationFor(ref, wanted, before);
    const what = `${guestTitle(ref)}: ${wanted.action} ${keys[0] ?? ''}`;
    const after = async () => {
      const now = await readSettings(context.pve, ref);
      return ['read back:', ...changesText(before, now, asked(wanted, keys, now))].join('\n');
    };
    return change(context, [{ operation, what, after }], wanted);
  },
});

/** A disk that was meant to go is asked for without a value; of others the new value is what matters. */
function asked({ action }: Wanted, keys: readonly string[], now: Settings) {
  if (action === 'detach' || action === 'remove') return keys.map((key) => ({ key }));
  return keys.map((key) => ({ key, value: `not ${now.byKey.get(key)?.value ?? ''}` }));
}

interface Planned {
  readonly operation: ProposedApi;
  /** The setting that changes. */
  readonly keys: readonly string[];
}

function operationFor(ref: GuestRef, wanted: Wanted, settings: Settings): Planned {
  switch (wanted.action) {
    case 'add':
      return add(ref, wanted, settings);
    case 'resize':
      return resize(ref, wanted, settings);
    case 'move':
      return move(ref, wanted, settings);
    case 'detach':
      return detach(ref, wanted, settings);
    case 'remove':
      return remove(ref, wanted, settings);
  }
}

/** PUT, or for VMs POST `…/config`, which makes the volume in a task. */
function add(ref: GuestRef, { disk, storage, size, options }: Wanted, { byKey, digest }: Settings): Planned {
  if (storage === undefined || size === undefined || size.startsWith('+'))
    throw unfit('A new disk needs storage and size', 'Give both, such as storage local-lvm and size 32G.');
  const isVm = ref.type === 'qemu';
  const key = disk ?? freeKey(isVm ? 'scsi' : 'mp', byKey);
  if (!isVolumeKey(key) || key.startsWith('unused'))
    throw unfit(`"${key}" is no place for a disk`, 'Such as scsi1 or mp0.');
  if (byKey.has(key)) throw unfit(`${key} is taken`, 'Name another one, or leave disk out.');
  if (!isVm && !/(^|,)mp=\//.test(options ?? ''))
    throw unfit('A mount point of a container needs its path', 'Give it as options, such as mp=/data.');
  // The size of a new volume is a plain number of GiB.
  const gibibytes = (sizeBytes(/[KMGT]$/.test(size) ? size : `${size}G`) ?? 0) / 2 ** 30;
  const value = [`${storage}:${Number(gibibytes.toFixed(3))}`, ...(options === undefined ? [] : [options])].join(',');
  return { operation: onGuest(ref, isVm ? 'POST' : 'PUT', ['config'], { [key]: value, digest }), keys: [key] };
}

function resize(ref: GuestRef, { disk, size }: Wanted, settings: Settings): Planned {
  const { key, volume } = existing(disk, settings);
  if (size === undefined) throw unfit('resize needs a size', 'Give 40G, or +5G to add 5 GiB.');
  if (key.startsWith('unused')) throw unfit(`${key} is not in use, so it cannot be resized`, 'Attach it first.');
  const [now, wanted] = [sizeBytes(volume.size ?? ''), sizeBytes(size.replace('+', ''))];
  const isAbsolute = !size.startsWith('+');
  if (isAbsolute && now !== undefined && wanted !== undefined && wanted < now)
    throw unfit(
      `${key} has ${bytes(now)}, and Proxmox VE cannot make disks smaller`,
      'Move the data to a new, smaller disk instead.',
    );
  if (isAbsolute ? now === wanted : wanted === 0)
    throw unfit(`${key} has ${bytes(now ?? 0)} already`, 'Nothing has to be done.');
  return { operation: onGuest(ref, 'PUT', ['resize'], { disk: key, size, digest: settings.digest }), keys: [key] };
}

function move(ref: GuestRef, { disk, storage, delete_source = false }: Wanted, settings: Settings): Planned {
  const { key, volume } = existing(disk, settings);
  if (storage === undefined) throw unfit('move needs the storage to move to', 'See pve_list_storage.');
  if (storage === volume.storage)
    throw unfit(`${key} is on ${forModel(storage, 64)} already`, 'Nothing has to be done.');
  const params = { storage, delete: delete_source, digest: settings.digest };
  const operation =
    ref.type === 'qemu'
      ? onGuest(ref, 'POST', ['move_disk'], { disk: key, ...params })
      : onGuest(ref, 'POST', ['move_volume'], { volume: key, ...params });
  return { operation, keys: [key] };
}

function detach(ref: GuestRef, { disk }: Wanted, settings: Settings): Planned {
  const { key } = existing(disk, settings);
  if (key.startsWith('unused')) throw unfit(`${key} is detached already`, 'Use remove to destroy it.');
  if (key === 'rootfs')
    throw unfit('A container cannot be without its root disk', 'Move it to another storage instead.');
  refuseProtected(key, settings);
  return { operation: onGuest(ref, 'PUT', ['config'], { delete: key, digest: settings.digest }), keys: [key] };
}

function remove(ref: GuestRef, { disk }: Wanted, settings: Settings): Planned {
  const { key } = existing(disk, settings);
  if (!key.startsWith('unused'))
    throw unfit(`${key} is attached`, 'Detach it first; then remove the unusedN that it becomes.');
  refuseProtected(key, settings);
  return { operation: onGuest(ref, 'PUT', ['config'], { delete: key, digest: settings.digest }), keys: [key] };
}

function existing(
  disk: string | undefined,
  { byKey }: Settings,
): { readonly key: string; readonly volume: VolumeSetting } {
  const disks = [...byKey.values()].flatMap(({ key, value }) =>
    value !== undefined && isVolumeKey(key) ? [{ key, volume: volumeSetting(value) }] : [],
  );
  const found = disks.find(({ key }) => key === disk);
  if (found !== undefined) return found;
  const names = disks.map(
    ({ key, volume: { volid, size = 'size not known' } }) => `"${key}" (${printable(`${volid}, ${size}`, 200)})`,
  );
  throw unfit(
    disk === undefined ? 'Which disk was not said' : `There is no disk "${disk}"`,
    names.length === 0 ? 'The guest has none.' : `Its disks are ${names.join(', ')}.`,
  );
}

function refuseProtected(key: string, { byKey }: Settings): void {
  if (byKey.get('protection')?.value !== '1') return;
  throw unfit(
    `The guest is protected, so ${key} cannot be taken away`,
    'If the user wants that, unset protection with pve_update_guest first.',
  );
}

function freeKey(prefix: string, byKey: Settings['byKey']): string {
  let number = 0;
  while (byKey.has(`${prefix}${number}`)) number += 1;
  return `${prefix}${number}`;
}
