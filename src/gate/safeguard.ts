import { createPveClient, type PveClient } from '../pve/client.ts';
import { guestPath } from '../pve/guest.ts';
import { readFeature } from '../pve/guest-parts.ts';
import type { SendOptions } from '../pve/request.ts';
import { assess } from './assess.ts';
import type { Call, Sight } from './call.ts';
import { guestLabel, targetLabel } from './labels.ts';
import { toOperation } from './operation.ts';
import { isSet, listed } from './risk/rule.ts';
import { riskRule } from './risk.ts';
import type { ApiOperation, Assessment, GuestFacts, ProposedApi, Safeguard, TargetFacts } from './types.ts';

/** A person waits for the question: what takes longer to find out is not offered, milliseconds. */
const patience = 3000;

/** What can be done before a step, so that there is a way back; `any`: the step itself needs none. */
type Way = Safeguard['kind'] | 'any';

/**
 * By the line of the risk table. A snapshot goes with the guest that is deleted, stands in the way of what no guest with
 * snapshots may be put to, and holds neither unused disks nor other snapshots. What is not named here has no safeguard.
 */
const ways: Readonly<Record<string, Way | ((params: ApiOperation['params']) => Way | undefined)>> = {
  'PUT /nodes/{node}/qemu/{vmid}/config': ofSettings,
  'POST /nodes/{node}/qemu/{vmid}/config': ofSettings,
  'PUT /nodes/{node}/lxc/{vmid}/config': ofSettings,
  'PUT /nodes/{node}/qemu/{vmid}/cloudinit': 'snapshot',
  'PUT /nodes/{node}/{guest}/{vmid}/resize': 'snapshot',
  // A disk with snapshots cannot be taken from its source.
  'POST /nodes/{node}/qemu/{vmid}/move_disk': ({ delete: gone }) => (isSet(gone) ? 'backup' : 'snapshot'),
  'POST /nodes/{node}/lxc/{vmid}/move_volume': ({ delete: gone }) => (isSet(gone) ? 'backup' : 'snapshot'),
  'PUT /nodes/{node}/qemu/{vmid}/unlink': ({ idlist }) => (namesUnused(idlist) ? undefined : 'backup'),
  // A guest with snapshots becomes no template, and some storages roll back to the newest snapshot alone.
  'POST /nodes/{node}/{guest}/{vmid}/template': 'backup',
  'POST /nodes/{node}/{guest}/{vmid}/snapshot/{snapname}/rollback': 'backup',
  'POST /nodes/{node}/{guest}/{vmid}/remote_migrate': 'backup',
  'DELETE /nodes/{node}/{guest}/{vmid}': 'backup',
  'POST /nodes/{node}/qemu': 'backup',
  'POST /nodes/{node}/lxc': 'backup',
  'POST /nodes/{node}/{guest}/{vmid}/status/start': 'any',
  'POST /nodes/{node}/{guest}/{vmid}/status/shutdown': 'any',
  'POST /nodes/{node}/{guest}/{vmid}/status/reboot': 'any',
  'POST /nodes/{node}/{guest}/{vmid}/status/stop': 'any',
};

/**
 * What can be done first, so that a person can go back: a snapshot where it outlives the plan and the guest's disks allow
 * it, else a backup where a storage takes one. Only for plans that change one guest that is there and not locked.
 * @returns nothing where there is no such way, the privileges for it are missing, or it cannot be found out in time
 */
export async function safeguardOf(
  { profile, send, steps }: Pick<Sight, 'profile' | 'send' | 'steps'>,
  { signal, clock }: Pick<Call, 'signal' | 'clock'>,
): Promise<Safeguard | undefined> {
  const wanted = wantedFor(steps);
  if (wanted === undefined) return undefined;
  // One limit for all of it, however many storages there are.
  const options = { signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]) };
  const found = await findWay(createPveClient(send), wanted, nameAt(clock.now()), options).catch(() => undefined);
  if (found === undefined) return undefined;
  const operation = toOperation(found.operation, profile);
  const step = assess(operation, factsOf(operation, wanted), profile.policies);
  return { kind: found.kind, step };
}

interface Wanted {
  readonly guest: GuestFacts;
  readonly facts: TargetFacts;
  readonly kind: Safeguard['kind'];
}

