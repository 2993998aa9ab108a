import { failure } from '../errors.ts';
import { allManaged, digestOfSettings as digest, haRequest, isManaged, type Managed, sidOf } from '../ha.ts';
import { type ParameterSpecs, splitList, text, whole } from '../parameters.ts';
import { type Call, index, type Reply, type Route, required } from '../route.ts';
import type { Guest } from '../state.ts';

const looks = { at: '/', any: ['Sys.Audit'] };
const changes = { at: '/', any: ['Sys.Console'] };
const resources = '/cluster/ha/resources';
const one = `${resources}/{sid}`;
const rules = '/cluster/ha/rules';
const states = ['started', 'stopped', 'enabled', 'disabled', 'ignored'];
const resourceSpecs: ParameterSpecs = {
  comment: text,
  state: { ...text, values: states },
  max_restart: whole,
  max_relocate: whole,
  failback: { type: 'boolean' },
};
const ruleSpecs: ParameterSpecs = Object.fromEntries(
  'type resources nodes affinity comment strict disable'.split(' ').map((name) => [name, text]),
);
const moved: ParameterSpecs = { node: { ...text, required: true } };

/** High availability: what is managed, and by which rules. */
export const haRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/cluster/ha',
    privilege: looks,
    answer: () => ({ data: ['status', 'resources', 'groups', 'rules'].map((id) => ({ id })) }),
  },
  {
    method: 'GET',
    path: '/cluster/ha/status',
    privilege: looks,
    answer: () => index('name', ['current', 'manager_status']),
  },
  {
    method: 'GET',
    path: resources,
    privilege: looks,
    parameters: { type: { ...text, values: ['ct', 'vm'] } },
    answer: list,
  },
  {
    method: 'POST',
    path: resources,
    privilege: changes,
    parameters: { ...resourceSpecs, sid: { ...text, required: true }, type: text },
    answer: add,
  },
  { method: 'GET', path: one, privilege: looks, answer: (call) => ({ data: entry(managed(call)) }) },
  {
    method: 'PUT',
    path: one,
    privilege: changes,
    parameters: { ...resourceSpecs, delete: text, digest: text },
    answer: update,
  },
  { method: 'DELETE', path: one, privilege: changes, parameters: { purge: { type: 'boolean' } }, answer: remove },
  { method: 'POST', path: `${one}/migrate`, privilege: changes, parameters: moved, answer: move },
  { method: 'POST', path: `${one}/relocate`, privilege: changes, parameters: moved, answer: move },
  {
    method: 'GET',
    path: '/cluster/ha/groups',
    privilege: looks,
    answer: () => {
      throw failure('cannot index groups: ha groups have been migrated to rules');
    },
  },
  {
    method: 'GET',
    path: rules,
    privilege: looks,
    parameters: { type: text, resource: text },
    answer: listRules,
  },
  {
    method: 'POST',
    path: rules,
    privilege: changes,
    parameters: { ...ruleSpecs, rule: { ...text, required: true } },
    answer: addRule,
  },
  {
    method: 'GET',
    path: `${rules}/{rule}`,
    privilege: looks,
    answer: (call) => ({ data: ruleEntry(required(call.parameters, 'rule'), ruleOf(call)) }),
  },
  {
    method: 'PUT',
    path: `${rules}/{rule}`,
    privilege: changes,
    parameters: { ...ruleSpecs, delete: text, digest: text },
    answer: updateRule,
  },
  { method: 'DELETE', path: `${rules}/{rule}`, privilege: changes, answer: removeRule },
];

/** `vm:103` or just `103`. */
function guestBy({ world }: Call, sid: string): Guest | undefined {
  const guest = world.cluster.guests.get(Number(sid.replace(/^(vm|ct):/, '')));
  return guest !== undefined && [sidOf(guest), String(guest.vmid)].includes(sid) ? guest : undefined;
}

function managed(call: Call): Managed {
  const sid = required(call.parameters, 'sid');
  const guest = guestBy(call, sid);
  if (guest === undefined || !isManaged(guest)) throw failure(`no such resource '${sid}'`);
  return guest;
}

