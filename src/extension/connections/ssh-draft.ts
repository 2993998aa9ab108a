import { homedir } from 'node:os';
import { join } from 'node:path';
import { describeKey, type TrustedHostKey } from '../../ssh/host-keys.ts';
import type { SshPlace } from '../../ssh/types.ts';
import type { Jump } from '../../ssh/written.ts';
import type { ClusterProfile, Profile } from './profile.ts';
import type { NodeCheck } from './ssh-check.ts';
import { overrides, type SshSettings } from './ssh-settings.ts';

/** What the steps of setting up SSH have gathered so far; kept when a person goes back. */
export interface SshDraft {
  user: string;
  port: number;
  auth: SshSettings['auth'];
  /** As typed; empty: the one that is stored stays. */
  secret: string;
  jump: Jump | undefined;
  sudo: boolean;
  /** Where the nodes are to be reached. */
  nodes: readonly SshPlace[];
  /** Agreed to, now or before. */
  hostKeys: readonly TrustedHostKey[];
}

/** A draft that says what a connection says, or what fits most. @param ofCluster the nodes, where the cluster says they are */
export function sshDraft(settings: SshSettings | undefined, ofCluster: readonly SshPlace[]): SshDraft {
  const {
    user = 'root',
    port = 22,
    auth = { kind: 'agent' },
    jump,
    sudo,
    addresses = {},
    hostKeys = [],
  } = settings ?? {};
  const extra = Object.keys(addresses).filter((node) => !ofCluster.some((one) => one.node === node));
  const nodes = [...ofCluster, ...extra.map((node) => ({ node, address: '' }))];
  return {
    user,
    port,
    auth,
    secret: '',
    jump,
    sudo: sudo === true,
    nodes: nodes.map(({ node, address }) => ({ node, address: addresses[node] ?? address })),
    hostKeys,
  };
}

/** The nodes whose addresses a connection has itself, for logins that may not ask the cluster. */
export function nodesOfEndpoints({ endpoints }: Pick<ClusterProfile, 'endpoints'>): readonly SshPlace[] {
  return endpoints.flatMap(({ node, url }) => {
    const address = new URL(url).hostname.replace(/^\[|\]$/g, '');
    return node === undefined ? [] : [{ node, address }];
  });
}

/** The settings as they are to be stored. */
export function sshSettings(draft: SshDraft, ofCluster: readonly SshPlace[]): SshSettings {
  const { user, port, auth, jump, sudo, nodes, hostKeys } = draft;
  const addresses = overrides(nodes, ofCluster);
  return {
    user,
    port,
    auth,
    ...(jump === undefined ? {} : { jump }),
    ...(sudo && user !== 'root' ? { sudo: true } : {}),
    ...(addresses === undefined ? {} : { addresses }),
    hostKeys: [...hostKeys],
  };
}

export function withoutSsh(profile: Profile): Profile {
  if (profile.kind === 'demo') return profile;
  const { ssh: _ssh, ...rest } = profile;
  return rest;
}

/** The hosts, nodes or the one in between, that showed another key than the one that was agreed to. */
export function changedHosts(hostKeys: readonly TrustedHostKey[], checks: readonly NodeCheck[]): readonly string[] {
  const expected = checks
    .flatMap(({ error }) => (error?.code === 'host_key' ? error.reason : []))
    .filter((line) => line.startsWith('trusted: '))
    .join('\n');
  const changed = hostKeys.filter(({ key }) => expected.includes(describeKey(Buffer.from(key, 'base64')).sha256));
  return [...new Set(changed.map(({ name }) => name))];
}

/** Without the keys of one host, so that it counts as met for the first time. */
export function withoutHost(hostKeys: readonly TrustedHostKey[], name: string): readonly TrustedHostKey[] {
  return hostKeys.filter((key) => key.name !== name);
}

/** Whether a password, or the passphrase of a key, belongs to the way of logging in. */
export function needsSecret({ auth }: Pick<SshDraft, 'auth'>): boolean {
  return auth.kind !== 'agent';
}

/** `~/.ssh/id_ed25519` → a whole path. */
export function wholePath(file: string, home = homedir()): string {
  return /^~[\\/]/.test(file) ? join(home, file.slice(2)) : file;
}
