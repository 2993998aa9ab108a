import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PveError } from '../pve/error.ts';

/** One line of a `known_hosts` file that is about the host that was asked for (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly marker: 'none' | 'cert-authority' | 'revoked';
  /** The public key as it goes over the wire, base64. */
  readonly key: string;
}

/**
 * The lines of `known_hosts` that are about a host: plain, with a port, with wildcards and negation, and hashed ones.
 * Lines that cannot be read say nothing, as with OpenSSH.
 */
export function knownHosts(text: string, address: string, port: number): KnownHost[] {
  const name = hostName(address, port);
  return text.split('\n').flatMap((line): KnownHost[] => {
    const words = line.trim().split(/\s+/);
    const marked = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [hosts, type, key] = words;
    const marker = markers[marked ?? ''];
    if (marker === undefined || hosts === undefined || hosts.startsWith('#') || type === undefined || key === undefined)
      return [];
    return matches(hosts, name) ? [{ marker, key }] : [];
  });
}

/** How `known_hosts` names a host: `host`, and `[host]:port` for a port that is not 22. */
export function hostName(address: string, port: number): string {
  const lower = address.toLowerCase();
  return port === 22 ? lower : `[${lower}]:${port}`;
}

/**
 * The text of the user's and this computer's `known_hosts` files; those that are not there count as empty.
 * @throws PveError `host_key` when one is there and cannot be read: it may hold what is revoked
 */
export async function readKnownHosts(home: string): Promise<string> {
  const files = [join(home, '.ssh', 'known_hosts'), join(home, '.ssh', 'known_hosts2'), '/etc/ssh/ssh_known_hosts'];
  return (await Promise.all(files.map(readIfThere))).join('\n');
}

/**
 * The text of one `known_hosts` file that somebody has named.
 * @throws PveError `host_key` when it cannot be read
 */
export async function readKnownHostsFile(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => Promise.reject(unreadable(file, cause)));
}

const markers: Readonly<Record<string, KnownHost['marker']>> = {
  '': 'none',
  '@cert-authority': 'cert-authority',
  '@revoked': 'revoked',
};

function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return isHashOf(hosts, name);
  const patterns = hosts.toLowerCase().split(',');
  const fits = (pattern: string): boolean => glob(pattern).test(name);
  if (patterns.some((pattern) => pattern.startsWith('!') && fits(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && fits(pattern));
}

/** `|1|salt|HMAC-SHA1(salt, name)`, both base64. */
function isHashOf(hashed: string, name: string): boolean {
  const [, version, salt, hash] = hashed.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function glob(pattern: string): RegExp {
  const source = pattern
    .replace(/\*+/g, '*')
    .replace(/[^*?]/g, (character) => (/[\w-]/.test(character) ? character : `\\${character}`));
  return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return '';
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): PveError {
  return new PveError(
    {
      code: 'host_key',
      message: `${file} cannot be read, and it may say which host keys are revoked`,
      hint: 'Make the file readable for this user.',
      reason: cause instanceof Error ? [cause.message] : [],
    },
    { cause },
  );
}
