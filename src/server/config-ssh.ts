import type { CommandSwitches } from '../gate/types.ts';
import { type Jump, parseAddressList, parseJump, parsePort } from '../ssh/written.ts';
import { checkWhole, type Field, fields, problem, value, type Written } from './config-written.ts';

/** How the nodes of a connection are reached by SSH. */
export interface SshConfig {
  readonly user: string;
  readonly port: number;
  readonly auth:
    | { readonly kind: 'agent' }
    | { readonly kind: 'key'; readonly file: string; readonly passphrase?: string }
    | { readonly kind: 'password'; readonly password: string };
  readonly jump?: Jump;
  readonly sudo: boolean;
  /** By node, where the cluster's own is not the one to use. */
  readonly addresses: Readonly<Record<string, string>>;
  /** In place of the user's own file. */
  readonly knownHosts?: string;
  /** Host keys that count as trusted without a line in `known_hosts`. */
  readonly fingerprints: readonly HostFingerprint[];
}

/** `SHA256:…` of the key of a node, or of the jump host by its address. */
export interface HostFingerprint {
  readonly name: string;
  readonly sha256: string;
}

/** The secrets among the settings of SSH. */
export const sshSecrets = ['ssh_key_passphrase', 'ssh_password'] as const satisfies readonly Field[];

/**
 * Reads how nodes are reached by SSH, which `ssh_user` switches on, and what of commands is on for agents.
 * @throws PveError `invalid_argument` for what is not understood, and for what says nothing without another setting
 */
export function readSsh(written: Written): { readonly ssh?: SshConfig; readonly commands?: CommandSwitches } {
  const host = flag(written, 'ssh_host_commands');
  const quietReads = flag(written, 'ssh_quiet_reads');
  const user = value(written, 'ssh_user');
  if (user === undefined) refuseWithoutUser(written);
  const commands: CommandSwitches = { ...(host ? { host } : {}), ...(quietReads ? { quietReads } : {}) };
  return {
    ...(user === undefined ? {} : { ssh: sshOf(written, user) }),
    ...(host || quietReads ? { commands } : {}),
  };
}

function refuseWithoutUser(written: Written): void {
  // Commands in VMs need no SSH, and those that only read may run there without a question.
  const alone = fields.find(
    (field) => field.startsWith('ssh_') && field !== 'ssh_quiet_reads' && value(written, field) !== undefined,
  );
  if (alone === undefined) return;
  throw problem(
    `${written.label(alone)} is set without ${written.label('ssh_user')}`,
    `Set ${written.label('ssh_user')} to the user on the nodes, like root; without it there is no SSH.`,
  );
}

function sshOf(written: Written, user: string): SshConfig {
  if (/[\s@:]/.test(user))
    throw problem(`${written.label('ssh_user')} is no name of a user`, 'Give the name alone, like root.');
  const jump = jumpOf(written, user);
  const knownHosts = value(written, 'ssh_known_hosts');
  if (knownHosts !== undefined) checkWhole(knownHosts, written.label('ssh_known_hosts'));
  return {
    user,
    port: portOf(written),
    auth: authOf(written),
    sudo: flag(written, 'ssh_sudo'),
    addresses: addressesOf(written),
    fingerprints: fingerprintsOf(written),
    ...(jump === undefined ? {} : { jump }),
    ...(knownHosts === undefined ? {} : { knownHosts }),
  };
}

function portOf(written: Written): number {
  const port = parsePort(value(written, 'ssh_port') ?? '22');
  if (port !== undefined) return port;
  throw problem(`${written.label('ssh_port')} is not understood`, 'Set it to a port, 1 to 65535.');
}

/** One way of logging in; nothing else is tried beside it. */
function authOf(written: Written): SshConfig['auth'] {
  const { label } = written;
  const file = value(written, 'ssh_key');
  // Not trimmed: spaces may belong to them.
  const passphrase = written.raw('ssh_key_passphrase') || undefined;
  const password = written.raw('ssh_password') || undefined;
  const agent = flag(written, 'ssh_agent');
  const ways: readonly (readonly [Field, boolean])[] = [
    ['ssh_key', file !== undefined],
    ['ssh_password', password !== undefined],
    ['ssh_agent', agent],
  ];
  const [first, second] = ways.filter(([, isGiven]) => isGiven).map(([field]) => label(field));
  if (first !== undefined && second !== undefined)
    throw problem(
      `${first} and ${second} are both set`,
      'Log in by one of them. A key or the agent is the better choice.',
    );
  if (passphrase !== undefined && file === undefined)
    throw problem(
      `${label('ssh_key_passphrase')} is set without ${label('ssh_key')}`,
      `Set ${label('ssh_key')} to the path of the key that it opens.`,
    );
  if (password !== undefined) return { kind: 'password', password };
  if (file === undefined) return { kind: 'agent' };
  checkWhole(file, label('ssh_key'));
  return { kind: 'key', file, ...(passphrase === undefined ? {} : { passphrase }) };
}

function jumpOf(written: Written, user: string): Jump | undefined {
  const jump = parseJump(value(written, 'ssh_jump') ?? '', user);
  if (jump === undefined)
    throw problem(`${written.label('ssh_jump')} is not understood`, 'Set it like user@bastion.example.com:22.');
  return jump === 'none' ? undefined : jump;
}

function addressesOf(written: Written): Readonly<Record<string, string>> {
  const places = parseAddressList(value(written, 'ssh_addresses') ?? '');
  if (places !== undefined) return Object.fromEntries(places.map(({ node, address }) => [node, address]));
  throw problem(
    `${written.label('ssh_addresses')} is not understood`,
    'Set it to node=address, separated by commas, each node once: pve1=10.0.0.1,pve2=10.0.0.2.',
  );
}

function fingerprintsOf(written: Written): HostFingerprint[] {
  const text = value(written, 'ssh_fingerprint');
  if (text === undefined) return [];
  return text.split(',').map((part) => {
    const [, name, sha256] = /^([^=\s]+)=(SHA256:[A-Za-z0-9+/]{43})=?$/.exec(part.trim()) ?? [];
    if (name !== undefined && sha256 !== undefined) return { name, sha256 };
    throw problem(
      `${written.label('ssh_fingerprint')} is not understood`,
      'Set it to node=SHA256:…, separated by commas; `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the node prints it.',
    );
  });
}

function flag(written: Written, field: Field): true | false {
  const text = (value(written, field) ?? '0').toLowerCase();
  if (text === '1' || text === 'true') return true;
  if (text === '0' || text === 'false') return false;
  throw problem(`${written.label(field)} is not understood`, 'Set it to 1 or 0.');
}
