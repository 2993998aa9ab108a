import { administrator, revokeAll } from '../directory.ts';
import { failure, wrongParameters } from '../errors.ts';
import { flag, type ParameterSpec, splitList, text } from '../parameters.ts';
import { type Call, callerMay, index, type Reply, type Route, required } from '../route.ts';

const needed: ParameterSpec = { ...text, required: true };
const groups = '/access/groups';
const group = `${groups}/{groupid}`;
const roles = '/access/roles';
const role = `${roles}/{roleid}`;
const changesGroups = { at: groups, any: ['Group.Allocate'] } as const;
const changesRoles = { at: '/access', any: ['Sys.Modify'] } as const;
const nothing: Reply = { data: null };
const subdirs = ['users', 'groups', 'roles', 'acl', 'domains', 'openid', 'tfa', 'ticket', 'password'];

/** Groups and roles. */
export const accessRoutes: readonly Route[] = [
  { method: 'GET', path: '/access', answer: () => index('subdir', subdirs) },
  { method: 'GET', path: groups, answer: listGroups },
  {
    method: 'POST',
    path: groups,
    privilege: changesGroups,
    parameters: { groupid: needed, comment: text },
    answer: createGroup,
  },
  { method: 'GET', path: group, privilege: { at: groups, any: ['Sys.Audit', 'Group.Allocate'] }, answer: readGroup },
  { method: 'PUT', path: group, privilege: changesGroups, parameters: { comment: text }, answer: updateGroup },
  { method: 'DELETE', path: group, privilege: changesGroups, answer: removeGroup },
  { method: 'GET', path: roles, answer: listRoles },
  {
    method: 'POST',
    path: roles,
    privilege: changesRoles,
    parameters: { roleid: needed, privs: text },
    answer: createRole,
  },
  { method: 'GET', path: role, answer: readRole },
  { method: 'PUT', path: role, privilege: changesRoles, parameters: { privs: text, append: flag }, answer: updateRole },
  { method: 'DELETE', path: role, privilege: changesRoles, answer: removeRole },
];

function members({ world }: Call, name: string): string[] {
  return [...world.cluster.directory.users].filter(([, user]) => user.groups.has(name)).map(([user]) => user);
}

function listGroups(call: Call): Reply {
  const seen = [...call.world.cluster.directory.groups].filter(([name]) =>
    callerMay(call, `${groups}/${name}`, 'User.Modify', 'Sys.Audit', 'Group.Allocate'),
  );
  return {
    data: seen.map(([name, { comment }]) => ({ groupid: name, comment, users: members(call, name).join(',') })),
  };
}

function groupOf({ world, parameters }: Call): { comment: string | undefined } {
  const name = required(parameters, 'groupid');
  const found = world.cluster.directory.groups.get(name);
  if (found === undefined) throw failure(`group '${name}' does not exist`);
  return found;
}

function readGroup(call: Call): Reply {
  const { comment } = groupOf(call);
  return { data: { comment, members: members(call, required(call.parameters, 'groupid')) } };
}

function createGroup({ world, parameters }: Call): Reply {
  const name = required(parameters, 'groupid');
  const known = world.cluster.directory.groups;
  if (known.has(name)) throw failure(`create group failed: group '${name}' already exists`);
  known.set(name, { comment: parameters.text('comment') });
  return nothing;
}

function updateGroup(call: Call): Reply {
  groupOf(call).comment = call.parameters.text('comment');
  return nothing;
}

function removeGroup(call: Call): Reply {
  groupOf(call);
  const name = required(call.parameters, 'groupid');
  const { directory } = call.world.cluster;
  directory.groups.delete(name);
  for (const user of directory.users.values()) user.groups.delete(name);
  revokeAll(directory, ({ kind, subject }) => kind === 'group' && subject === name);
  return nothing;
}

function listRoles({ world }: Call): Reply {
  const known = [...world.cluster.directory.roles];
  return {
    data: known.map(([roleid, { privileges, special }]) => ({
      roleid,
      privs: [...privileges].join(','),
      special: special ? 1 : 0,
    })),
  };
}

function readRole({ world, parameters }: Call): Reply {
  const name = required(parameters, 'roleid');
  const found = world.cluster.directory.roles.get(name);
  if (found === undefined) throw failure(`role '${name}' does not exist`);
  return { data: Object.fromEntries([...found.privileges].map((each) => [each, 1])) };
}

function privilegesOf({ parameters }: Call): string[] {
  const named = splitList(parameters.text('privs') ?? '');
  const unknown = named.find((each) => !administrator.includes(each));
  if (unknown !== undefined) throw wrongParameters({ privs: `invalid format - invalid privilege '${unknown}'\n` });
  return named.sort();
}

function createRole(call: Call): Reply {
  const name = required(call.parameters, 'roleid');
  const known = call.world.cluster.directory.roles;
  if (known.has(name)) throw failure(`create role failed: role '${name}' already exists`);
  known.set(name, { privileges: new Set(privilegesOf(call)), special: false });
  return nothing;
}

function updateRole(call: Call): Reply {
  const name = required(call.parameters, 'roleid');
  const known = call.world.cluster.directory.roles;
  const found = known.get(name);
  if (found === undefined) throw failure(`modify role failed: role '${name}' does not exist`);
  if (found.special) throw failure(`auto-generated role '${name}' cannot be modified`);
  const kept = call.parameters.flag('append') ? found.privileges : [];
  known.set(name, { privileges: new Set([...kept, ...privilegesOf(call)]), special: false });
  return nothing;
}

function removeRole({ world, parameters }: Call): Reply {
  const name = required(parameters, 'roleid');
  const { directory } = world.cluster;
  const found = directory.roles.get(name);
  if (found === undefined) throw failure(`delete role failed: role '${name}' does not exist`);
  if (found.special) throw failure(`auto-generated role '${name}' cannot be deleted`);
  directory.roles.delete(name);
  revokeAll(directory, (entry) => entry.role === name);
  return nothing;
}
