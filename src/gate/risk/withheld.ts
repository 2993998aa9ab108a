import { destroy, type RiskRule, read } from './rule.ts';

const vm = '/nodes/{node}/qemu/{vmid}' as const;
const guest = '/nodes/{node}/{guest}/{vmid}' as const;
const code = 'What is sent runs in the guest.';
const console = 'Whoever holds what it answers can type there.';
const identity = 'The answer lets whoever has it act as somebody.';

/** Consoles, sign-in, and what runs or carries something of its own: named here, and refused to agents (G5). */
export const withheld: readonly RiskRule[] = [
  destroy('POST /nodes/{node}/execute', 'node {node}', 'Run requests on', 'run', 'Any number of requests run there.'),
  destroy(`POST ${vm}/monitor`, '', 'Command the emulator of', 'commanded', 'The emulator does whatever it is told.'),
  destroy(`PUT ${vm}/sendkey`, '', 'Type into', 'typed into', 'The key acts on whatever the screen shows.'),
  destroy(`POST ${vm}/dbus-vmstate`, '', 'Carry the state of', 'carried', 'A helper of migrations starts or ends.'),
  destroy(`POST ${guest}/mtunnel`, '', 'Open a tunnel for', 'opened', 'Another cluster can write here.', {
    sensitive: true,
  }),
  ...(['vncproxy', 'termproxy', 'spiceproxy'] as const).map((kind) =>
    destroy(`POST ${guest}/${kind}`, '', 'Open a console of', 'opened', console, { sensitive: true }),
  ),
  ...(['vncshell', 'termproxy', 'spiceshell'] as const).map((kind) =>
    destroy(`POST /nodes/{node}/${kind}`, 'node {node}', 'Open a shell on', 'opened', console, { sensitive: true }),
  ),
  destroy(`POST ${vm}/agent`, '', 'Command the agent of', 'commanded', code, { sensitive: true }),
  destroy(`POST ${vm}/agent/exec`, '', 'Run a command in', 'run', code, { sensitive: true }),
  destroy(`POST ${vm}/agent/file-write`, '', 'Write a file in', 'written', 'The file is replaced.', {
    sensitive: true,
  }),
  destroy(
    `POST ${vm}/agent/set-user-password`,
    '',
    'Change a password in',
    'changed',
    'Whoever has the former one is locked out.',
    { sensitive: true },
  ),
  destroy('POST /access/ticket', 'user {username}', 'Sign in as', 'signed in', identity, { sensitive: true }),
  destroy('POST /access/openid/auth-url', 'realm {realm}', 'Begin to sign in by', 'begun', identity, {
    sensitive: true,
  }),
  destroy('POST /access/openid/login', 'OpenID', 'Sign in by', 'signed in', identity, { sensitive: true }),
  read('POST /access/vncticket', 'ticket of {authid}', 'Check the', 'checked', 'Nothing is changed.', {
    params: 'authid path port privs vncticket',
  }),
];
