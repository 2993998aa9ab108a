import { type AclEntry, grant, revoke } from '../directory.ts';
import { failure, wrongParameters } from '../errors.ts';
import { flag, type ParameterSpec, splitList, text } from '../parameters.ts';
import { privilegesAt } from '../permissions.ts';
import { type Call, callerMay, callerMust, type Reply, type Route, required } from '../route.ts';

const needed: ParameterSpec = { ...text, required: true };

/** The access list, and what it comes to for the caller. */
export const aclRoutes: readonly Route[] = [
  { method: 'GET', path: '/access/permissions', parameters: { path: text, userid: text }, answer: permissions },
  { method: 'GET', path: '/access/acl', answer: listAcl },
  {
    method: 'PUT',
    path: '/access/acl',
    parameters: { path: needed, roles: needed, users: text, groups: text, tokens: text, propagate: flag, delete: flag },
    answer: updateAcl,
  },
];

function permissions(call: Call): Reply {
  const { world, parameters } = call;
  const { cluster } = world;
  const asked = parameters.text('path');
  const other = parameters.text('userid');
  if (other !== undefined) callerMust(call, '/access', 'Sys.Audit');
  const [user = '', token] = (other ?? '').split('!');
  const who = other === undefined ? call.who : { user, ...(token === undefined ? {} : { token }) };
  const usual = ['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn', '/storage', '/vms', '/mapping'];
  const pooled = [...cluster.pools].flatMap(([name, pool]) => [
    `/pool/${name}`,
    ...[...pool.guests].map((id) => `/vms/${id}`),
    ...[...pool.storages].map((id) => `/storage/${id}`),
  ]);
  const paths = asked === undefined ? [...new Set([...usual, ...cluster.directory.acl.keys(), ...pooled])] : [asked];
  const held = paths.map((path) => {
    const privileges = [...privilegesAt(cluster, who, path)].map(([name, goesOn]) => [name, goesOn ? 1 : 0]);
    return [path, Object.fromEntries(privileges)] as const;
  });
  return { data: Object.fromEntries(held.filter(([path, own]) => path === asked || Object.keys(own).length > 0)) };
}

// Whoever may allocate something may also say who may use it.
function modifiers(path: string): string[] {
  const [, kind = ''] = /^\/(storage|vms|pool)\/./.exec(path) ?? [];
  const own = { storage: 'Datastore.Allocate', vms: 'VM.Allocate', pool: 'Pool.Allocate' }[kind];
  return ['Permissions.Modify', ...(own === undefined ? [] : [own])];
}

function listAcl(call: Call): Reply {
  const seesAll = callerMay(call, '/access', 'Sys.Audit');
  const entries = [...call.world.cluster.directory.acl].flatMap(([path, own]) =>
    seesAll || callerMay(call, path, ...modifiers(path)) ? own.map((entry) => aclLine(path, entry)) : [],
  );
  return { data: entries };
}

function aclLine(path: string, { kind, subject, role: roleid, propagate }: AclEntry): Record<string, unknown> {
  return { path, type: kind, ugid: subject, roleid, propagate: propagate ? 1 : 0 };
}

function updateAcl(call: Call): Reply {
  const { parameters, world } = call;
  const path = required(parameters, 'path');
  if (!/^\/([a-z]+(\/[^/\s]+)*)?$/.test(path)) throw wrongParameters({ path: `invalid ACL path '${path}'` });
  callerMust(call, path, ...modifiers(path));
  const { directory } = world.cluster;
  const propagate = !parameters.has('propagate') || parameters.flag('propagate');
  const named = (name: string): string[] => splitList(parameters.text(name) ?? '');
  const subjects = [
    ...named('users').map((subject) => ({ kind: 'user', subject }) as const),
    ...named('groups').map((subject) => ({ kind: 'group', subject }) as const),
    ...named('tokens').map((subject) => ({ kind: 'token', subject }) as const),
  ];
  for (const { kind, subject } of subjects) {
    const [user = '', token = ''] = subject.split('!');
    const owner = directory.users.get(user);
    const known = { user: owner !== undefined, group: directory.groups.has(subject), token: owner?.tokens.has(token) };
    if (known[kind] !== true) throw failure(`ACL update failed: ${kind} '${subject}' does not exist`);
  }
  for (const name of named('roles')) {
    if (!directory.roles.has(name)) throw failure(`ACL update failed: role '${name}' does not exist`);
    const change = parameters.flag('delete') ? revoke : grant;
    for (const subject of subjects) change(directory, path, { ...subject, role: name, propagate });
  }
  return { data: null };
}
