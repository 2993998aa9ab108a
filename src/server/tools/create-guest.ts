import * as z from 'zod';
import { forModel } from '../../gate/printable.ts';
import type { ProposedApi } from '../../gate/types.ts';
import { isVolumeKey } from '../../pve/disk-size.ts';
import type { GuestRef } from '../../pve/guest.ts';
import { byFreeMemory, freeVmid } from '../../pve/placement.ts';
import type { PveParam } from '../../pve/request.ts';
import { change } from '../change.ts';
import { defineTool, type ToolContext } from '../define-tool.ts';
import { writeArguments } from './common.ts';
import { stateOf } from './get-guest.ts';
import { guestTitle, kind } from './guest-text.ts';
import { guestSets, onNode, readSet, unfit, withAsk } from './on-guest.ts';

const input = z.strictObject({
  type: z.enum(['qemu', 'lxc']),
  name: z.string().min(1).max(63).optional(),
  vmid: z.int().min(100).max(999_999_999).optional(),
  node: z.string().min(1).max(64).optional(),
  set: guestSets.optional().describe('memory, scsi0 (local-lvm:32), net0, ostemplate, storage, start …'),
  archive: z.string().min(3).max(300).optional().describe('Backup (volid) to restore'),
  overwrite: z.boolean().optional().describe('Restore over the guest of that vmid'),
  ...writeArguments,
});
type Wanted = z.output<typeof input>;

export const createGuest = defineTool({
  name: 'pve_create_guest',
  title: 'Create or restore a guest',
  toolset: 'guests',
  risk: 'destroy',
  least: 'configure',
  description:
    'Creates a VM or container, or restores a backup as a new one. vmid and node are chosen where not given.',
  input,
  async handle(wanted, context) {
    const { vmid, node, over } = await placeOf(wanted, context);
    const operation = operationFor(wanted, node, vmid);
    const ref: GuestRef = { type: wanted.type, vmid, node, name: wanted.name ?? '', status: 'unknown' };
    const what =
      over === undefined
        ? `${guestTitle(ref)}: ${wanted.archive === undefined ? 'create' : 'restore'}`
        : `${guestTitle(over)}: restore over it`;
    return change(context, [{ operation, what, after: () => summary(ref, context) }], wanted);
  },
});

interface Placed {
  readonly vmid: number;
  readonly node: string;
  /** The guest that is replaced. */
  readonly over?: GuestRef;
}

async function placeOf(wanted: Wanted, { pve }: ToolContext): Promise<Placed> {
  const { type, archive, overwrite = false, node, set = {} } = wanted;
  if (type === 'lxc' && archive === undefined && set.ostemplate === undefined)
    throw unfit('A container needs a template', 'Give set.ostemplate, such as local:vztmpl/debian-13….tar.zst.');
  if (overwrite) return replaced(wanted, await pve.findGuest(wanted.vmid ?? ''));
  const resources = await pve.resources();
  const taken = resources.find((one) => one.vmid !== undefined && one.vmid === wanted.vmid);
  if (taken !== undefined)
    throw unfit(
      `VMID ${wanted.vmid} belongs to "${taken.name ?? ''}" already`,
      'Leave vmid out for the next free one.',
    );
  const online = byFreeMemory(await pve.nodes());
  const holds = archive === undefined ? undefined : archive.split(':')[0];
  // A backup can be restored where its storage is.
  const fitting = online.filter(
    (one) =>
      holds === undefined ||
      resources.every(({ storage }) => storage !== holds) ||
      resources.some((at) => at.storage === holds && at.node === one.node),
  );
  const names = `The nodes are ${fitting.map((one) => one.node).join(', ')}.`;
  const chosen = node === undefined ? fitting[0]?.node : fitting.find((one) => one.node === node)?.node;
  if (chosen === undefined)
    throw unfit(
      node === undefined
        ? 'No node fits'
        : `Node "${node}" is not there, is offline, or lacks the storage of the backup`,
      names,
    );
  return { vmid: wanted.vmid ?? (await freeVmid(pve)), node: chosen };
}

function replaced({ archive, vmid, type, node }: Wanted, over: GuestRef): Placed {
  if (archive === undefined || vmid === undefined)
    throw unfit(
      'overwrite is for a restore over the guest of a vmid',
      'Give archive and vmid, or leave overwrite out.',
    );
  if (over.type !== type || (node !== undefined && node !== over.node))
    throw unfit(
      `${guestTitle(over)} is another kind of guest, or on another node`,
      'Restore it as a new guest instead.',
    );
  return { vmid, node: over.node, over };
}

/** POST `/nodes/{node}/{qemu|lxc}`. A restore beside the original gets hardware addresses of its own, unless `set` says no. */
function operationFor(wanted: Wanted, node: string, vmid: number): ProposedApi {
  const { type, name, archive, overwrite = false, set = {} } = wanted;
  const { values, ask } = readSet(set, ['archive', 'restore', 'name', 'hostname']);
  const restoring: Record<string, PveParam> =
    archive === undefined
      ? {}
      : {
          ...(type === 'qemu' ? { archive } : { ostemplate: archive, restore: true }),
          ...(overwrite ? { force: true } : { unique: true }),
        };
  const naming = name === undefined ? {} : { [type === 'qemu' ? 'name' : 'hostname']: name };
  return withAsk(onNode(node, 'POST', [type], { vmid, ...naming, ...restoring, ...values }), ask);
}

async function summary({ type, vmid, node }: GuestRef, { pve }: ToolContext): Promise<string> {
  const place = { type, vmid, node };
  const [config, status] = [await pve.guestConfig(place), await pve.guestStatus(place)];
  const shown = Object.entries(config).filter(
    ([key]) => isVolumeKey(key) || /^(name|hostname|cores|memory|net\d+|ipconfig\d+)$/.test(key),
  );
  return [
    `${kind(type)} ${vmid} is there, ${stateOf(status)}:`,
    ...shown.map(([key, value]) => `${key}: ${forModel(value, 160)}`),
  ].join('\n');
}