function entry(guest: Managed): Record<string, unknown> {
  const { requested, comment } = guest.ha;
  const own = { sid: sidOf(guest), type: guest.kind === 'qemu' ? 'vm' : 'ct', state: requested };
  return { ...own, ...(comment === undefined ? {} : { comment }), digest: digest(own) };
}

function list(call: Call): Reply {
  const type = call.parameters.text('type');
  return {
    data: allManaged(call.world)
      .map(entry)
      .filter((each) => type === undefined || each.type === type),
  };
}

function add(call: Call): Reply {
  const { world, who, parameters } = call;
  const sid = required(parameters, 'sid');
  const guest = guestBy(call, sid);
  if (guest === undefined) throw failure(`resource '${sid}' does not exist`);
  if (isManaged(guest)) throw failure(`resource ID '${sidOf(guest)}' already defined`);
  const requested = ['stopped', 'disabled'].includes(parameters.text('state') ?? '') ? 'stopped' : 'started';
  const comment = parameters.text('comment');
  guest.ha = { requested, state: guest.running ? 'started' : 'stopped', ...(comment === undefined ? {} : { comment }) };
  if ((requested === 'started') !== guest.running) {
    haRequest(world, who, guest, guest.ha, { kind: requested === 'started' ? 'start' : 'shutdown' });
  }
  return { data: null };
}

function update(call: Call): Reply {
  const guest = managed(call);
  const { world, who, parameters } = call;
  const state = parameters.text('state');
  guest.ha.comment = parameters.text('comment') ?? guest.ha.comment;
  if (splitList(parameters.text('delete') ?? '').includes('comment')) guest.ha.comment = undefined;
  if (state !== undefined) {
    guest.ha.requested = ['stopped', 'disabled'].includes(state) ? 'stopped' : 'started';
    haRequest(world, who, guest, guest.ha, { kind: guest.ha.requested === 'started' ? 'start' : 'shutdown' });
  }
  return { data: null };
}

function remove(call: Call): Reply {
  const guest: Guest = managed(call);
  guest.ha = undefined;
  return { data: null };
}

function move(call: Call): Reply {
  const guest = managed(call);
  const target = required(call.parameters, 'node');
  if (!call.world.cluster.nodes.some(({ name }) => name === target)) throw failure(`no such cluster node '${target}'`);
  haRequest(call.world, call.who, guest, guest.ha, { kind: 'migrate', target });
  return { data: { sid: sidOf(guest), 'requested-node': target } };
}

function listRules({ world, parameters }: Call): Reply {
  const type = parameters.text('type');
  const resource = parameters.text('resource');
  const fitting = [...world.cluster.haRules].filter(
    ([, own]) =>
      (type === undefined || own.type === type) &&
      (resource === undefined || own.resources?.split(',').includes(resource) === true),
  );
  return { data: fitting.map(([rule, own]) => ruleEntry(rule, own)) };
}

function ruleEntry(rule: string, own: Readonly<Record<string, string>>): Record<string, unknown> {
  return { rule, order: 1, ...own, digest: digest(own) };
}

function ruleOf(call: Call): Readonly<Record<string, string>> {
  const rule = required(call.parameters, 'rule');
  const found = call.world.cluster.haRules.get(rule);
  if (found === undefined) throw failure(`no such ha rule '${rule}'`);
  return found;
}

function sentRule({ parameters }: Call): Record<string, string> {
  const names = parameters.names().filter((name) => Object.hasOwn(ruleSpecs, name));
  return Object.fromEntries(names.map((name) => [name, parameters.text(name) ?? '']));
}

function addRule(call: Call): Reply {
  const rule = required(call.parameters, 'rule');
  if (call.world.cluster.haRules.has(rule)) throw failure(`HA rule '${rule}' already defined`);
  call.world.cluster.haRules.set(rule, sentRule(call));
  return { data: null };
}

function updateRule(call: Call): Reply {
  const gone = splitList(call.parameters.text('delete') ?? '');
  const kept = Object.entries({ ...ruleOf(call), ...sentRule(call) }).filter(([name]) => !gone.includes(name));
  call.world.cluster.haRules.set(required(call.parameters, 'rule'), Object.fromEntries(kept));
  return { data: null };
}

function removeRule(call: Call): Reply {
  ruleOf(call);
  call.world.cluster.haRules.delete(required(call.parameters, 'rule'));
  return { data: null };
}
