import { failure } from '../errors.ts';
import { flag, splitList, text } from '../parameters.ts';
import { type Pool, poolAt } from '../permissions.ts';
import { guestResources, storageResources } from '../resources.ts';
import { type Call, callerMay, callerMust, type Reply, type Route, required } from '../route.ts';

const one = '/pools/{poolid}';
const needed = { ...text, required: true } as const;
const filter = { type: { ...text, values: ['qemu', 'lxc', 'storage'] } };
const changes = { at: '/pool/{poolid}', any: ['Pool.Allocate'] };
const changed = { comment: text, vms: text, storage: text, delete: flag, 'allow-move': flag };

/** Pools: what is looked after together. */
export const poolRoutes: readonly Route[] = [
  { method: 'GET', path: '/pools', parameters: { ...filter, poolid: text }, answer: list },
  { method: 'POST', path: '/pools', parameters: { poolid: needed, comment: text }, answer: create },
  { method: 'PUT', path: '/pools', parameters: { ...changed, poolid: needed }, answer: update },
  { method: 'DELETE', path: '/pools', parameters: { poolid: needed }, answer: remove },
  {
    method: 'GET',
    path: one,
    privilege: { at: '/pool/{poolid}', any: ['Pool.Audit'] },
    parameters: filter,
    answer: (call) => ({ data: whole(call, required(call.parameters, 'poolid')) }),
  },
  { method: 'PUT', path: one, privilege: changes, parameters: changed, answer: update },
  { method: 'DELETE', path: one, privilege: changes, answer: remove },
];

function list(call: Call): Reply {
  const wanted = call.parameters.text('poolid');
  if (wanted !== undefined) {
    callerMust(call, `/pool/${wanted}`, 'Pool.Audit');
    return { data: [whole(call, wanted)] };
  }
  const seen = [...call.world.cluster.pools].filter(([name]) => callerMay(call, `/pool/${name}`, 'Pool.Audit'));
  return { data: seen.map(([name, pool]) => ({ poolid: name, ...commentOf(pool) })) };
}

function commentOf({ comment }: Pool): { readonly comment?: string } {
  return comment === undefined ? {} : { comment };
}

function poolNamed({ world }: Call, name: string): Pool {
  const pool = world.cluster.pools.get(name);
  if (pool === undefined) throw failure(`pool '${name}' does not exist`);
  return pool;
}

function whole(call: Call, name: string): Record<string, unknown> {
  const pool = poolNamed(call, name);
  const type = call.parameters.text('type');
  const guests = guestResources(call).filter(({ vmid }) => pool.guests.has(Number(vmid)));
  const storages = call.world.cluster.storages.filter(({ id }) => pool.storages.has(id));
  const members = [
    ...guests.map(({ pool: _, tags, lock, hastate, ...member }) => member),
    ...storages.flatMap((storage) => storageResources(call, storage)),
  ];
  return {
    poolid: name,
    ...commentOf(pool),
    members: members.filter((member) => type === undefined || member.type === type),
  };
}

function create(call: Call): Reply {
  const name = required(call.parameters, 'poolid');
  callerMust(call, `/pool/${name}`, 'Pool.Allocate');
  const { pools } = call.world.cluster;
  if (pools.has(name)) throw failure(`create pool failed: pool '${name}' already exists`);
  pools.set(name, { comment: call.parameters.text('comment'), guests: new Set(), storages: new Set() });
  return { data: null };
}

function update(call: Call): Reply {
  const { parameters, world } = call;
  const name = required(parameters, 'poolid');
  callerMust(call, `/pool/${name}`, 'Pool.Allocate');
  const pool = poolNamed(call, name);
  const guests = splitList(parameters.text('vms') ?? '').map(Number);
  const storages = splitList(parameters.text('storage') ?? '');
  const taken = parameters.flag('delete');
  for (const vmid of guests) {
    callerMust(call, `/vms/${vmid}`, 'VM.Allocate');
    const other = poolAt(world.cluster.pools, `/vms/${vmid}`);
    if (taken) {
      if (other !== name) throw failure(`update pools failed: VM ${vmid} is not a pool member`);
    } else if (other === name) throw failure(`update pools failed: VM ${vmid} is already a pool member`);
    else if (other !== undefined && !parameters.flag('allow-move')) {
      throw failure(`update pools failed: VM ${vmid} belongs already to pool '${other}' and allow-move is not set`);
    }
  }
  for (const id of storages) callerMust(call, `/storage/${id}`, 'Datastore.Allocate');
  for (const vmid of guests) {
    for (const each of world.cluster.pools.values()) each.guests.delete(vmid);
    if (!taken) pool.guests.add(vmid);
  }
  for (const id of storages) {
    if (taken) pool.storages.delete(id);
    else pool.storages.add(id);
  }
  pool.comment = parameters.text('comment') ?? pool.comment;
  return { data: null };
}

function remove(call: Call): Reply {
  const name = required(call.parameters, 'poolid');
  callerMust(call, `/pool/${name}`, 'Pool.Allocate');
  const { guests, storages } = poolNamed(call, name);
  if (guests.size + storages.size > 0) throw failure(`delete pool failed: pool '${name}' is not empty`);
  call.world.cluster.pools.delete(name);
  call.world.cluster.directory.acl.delete(`/pool/${name}`);
  return { data: null };
}
