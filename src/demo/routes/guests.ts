import { configSpecs, updateConfig } from '../config.ts';
import { failure } from '../errors.ts';
import { currentDetails, currentStatus, digestOf, snapshotList } from '../guests.ts';
import { flag, text } from '../parameters.ts';
import { type Call, callerMay, guestOf, index, nodeOf, type Reply, type Route } from '../route.ts';
import type { GuestKind } from '../state.ts';

/** Guests: lists, state, config and snapshots, for VMs and for containers. */
export const guestRoutes: readonly Route[] = [...routesFor('qemu'), ...routesFor('lxc')];

const subdirs = {
  qemu: ['config', 'status', 'migrate', 'snapshot'],
  lxc: ['config', 'status', 'migrate', 'snapshot'],
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
    {
      method: 'GET',
      path: `${guest}/config`,
      privilege: audit,
      parameters: { current: flag, snapshot: { ...text, maxLength: 40 } },
      answer: (call) => readConfig(call, kind),
    },
    {
      method: 'PUT',
      path: `${guest}/config`,
      privilege: {
        at: '/vms/{vmid}',
        any: ['Disk', 'CDROM', 'CPU', 'Memory', 'Network', 'HWType', 'Options', 'Cloudinit'].map(
          (x) => `VM.Config.${x}`,
        ),
      },
      parameters: configSpecs[kind],
      answer: (call) => updateConfig(call, kind),
    },
    {
      method: 'GET',
      path: `${guest}/snapshot`,
      privilege: audit,
      answer: (call) => ({ data: snapshotList(guestOf(call, kind)) }),
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

// Nothing is ever pending here, so the values with and without `current` are the same.
function readConfig(call: Call, kind: GuestKind): Reply {
  const guest = guestOf(call, kind);
  const snapshot = call.parameters.text('snapshot');
  if (snapshot === undefined) return { data: { ...guest.config, digest: digestOf(guest) } };
  const found = guest.snapshots.find(({ name }) => name === snapshot);
  if (found === undefined) throw failure(`snapshot '${snapshot}' does not exist`);
  return { data: { ...guest.config, snaptime: found.snaptime, description: found.description } };
}
