import { randomUUID } from 'node:crypto';
import { sameSecret } from '../access.ts';
import { newUser, revokeAll, type Token, type User } from '../directory.ts';
import { ApiError, failure, wrongParameters } from '../errors.ts';
import { flag, type ParameterSpec, type ParameterSpecs, splitList, text, whole } from '../parameters.ts';
import { root } from '../permissions.ts';
import { type Call, callerMay, callerMust, type Reply, type Route, required } from '../route.ts';

const groupsPath = '/access/groups';
const password: ParameterSpec = { ...text, minLength: 8, maxLength: 64 };
const detailNames = ['comment', 'email', 'firstname', 'lastname'] as const;
const settings: ParameterSpecs = {
  ...Object.fromEntries(detailNames.map((name) => [name, { ...text, maxLength: 2048 }])),
  enable: flag,
  expire: whole,
  groups: text,
  keys: text,
};
const userid: ParameterSpec = {
  ...text,
  required: true,
  maxLength: 64,
  check: (value) =>
    /^[^\s:/@]+@[A-Za-z][A-Za-z0-9.\-_]+$/.test(value)
      ? undefined
      : `invalid format - value '${value}' does not look like a valid user name\n`,
};
const tokenid: ParameterSpec = {
  ...text,
  required: true,
  check: (value) => (/^[A-Za-z][A-Za-z0-9.\-_]+$/.test(value) ? undefined : `value does not match the regex pattern`),
};
const one = '/access/users/{userid}';
const oneToken = `${one}/token/{tokenid}`;
const tokenSettings: ParameterSpecs = { tokenid, comment: text, expire: whole, privsep: flag };

/** Users, their passwords and their API tokens. */
export const userRoutes: readonly Route[] = [
  { method: 'GET', path: '/access/users', parameters: { enabled: flag, full: flag }, answer: list },
  { method: 'POST', path: '/access/users', parameters: { ...settings, userid, password }, answer: create },
  { method: 'GET', path: one, answer: (call) => ({ data: details(userOf(call, 'User.Modify', 'Sys.Audit')) }) },
  { method: 'PUT', path: one, parameters: { ...settings, append: flag }, answer: update },
  { method: 'DELETE', path: one, answer: remove },
  {
    method: 'PUT',
    path: `${one}/unlock-tfa`,
    answer: (call) => {
      userOf(call, 'User.Modify');
      return { data: false };
    },
  },
  {
    method: 'PUT',
    path: '/access/password',
    ticketOnly: true,
    parameters: { userid, password: { ...password, required: true }, 'confirmation-password': text },
    answer: changePassword,
  },
  { method: 'GET', path: `${one}/token`, answer: listTokens },
  { method: 'GET', path: oneToken, parameters: { tokenid }, answer: (call) => ({ data: info(tokenOf(call)) }) },
  { method: 'POST', path: oneToken, parameters: tokenSettings, answer: createToken },
  {
    method: 'PUT',
    path: oneToken,
    parameters: { ...tokenSettings, regenerate: flag, delete: text },
    answer: updateToken,
  },
  { method: 'DELETE', path: oneToken, answer: removeToken },
];

/** The user that the path names, for whoever may look after users, or is that user. */
export function userOf(call: Call, ...any: readonly string[]): User {
  const name = required(call.parameters, 'userid');
  const user = call.world.cluster.directory.users.get(name);
  if (user === undefined) throw failure(`no such user ('${name}')`);
  if (!isSelf(call, name)) callerMust(call, groupsPath, ...any);
  return user;
}

function isSelf({ who }: Call, name: string): boolean {
  return who.user === name && who.token === undefined;
}

function list(call: Call): Reply {
  const { parameters } = call;
  const seesAll = callerMay(call, groupsPath, 'User.Modify', 'Sys.Audit');
  const users = [...call.world.cluster.directory.users].filter(
    ([name, { enable }]) =>
      (seesAll || name === call.who.user) && (!parameters.has('enabled') || enable === parameters.flag('enabled')),
  );
  return {
    data: users.map(([name, user]) => ({
      userid: name,
      'realm-type': name.endsWith('@pam') ? 'pam' : 'pve',
      enable: user.enable ? 1 : 0,
      expire: user.expire,
      ...user.details,
      ...(parameters.flag('full') ? { groups: [...user.groups].join(','), tokens: tokenList(user) } : {}),
    })),
  };
}

function details({ enable, expire, details: given, groups, tokens }: User): Record<string, unknown> {
  const byName = Object.fromEntries([...tokens].map(([name, token]) => [name, info(token)]));
  const own = tokens.size === 0 ? {} : { tokens: byName };
  return { enable: enable ? 1 : 0, expire, ...given, groups: [...groups], ...own };
}

