import { type Auth, ticketAuth, tokenAuth } from '../../pve/auth.ts';
import type { Clock } from '../../pve/clock.ts';
import type { Login } from './profile.ts';

/** Asks a person for the code of an authenticator app; nothing when the person gives none. */
export type AskCode = () => Promise<string | undefined>;

/** Credentials in use. A ticket lives in `auth`, so who keeps this object needs no second code. */
export interface SignIn {
  readonly login: Login;
  readonly secret: string;
  readonly auth: Auth;
  /** Who is asked for codes from now on. */
  codesFrom(ask: AskCode): void;
}

/**
 * @param secret of the token, or the password
 * @throws PveError `invalid_argument` for what cannot be one; the message never holds it
 */
export function signIn(login: Login, secret: string, clock: Clock, ask: AskCode): SignIn {
  let asked = ask;
  const auth =
    login.kind === 'token'
      ? tokenAuth(login.tokenId, secret)
      : ticketAuth({ username: login.username, password: secret, totp: () => asked(), clock });
  return {
    login,
    secret,
    auth,
    codesFrom(next) {
      asked = next;
    },
  };
}

/** Whether credentials in use are still those that are stored. */
export function isSame({ login, secret }: SignIn, storedLogin: Login, storedSecret: string): boolean {
  return secret === storedSecret && JSON.stringify(login) === JSON.stringify(storedLogin);
}