function wantedFor(steps: readonly Assessment[]): Wanted | undefined {
  const changing = steps.filter(({ risk }) => risk !== 'read');
  const [facts] = changing.map((step) => step.facts);
  const guest = facts?.guest;
  if (facts === undefined || guest === undefined || guest.isNew === true || guest.lock !== undefined) return undefined;
  if (changing.some((step) => step.facts.guest?.vmid !== guest.vmid)) return undefined;
  const found = changing.map(wayOf);
  if (found.includes(undefined) || found.every((way) => way === 'any')) return undefined;
  return { guest, facts, kind: found.includes('backup') ? 'backup' : 'snapshot' };
}

function wayOf({ operation }: Assessment): Way | undefined {
  if (operation.kind === 'file') return operation.direction === 'upload' ? 'snapshot' : 'any';
  if (operation.kind === 'command') return 'snapshot';
  const rule = riskRule(operation);
  const way = rule === undefined ? undefined : ways[`${rule.method} ${rule.path}`];
  return typeof way === 'function' ? way(operation.params) : way;
}

function ofSettings({ delete: gone, force }: ApiOperation['params']): Way | undefined {
  if (namesUnused(gone)) return undefined;
  return isSet(force) ? 'backup' : 'snapshot';
}

function namesUnused(names: ApiOperation['params'][string] | undefined): boolean {
  return listed(names).some((name) => name.startsWith('unused'));
}

interface Found {
  readonly kind: Safeguard['kind'];
  readonly operation: ProposedApi;
}

async function findWay(
  client: PveClient,
  wanted: Wanted,
  name: string,
  options: SendOptions,
): Promise<Found | undefined> {
  const { guest, kind } = wanted;
  const may = await privileges(client, `/vms/${guest.vmid}`, options);
  if (kind === 'snapshot' && may('VM.Snapshot') && (await canSnapshot(client, guest, options))) {
    const params = { snapname: name, description: 'Taken before a change that was approved in the editor.' };
    return { kind, operation: { kind: 'api', method: 'POST', segments: [...guestPath(guest), 'snapshot'], params } };
  }
  const storage = may('VM.Backup') ? await backupStorage(client, guest, options) : undefined;
  if (storage === undefined) return undefined;
  const segments = ['nodes', guest.node, 'vzdump'];
  // Without `remove=0` older backups would be pruned.
  const params = {
    vmid: String(guest.vmid),
    storage,
    mode: 'snapshot',
    compress: 'zstd',
    remove: '0',
    'notes-template': name,
  };
  return { kind: 'backup', operation: { kind: 'api', method: 'POST', segments, params } };
}

/** GET `…/feature`: whether all disks of the guest are on storages with snapshots. */
async function canSnapshot({ send }: PveClient, guest: GuestFacts, options: SendOptions): Promise<boolean> {
  const path = [...guestPath(guest), 'feature'];
  return readFeature((await send({ method: 'GET', path, params: { feature: 'snapshot' } }, options)).data);
}

/** The storage with the most room, among those of the node that take backups and where the connection may make one. */
async function backupStorage(
  client: PveClient,
  { node }: GuestFacts,
  options: SendOptions,
): Promise<string | undefined> {
  const storages = (await client.storages(node, options))
    .filter(({ content, active, enabled }) => content.includes('backup') && active !== false && enabled !== false)
    .sort((a, b) => (b.avail ?? 0) - (a.avail ?? 0));
  for (const { storage } of storages)
    if ((await privileges(client, `/storage/${storage}`, options))('Datastore.AllocateSpace')) return storage;
  return undefined;
}

/** What the connection may do there (GET `/access/permissions`); where that cannot be told, Proxmox VE itself refuses. */
async function privileges(client: PveClient, path: string, options: SendOptions): Promise<(name: string) => boolean> {
  const held = await client.permissions(path, options).catch((error: unknown) => {
    if (options.signal?.aborted) throw error;
  });
  return (name) => held === undefined || Object.hasOwn(held[path] ?? {}, name);
}

function factsOf(operation: ReturnType<typeof toOperation>, { guest, facts }: Wanted): TargetFacts {
  const label = guestLabel(guest);
  const { touches } = facts;
  const rest = { node: guest.node, guest, ...(touches === undefined ? {} : { touches }) };
  const part = operation.kind === 'api' && operation.segments.includes('snapshot') ? targetLabel(operation) : undefined;
  return part === undefined ? { label, ...rest } : { label: `${part} of ${label}`, part, ...rest };
}

/** `before_20261130_224500`, UTC. */
function nameAt(now: number): string {
  const [date = '', time = ''] = new Date(now)
    .toISOString()
    .replaceAll(/[-:]|\..*$/g, '')
    .split('T');
  return `before_${date}_${time}`;
}
