import type { ProposedCommand } from '../../gate/types.ts';
import type { Place } from './places.ts';

/** What only a shell of the node can do: no token can. */
export const repairs = {
  'proxmox.guest.unlock': { doing: 'Unlocking', fits: ({ guest }: Place) => guest !== undefined },
  'proxmox.node.enterMaintenance': { doing: 'Into maintenance mode:', fits: isNode },
  'proxmox.node.leaveMaintenance': { doing: 'Out of maintenance mode:', fits: isNode },
} as const;
export type Repair = keyof typeof repairs;

/** The command on the node. @returns nothing where the place is of another kind */
export function repairOperation(repair: Repair, place: Place): ProposedCommand | undefined {
  const { node, guest } = place;
  if (node === undefined || !repairs[repair].fits(place)) return undefined;
  const argv =
    guest === undefined
      ? [
          'ha-manager',
          'crm-command',
          'node-maintenance',
          repair === 'proxmox.node.enterMaintenance' ? 'enable' : 'disable',
          node,
        ]
      : [guest.type === 'qemu' ? 'qm' : 'pct', 'unlock', String(guest.vmid)];
  return { kind: 'command', target: { at: 'host', node }, run: { argv }, timeoutSeconds: 60 };
}

function isNode({ node, guest, storage }: Place): boolean {
  return node !== undefined && guest === undefined && storage === undefined;
}
