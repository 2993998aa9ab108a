import { createHash } from 'node:crypto';
import { storageNamed } from '../disks.ts';
import { failure } from '../errors.ts';
import { flag, splitList, text } from '../parameters.ts';
import { type Call, callerMay, index, nodeOf, type Reply, type Route, required } from '../route.ts';
import type { Storage } from '../state.ts';

const audit = { at: '/storage/{storage}', any: ['Datastore.Audit', 'Datastore.AllocateSpace'] } as const;
const types = ['dir', 'lvmthin', 'nfs'] as const;

/** Storages: their definitions and their state on a node. */
export const storageRoutes: readonly Route[] = [
  { method: 'GET', path: '/storage', parameters: { type: { ...text, values: types } }, answer: definitions },
  {
    method: 'GET',
    path: '/nodes/{node}/storage',
    parameters: { content: text, storage: text, target: text, enabled: flag, format: flag },
    answer: list,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage/{storage}',
    privilege: audit,
    answer: (call) => {
      storageOf(call);
      return index('subdir', 'content download-url prunebackups rrddata status'.split(' '));
    },
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage/{storage}/status',
    privilege: audit,
    answer: (call) => ({ data: state(storageOf(call)) }),
  },
  {
    method: 'GET',
    path: '/storage/{storage}',
    privilege: { at: '/storage/{storage}', any: ['Datastore.Allocate'] },
    answer: (call) => ({ data: definition(call, namedStorage(call)) }),
  },
  {
    method: 'PUT',
    path: '/storage/{storage}',
    privilege: { at: '/storage', any: ['Datastore.Allocate'] },
    parameters: { content: text, disable: flag, 'prune-backups': text, delete: text, digest: text },
    answer: update,
  },
];

function definitions(call: Call): Reply {
  const wanted = call.parameters.text('type');
  const listed = visible(call).filter(({ type }) => wanted === undefined || type === wanted);
  return { data: listed.map((storage) => definition(call, storage)) };
}

function definition(
  { world }: Call,
  { id, type, content, shared, disabled, options }: Storage,
): Record<string, unknown> {
  const settings = world.cluster.storages.map((each) => [each.id, each.content, each.options]);
  const digest = createHash('sha1').update(JSON.stringify(settings)).digest('hex');
  const flags = { ...(shared ? { shared: 1 } : {}), ...(disabled ? { disable: 1 } : {}) };
  return { storage: id, type, content, ...options, ...flags, digest };
}

function update(call: Call): Reply {
  const storage = namedStorage(call);
  const { parameters } = call;
  const gone = splitList(parameters.text('delete') ?? '');
  const prune = parameters.text('prune-backups');
  const options = { ...storage.options, ...(prune === undefined ? {} : { 'prune-backups': prune }) };
  storage.options = Object.fromEntries(Object.entries(options).filter(([name]) => !gone.includes(name)));
  storage.content = parameters.text('content') ?? storage.content;
  if (parameters.has('disable') || gone.includes('disable')) storage.disabled = parameters.flag('disable');
  return { data: { storage: storage.id, type: storage.type } };
}

function list(call: Call): Reply {
  const { parameters } = call;
  nodeOf(call);
  const contents = parameters.text('content')?.split(',');
  const wanted = parameters.text('storage');
  const listed = visible(call).filter(
    ({ id, content, disabled }) =>
      (wanted === undefined || id === wanted) &&
      (!parameters.flag('enabled') || !disabled) &&
      (contents === undefined || content.split(',').some((type) => contents.includes(type))),
  );
  return {
    data: listed.map((storage) => ({
      storage: storage.id,
      ...state(storage),
      ...(storage.disabled ? {} : { used_fraction: storage.used / storage.total }),
    })),
  };
}

function state({ type, content, shared, disabled, total, used }: Storage): Record<string, unknown> {
  const on = disabled ? 0 : 1;
  return { type, content, shared: shared ? 1 : 0, active: on, enabled: on, total, used, avail: total - used };
}

function visible(call: Call): Storage[] {
  return call.world.cluster.storages.filter(({ id }) => callerMay(call, `/storage/${id}`, ...audit.any));
}

/** The storage that the path names; PVE's 500 when there is none, or it is disabled. */
export function storageOf(call: Call): Storage {
  nodeOf(call);
  return storageNamed(call.world.cluster, required(call.parameters, 'storage'));
}

function namedStorage(call: Call): Storage {
  const id = required(call.parameters, 'storage');
  const storage = call.world.cluster.storages.find((each) => each.id === id);
  if (storage === undefined) throw failure(`storage '${id}' does not exist`);
  return storage;
}
