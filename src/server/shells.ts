import { homedir } from 'node:os';
import { createPveClient } from '../pve/client.ts';
import type { Clock } from '../pve/clock.ts';
import { PveError } from '../pve/error.ts';
import type { Send } from '../pve/request.ts';
import type { FirstContact, HostKeySources, TrustedHostKey } from '../ssh/host-keys.ts';
import { openSshPool } from '../ssh/lazy-pool.ts';
import { createPlaces, nodeAddresses } from '../ssh/places.ts';
import type { NodeShell, SshLogin } from '../ssh/types.ts';
import type { SshConfig } from './config-ssh.ts';

/** The nodes of one cluster by SSH. */
export interface Shells {
  /** @throws PveError */
  node(node: string, signal: AbortSignal): Promise<NodeShell>;
  close(): Promise<void>;
}

export interface ShellsOptions {
  /** The socket of the SSH agent. */
  readonly agent: string | undefined;
  /** The way to the cluster, which knows where its nodes are. */
  readonly send: Send;
  readonly clock: Clock;
}

/** Connects to nothing before the first command or file. */
export function openShells(ssh: SshConfig, { agent, send, clock }: ShellsOptions): Shells {
  const pool = openSshPool(loginOf(ssh, agent), hostKeysOf(ssh), clock);
  const places = createPlaces({
    addresses: ssh.addresses,
    ofCluster: (signal) => nodeAddresses(createPveClient(send), signal),
    hint: 'PVE_SSH_ADDRESSES (ssh_addresses in a file) takes an address for it.',
    clock,
  });
  return {
    node: async (node, signal) => pool.node(await places(node, signal), signal),
    close: pool.close,
  };
}

function loginOf({ user, port, auth, jump, sudo }: SshConfig, socket: string | undefined): SshLogin {
  return { user, port, sudo, auth: authOf(auth, socket), ...(jump === undefined ? {} : { jump }) };
}

function authOf(auth: SshConfig['auth'], socket: string | undefined): SshLogin['auth'] {
  switch (auth.kind) {
    case 'agent':
      return { kind: 'agent', socket };
    case 'key':
      return { kind: 'key', file: auth.file, passphrase: async () => auth.passphrase };
    case 'password':
      return { kind: 'password', password: async () => auth.password };
  }
}

/**
 * There is no person here who could look at a key: whoever wrote the settings has trusted it beforehand, in `known_hosts` or by
 * its fingerprint. One that was trusted so stays the only one as long as this server lives.
 */
export function hostKeysOf({ knownHosts, fingerprints }: SshConfig): HostKeySources {
  const trusted: TrustedHostKey[] = [];
  return {
    trusted: async () => trusted,
    store: async (key) => void trusted.push(key),
    async knownHosts() {
      const { readKnownHosts, readKnownHostsFile } = await import('../ssh/known-hosts.ts');
      return knownHosts === undefined ? readKnownHosts(homedir()) : readKnownHostsFile(knownHosts);
    },
    async firstContact(contact) {
      const expected = fingerprints.filter(({ name }) => name === contact.name);
      if (expected.some(({ sha256 }) => sha256 === contact.sha256)) return true;
      throw untrusted(contact, knownHosts ?? '~/.ssh/known_hosts', expected.length > 0);
    },
  };
}

function untrusted(
  { role, name, address, port, type, key, sha256 }: FirstContact,
  file: string,
  isOther: boolean,
): PveError {
  const host = port === 22 ? address : `[${address}]:${port}`;
  return new PveError({
    code: 'host_key',
    message: `The host key of ${role === 'jump' ? 'the jump host ' : ''}${name} (${host}) is not trusted${isOther ? ', and not the one of PVE_SSH_FINGERPRINT' : ''}, so nothing was sent`,
    reason: [`shown: ${type} ${sha256}`],
    hint: [
      'Whoever runs this server compares it with what the node itself prints: for f in /etc/ssh/ssh_host_*.pub; do ssh-keygen -lf $f; done',
      `Only if it is the same, add to ${file} the line: ${host} ${type} ${key}`,
      `or set PVE_SSH_FINGERPRINT=${name}=${sha256} (ssh_fingerprint in a file), and start the server again.`,
    ].join('\n'),
  });
}
