import { configOf, pendingList, prepareChange } from '../config.ts';
import { failure } from '../errors.ts';
import { flag, text, whole } from '../parameters.ts';
import { type Call, guestOf, type Reply, type Route } from '../route.ts';
import { configSpecs } from '../settings.ts';
import type { GuestKind } from '../state.ts';
import { duration, guestWorker } from '../workers.ts';

const audit = { at: '/vms/{vmid}', any: ['VM.Audit'] };
const kinds = ['Disk', 'CDROM', 'CPU', 'Memory', 'Network', 'HWType', 'Options', 'Cloudinit'];
const configure = { at: '/vms/{vmid}', any: kinds.map((kind) => `VM.Config.${kind}`) };

/** Configs of guests: what is in force, what waits for the next start, and changing them. */
export const configRoutes: readonly Route[] = [...routesFor('qemu'), ...routesFor('lxc'), inBackground()];

function routesFor(kind: GuestKind): Route[] {
  const path = `/nodes/{node}/${kind}/{vmid}`;
  return [
    {
      method: 'GET',
      path: `${path}/config`,
      privilege: audit,
      parameters: { current: flag, snapshot: { ...text, maxLength: 40 } },
      answer: (call) => read(call, kind),
    },
    {
      method: 'GET',
      path: `${path}/pending`,
      privilege: audit,
      answer: (call) => ({ data: pendingList(guestOf(call, kind)) }),
    },
    {
      method: 'PUT',
      path: `${path}/config`,
      privilege: configure,
      parameters: configSpecs[kind],
      answer: (call) => {
        prepareChange(call, kind).change();
        return { data: null };
      },
    },
  ];
}

/** The same change of a VM as a task. */
function inBackground(): Route {
  return {
    method: 'POST',
    path: '/nodes/{node}/qemu/{vmid}/config',
    privilege: configure,
    parameters: { ...configSpecs.qemu, background_delay: whole },
    answer: (call) => {
      const { guest, change } = prepareChange(call, 'qemu');
      const sent = call.parameters
        .names()
        .filter((name) => !['node', 'vmid', 'digest', 'background_delay'].includes(name));
      const options = sent.map((name) => `-${name} ${call.parameters.text(name)}`).join(' ');
      const lines = [{ at: 0, text: () => `update VM ${guest.vmid}: ${options}` }];
      const plan = { takes: duration.moment, lines, effect: change };
      return { data: guestWorker(call.world, call.who, guest, 'config', plan) };
    },
  };
}

function read(call: Call, kind: GuestKind): Reply {
  const guest = guestOf(call, kind);
  const name = call.parameters.text('snapshot');
  if (name === undefined) return { data: configOf(guest, { current: call.parameters.flag('current') }) };
  const snapshot = guest.snapshots.find((each) => each.name === name);
  if (snapshot === undefined) throw failure(`snapshot '${name}' does not exist`);
  const { config, snaptime, description } = snapshot;
  return { data: { ...config, snaptime, description } };
}
