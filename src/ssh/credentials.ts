import { readFile } from 'node:fs/promises';
import ssh2, { type AnyAuthMethod, type BaseAgent, type ParsedKey } from 'ssh2';
import { messageOf, PveError } from '../pve/error.ts';
import { describeKey } from './host-keys.ts';
import { agentSetUp, type KeyPlace, type KeyProblem, keySetUp } from './set-up.ts';
import type { SshAuth } from './types.ts';

/** The one way of logging in that was configured, made ready; it is sent only after the host key was found right. */
export interface Credentials {
  readonly method: AnyAuthMethod;
  /** What a server refuses when it refuses it: `the key SHA256:…`, `the password`. */
  readonly what: string;
  /** What to do when it is refused. */
  readonly hint: string;
}

/** Where they are for. */
export type Target = Omit<KeyPlace, 'file'>;

/**
 * Fetches what a login needs, so that what is missing on this computer is told before any connection.
 * @throws PveError `invalid_argument` for what has to be set up here, `unauthenticated` without a password or passphrase
 */
export async function readyCredentials(auth: SshAuth, target: Target): Promise<Credentials> {
  if (auth.kind === 'agent') return agentCredentials(auth.socket, target);
  if (auth.kind === 'key') return keyCredentials(auth, target);
  const password = await auth.password();
  if (password === undefined) {
    throw setUp('unauthenticated', 'There is no password for SSH', 'Enter the password, or log in with a key.');
  }
  return {
    method: { type: 'password', username: target.user, password },
    what: 'the password',
    hint: 'Enter the password again, and look whether the node allows passwords (PasswordAuthentication, PermitRootLogin in /etc/ssh/sshd_config).',
  };
}

/** Keys that were opened: to open an encrypted one takes ssh2 a quarter of a second, in which nothing else goes on. */
const opened = new WeakMap<SshAuth, { readonly text: Buffer; readonly key: ParsedKey }>();

async function keyCredentials(auth: SshAuth & { readonly kind: 'key' }, target: Target): Promise<Credentials> {
  const { file, passphrase } = auth;
  const help = (problem: KeyProblem): string => keySetUp(problem, { ...target, file });
  const text = await readFile(file).catch((cause: unknown) => {
    throw cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
      ? setUp('invalid_argument', `There is no SSH key ${file}`, help('no key'))
      : setUp('invalid_argument', `The SSH key ${file} cannot be read`, help('wrong key'), [messageOf(cause)]);
  });
  const known = opened.get(auth);
  let key = known?.text.equals(text) ? known.key : parse(text);
  if (key instanceof Error && /no passphrase given/.test(key.message)) {
    const words = await passphrase();
    if (words === undefined) {
      throw setUp(
        'unauthenticated',
        `The SSH key ${file} needs its passphrase`,
        'Enter the passphrase, or let an SSH agent hold the key.',
      );
    }
    key = parse(text, words);
    if (key instanceof Error && !/unsupported/i.test(key.message))
      throw setUp('unauthenticated', `The passphrase does not open the SSH key ${file}`, help('wrong key'));
  }
  if (key instanceof Error)
    throw setUp('invalid_argument', `${file} is no SSH key that can be used`, help('wrong key'), [key.message]);
  if (!key.isPrivateKey())
    throw setUp('invalid_argument', `${file} is the public half of an SSH key`, help('wrong key'));
  opened.set(auth, { text, key });
  return {
    method: { type: 'publickey', username: target.user, key },
    what: `the key ${describeKey(key.getPublicSSH()).sha256} (${file})`,
    hint: help('not authorised'),
  };
}

/** The types promise one key; some formats answer with a list of one. */
function parse(text: Buffer, passphrase?: string): ParsedKey | Error {
  const [key] = [ssh2.utils.parseKey(text, passphrase)].flat();
  return key ?? new Error('It holds no key');
}

async function agentCredentials(socket: string | undefined, target: Target): Promise<Credentials> {
  const path = socket ?? (process.platform === 'win32' ? String.raw`\\.\pipe\openssh-ssh-agent` : '');
  if (path === '') throw setUp('invalid_argument', 'No SSH agent is running: SSH_AUTH_SOCK is not set', agentSetUp);
  const agent = ssh2.createAgent(path);
  const keys = (await identities(agent, path)).map((key) => describeKey(key).sha256);
  if (keys.length === 0) throw setUp('invalid_argument', 'The SSH agent holds no keys', agentSetUp);
  return {
    method: { type: 'agent', username: target.user, agent },
    what: `the keys of the SSH agent (${keys.slice(0, 6).join(', ')}${keys.length > 6 ? ', …' : ''})`,
    hint: keySetUp('not authorised', { ...target, file: '~/.ssh/id_ed25519' }),
  };
}

/** An agent that is stuck is no agent, milliseconds. */
const agentMs = 5000;

function identities(agent: BaseAgent, path: string): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(setUp('invalid_argument', `No SSH agent answers at ${path}`, agentSetUp, [why]));
    const timer = setTimeout(() => fail(`no answer in ${agentMs / 1000} s`), agentMs);
    agent.getIdentities((error, keys = []) => {
      clearTimeout(timer);
      if (error) return fail(error.message);
      // The agents of ssh2 answer with parsed keys, whatever the types allow.
      resolve(keys.flatMap((key) => (isParsed(key) ? [key.getPublicSSH()] : [])));
    });
  });
}

function isParsed(key: unknown): key is ParsedKey {
  return typeof key === 'object' && key !== null && 'getPublicSSH' in key;
}

function setUp(
  code: 'invalid_argument' | 'unauthenticated',
  message: string,
  hint: string,
  reason: readonly string[] = [],
): PveError {
  return new PveError({ code, message, hint, reason });
}
