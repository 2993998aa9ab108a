import { checkSetting, createSpecs, settingsOf } from '../config.ts';
import { failure, wrongParameters } from '../errors.ts';
import { failLocked, refuseLocked } from '../guests.ts';
import { haRequest } from '../ha.ts';
import { flag, type ParameterSpecs, rootOnly, text, vmid } from '../parameters.ts';
import { type Call, callerMust, guestOf, nodeOf, type Reply, type Route, required } from '../route.ts';
import { findNode, type Guest, type GuestKind, label } from '../state.ts';
import { startTask } from '../tasks.ts';
import { duration, guestWorker, migrateWorker, powerOff } from '../workers.ts';

const destroySpecs: Readonly<Record<GuestKind, ParameterSpecs>> = {
  qemu: { purge: flag, 'destroy-unreferenced-disks': flag, skiplock: rootOnly },
  lxc: { purge: flag, 'destroy-unreferenced-disks': flag, force: flag },
};
const migrateSpecs: Readonly<Record<GuestKind, ParameterSpecs>> = {
  qemu: { target: { ...text, required: true }, online: flag, 'with-local-disks': flag },
  lxc: { target: { ...text, required: true }, online: flag, restart: flag },
};

/** Creating, destroying and moving guests. */
export const lifecycleRoutes: readonly Route[] = (['qemu', 'lxc'] as const).flatMap((kind) => [
  {
    method: 'POST',
    path: `/nodes/{node}/${kind}`,
    parameters: {
      ...createSpecs[kind],
      vmid: { ...vmid, required: true },
      ...(kind === 'lxc' ? { ostemplate: { ...text, required: true } } : {}),
    },
    answer: (call) => create(call, kind),
  },
  {
    method: 'DELETE',
    path: `/nodes/{node}/${kind}/{vmid}`,
    privilege: { at: '/vms/{vmid}', any: ['VM.Allocate'] },
    parameters: destroySpecs[kind],
    answer: (call) => destroy(call, kind),
  },
  {
    method: 'POST',
    path: `/nodes/{node}/${kind}/{vmid}/migrate`,
    privilege: { at: '/vms/{vmid}', any: ['VM.Migrate'] },
    parameters: migrateSpecs[kind],
    answer: (call) => migrate(call, kind),
  },
]);

function create(call: Call, kind: GuestKind): Reply {
  const { world, who, parameters } = call;
  const id = Number(required(parameters, 'vmid'));
  const node = nodeOf(call).name;
  callerMust(call, `/vms/${id}`, 'VM.Allocate');
  const settings = settingsOf(call, kind);
  for (const key of Object.keys(settings)) checkSetting(call, id, key);
  const taken = world.cluster.guests.get(id);
  if (taken !== undefined) {
    const own = label({ kind, vmid: id });
    throw failure(`unable to create ${own} - ${label(taken)} already exists on node '${taken.node}'`);
  }
  const guest = newGuest(id, kind, node, settings);
  world.cluster.guests.set(id, guest);
  const effect = (): void => {
    delete guest.config.lock;
  };
  const type = kind === 'qemu' ? 'qmcreate' : 'vzcreate';
  return { data: startTask(world, { node, type, id: String(id), who, guest, takes: duration.create, effect }) };
}

function newGuest(id: number, kind: GuestKind, node: string, settings: Guest['config']): Guest {
  return {
    vmid: id,
    kind,
    node,
    config: { ...(kind === 'lxc' ? { arch: 'amd64', ostype: 'debian' } : {}), ...settings, lock: 'create' },
    running: false,
    paused: false,
    startedAt: 0,
    pid: 0,
    disk: 0,
    load: 0.05,
    snapshots: [],
    ha: undefined,
    reported: undefined,
    lockQueue: [],
  };
}

function destroy(call: Call, kind: GuestKind): Reply {
  const guest = guestOf(call, kind);
  const { world, who, parameters } = call;
  const name = label(guest);
  const purge = parameters.flag('purge');
  const force = parameters.flag('force');
  if (guest.config.protection === 1) throw failure(`can't remove ${name} - protection mode enabled`);
  if (guest.ha !== undefined && !purge) {
    throw failure(`unable to remove ${name} - used in HA resources and purge parameter not set.`);
  }
  if (guest.running && kind === 'qemu') throw failure(`${name} is running - destroy failed`);
  if (guest.running && !force) throw failure(`unable to destroy ${name} - container is running`);
  const upid = guestWorker(world, who, guest, 'destroy', {
    takes: duration.destroy,
    check: () => failLocked(guest),
    lines: purge ? [{ at: 0, text: () => `purging ${name} from related configurations..` }] : [],
    effect: () => {
      powerOff(guest);
      world.cluster.guests.delete(guest.vmid);
    },
  });
  return { data: upid };
}

function migrate(call: Call, kind: GuestKind): Reply {
  const guest = guestOf(call, kind);
  const { world, who, parameters } = call;
  const wanted = required(parameters, 'target');
  if (!world.cluster.nodes.some(({ name }) => name === wanted)) throw failure(`no such cluster node '${wanted}'`);
  const target = findNode(world.cluster, wanted).name;
  if (target === guest.node) throw wrongParameters({ target: 'target is local node.' });
  refuseLocked(guest);
  if (guest.running) {
    if (kind === 'qemu' && !parameters.flag('online')) throw failure("can't migrate running VM without --online");
    if (kind === 'lxc' && !parameters.flag('online') && !parameters.flag('restart')) {
      throw failure("can't migrate running container without --online or --restart");
    }
  }
  if (guest.ha !== undefined) return { data: haRequest(world, who, guest, guest.ha, { kind: 'migrate', target }) };
  return { data: migrateWorker(world, who, guest, { target, localDisks: parameters.flag('with-local-disks') }) };
}
