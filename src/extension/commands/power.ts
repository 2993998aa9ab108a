import type { ProposedApi } from '../../gate/types.ts';
import type { GuestTarget } from '../tree/row.ts';

/** What a person can do to a guest's power from the explorer. */
export const powerActions = {
  start: { command: 'proxmox.guest.start', doing: 'Starting', from: ['stopped'] },
  shutdown: { command: 'proxmox.guest.shutdown', doing: 'Shutting down', from: ['running', 'paused'] },
  reboot: { command: 'proxmox.guest.reboot', doing: 'Rebooting', from: ['running'] },
  stop: { command: 'proxmox.guest.stop', doing: 'Stopping', from: ['running', 'paused', 'unknown'] },
} as const;
export type PowerAction = keyof typeof powerActions;

/** POST `/nodes/{node}/{qemu|lxc}/{vmid}/status/{action}` */
export function powerOperation(action: PowerAction, { node, type, vmid }: GuestTarget): ProposedApi {
  return { kind: 'api', method: 'POST', segments: ['nodes', node, type, String(vmid), 'status', action] };
}

/** The guests that an action applies to, by their state as it is known. */
export function applicable(action: PowerAction, guests: readonly GuestTarget[]): readonly GuestTarget[] {
  const from: readonly string[] = powerActions[action].from;
  return guests.filter(({ status }) => from.includes(status));
}

/** Of several selected guests those that the action applies to; the state of a single one is left to the gate. */
export function targetsOf(action: PowerAction, guests: readonly GuestTarget[]): readonly GuestTarget[] {
  return guests.length > 1 ? applicable(action, guests) : guests;
}
