import * as z from 'zod';
import type { Outcome, ProposedOperation } from '../../gate/types.ts';
import type { PveClient } from '../../pve/client.ts';
import { PveError } from '../../pve/error.ts';
import { type GuestRef, matchGuest } from '../../pve/guest.ts';
import { defineTool } from '../define-tool.ts';
import { errorText, refusalText } from '../text/problem.ts';
import { duration } from '../text/units.ts';
import { stateOf } from './get-guest.ts';
import { guestArgument, guestTitle } from './guest-text.ts';

const actions = ['start', 'shutdown', 'reboot', 'stop', 'suspend', 'resume', 'reset'] as const;
type Action = (typeof actions)[number];

export const powerGuest = defineTool({
  name: 'pve_power_guest',
  title: 'Start, shut down, stop … guests',
  toolset: 'power',
  risk: 'operate',
  description:
    'Starts, shuts down (clean), reboots (clean), stops (cuts power), suspends, resumes or resets (hard; VMs only) one guest or several. A person is asked first, once for all of them.',
  input: z.strictObject({
    guest: z
      .union([guestArgument, z.array(guestArgument).min(1).max(50)], {
        error: 'give a VMID, a name, or a list of them',
      })
      .describe('VMID (101) or exact name ("web-01"), or a list of up to 50'),
    action: z.enum(actions).describe('Prefer shutdown to stop and reboot to reset: they are clean'),
    reason: z.string().max(200).optional().describe('Why, in one sentence; the person who is asked sees it'),
    wait: z.boolean().default(true).describe('Wait for the end; false returns task ids at once'),
  }),
  async handle({ guest, action, reason, wait }, { pve, perform }) {
    const guests = await findAll(pve, [guest].flat());
    refuseUnfit(guests, action);
    const { outcomes } = await perform(
      guests.map((ref) => operation(ref, action)),
      { wait, reason },
    );
    // The same sentence for each would bury what it says.
    const [first] = outcomes;
    if (first?.status === 'denied' && outcomes.every(({ status }) => status === 'denied'))
      return { text: refusalText(first), failed: true };
    const lines = await Promise.all(guests.map((ref, at) => line(pve, ref, action, outcomes[at])));
    return {
      text: lines.join('\n'),
      failed: outcomes.every(({ status }) => status !== 'done' && status !== 'started'),
    };
  },
});

/** One read for all of them; a guest that is named twice counts once. */
async function findAll(pve: PveClient, wanted: readonly (number | string)[]): Promise<GuestRef[]> {
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

function operation({ node, type, vmid }: GuestRef, action: Action): ProposedOperation {
  return { kind: 'api', method: 'POST', segments: ['nodes', node, type, String(vmid), 'status', action] };
}

async function line(pve: PveClient, ref: GuestRef, action: Action, outcome: Outcome | undefined): Promise<string> {
  const title = guestTitle(ref);
  if (outcome === undefined)
    return `${title}: nothing is known of this ${action}. Look at its state before anything else.`;
  switch (outcome.status) {
    case 'done': {
      const warned = outcome.warnings === undefined ? '' : ` with ${outcome.warnings} warnings (see the task log)`;
      return `${title}: ${action} OK in ${duration(outcome.ms / 1000)}${warned}, ${await stateNow(pve, ref)}`;
    }
    case 'started':
      return `${title}: ${action} started and still running. Follow it: pve_get_task with upid ${outcome.upid}`;
    default:
      return `${title}: ${action} did not run through.\n${indent(refusalText(outcome))}`;
  }
}

/** The state after the task, from the guest itself: the cluster's list is some seconds behind. */
async function stateNow(pve: PveClient, ref: GuestRef): Promise<string> {
  try {
    return `now ${stateOf(await pve.guestStatus(ref))}`;
  } catch (error) {
    if (!(error instanceof PveError)) throw error;
    return `but its state could not be read afterwards: ${errorText(error.data)}`;
  }
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
