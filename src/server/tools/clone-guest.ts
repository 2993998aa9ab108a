import * as z from 'zod';
import { forModel } from '../../gate/printable.ts';
import { firstAddress } from '../../pve/first-address.ts';
import type { GuestRef } from '../../pve/guest.ts';
import { readSettings } from '../../pve/pending.ts';
import { freeVmid } from '../../pve/placement.ts';
import { type Change, change } from '../change.ts';
import { defineTool, type ToolContext } from '../define-tool.ts';
import { guestArgument, writeArguments } from './common.ts';
import { stateOf } from './get-guest.ts';
import { guestTitle } from './guest-text.ts';
import { guestSets, onGuest, readSet, unfit, withAsk } from './on-guest.ts';

/** Cloud-init and DHCP need a while after the start, milliseconds. */
const patienceMs = 120_000;

const input = z.strictObject({
  guest: guestArgument,
  name: z.string().min(1).max(63).optional(),
  vmid: z.int().min(100).max(999_999_999).optional(),
  full: z.boolean().optional().describe('false (linked): templates only, their default'),
  target: z.string().min(1).max(64).optional().describe('Other node'),
  storage: z.string().min(1).max(64).optional(),
  snapshot: z.string().min(2).max(40).optional(),
  set: guestSets.optional().describe('Of the clone: ipconfig0, sshkeys, cores …'),
  start: z.boolean().optional(),
  wait_address: z.boolean().optional().describe('Start it and wait for its IP'),
  ...writeArguments,
});
type Wanted = z.output<typeof input>;

export const cloneGuest = defineTool({
  name: 'pve_clone_guest',
  title: 'Clone a guest or template',
  toolset: 'guests',
  risk: 'destroy',
  least: 'configure',
  description: 'Clones a guest or template; with set or start also configures and starts the clone.',
  input,
  async handle(wanted, context) {
    const { pve } = context;
    const source = await pve.findGuest(wanted.guest);
    const config = await pve.guestConfig(source);
    const vmid = await freeOf(wanted.vmid, context);
    const full = wanted.full ?? (config.template !== '1' || wanted.storage !== undefined);
    refuseUnfit(source, config.template === '1', full, wanted);
    const name = wanted.name ?? `${nameBase(source)}-${vmid}`;
    const clone: GuestRef = { ...source, vmid, name, node: wanted.target ?? source.node, status: 'stopped' };
    const changes = [copying(source, clone, full, wanted, context), ...later(clone, wanted, context)];
    if (changes.length > 1 && !wanted.wait)
      throw unfit('What is configured or started has to wait for the end of the clone', 'Leave wait out.');
    return change(context, changes, wanted);
  },
});

async function freeOf(vmid: number | undefined, { pve }: ToolContext): Promise<number> {
  if (vmid === undefined) return freeVmid(pve);
  const taken = (await pve.resources('vm')).find((one) => one.vmid === vmid);
  if (taken === undefined) return vmid;
  throw unfit(`VMID ${vmid} belongs to "${taken.name ?? ''}" already`, 'Leave vmid out for the next free one.');
}

/** What Proxmox VE answers with a plain 500. */
function refuseUnfit(source: GuestRef, isTemplate: boolean, full: boolean, { storage, snapshot }: Wanted): void {
  if (!full && !isTemplate)
    throw unfit(`${guestTitle(source)} is no template, and only templates have linked clones`, 'Leave full out.');
  if (!full && storage !== undefined)
    throw unfit('A linked clone stays on the storage of its template', 'Leave storage out, or give full: true.');
  if (!full && snapshot !== undefined) throw unfit('Templates have no snapshots', 'Leave snapshot out.');
}

function copying(source: GuestRef, clone: GuestRef, full: boolean, wanted: Wanted, { pve }: ToolContext): Change {
  const { target, storage, snapshot: snapname } = wanted;
  return {
    operation: onGuest(source, 'POST', ['clone'], {
      newid: clone.vmid,
      [source.type === 'qemu' ? 'name' : 'hostname']: clone.name,
      full,
      ...{ target, storage, snapname },
    }),
    what: `${guestTitle(source)}: ${full ? 'full' : 'linked'} clone`,
    after: async () => `made ${guestTitle(clone)}, ${stateOf(await pve.guestStatus(clone))}`,
  };
}

/** What follows on the clone: it is not there before the first step has run, so its settings have no digest yet. */
function later(clone: GuestRef, wanted: Wanted, context: ToolContext): Change[] {
  const { set = {}, start = false, wait_address: waits = false } = wanted;
  const { values, ask } = readSet(set, ['name', 'hostname']);
  const changes: Change[] = [];
  if (Object.keys(values).length + ask.length > 0)
    changes.push({
      operation: withAsk(onGuest(clone, 'PUT', ['config'], values), ask),
      what: `${guestTitle(clone)}: configure`,
      after: () => configured(clone, Object.keys(values), context),
    });
  if (start || waits)
    changes.push({
      operation: onGuest(clone, 'POST', ['status', 'start']),
      what: `${guestTitle(clone)}: start`,
      after: async () => {
        const state = `now ${stateOf(await context.pve.guestStatus(clone))}`;
        return waits ? `${state}; ${await addressText(clone, context)}` : state;
      },
    });
  return changes;
}

async function configured(clone: GuestRef, keys: readonly string[], { pve }: ToolContext): Promise<string> {
  const { byKey } = await readSettings(pve, clone);
  const lines = keys.map((key) => {
    const { value, pending } = byKey.get(key) ?? {};
    if (pending !== undefined) return `${forModel(key, 64)}: ${forModel(pending, 120)} pending until the next start`;
    return `${forModel(key, 64)}: ${value === undefined ? 'not set: Proxmox VE did not take it' : forModel(value, 120)}`;
  });
  return ['read back:', ...lines].join('\n');
}

async function addressText(clone: GuestRef, { pve, clock, signal, progress }: ToolContext): Promise<string> {
  const agent = clone.type === 'lxc' ? '1' : (await pve.guestConfig(clone)).agent;
  if (agent === undefined || !/^(enabled=)?1/.test(agent))
    return 'its address cannot be read: no guest agent is configured (set agent to 1, and install it in the template)';
  progress({ message: `Waiting for an address of ${clone.vmid}` });
  const found = await firstAddress(pve, clone, { clock, signal, patienceMs });
  return found.length > 0
    ? `address ${found.map((one) => forModel(one, 80)).join(', ')}`
    : `no address after ${patienceMs / 1000} s: see whether its guest agent runs, and its network`;
}

/** Names are DNS names. */
function nameBase({ name }: GuestRef): string {
  return (
    name
      .replace(/[^A-Za-z0-9-]/g, '-')
      .replace(/^-+/, '')
      .slice(0, 50) || 'clone'
  );
}
