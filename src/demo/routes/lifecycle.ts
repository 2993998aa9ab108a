import { failure, wrongParameters } from '../errors.ts';
import { refuseLocked } from '../guests.ts';
import { haRequest } from '../ha.ts';
import { flag, type ParameterSpecs, rootOnly, splitList, text } from '../parameters.ts';
import { type Call, guestOf, type Reply, type Route, required } from '../route.ts';
import { type Cluster, findNode, type GuestKind, label } from '../state.ts';
import { duration, guestWorker, migrateWorker, powerOff } from '../workers.ts';
import { failWithClones } from './clone.ts';

const destroySpecs: Readonly<Record<GuestKind, ParameterSpecs>> = {
  qemu: { purge: flag, 'destroy-unreferenced-disks': flag, skiplock: rootOnly },
  lxc: { purge: flag, 'destroy-unreferenced-disks': flag, force: flag },
};
const migrateSpecs: Readonly<Record<GuestKind, ParameterSpecs>> = {
  qemu: { target: { ...text, required: true }, online: flag, 'with-local-disks': flag, targetstorage: text },
  lxc: { target: { ...text, required: true }, online: flag, restart: flag, 'target-storage': text },
};

/** Destroying and moving guests. */
export const lifecycleRoutes: readonly Route[] = (['qemu', 'lxc'] as const).flatMap((kind) => [
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
    check: () => failWithClones(world.cluster.guests.values(), guest),
    lines: purge ? [{ at: 0, text: () => `purging ${name} from related configurations..` }] : [],
    effect: () => {
      powerOff(guest);
      forget(world.cluster, guest.vmid, purge);
    },
  });
  return { data: upid };
}

/** Pools and permissions go with the guest; backup jobs keep its VMID unless it is purged. */
function forget(cluster: Cluster, id: number, purge: boolean): void {
  cluster.guests.delete(id);
  cluster.directory.acl.delete(`/vms/${id}`);
  for (const pool of cluster.pools.values()) pool.guests.delete(id);
  if (!purge) return;
  for (const job of cluster.backupJobs.values()) {
    const others = splitList(String(job.vmid ?? '')).filter((each) => each !== String(id));
    if (job.vmid !== undefined) job.vmid = others.join(',');
  }
}

function migrate(call: Call, kind: GuestKind): Reply {
  const guest = guestOf(call, kind);
  const { world, who, parameters } = call;
  const wanted = required(parameters, 'target');
  if (!world.cluster.nodes.some(({ name }) => name === wanted)) throw failure(`no such cluster node '${wanted}'`);
  const target = findNode(world, wanted).name;
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
