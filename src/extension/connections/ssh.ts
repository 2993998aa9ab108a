import type { SshLogin } from '../../ssh/types.ts';
import type { SshSettings } from './ssh-settings.ts';

export interface SshEnvironment {
  /** Of the editor; its agent's socket is named there. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The password, or the passphrase of the key; nothing where none is stored. */
  readonly secret: () => Promise<string | undefined>;
}

/** How the nodes of a connection are logged in to. The secret is fetched when a login needs it, and kept nowhere else. */
export function sshLogin({ user, port, auth, jump, sudo }: SshSettings, { env, secret }: SshEnvironment): SshLogin {
  return {
    user,
    port,
    auth: authOf(auth, env, secret),
    sudo: sudo === true,
    ...(jump === undefined ? {} : { jump }),
  };
}

function authOf(
  auth: SshSettings['auth'],
  env: SshEnvironment['env'],
  secret: SshEnvironment['secret'],
): SshLogin['auth'] {
  switch (auth.kind) {
    case 'agent':
      return { kind: 'agent', socket: env.SSH_AUTH_SOCK };
    case 'key':
      return { kind: 'key', file: auth.file, passphrase: secret };
    case 'password':
      return { kind: 'password', password: secret };
  }
}
