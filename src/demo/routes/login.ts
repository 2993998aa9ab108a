import { isActive, sameSecret } from '../access.ts';
import { ApiError } from '../errors.ts';
import { flag, type ParameterSpec, text } from '../parameters.ts';
import { may, privilegesAt, root } from '../permissions.ts';
import { type Call, type Reply, type Route, required } from '../route.ts';
import type { World } from '../state.ts';
import { stepOf } from '../totp.ts';

const needed: ParameterSpec = { ...text, required: true };
const failedLoginMs = 3000;

/** Logging in with a password, with a one-time password after it, and renewing a ticket with itself. */
export const loginRoutes: readonly Route[] = [
  { method: 'GET', path: '/access/ticket', open: true, answer: () => ({ data: null }) },
  {
    method: 'POST',
    path: '/access/ticket',
    open: true,
    ticketOnly: true,
    parameters: {
      username: { ...needed, maxLength: 64 },
      password: needed,
      realm: { ...text, maxLength: 32 },
      otp: text,
      'tfa-challenge': text,
      'new-format': flag,
      path: text,
      privs: text,
    },
    answer: login,
  },
];

function login({ world, parameters }: Call): Reply {
  const realm = parameters.text('realm');
  const name = required(parameters, 'username');
  const user = realm === undefined || name.includes('@') ? name : `${name}@${realm}`;
  const { directory, name: clustername } = world.cluster;
  const open = logIn(world, user, required(parameters, 'password'), parameters.text('tfa-challenge'));
  // What exactly was wrong is not told, so that nobody learns which users there are.
  if (open === undefined || directory.users.get(user) === undefined) {
    throw new ApiError(401, 'authentication failure\n', undefined, failedLoginMs);
  }
  const needsTfa = open.challenge !== undefined;
  return {
    data: {
      ...(needsTfa ? { NeedTFA: 1 } : { cap: capabilities(world, user) }),
      ...(may(world.cluster, { user }, '/', 'Sys.Audit') ? { clustername } : {}),
      username: user,
      ticket: needsTfa ? world.tickets.challenge(user, open.challenge ?? '') : world.tickets.issue(user),
      CSRFPreventionToken: world.tickets.csrfToken(user),
    },
  };
}

/** Nothing when the login is wrong; a challenge when the password was right and more is asked for. */
function logIn(world: World, name: string, password: string, challenge?: string): { challenge?: string } | undefined {
  const { directory } = world.cluster;
  const user = directory.users.get(name);
  if (user === undefined || !isActive({ directory, clock: world.clock }, name)) return undefined;
  if (challenge !== undefined) return secondStep(world, name, password, challenge) ? {} : undefined;
  const ticket = world.tickets.read(password);
  if (ticket !== undefined && ticket.challenge === undefined && [name, root.user].includes(ticket.user)) return {};
  if (user.password === undefined || !sameSecret(password, user.password)) return undefined;
  return user.totp === undefined ? {} : { challenge: JSON.stringify({ totp: true }) };
}

/** A one-time password is good once: the same, or an earlier one, is refused. */
function secondStep({ cluster, tickets, clock }: World, name: string, response: string, challenge: string): boolean {
  const totp = cluster.directory.users.get(name)?.totp;
  const [kind, code = ''] = response.split(':', 2);
  if (totp === undefined || kind !== 'totp' || tickets.read(challenge, name)?.challenge === undefined) return false;
  const step = stepOf(code, totp.secret, clock.now());
  if (step === undefined || step <= totp.lastStep) return false;
  totp.lastStep = step;
  return true;
}

const sections: Readonly<Record<string, RegExp>> = {
  vms: /^(VM\.|Permissions\.Modify)/,
  access: /^((User|Group)\.|Permissions\.Modify)/,
  storage: /^(Datastore\.|Permissions\.Modify)/,
  nodes: /^(Sys\.|Permissions\.Modify)/,
  sdn: /^(SDN\.|Permissions\.Modify)/,
  dc: /^(Sys\.(Audit|Modify)|SDN\.)/,
  mapping: /^(Mapping\.|Permissions\.Modify)/,
};

/** What PVE's own web interface wants to know: which privileges the user has anywhere. */
function capabilities({ cluster }: World, user: string): Record<string, Record<string, 1>> {
  const paths = [
    '/',
    '/nodes',
    '/access/groups',
    '/vms',
    '/storage',
    '/sdn',
    '/mapping',
    ...cluster.directory.acl.keys(),
  ];
  const held = new Set(paths.flatMap((path) => [...privilegesAt(cluster, { user }, path).keys()]));
  const within = (pattern: RegExp) => [...held].filter((name) => pattern.test(name)).map((name) => [name, 1] as const);
  return Object.fromEntries(
    Object.entries(sections).map(([section, pattern]) => [section, Object.fromEntries(within(pattern))]),
  );
}
