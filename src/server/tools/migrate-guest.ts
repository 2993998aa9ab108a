import * as z from 'zod';
import { maxSteps } from '../../gate/operation.ts';
import { forModel } from '../../gate/printable.ts';
import { type Change, change } from '../change.ts';
import { defineTool, type ToolAnswer, type ToolContext } from '../define-tool.ts';
import { count } from '../text/units.ts';
import { guestsArgument, writeArguments } from './common.ts';
import { stateOf } from './get-guest.ts';
import { guestTitle } from './guest-text.ts';
import { candidates, type Move, placed, type Stay } from './migrate-place.ts';
import { onGuest, unfit } from './on-guest.ts';

const input = z.strictObject({
  guest: guestsArgument.optional(),
  from_node: z.string().min(1).max(64).optional().describe('Evacuate this node'),
  target: z.string().min(1).max(64).optional().describe('Else by free memory'),
  storage: z.string().min(1).max(64).optional().describe('For local disks'),
  ...writeArguments,
});
type Wanted = z.output<typeof input>;

export const migrateGuest = defineTool({
  name: 'pve_migrate_guest',
  title: 'Migrate guests to another node',
  toolset: 'guests',
  risk: 'operate',
  description: 'Moves guests to other nodes: running VMs live, running containers with a restart.',
  input,
  async handle(wanted, context) {
    const { guest, from_node: from } = wanted;
    if ((guest === undefined) === (from === undefined))
      throw unfit('Which guests to move was not said', 'Give guest, or from_node to evacuate a node.');
    const all = await candidates(guest === undefined ? { node: from ?? '' } : { guests: [guest].flat() }, context);
    const { moves, stays } = await placed(all, wanted.target, context);
    // Whoever named each guest means each of them; of a node whatever can goes.
    const [stay] = stays;
    if (from === undefined && stay !== undefined)
      throw unfit(`${guestTitle(stay.ref)} cannot move: ${stay.why}`, stay.hint);
    const now = moves.slice(0, maxSteps);
    if (now.length === 0) return { text: remaining(stays, 0), failed: true };
    if (now.length > 1 && !wanted.wait)
      throw unfit(
        'Several moves run one after the other, so they are waited for',
        'Leave wait out, or use pve_bulk_guests.',
      );
    const answer = await change(
      context,
      now.map((move) => changeOf(move, wanted, context)),
      wanted,
    );
    return withRest(answer, remaining(stays, moves.length - now.length));
  },
});

function withRest({ text, ...answer }: ToolAnswer, rest: string): ToolAnswer {
  return { ...answer, text: rest === '' ? text : `${text}\n${rest}` };
}

function remaining(stays: readonly Stay[], left: number): string {
  return [
    ...(stays.length === 0 ? [] : [`Not moved: ${count(stays.length, 'guest')}`]),
    ...stays.map(({ ref, why }) => `  ${guestTitle(ref)}: ${why}`),
    ...(left === 0 ? [] : [`${count(left, 'more guest')} did not fit into one plan: call again for them.`]),
  ].join('\n');
}

function changeOf(move: Move, { storage }: Wanted, context: ToolContext): Change {
  const { ref, target, running, check, notes } = move;
  const isVm = ref.type === 'qemu';
  const copied = isVm && running ? (check?.localDisks ?? []) : [];
  const said = [
    running ? (isVm ? 'live' : 'with a restart') : 'while stopped',
    ...(copied.length > 0 ? [`copying its local disks ${forModel(copied.join(', '), 120)}`] : []),
    ...notes,
  ];
  return {
    operation: onGuest(ref, 'POST', ['migrate'], {
      target,
      ...(isVm ? { targetstorage: storage } : { 'target-storage': storage }),
      ...(running ? (isVm ? { online: true } : { restart: true }) : {}),
      'with-local-disks': copied.length > 0 ? true : undefined,
    }),
    what: `${guestTitle(ref)}: migrate to ${forModel(target, 64)} (${said.join('; ')})`,
    after: () => landed(move, context),
  };
}

/** Where it is now; the gate has followed a guest that HA manages until it was there. */
async function landed({ ref, target }: Move, { pve }: ToolContext): Promise<string> {
  const node = (await pve.resources('vm')).find(({ vmid }) => vmid === ref.vmid)?.node ?? ref.node;
  const status = await pve.guestStatus({ ...ref, node });
  const where = `${forModel(node, 64)}, ${stateOf(status)}`;
  return node === target ? `now on ${where}` : `but it is on ${where}: look at its tasks and its HA state`;
}
