import { currentDetails, currentStatus } from '../guests.ts';
import { flag } from '../parameters.ts';
import { type Call, callerMay, guestOf, index, nodeOf, type Reply, type Route } from '../route.ts';
import type { GuestKind } from '../state.ts';

/** Guests: lists and state, for VMs and for containers. */
export const guestRoutes: readonly Route[] = [...routesFor('qemu'), ...routesFor('lxc')];

const subdirs = {
  qemu: 'config pending unlink status agent rrddata clone migrate resize move_disk snapshot template feature firewall'.split(
    ' ',
  ),
  lxc: 'config pending status rrddata clone migrate resize move_volume snapshot template feature firewall interfaces'.split(
    ' ',
  ),
};
const actions = {
  qemu: ['current', 'start', 'stop', 'reset', 'shutdown', 'suspend', 'reboot'],
  lxc: ['current', 'start', 'stop', 'shutdown', 'reboot'],
};

function routesFor(kind: GuestKind): readonly Route[] {
  const list = `/nodes/{node}/${kind}`;
  const guest = `${list}/{vmid}`;
  const audit = { at: '/vms/{vmid}', any: ['VM.Audit'] };
  return [
    {
      method: 'GET',
      path: list,
      parameters: kind === 'qemu' ? { full: flag } : {},
      answer: (call) => listGuests(call, kind),
    },
    {
      method: 'GET',
      path: guest,
      answer: (call) => {
        guestOf(call, kind);
        return index('subdir', subdirs[kind]);
      },
    },
    { method: 'GET', path: `${guest}/status`, answer: () => index('subdir', actions[kind]) },
    {
      method: 'GET',
      path: `${guest}/status/current`,
      privilege: audit,
      answer: (call) => {
        const now = call.world.clock.now();
        const found = guestOf(call, kind);
        return { data: { ...currentStatus(found, now), ...currentDetails(found, now) } };
      },
    },
  ];
}

function listGuests(call: Call, kind: GuestKind): Reply {
  const node = nodeOf(call).name;
  const now = call.world.clock.now();
  const here = [...call.world.cluster.guests.values()].filter((guest) => guest.kind === kind && guest.node === node);
  const seen = here.filter((guest) => callerMay(call, `/vms/${guest.vmid}`, 'VM.Audit'));
  return { data: seen.map((guest) => currentStatus(guest, now)) };
}
