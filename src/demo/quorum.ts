import { failure } from './errors.ts';
import type { Route } from './route.ts';

const lockMs = 10_000; // how long PVE tries to take a lock
// What needs nothing from the cluster's file system.
const local = /^\/access\/ticket$|\/tasks\/|\/agent\/|\/services\//;
const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', DELETE: 'delete' };

/**
 * Throws what PVE says to a write while the cluster has no quorum, so that nothing can be stored.
 * @param variables of the path
 */
export function refuseWithoutQuorum({ method, path }: Route, variables: Readonly<Record<string, string>>): void {
  if (local.test(path)) return;
  const kind = /^\/access\/(user|group|role)s/.exec(path)?.[1];
  if (kind !== undefined) throw failure(`${verbs[method]} ${kind} failed: cfs-lock 'file-user_cfg' error: no quorum!`);
  if (path.startsWith('/access/')) throw failure("cfs-lock 'file-user_cfg' error: no quorum!");
  if (method === 'PUT' && path.includes('/qemu/')) {
    throw failure(`can't lock file '/var/lock/qemu-server/lock-${variables.vmid}.conf' - got timeout`, lockMs);
  }
  if (method === 'PUT' && path.includes('/lxc/')) {
    throw failure(`can't lock file '/run/lock/lxc/pve-config-${variables.vmid}.lock' - got timeout`, lockMs);
  }
  throw failure('cluster not ready - no quorum?');
}
