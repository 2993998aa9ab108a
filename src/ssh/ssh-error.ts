import { messageOf, PveError, type PveErrorCode } from '../pve/error.ts';
import type { Credentials } from './credentials.ts';
import { describeHost, type SshHost } from './host-keys.ts';

/** Turns what a socket and ssh2 throw while a connection is made into a `PveError` that tells the next step. */
export function connectError(cause: unknown, host: SshHost, user: string, credentials: Credentials): PveError {
  if (cause instanceof PveError) return cause;
  const [code, message, hint] = explain(cause, describeHost(host), user, credentials);
  return new PveError({ code, message, hint, reason: code === 'unauthenticated' ? [] : [messageOf(cause)] }, { cause });
}

/** The connection ended while a command or a transfer was under way. */
export function lostError(place: string, mayHaveRun: boolean): PveError {
  return new PveError({
    code: 'unreachable',
    message: `The SSH connection to ${place} was lost`,
    hint: mayHaveRun
      ? 'It may have run all the same, and may still be running: look at the node before trying again.'
      : 'Nothing was sent. Try again.',
    reason: [],
    ...(mayHaveRun ? { mayHaveRun } : {}),
  });
}

/** The connection is there, and still nothing can be asked for on it; nothing was sent. */
export function notOpened(place: string, what: string, cause: unknown): PveError {
  if (cause instanceof PveError) return cause;
  return new PveError(
    {
      code: 'unreachable',
      message: `The SSH server of ${place} opens no channel for ${what}; nothing was sent`,
      hint: 'Try again. If it stays so, look at MaxSessions and at the log of sshd on the node.',
      reason: [messageOf(cause)],
    },
    { cause },
  );
}

export function tooLate(host: SshHost, ms: number): PveError {
  return new PveError({
    code: 'timeout',
    message: `${describeHost(host)} was not ready for SSH within ${Math.round(ms / 100) / 10} s`,
    hint: checkNetwork,
    reason: [],
  });
}

const checkNetwork = 'Check that the node is up and that network and firewall let this computer reach its SSH port.';
const checkPort = 'Check address and port. On the node: systemctl status ssh';

type Explanation = readonly [code: PveErrorCode, message: string, hint: string];

function explain(cause: unknown, host: string, user: string, { what, hint }: Credentials): Explanation {
  const { code, level, message } = fieldsOf(cause);
  if (level === 'client-authentication')
    return ['unauthenticated', `${host} does not let ${user} in with ${what}`, hint];
  if (/too many authentication failures/i.test(message)) {
    return [
      'unauthenticated',
      `${host} ended the login as ${user} after too many keys`,
      'The SSH agent holds more keys than the server tries: log in with a key file, or remove keys from the agent.',
    ];
  }
  if (level === 'agent')
    return ['unauthenticated', 'The SSH agent did not sign', 'Unlock the key, or confirm its use.'];
  const known = sockets[code];
  if (known !== undefined) return [known[0], known[1].replace('{host}', host), known[2]];
  if (/no matching/i.test(message)) {
    return [
      'unreachable',
      `${host} and this client have no SSH algorithm in common`,
      'Update the SSH server of the node.',
    ];
  }
  if (level === 'handshake' || level === 'protocol' || /identification|packet/i.test(message)) {
    return ['unreachable', `${host} did not finish the SSH handshake`, checkPort];
  }
  return ['unreachable', `The SSH connection to ${host} failed`, checkNetwork];
}

const sockets: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: ['unreachable', '{host} refused the SSH connection', checkPort],
  ENOTFOUND: ['unreachable', 'The host name of {host} is not known', 'Check the spelling, or use the IP address.'],
  EAI_AGAIN: [
    'unreachable',
    'The host name of {host} could not be looked up',
    'Check the name service, or use the IP address.',
  ],
  EHOSTUNREACH: ['unreachable', 'There is no route to {host}', checkNetwork],
  ENETUNREACH: ['unreachable', 'The network of {host} cannot be reached', checkNetwork],
  ECONNRESET: ['unreachable', '{host} closed the SSH connection', checkPort],
  EPIPE: ['unreachable', '{host} closed the SSH connection', checkPort],
  ETIMEDOUT: ['timeout', '{host} did not answer in time', checkNetwork],
};

function fieldsOf(cause: unknown): { readonly code: string; readonly level: string; readonly message: string } {
  const read = (name: string): string => {
    const value = typeof cause === 'object' && cause !== null ? Reflect.get(cause, name) : undefined;
    return typeof value === 'string' ? value : '';
  };
  return { code: read('code'), level: read('level'), message: read('message') };
}
