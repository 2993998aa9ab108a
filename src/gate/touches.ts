import { createPveClient } from '../pve/client.ts';
import { isVmid } from '../pve/guest.ts';
import type { Resource } from '../pve/records.ts';
import type { Send, SendOptions } from '../pve/request.ts';
import { guestsNamed } from './command/guests.ts';
import { isDangerousWrite } from './command/secret-paths.ts';
import { verdictOn } from './command-operation.ts';
import { ownersIn } from './owners.ts';
import type { Policy } from './policy.ts';
import { isSet } from './risk.ts';
import type { ApiOperation, FileOperation, GuestFacts, Operation } from './types.ts';

/** A guest that an operation reaches: its target, or the owner of a disk or backup that it names. */
export interface TouchedGuest {
  readonly vmid: number;
  readonly node?: string;
  readonly pool?: string;
  readonly tags: readonly string[];
}

/**
 * The guests that an operation reaches, as far as its policies need to know them: its target, the owners of disks and
 * backups that it names, lists of VMIDs, and everything for bulk actions without a list and for what takes a node, its
 * disks or a storage away from under its guests (G14). One request, GET
 * /cluster/resources; a VMID that is not in it must be free (GET /cluster/nextid), else it is a guest that is kept from us.
 * @returns nothing when the cluster did not tell: who needs to know denies then.
 */
export async function readTouches(
  send: Send,
  operation: Operation,
  guest: GuestFacts | undefined,
  policies: readonly Policy[],
  options: SendOptions,
): Promise<readonly TouchedGuest[] | undefined> {
  const named = namedGuests(operation);
  const needsMore = policies.some(({ pool, tag, node }) => (pool ?? tag ?? node) !== undefined);
  if (named !== 'all' && (named.length === 0 || !needsMore)) return named.map((vmid) => ({ vmid, tags: [] }));
  try {
    const known = (await createPveClient(send).resources('vm', options)).flatMap(toTouched);
    if (named === 'all') return known.filter(({ node }) => isOnNode(operation, node));
    // The overview is some seconds old; what the guest itself says counts as well.
    const own = known.flatMap((one) =>
      guest?.vmid === one.vmid ? [{ ...one, node: guest.node, tags: [...one.tags, ...guest.tags] }] : [],
    );
    const unknown = named.filter((vmid) => !known.some((one) => one.vmid === vmid));
    for (const vmid of unknown) await send({ method: 'GET', path: ['cluster', 'nextid'], params: { vmid } }, options);
    return [...known, ...own].filter(({ vmid }) => named.includes(vmid));
  } catch {
    return undefined;
  }
}

/** The VMIDs that segments and parameters name, in whichever way Proxmox VE writes them. */
export function namedGuests(operation: Operation): readonly number[] | 'all' {
  if (operation.kind === 'api') return namedIn(operation);
  const { target } = operation;
  const named = operation.kind === 'command' ? verdictOn(operation).guests : ownersOf(operation);
  if (named === 'all') return target.at === 'host' ? 'all' : [target.vmid];
  return target.at === 'host' ? named : [...new Set([target.vmid, ...named])];
}

/** Whose file it is. What decides how a node works is of all its guests, as it is where a command writes it. */
function ownersOf({ direction, target, remotePath }: FileOperation): readonly number[] | 'all' {
  if (target.at !== 'host') return ownersIn(remotePath).map(Number);
  const named = [...new Set(guestsNamed(remotePath))];
  return named.length === 0 && direction === 'upload' && isDangerousWrite(remotePath) ? 'all' : named;
}

function namedIn({ method, segments, params }: ApiOperation): readonly number[] | 'all' {
  if (method !== 'GET' && (isBulk(segments, params) || isBelowGuests(method, segments))) return 'all';
  const [root, , kind, vmid = ''] = segments;
  const isGuest = root === 'nodes' && (kind === 'qemu' || kind === 'lxc');
  // HA takes the number alone as well as `vm:100`.
  const target = isGuest || segments.slice(0, 3).join('/') === 'cluster/ha/resources' ? [vmid] : [];
  // Proxmox VE takes the rest of the path for one volume, slashes and all.
  const volume = segments.slice(segments.indexOf('content') + 1).join('/');
  const words = [...segments, volume, ...Object.values(params).flat()].flatMap((value) => value.split(/[,;\s]+/));
  const lists = Object.entries(params).flatMap(([name, value]) =>
    vmidParameters.includes(name) ? [value].flat().flatMap((one) => one.split(/[,;\s]+/)) : [],
  );
  const owners = words.flatMap(ownersIn);
  return [...new Set([...target, ...lists, ...owners].filter(isVmid).map(Number))];
}

const vmidParameters = ['vmid', 'vmids', 'vms', 'newid', 'guest', 'target-vmid', 'vmid-list', 'sid'];
/** Acts on every guest of a node or of the cluster, unless a list says otherwise. */
function isBulk(segments: readonly string[], params: ApiOperation['params']): boolean {
  const last = segments.at(-1) ?? '';
  const all = bulkActions.includes(last) || segments.includes('bulk-action');
  if (all) return !namesAny(params.vms) && !namesAny(params.vmids);
  const ofBackups = ['vzdump', 'prunebackups'].includes(last) || segments.slice(0, 2).join('/') === 'cluster/backup';
  return ofBackups && (isSet(params.all) || params.pool !== undefined || !namesAny(params.vmid));
}

/** Acts on what guests stand on: the power of a node, its disks and Ceph, a storage's definition, the cluster and its HA. */
function isBelowGuests(method: ApiOperation['method'], [root, name, area]: readonly string[]): boolean {
  if (root === 'storage') return method !== 'POST';
  if (root === 'cluster') return name === 'ceph' || name === 'config' || (name === 'ha' && area === 'status');
  return root === 'nodes' && ['status', 'disks', 'ceph'].includes(area ?? '');
}

/** An empty list is none. */
function namesAny(list: ApiOperation['params'][string] | undefined): boolean {
  return [list ?? ''].flat().some((word) => /\d/.test(word));
}

const bulkActions = ['startall', 'stopall', 'suspendall', 'migrateall'];

/** Whichever node answers is `localhost` too, and a storage or Ceph may hold what belongs to guests of all nodes. */
function isOnNode(operation: Operation, node: string | undefined): boolean {
  // A command may reach what is shared between nodes.
  if (operation.kind !== 'api') return true;
  const [root, where, what = ''] = operation.segments;
  const isOfAll = root !== 'nodes' || what === 'storage' || what === 'ceph';
  return isOfAll || node === undefined || where === node || where === 'localhost';
}

/** A row of GET /cluster/resources as rules see it; nothing for what is no guest. */
export function toTouched({ vmid, node, pool, tags = [] }: Resource): TouchedGuest[] {
  if (vmid === undefined) return [];
  return [{ vmid, ...(node === undefined ? {} : { node }), ...(pool === undefined ? {} : { pool }), tags }];
}
