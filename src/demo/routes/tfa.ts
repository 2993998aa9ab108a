import { failure } from '../errors.ts';
import { type ParameterSpec, text } from '../parameters.ts';
import { type Call, callerMay, type Reply, type Route } from '../route.ts';
import { userOf } from './users.ts';

const needed: ParameterSpec = { ...text, required: true };
const tfa = '/access/tfa/{userid}';

/** Second factors; all that changes them wants a ticket. */
export const tfaRoutes: readonly Route[] = [
  { method: 'GET', path: '/access/tfa', answer: listTfa },
  { method: 'GET', path: tfa, answer: (call) => ({ data: factors(call) }) },
  { method: 'POST', path: tfa, ticketOnly: true, parameters: { type: needed, password: text }, answer: noSuchFactor },
  { method: 'PUT', path: `${tfa}/{id}`, ticketOnly: true, parameters: { password: text }, answer: noSuchFactor },
  { method: 'DELETE', path: `${tfa}/{id}`, ticketOnly: true, parameters: { password: text }, answer: removeFactor },
];

function listTfa(call: Call): Reply {
  const seesAll = callerMay(call, '/access/groups', 'User.Modify', 'Sys.Audit');
  const users = [...call.world.cluster.directory.users].filter(([name]) => seesAll || name === call.who.user);
  const withOne = users.flatMap(([name, { totp }]) =>
    totp === undefined ? [] : [{ userid: name, entries: [entry(totp.id)] }],
  );
  return { data: withOne };
}

function entry(id: string): Record<string, unknown> {
  return { id, type: 'totp', description: 'phone', created: 1_700_000_000 };
}

function factors(call: Call): Record<string, unknown>[] {
  const { totp } = userOf(call, 'User.Modify', 'Sys.Audit');
  return totp === undefined ? [] : [entry(totp.id)];
}

function removeFactor(call: Call): Reply {
  const user = userOf(call, 'User.Modify');
  if (user.totp?.id !== call.parameters.text('id')) return noSuchFactor(call);
  user.totp = undefined;
  return { data: null };
}

function noSuchFactor(call: Call): never {
  userOf(call, 'User.Modify');
  throw failure('the demo cluster cannot change second factors');
}
