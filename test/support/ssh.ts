import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/pve/clock.ts';
import { captured } from '../../src/pve/exec-result.ts';
import {
  createHostKeys,
  type FirstContact,
  type HostKeySources,
  type TrustedHostKey,
} from '../../src/ssh/host-keys.ts';
import { createSshPool } from '../../src/ssh/pool.ts';
import type { ExecOptions, ExecResult, NodeShell, SshLogin, SshPool } from '../../src/ssh/types.ts';
import { makeKey, type Sshd, startSshd } from './sshd.ts';

export const never = new AbortController().signal;
setMaxListeners(0, never);
export const plain: ExecOptions = { signal: never, timeoutMs: 15_000, maxBytes: 1_000_000 };

/** Host keys in memory; a person who says yes to every first contact unless told otherwise. */
export function memoryHostKeys(options: Partial<HostKeySources> = {}) {
  const trusted: TrustedHostKey[] = [];
  const asked: FirstContact[] = [];
  const hostKeys = createHostKeys({
    trusted: async () => trusted,
    store: async (key) => void trusted.push(key),
    knownHosts: async () => '',
    ...options,
    firstContact: async (contact, signal) => {
      asked.push(contact);
      return options.firstContact === undefined ? true : options.firstContact(contact, signal);
    },
  });
  return { hostKeys, trusted, asked };
}

/** A pool that logs in to a server with a key file. */
export function poolFor(
  sshd: Sshd,
  file: string,
  options: Partial<SshLogin> & Partial<HostKeySources> & { readonly silenceMs?: number } = {},
) {
  const { trusted, store, knownHosts, firstContact, silenceMs, ...login } = options;
  const memory = memoryHostKeys({
    ...(trusted && { trusted }),
    ...(store && { store }),
    ...(knownHosts && { knownHosts }),
    ...(firstContact && { firstContact }),
  });
  const pool = createSshPool({
    login: {
      user: sshd.user,
      port: sshd.port,
      auth: { kind: 'key', file, passphrase: async () => undefined },
      sudo: false,
      ...login,
    },
    hostKeys: memory.hostKeys,
    clock: systemClock,
    ...(silenceMs === undefined ? {} : { silenceMs }),
  });
  return { pool, ...memory };
}

export function nodeOf(pool: SshPool, node = 'pve1'): Promise<NodeShell> {
  return pool.node({ node, address: '127.0.0.1' }, never);
}

export function outputOf({ stdout }: ExecResult): string {
  return captured(stdout).toString('utf8');
}

export function errorsOf({ stderr }: ExecResult): string {
  return captured(stderr).toString('utf8');
}

/** A node with nothing but SSH: a real sshd, a login to it, and a folder for the test. */
export async function startShell() {
  const folder = await mkdtemp(join(tmpdir(), 'proxmox-ssh-'));
  const key = join(folder, 'key');
  const sshd = await startSshd({ authorized: [makeKey(key)] });
  const { pool } = poolFor(sshd, key);
  const stop = async (): Promise<void> => {
    await pool.close();
    await sshd.stop();
    await rm(folder, { recursive: true });
  };
  return { folder, shell: await nodeOf(pool), stop };
}
