import * as z from 'zod';
import type { ProposedApi } from '../../gate/types.ts';
import type { PveClient } from '../../pve/client.ts';
import { PveError } from '../../pve/error.ts';
import { type GuestRef, matchGuest } from '../../pve/guest.ts';
import { change } from '../change.ts';
import { defineTool } from '../define-tool.ts';
import { guestsArgument, writeArguments } from './common.ts';
import { stateOf } from './get-guest.ts';
import { guestTitle } from './guest-text.ts';

const actions = ['start', 'shutdown', 'reboot', 'stop', 'suspend', 'resume', 'reset'] as const;
type Action = (typeof actions)[number];

export const powerGuest = defineTool({
  name: 'pve_power_guest',
  title: 'Start, shut down, stop … guests',
  toolset: 'guests',
  risk: 'operate',
  description:
    'Power of guests. shutdown and reboot are clean: prefer them to stop (cuts power) and reset (hard, VMs only).',
  input: z.strictObject({
    guest: guestsArgument,
    action: z.enum(actions),
    ...writeArguments,
  }),
  async handle({ guest, action, ...request }, context) {
    const guests = await findAll(context.pve, [guest].flat());
    refuseUnfit(guests, action);
    return change(
      context,
      guests.map((ref) => ({
        operation: operation(ref, action),
        what: `${guestTitle(ref)}: ${action}`,
        // From the guest itself: the cluster's list is some seconds behind.
        after: async () => `now ${stateOf(await context.pve.guestStatus(ref))}`,
      })),
      request,
    );
  },
});

/** One read for all of them; a guest that is named twice counts once. */
export async function findAll(pve: PveClient, wanted: readonly (number | string)[]): Promise<GuestRef[]> {
  const resources = await pve.resources('vm');
  const found = wanted.map((guest) => matchGuest(resources, guest));
  return found.filter(({ vmid }, at) => found.findIndex((other) => other.vmid === vmid) === at);
}

function refuseUnfit(guests: readonly GuestRef[], action: Action): void {
  const container = action === 'reset' ? guests.find(({ type }) => type === 'lxc') : undefined;
  if (container === undefined) return;
  throw new PveError({
    code: 'invalid_argument',
    message: `${guestTitle(container)} cannot be reset: only VMs can`,
    hint: 'Use reboot, or stop and then start.',
    reason: [],
  });
}

function operation({ node, type, vmid }: GuestRef, action: Action): ProposedApi {
  return { kind: 'api', method: 'POST', segments: ['nodes', node, type, String(vmid), 'status', action] };
}
