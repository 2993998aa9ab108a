import { renewAddresses } from '../config.ts';
import { disksOf, freshVolume, storageNamed } from '../disks.ts';
import { failure, TaskFailure } from '../errors.ts';
import { failLocked, isTemplate, refuseLocked } from '../guests.ts';
import { flag, type ParameterSpecs, text, vmid } from '../parameters.ts';
import { type Call, callerMay, callerMust, guestOf, type Reply, type Route, required } from '../route.ts';
import { findNode, type Guest, type GuestKind, label, newGuest } from '../state.ts';
import { duration, guestWorker } from '../workers.ts';

const cloneSpecs: ParameterSpecs = {
  newid: { ...vmid, required: true },
  description: text,
  full: flag,
  pool: text,
  snapname: text,
  storage: text,
  target: text,
};

/** Copies of guests, and guests that are only there to be copied. */
export const cloneRoutes: readonly Route[] = (['qemu', 'lxc'] as const).flatMap((kind): Route[] => [
  {
    method: 'POST',
    path: `/nodes/{node}/${kind}/{vmid}/clone`,
    privilege: { at: '/vms/{vmid}', any: ['VM.Clone'] },
    parameters: { ...cloneSpecs, ...(kind === 'qemu' ? { name: text, format: text } : { hostname: text }) },
    answer: (call) => clone(call, kind),
  },
  {
    method: 'POST',
    path: `/nodes/{node}/${kind}/{vmid}/template`,
    privilege: { at: '/vms/{vmid}', any: ['VM.Allocate'] },
    parameters: kind === 'qemu' ? { disk: text } : {},
    answer: (call) => makeTemplate(call, kind),
  },
]);

/** The copy is there at once, without a name and locked, and complete when the task ends. */
function clone(call: Call, kind: GuestKind): Reply {
  const source = guestOf(call, kind);
  const { world, who, parameters } = call;
  const id = Number(required(parameters, 'newid'));
  const pool = parameters.text('pool');
  if (pool === undefined || !callerMay(call, `/pool/${pool}`, 'VM.Allocate'))
    callerMust(call, `/vms/${id}`, 'VM.Allocate');
  refuseLocked(source);
  const full = parameters.has('full') ? parameters.flag('full') : !isTemplate(source);
  const disks = disksOf(source).filter(({ key }) => !key.startsWith('unused'));
  const [first] = disks;
  if (!full && !isTemplate(source)) {
    throw failure(`Linked clone feature is not supported for drive '${first?.key ?? 'scsi0'}'`);
  }
  const storage = parameters.text('storage');
  if (storage !== undefined) storageNamed(world.cluster, storage);
  for (const used of new Set(disks.map((disk) => storage ?? disk.storage))) {
    callerMust(call, `/storage/${used}`, 'Datastore.AllocateSpace');
  }
  const target = findNode(world, parameters.text('target') ?? source.node).name;
  const local = disks.find((disk) => !storageNamed(world.cluster, disk.storage).shared);
  if (target !== source.node && local !== undefined)
    throw failure(`can't clone to non-shared storage '${local.storage}'`);
  if (world.cluster.guests.has(id))
    throw failure(`unable to create ${label({ kind, vmid: id })}: config file already exists`);

  const base = full ? {} : { base: source.vmid };
  const copy: Guest = { ...newGuest(id, kind, target, { lock: 'clone' }), disk: source.disk, ...base };
  world.cluster.guests.set(id, copy);
  if (pool !== undefined) world.cluster.pools.get(pool)?.guests.add(id);
  const plan = {
    takes: full ? duration.copy : duration.create,
    lines: [
      { at: 0, text: () => `creating a clone of ${label(source)} with ID ${id}` },
      ...disks.map(({ key, volid }) => ({
        at: 200,
        text: () => `create ${full ? 'full' : 'linked'} clone of drive ${key} (${volid})`,
      })),
    ],
    effect: () => {
      copy.config = copiedConfig(source, copy, storage);
      const name = parameters.text(kind === 'qemu' ? 'name' : 'hostname');
      if (name !== undefined) copy.config[kind === 'qemu' ? 'name' : 'hostname'] = name;
      else
        copy.config[kind === 'qemu' ? 'name' : 'hostname'] =
          `Copy-of-${kind === 'qemu' ? 'VM' : 'CT'}-${copiedName(source)}`;
      const described = parameters.text('description');
      if (described !== undefined) copy.config.description = described;
    },
    undo: () => void world.cluster.guests.delete(id),
  };
  return { data: guestWorker(world, who, source, 'clone', plan) };
}

function copiedName({ kind, config, vmid }: Guest): string {
  return String((kind === 'qemu' ? config.name : config.hostname) ?? vmid);
}

// A copy gets disks and hardware addresses of its own, and neither protection nor the template's mark.
function copiedConfig(source: Guest, copy: Guest, storage: string | undefined): Guest['config'] {
  const { template, protection, parent, lock, ...config } = source.config;
  for (const { key, storage: from } of disksOf(source)) {
    if (key.startsWith('unused')) delete config[key];
    else {
      const options = String(config[key]).split(',').slice(1);
      const made: Guest = { ...copy, config };
      config[key] = [freshVolume(made, storage ?? from), ...options].join(',');
    }
  }
  renewAddresses(config, copy.vmid);
  return config;
}

function makeTemplate(call: Call, kind: GuestKind): Reply {
  const guest = guestOf(call, kind);
  refuseLocked(guest);
  const name = kind === 'qemu' ? 'VM' : 'CT';
  if (isTemplate(guest)) throw failure("you can't convert a template to a template");
  if (guest.snapshots.length > 0) throw failure(`unable to create template, because ${name} contains snapshots`);
  if (guest.running) throw failure(`you can't convert a ${name} to template if ${name} is running`);
  const effect = (): void => {
    guest.config.template = 1;
    for (const { key, volid } of disksOf(guest)) {
      guest.config[key] = String(guest.config[key]).replace(volid, volid.replace(':vm-', ':base-'));
    }
  };
  if (kind === 'lxc') {
    effect();
    return { data: null };
  }
  return { data: guestWorker(call.world, call.who, guest, 'template', { takes: duration.moment, effect }) };
}

/** Fails the task while a linked clone stands on the template's disks. */
export function failWithClones(guests: Iterable<Guest>, template: Guest): void {
  failLocked(template);
  for (const { base } of guests) {
    if (base !== template.vmid) continue;
    const [, volume = ''] = (disksOf(template)[0]?.volid ?? '').split(':');
    throw new TaskFailure(`base volume '${volume}' is still in use by linked clones`);
  }
}
