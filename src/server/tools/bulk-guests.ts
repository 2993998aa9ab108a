import * as z from 'zod';
import { forModel } from '../../gate/printable.ts';
import type { ProposedApi } from '../../gate/types.ts';
import type { PveClient } from '../../pve/client.ts';
import { messageOf } from '../../pve/error.ts';
import type { GuestRef } from '../../pve/guest.ts';
import { type Change, change } from '../change.ts';
import { defineTool, type ToolContext } from '../define-tool.ts';
import { count } from '../text/units.ts';
import { guestArgument, writeArguments } from './common.ts';
import { stateOf } from './get-guest.ts';
import { guestTitle } from './guest-text.ts';
import { onGuest, onNode, unfit } from './on-guest.ts';
import { findAll } from './power.ts';
import { sent } from './sent.ts';

const input = z.strictObject({
  action: z.enum(['start', 'shutdown', 'suspend', 'migrate']),
  guests: z.array(guestArgument).min(1).max(200),
  target: z.string().min(1).max(64).optional().describe('Node, for migrate'),
  force_stop: z.boolean().optional().describe('Cut the power of those that do not shut down'),
  timeout: z.int().min(0).max(7200).optional().describe('Seconds'),
  max_workers: z.int().min(1).max(64).optional(),
  ...writeArguments,
});
type Wanted = z.output<typeof input>;

export const bulkGuests = defineTool({
  name: 'pve_bulk_guests',
  title: 'Act on many guests at once',
  toolset: 'admin',
  risk: 'operate',
  description: 'Acts on the listed guests in one task of the cluster, several at once.',
  input,
  async handle(wanted, context) {
    const { action, target, force_stop = false, timeout } = wanted;
    const guests = await findAll(context.pve, wanted.guests);
    if (action === 'migrate') await checkTarget(target, context);
    else if (target !== undefined) throw unfit('target is for migrate only', 'Leave it out.');
    if (action !== 'shutdown' && force_stop) throw unfit('force_stop is for shutdown only', 'Leave it out.');
    if (timeout !== undefined && action !== 'start' && action !== 'shutdown')
      throw unfit(`${action} has no timeout`, 'Leave it out.');
    const operations = (await context.pve.version()).major >= 9 ? [whole(guests, wanted)] : perNode(guests, wanted);
    const changes: Change[] = operations.map(({ operation, of }) => ({
      operation,
      what: `${action} ${count(of.length, 'guest')}${target === undefined ? '' : ` to ${forModel(target, 64)}`}`,
    }));
    const watched = sent(context);
    const answer = await change(watched, changes, wanted);
    // The task may have failed for one guest and worked for the others.
    if (!watched.isAnySent()) return answer;
    const states = await Promise.all(guests.map((ref) => stateText(ref, context.pve)));
    return { ...answer, text: [answer.text, 'The guests now:', ...states].join('\n') };
  },
});

interface Planned {
  readonly operation: ProposedApi;
  readonly of: readonly GuestRef[];
}

/** POST `/cluster/bulk-action/guest/{action}`. Proxmox VE cuts the power after a shutdown unless it is told not to. */
function whole(
  guests: readonly GuestRef[],
  { action, target, force_stop = false, timeout, max_workers }: Wanted,
): Planned {
  const params = {
    vms: guests.map(({ vmid }) => vmid),
    ...(max_workers === undefined ? {} : { 'max-workers': max_workers }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(action === 'shutdown' ? { 'force-stop': force_stop } : {}),
    ...(action === 'migrate' && target !== undefined ? { target, online: true, 'with-local-disks': true } : {}),
  };
  const segments = ['cluster', 'bulk-action', 'guest', action];
  return { operation: { kind: 'api', method: 'POST', segments, params }, of: guests };
}

/**
 * Before PVE 9: POST `/nodes/{node}/{stopall|suspendall|migrateall}` for each node. `startall` passes over guests that do
 * not start at boot, unless it is forced, so these are started one by one.
 */
function perNode(
  guests: readonly GuestRef[],
  { action, target, force_stop = false, timeout, max_workers }: Wanted,
): Planned[] {
  if (action === 'start')
    return guests.map((ref) => ({ operation: onGuest(ref, 'POST', ['status', 'start']), of: [ref] }));
  const path = { shutdown: 'stopall', suspend: 'suspendall', migrate: 'migrateall' }[action];
  return [...new Set(guests.map(({ node }) => node))].map((node) => {
    const of = guests.filter((ref) => ref.node === node);
    const params = {
      vms: of.map(({ vmid }) => vmid).join(','),
      timeout: action === 'shutdown' ? timeout : undefined,
      'force-stop': action === 'shutdown' ? force_stop : undefined,
      ...(action === 'migrate' ? { target, maxworkers: max_workers, 'with-local-disks': true } : {}),
    };
    return { operation: onNode(node, 'POST', [path], params), of };
  });
}

async function checkTarget(target: string | undefined, { pve }: ToolContext): Promise<void> {
  const names = (await pve.nodes()).filter(({ online }) => online).map(({ node }) => node);
  if (target !== undefined && names.includes(target)) return;
  const message =
    target === undefined ? 'migrate needs the node to move to' : `Node "${target}" is not there or offline`;
  throw unfit(message, `The nodes are ${names.join(', ')}.`);
}

async function stateText(ref: GuestRef, pve: PveClient): Promise<string> {
  try {
    const now = await pve.findGuest(ref.vmid);
    const status = await pve.guestStatus(now);
    const follows = status.ha.managed ? '; HA manages it and may still follow' : '';
    return `  ${guestTitle(now)}: ${stateOf(status)}${follows}`;
  } catch (error) {
    return `  ${guestTitle(ref)}: could not be read (${forModel(messageOf(error), 120)})`;
  }
}
