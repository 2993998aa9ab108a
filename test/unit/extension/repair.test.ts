import { expect, test } from 'vitest';
import type { Place } from '../../../src/extension/commands/places.ts';
import { type Repair, repairOperation } from '../../../src/extension/commands/repair.ts';

const node: Place = { connection: 'c', connectionName: 'home', node: 'pve1' };
const guest = (type: 'qemu' | 'lxc'): Place => ({ ...node, guest: { type, vmid: 101, name: 'x; reboot' } });

test.each<[Repair, Place, string]>([
  ['proxmox.guest.unlock', guest('qemu'), 'qm unlock 101'],
  ['proxmox.guest.unlock', guest('lxc'), 'pct unlock 101'],
  ['proxmox.node.enterMaintenance', node, 'ha-manager crm-command node-maintenance enable pve1'],
  ['proxmox.node.leaveMaintenance', node, 'ha-manager crm-command node-maintenance disable pve1'],
])('G13: %s of a place is one command on its node', (repair, place, words) => {
  expect(repairOperation(repair, place)).toMatchObject({
    kind: 'command',
    target: { at: 'host', node: 'pve1' },
    run: { argv: words.split(' ') },
  });
});

test.each<[Repair, Place]>([
  ['proxmox.guest.unlock', node],
  ['proxmox.node.enterMaintenance', guest('qemu')],
  ['proxmox.node.enterMaintenance', { ...node, storage: 'nas' }],
  ['proxmox.guest.unlock', { connection: 'c', connectionName: 'home' }],
])('%s does not fit another kind of place', (repair, place) => {
  expect(repairOperation(repair, place)).toBeUndefined();
});
