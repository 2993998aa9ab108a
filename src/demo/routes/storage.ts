import { createHash } from 'node:crypto';
import { isOn } from '../ailments.ts';
import { storageNamed } from '../disks.ts';
import { failure } from '../errors.ts';
import { flag, type ParameterSpecs, splitList, text } from '../parameters.ts';
import { type Call, callerMay, index, nodeOf, type Reply, type Route, required } from '../route.ts';
import type { Storage } from '../state.ts';

const audit = { at: '/storage/{storage}', any: ['Datastore.Audit', 'Datastore.AllocateSpace'] } as const;
const types = ['dir', 'lvmthin', 'nfs', 'cifs', 'pbs'] as const;
const allocates = { at: '/storage', any: ['Datastore.Allocate'] } as const;
const optionNames = 'path server export share datastore fingerprint vgname thinpool prune-backups nodes username'.split(
  ' ',
);
const settings: ParameterSpecs = {
  ...Object.fromEntries(optionNames.map((name) => [name, text])),
  content: text,
  disable: flag,
  shared: flag,
  password: text,
};

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
    method: 'POST',
    path: '/storage',
    privilege: allocates,
    parameters: { ...settings, storage: { ...text, required: true }, type: { ...text, required: true, values: types } },
    answer: create,
  },
  { method: 'DELETE', path: '/storage/{storage}', privilege: allocates, answer: remove },
  {
    method: 'PUT',
    path: '/storage/{storage}',
    privilege: allocates,
    parameters: { ...settings, delete: text, digest: text },
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
  const only = world.cluster.ailments.storageNodes.get(id);
  const nodes = only === undefined ? {} : { nodes: only.join(',') };
  return { storage: id, type, content, ...options, ...flags, ...nodes, digest };
}

function update(call: Call): Reply {
  const storage = namedStorage(call);
  const { parameters } = call;
  const gone = splitList(parameters.text('delete') ?? '');
  if (parameters.has('digest') && parameters.text('digest') !== definition(call, storage).digest)
    throw failure('detected modified configuration - file changed by other user? Try again.');
  const options = { ...storage.options, ...sentOptions(call) };
  storage.options = Object.fromEntries(Object.entries(options).filter(([name]) => !gone.includes(name)));
  storage.content = parameters.text('content') ?? storage.content;
  if (parameters.has('disable') || gone.includes('disable')) storage.disabled = parameters.flag('disable');
  return { data: { storage: storage.id, type: storage.type } };
}

function sentOptions({ parameters }: Call): Record<string, string> {
  return Object.fromEntries(
    optionNames.flatMap((name) => (parameters.has(name) ? [[name, parameters.text(name) ?? '']] : [])),
  );
}

function create(call: Call): Reply {
  const { parameters, world } = call;
  const id = required(parameters, 'storage');
  const type = types.find((each) => each === parameters.text('type')) ?? 'dir';
  const { storages } = world.cluster;
  if (storages.some((each) => each.id === id))
    throw failure(`create storage failed: storage ID '${id}' already defined`);
  storages.push({
    id,
    type,
    shared: parameters.flag('shared') || !['dir', 'lvmthin'].includes(type),
    content: parameters.text('content') ?? (type === 'pbs' ? 'backup' : 'images,rootdir'),
    disabled: parameters.flag('disable'),
    total: 1024 ** 4,
    used: 1024 ** 3,
    options: sentOptions(call),
    volumes: [],
  });
  return { data: { storage: id, type } };
}

function remove({ parameters, world }: Call): Reply {
  const id = required(parameters, 'storage');
  const { storages } = world.cluster;
  const at = storages.findIndex((each) => each.id === id);
  if (at < 0) throw failure(`delete storage failed: storage '${id}' does not exist`);
  storages.splice(at, 1);
  return { data: null };
}

function list(call: Call): Reply {
  const { parameters } = call;
  const { name } = nodeOf(call);
  const contents = parameters.text('content')?.split(',');
  const wanted = parameters.text('storage');
  const listed = visible(call).filter(
    ({ id, content, disabled }) =>
      (wanted === undefined || id === wanted) &&
      isOn(call.world.cluster, id, name) &&
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
