import { readFile } from 'node:fs/promises';
import ssh2, { type AnyAuthMethod, type BaseAgent, type ParsedKey } from 'ssh2';
import { messageOf, PveError } from '../pve/error.ts';
import { describeKey } from './host-keys.ts';
import type { SshAuth } from './types.ts';

/** The one way of logging in that was configured, made ready; it is sent only after the host key was found right. */
export interface Credentials {
  readonly method: (user: string) => AnyAuthMethod;
  /** What a server that refuses it refuses: `the key SHA256:…`, `the password`. */
  readonly what: string;
}

/**
 * Fetches what a login needs, so that what is missing on this computer is told before any connection.
 * @throws PveError `invalid_argument` for what has to be set up here, `unauthenticated` without a password or passphrase
 */
export async function readyCredentials(auth: SshAuth): Promise<Credentials> {
  if (auth.kind === 'agent') return agentCredentials(auth.socket);
  if (auth.kind === 'key') return keyCredentials(auth.file, auth.passphrase);
  const password = await auth.password();
  if (password === undefined) {
    throw setUp('unauthenticated', 'There is no password for SSH', 'Enter the password, or log in with a key.');
  }
  return { method: (username) => ({ type: 'password', username, password }), what: 'the password' };
}

async function keyCredentials(file: string, passphrase: () => Promise<string | undefined>): Promise<Credentials> {
  const text = await readKey(file);
  const open = (words?: string) => single(ssh2.utils.parseKey(text, words));
  let key = open();
  if (key instanceof Error && /encrypted/i.test(key.message)) {
    const words = await passphrase();
    if (words === undefined) {
      throw setUp(
        'unauthenticated',
        `The key ${file} needs its passphrase`,
        'Enter it, or let an SSH agent hold the key.',
      );
    }
    key = open(words);
    if (key instanceof Error && !/unsupported/i.test(key.message)) {
      throw setUp('unauthenticated', `The passphrase does not open the key ${file}`, 'Enter the passphrase again.');
    }
  }
  if (key instanceof Error) {
    throw setUp(
      'invalid_argument',
      `${file} is no private key that can be used`,
      'Give a key made by ssh-keygen; of a pair the file without .pub.',
      [key.message],
    );
  }
  if (!key.isPrivateKey()) {
    throw setUp(
      'invalid_argument',
      `${file} is the public half of a key`,
      'Give the private one: the file without .pub.',
    );
  }
  const opened = key;
  return {
    method: (username) => ({ type: 'publickey', username, key: opened }),
    what: `the key ${describeKey(key.getPublicSSH()).sha256} (${file})`,
  };
}

async function readKey(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw isAbsent
      ? setUp(
          'invalid_argument',
          `There is no key ${file}`,
          'Make one with ssh-keygen -t ed25519, or give the path of another.',
        )
      : setUp('invalid_argument', `The key ${file} cannot be read`, 'Make it readable for this user only: chmod 600.', [
          messageOf(cause),
        ]);
  }
}

async function agentCredentials(socket: string | undefined): Promise<Credentials> {
  const path = socket ?? (process.platform === 'win32' ? String.raw`\\.\pipe\openssh-ssh-agent` : undefined);
  if (path === undefined || path === '') {
    throw setUp('invalid_argument', 'No SSH agent is running: SSH_AUTH_SOCK is not set', startAgent);
  }
  const agent = ssh2.createAgent(path);
  const keys = await identities(agent, path);
  if (keys.length === 0) throw setUp('invalid_argument', 'The SSH agent holds no keys', 'Add one: ssh-add.');
  const shown = keys.map((key) => describeKey(key).sha256);
  return {
    method: (username) => ({ type: 'agent', username, agent }),
    what: `the keys of the SSH agent (${shown.slice(0, 6).join(', ')}${shown.length > 6 ? ', …' : ''})`,
  };
}

function identities(agent: BaseAgent, path: string): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    agent.getIdentities((error, keys = []) => {
      if (error) {
        reject(setUp('invalid_argument', `No SSH agent answers at ${path}`, startAgent, [error.message]));
        return;
      }
      // The agents of ssh2 answer with parsed keys, whatever the types allow.
      resolve(keys.flatMap((key) => (isParsed(key) ? [key.getPublicSSH()] : [])));
    });
  });
}

function isParsed(key: unknown): key is ParsedKey {
  return typeof key === 'object' && key !== null && 'getPublicSSH' in key;
}

const startAgent =
  'Start one and add a key (eval "$(ssh-agent)"; ssh-add; on Windows the service ssh-agent), or log in with a key file.';

/** The types promise one key, OpenSSH's own format answers with a list of one. */
function single<T>(key: T | readonly T[] | Error): T | Error {
  const [first] = [key].flat() as (T | Error)[];
  return first ?? new Error('The file holds no key');
}

function setUp(
  code: 'invalid_argument' | 'unauthenticated',
  message: string,
  hint: string,
  reason: readonly string[] = [],
): PveError {
  return new PveError({ code, message, hint, reason });
}