function create(call: Call): Reply {
  const { parameters } = call;
  const name = required(parameters, 'userid');
  const realm = name.slice(name.lastIndexOf('@') + 1);
  callerMust(call, `/access/realm/${realm}`, 'Realm.AllocateUser');
  callerMust(call, groupsPath, 'User.Modify');
  const { users } = call.world.cluster.directory;
  if (users.has(name)) throw failure(`create user failed: user '${name}' already exists`);
  const user = newUser({ password: parameters.text('password') });
  set(call, user);
  users.set(name, user);
  return { data: null };
}

function update(call: Call): Reply {
  callerMust(call, groupsPath, 'User.Modify');
  set(call, userOf(call, 'User.Modify'));
  return { data: null };
}

// `enable` is 1 unless it is sent, also in an update.
function set({ world, parameters }: Call, user: User): void {
  const groups = parameters.text('groups');
  const named = splitList(groups ?? '');
  const missing = named.find((name) => !world.cluster.directory.groups.has(name));
  if (missing !== undefined) throw failure(`update user failed: group '${missing}' does not exist`);
  if (groups !== undefined && !parameters.flag('append')) user.groups.clear();
  for (const name of named) user.groups.add(name);
  for (const name of detailNames) {
    const value = parameters.text(name);
    if (value !== undefined) user.details[name] = value;
  }
  user.enable = !parameters.has('enable') || parameters.flag('enable');
  user.expire = parameters.number('expire') ?? user.expire;
}

function remove(call: Call): Reply {
  callerMust(call, groupsPath, 'User.Modify');
  userOf(call, 'User.Modify');
  const name = required(call.parameters, 'userid');
  const { directory } = call.world.cluster;
  directory.users.delete(name);
  revokeAll(directory, ({ kind, subject }) => kind !== 'group' && (subject === name || subject.startsWith(`${name}!`)));
  return { data: null };
}

/** Whoever changes a password proves its own one. */
function changePassword(call: Call): Reply {
  const user = userOf(call, 'User.Modify');
  const { parameters, who, world } = call;
  const given = parameters.text('confirmation-password') ?? '';
  const own = world.cluster.directory.users.get(who.user)?.password ?? '';
  if (who.user !== root.user && !sameSecret(given, own)) throw new ApiError(401, 'authentication failure\n');
  user.password = required(parameters, 'password');
  return { data: null };
}

function listTokens(call: Call): Reply {
  return { data: tokenList(userOf(call, 'User.Modify')) };
}

function tokenList({ tokens }: User): Record<string, unknown>[] {
  return [...tokens].map(([name, token]) => ({ tokenid: name, ...info(token) }));
}

function info({ comment, expire, privsep }: Token): Record<string, unknown> {
  return { ...(comment === undefined ? {} : { comment }), expire, privsep: privsep ? 1 : 0 };
}

function tokenOf(call: Call): Token {
  const token = userOf(call, 'User.Modify').tokens.get(required(call.parameters, 'tokenid'));
  if (token !== undefined) return token;
  const { parameters } = call;
  throw failure(`no such token '${parameters.text('tokenid')}' for user '${parameters.text('userid')}'`);
}

function createToken(call: Call): Reply {
  const { parameters } = call;
  const user = userOf(call, 'User.Modify');
  const name = required(parameters, 'tokenid');
  if (user.tokens.has(name)) throw wrongParameters({ tokenid: 'Token already exists.' });
  const privsep = !parameters.has('privsep') || parameters.flag('privsep');
  const comment = parameters.text('comment');
  const token = { secret: randomUUID(), comment, expire: parameters.number('expire') ?? user.expire, privsep };
  user.tokens.set(name, token);
  return { data: shown(call, token) };
}

// The secret is shown this once, and the numbers are texts here.
function shown({ parameters }: Call, token: Token): Record<string, unknown> {
  const full = `${parameters.text('userid')}!${parameters.text('tokenid')}`;
  const { privsep, ...rest } = info(token);
  return { 'full-tokenid': full, info: { ...rest, privsep: String(privsep) }, value: token.secret };
}

function updateToken(call: Call): Reply {
  const token = tokenOf(call);
  const { parameters } = call;
  token.comment = splitList(parameters.text('delete') ?? '').includes('comment')
    ? undefined
    : (parameters.text('comment') ?? token.comment);
  token.expire = parameters.number('expire') ?? token.expire;
  if (parameters.has('privsep')) token.privsep = parameters.flag('privsep');
  if (!parameters.flag('regenerate')) return { data: info(token) };
  token.secret = randomUUID();
  return { data: { ...info(token), ...shown(call, token) } };
}

function removeToken(call: Call): Reply {
  tokenOf(call);
  const name = required(call.parameters, 'tokenid');
  userOf(call, 'User.Modify').tokens.delete(name);
  const full = `${call.parameters.text('userid')}!${name}`;
  revokeAll(call.world.cluster.directory, ({ kind, subject }) => kind === 'token' && subject === full);
  return { data: null };
}
