import { createHash } from 'node:crypto';
import { PveError } from '../pve/error.ts';
import { hostName, knownHosts } from './known-hosts.ts';
import { forgetHostKey } from './set-up.ts';

/** Who is expected where: a key is trusted for the name and the address together. */
export interface SshHost {
  readonly role: 'node' | 'jump';
  /** The node's name; of a jump host its address. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** A public key as a person compares it. */
export interface HostKey {
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256`, … */
  readonly type: string;
  /** As it goes over the wire, base64. */
  readonly key: string;
  /** `SHA256:…` as `ssh-keygen -l` prints it. */
  readonly sha256: string;
}

/** A key that a person has said yes to. */
export interface TrustedHostKey extends SshHost {
  readonly key: string;
}

export interface FirstContact extends SshHost, HostKey {
  /** Where else this very key is trusted for the same node. */
  readonly trustedAt: readonly string[];
}

/** What counts as trusted, and what to do at a first contact. All of it belongs to one connection. */
export interface HostKeySources {
  /** Keys that were stored by `store`. */
  readonly trusted: () => Promise<readonly TrustedHostKey[]>;
  readonly store: (key: TrustedHostKey) => Promise<void>;
  /** The text of the user's `known_hosts` files. */
  readonly knownHosts: () => Promise<string>;
  /** Shows a person the key of a host that is not known. Anything but `true` is a no. */
  readonly firstContact: (contact: FirstContact, signal: AbortSignal) => Promise<boolean>;
}

/** What is expected of one host at this moment. */
export interface Expected {
  /** Types of the keys that are known, to be asked for first: a known key must not lose against an unknown one. */
  readonly types: readonly string[];
  /** @returns a refusal as an error; `unknown` when a person has to be asked */
  judge(shown: HostKey): 'trusted' | 'unknown' | PveError;
}

export interface HostKeys {
  expect(host: SshHost): Promise<Expected>;
  /** Asks a person, and stores a yes. @throws PveError `host_key` after a no */
  ask(host: SshHost, shown: HostKey, signal: AbortSignal): Promise<void>;
}

/**
 * Decides which key a host may show. What a person has said yes to counts first, then the user's `known_hosts`; whatever
 * is `@revoked` there is refused. A host with a known key that shows another is refused, without a question.
 *
 * Host certificates cannot be had: ssh2 does not negotiate them. A host that is known by a `@cert-authority` line alone
 * shows its plain key, about which a person is asked.
 */
export function createHostKeys(sources: HostKeySources): HostKeys {
  return {
    async expect(host) {
      const [trusted, text] = await Promise.all([sources.trusted(), sources.knownHosts()]);
      const lines = knownHosts(text, host.address, host.port);
      const known = knownKeys(
        host,
        trusted,
        lines.flatMap((line) => (line.marker === 'none' ? [line.key] : [])),
      );
      const revoked = lines.flatMap((line) => (line.marker === 'revoked' ? [line.key] : []));
      return {
        types: [...new Set(known.keys.map((key) => describeKey(Buffer.from(key, 'base64')).type))],
        judge(shown) {
          if (revoked.includes(shown.key)) return revokedKey(host, shown);
          const other = trusted.find((one) => one.role === 'node' && host.role === 'node' && isOther(one, host, shown));
          if (other !== undefined) return otherNode(host, shown, other);
          if (known.isHere && known.keys.includes(shown.key)) return 'trusted';
          if (known.keys.length > 0 && !known.keys.includes(shown.key)) return changedKey(host, shown, known.keys);
          return 'unknown';
        },
      };
    },
    async ask(host, shown, signal) {
      const elsewhere = (await sources.trusted()).filter((one) => isSame(one, host) && one.key === shown.key);
      const trustedAt = elsewhere.map(({ address, port }) => hostName(address, port));
      if ((await sources.firstContact({ ...host, ...shown, trustedAt }, signal)) !== true)
        throw notTrusted(host, shown);
      signal.throwIfAborted();
      await sources.store({ ...host, key: shown.key });
    },
  };
}

/** @param blob the public key as it goes over the wire */
export function describeKey(blob: Buffer): HostKey {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  return {
    type: blob.subarray(4, 4 + length).toString('latin1'),
    key: blob.toString('base64'),
    sha256: `SHA256:${createHash('sha256').update(blob).digest('base64').replaceAll('=', '')}`,
  };
}

/** The keys that this host may have, from the first source that knows any; not `isHere`: known at another address only. */
function knownKeys(host: SshHost, trusted: readonly TrustedHostKey[], inFile: readonly string[]) {
  const ofHost = trusted.filter((one) => isSame(one, host));
  const here = ofHost.filter(({ address, port }) => address === host.address && port === host.port);
  if (here.length > 0) return { isHere: true, keys: here.map(({ key }) => key) };
  if (inFile.length > 0) return { isHere: true, keys: inFile };
  return { isHere: false, keys: ofHost.map(({ key }) => key) };
}

function isSame(one: TrustedHostKey, host: SshHost): boolean {
  return one.role === host.role && one.name === host.name;
}

function isOther(one: TrustedHostKey, host: SshHost, shown: HostKey): boolean {
  return one.name !== host.name && one.key === shown.key;
}

/** `pve1 (10.0.0.1)`, in messages. */
export function describeHost({ role, name, address, port }: SshHost): string {
  const where = hostName(address, port);
  return role === 'jump' ? `the jump host ${where}` : `${name} (${where})`;
}

const compare =
  'On the node itself, `for f in /etc/ssh/ssh_host_*.pub; do ssh-keygen -lf $f; done` prints the real ones.';

function changedKey(host: SshHost, shown: HostKey, known: readonly string[]): PveError {
  const expected = known.map((key) => describeKey(Buffer.from(key, 'base64')));
  return hostKeyError(
    `The host key of ${describeHost(host)} has changed: somebody else may be answering, so nothing was sent`,
    [`trusted: ${expected.map(words).join(', ')}`, `shown: ${words(shown)}`],
    `${compare} Only if it was reinstalled and the shown one is right: remove the old key (in known_hosts by ${forgetHostKey(host.address, host.port)}, or the trusted key of the connection) and connect again.`,
  );
}

function otherNode(host: SshHost, shown: HostKey, other: TrustedHostKey): PveError {
  return hostKeyError(
    `What answers for ${describeHost(host)} shows the host key of ${describeHost(other)}, so nothing was sent`,
    [`shown: ${words(shown)}`],
    'Check which node has this address now. If the node was renamed, remove the trusted key of its old name; if two nodes share one key, make a new one on one of them.',
  );
}

function revokedKey(host: SshHost, shown: HostKey): PveError {
  return hostKeyError(
    `The host key of ${describeHost(host)} is revoked in known_hosts, so nothing was sent`,
    [`shown: ${words(shown)}`],
    'Give the host a new key.',
  );
}

function notTrusted(host: SshHost, shown: HostKey): PveError {
  return hostKeyError(
    `The host key of ${describeHost(host)} is not trusted, so nothing was sent`,
    [`shown: ${words(shown)}`],
    `Connect again and say yes once the fingerprint is the right one. ${compare}`,
  );
}

function words({ type, sha256 }: HostKey): string {
  return `${type} ${sha256}`;
}

function hostKeyError(message: string, reason: readonly string[], hint: string): PveError {
  return new PveError({ code: 'host_key', message, reason, hint });
}
