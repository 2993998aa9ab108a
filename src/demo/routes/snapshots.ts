import { seconds } from '../clock.ts';
import { disksOf } from '../disks.ts';
import { failure, TaskFailure } from '../errors.ts';
import { failLocked, isTemplate, snapshotList } from '../guests.ts';
import { flag, type ParameterSpec, text } from '../parameters.ts';
import { type Call, guestOf, type Reply, type Route, required } from '../route.ts';
import type { Guest, GuestKind, Snapshot } from '../state.ts';
import { duration, guestWorker, powerOff, powerOn } from '../workers.ts';

const snapname: ParameterSpec = {
  ...text,
  required: true,
  maxLength: 40,
  check: (value) =>
    /^[a-z][a-z0-9_-]+$/i.test(value) ? undefined : `invalid format - invalid configuration ID '${value}'\n`,
};
const snapshots = { at: '/vms/{vmid}', any: ['VM.Snapshot'] };
const rollbacks = { at: '/vms/{vmid}', any: ['VM.Snapshot', 'VM.Snapshot.Rollback'] };
const looks = { at: '/vms/{vmid}', any: ['VM.Snapshot', 'VM.Snapshot.Rollback', 'VM.Audit'] };

/** Snapshots. Whether one of this name exists turns out in the task. */
export const snapshotRoutes: readonly Route[] = (['qemu', 'lxc'] as const).flatMap((kind): Route[] => {
  const list = `/nodes/{node}/${kind}/{vmid}/snapshot`;
  const one = `${list}/{snapname}`;
  return [
    {
      method: 'GET',
      path: list,
      privilege: { at: '/vms/{vmid}', any: ['VM.Audit'] },
      answer: (call) => ({ data: snapshotList(guestOf(call, kind)) }),
    },
    {
      method: 'POST',
      path: list,
      privilege: snapshots,
      parameters: { snapname, description: text, ...(kind === 'qemu' ? { vmstate: flag } : {}) },
      answer: (call) => take(call, kind),
    },
    {
      method: 'GET',
      path: one,
      anywhere: true,
      parameters: { snapname },
      answer: () => ({ data: [{ cmd: 'rollback' }, { cmd: 'config' }] }),
    },
    {
      method: 'DELETE',
      path: one,
      privilege: snapshots,
      parameters: { snapname, force: flag },
      answer: (call) => remove(call, kind),
    },
    {
      method: 'POST',
      path: `${one}/rollback`,
      privilege: rollbacks,
      parameters: { snapname, start: flag },
      answer: (call) => rollBack(call, kind),
    },
    {
      method: 'GET',
      path: `${one}/config`,
      privilege: looks,
      parameters: { snapname },
      answer: (call) => readConfig(call, kind),
    },
    {
      method: 'PUT',
      path: `${one}/config`,
      privilege: snapshots,
      parameters: { snapname, description: text },
      answer: (call) => describe(call, kind),
    },
  ];
});

function take(call: Call, kind: GuestKind): Reply {
  const guest = guestOf(call, kind);
  const { world, who, parameters } = call;
  const name = required(parameters, 'snapname');
  if (name === 'current') throw failure("unable to use snapshot name 'current' (reserved name)");
  const described = parameters.text('description') ?? '';
  const disks = disksOf(guest).filter(({ key }) => !key.startsWith('unused'));
  const plan = {
    takes: duration.snapshot,
    check: () => {
      failLocked(guest);
      if (isTemplate(guest)) throw new TaskFailure("you can't take a snapshot if it's a template");
      if (guest.snapshots.some((each) => each.name === name)) {
        throw new TaskFailure(`snapshot name '${name}' already used`);
      }
    },
    lines:
      kind === 'lxc'
        ? []
        : disks.map(({ key, volid }) => ({ at: 100, text: () => `snapshotting 'drive-${key}' (${volid})` })),
    lock: 'snapshot',
    effect: () => {
      const { parent, lock, ...config } = guest.config;
      const snaptime = seconds(world.clock.now());
      const vmstate = parameters.flag('vmstate') && guest.running;
      const after = parent === undefined ? {} : { parent: String(parent) };
      const snapshot: Snapshot = { name, description: described, snaptime, vmstate, config, ...after };
      guest.snapshots = [...guest.snapshots, snapshot];
      guest.config.parent = name;
    },
  };
  return { data: guestWorker(world, who, guest, 'snapshot', plan) };
}

function remove(call: Call, kind: GuestKind): Reply {
  const guest = guestOf(call, kind);
  const name = required(call.parameters, 'snapname');
  const plan = {
    takes: duration.snapshot,
    check: () => {
      failLocked(guest);
      existing(guest, name);
    },
    lock: 'snapshot-delete',
    effect: () => {
      const { parent } = existing(guest, name);
      const others = guest.snapshots.filter((each) => each.name !== name);
      guest.snapshots = others.map((each) => (each.parent === name ? withParent(each, parent) : each));
      if (guest.config.parent !== name) return;
      if (parent === undefined) delete guest.config.parent;
      else guest.config.parent = parent;
    },
  };
  return { data: guestWorker(call.world, call.who, guest, 'delsnapshot', plan) };
}

function rollBack(call: Call, kind: GuestKind): Reply {
  const guest = guestOf(call, kind);
  const { world, who, parameters } = call;
  const name = required(parameters, 'snapname');
  const plan = {
    takes: duration.snapshot,
    check: () => {
      failLocked(guest);
      if (isTemplate(guest)) throw new TaskFailure("you can't rollback if vm is a template");
      existing(guest, name);
    },
    lock: 'rollback',
    effect: () => {
      const { config, vmstate } = existing(guest, name);
      powerOff(guest);
      guest.config = { ...config, parent: name };
      guest.pending = {};
      if (vmstate || parameters.flag('start')) powerOn(world, guest);
    },
  };
  return { data: guestWorker(world, who, guest, 'rollback', plan) };
}

function readConfig(call: Call, kind: GuestKind): Reply {
  const { config, snaptime, description, parent, vmstate } = named(call, kind);
  const state = vmstate ? { vmstate: `local-lvm:vm-${call.parameters.text('vmid')}-state` } : {};
  return { data: { ...config, snaptime, description, ...state, ...(parent === undefined ? {} : { parent }) } };
}

function describe(call: Call, kind: GuestKind): Reply {
  const guest = guestOf(call, kind);
  const changed = named(call, kind);
  const description = call.parameters.text('description') ?? '';
  guest.snapshots = guest.snapshots.map((each) => (each === changed ? { ...each, description } : each));
  return { data: null };
}

function named(call: Call, kind: GuestKind): Snapshot {
  const name = required(call.parameters, 'snapname');
  const found = guestOf(call, kind).snapshots.find((each) => each.name === name);
  if (found === undefined) throw failure(`snapshot '${name}' does not exist`);
  return found;
}

function existing(guest: Guest, name: string): Snapshot {
  const found = guest.snapshots.find((each) => each.name === name);
  if (found === undefined) throw new TaskFailure(`snapshot '${name}' does not exist`);
  return found;
}

function withParent({ parent: _, ...snapshot }: Snapshot, parent: string | undefined): Snapshot {
  return parent === undefined ? snapshot : { ...snapshot, parent };
}
