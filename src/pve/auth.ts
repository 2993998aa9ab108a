import { type Clock, systemClock } from './clock.ts';
import { PveError } from './error.ts';
import type { PveMethod } from './request.ts';
import { type Login, ticketLogin } from './ticket.ts';

/** Credentials of one connection. */
export interface Auth {
  /** Request headers that prove who asks, as they are now. Never logged, never shown. */
  headers(method?: PveMethod): Readonly<Record<string, string>>;
  /** The API token's id, for hints about privileges. */
  readonly tokenId?: string;
  /** `user@realm` of a login with a password. */
  readonly user?: string;
  /** How the headers are got; absent for an API token, which needs no login. */
  readonly login?: Login;
}

/** A login that may be tried anew after it was refused. */
export interface TicketAuth extends Auth {
  readonly user: string;
  readonly login: Login;
  /** Forgets the ticket and a refusal: the next request logs in with the password. */
  reset(): void;
}

/** A person's own login. */
export interface TicketOptions {
  /** `user@realm` */
  readonly username: string;
  readonly password: string;
  /** Asks for the code of the second factor, for users who have one; nothing when the person gives none. */
  readonly totp?: () => Promise<string | undefined>;
  readonly clock?: Clock;
}

/**
 * Credentials of an API token (PVE manual, "API Tokens").
 * @param tokenId `user@realm!name`
 * @param secret the value that PVE showed when the token was made
 * @throws PveError `invalid_argument`; the message never holds the secret
 */
export function tokenAuth(tokenId: string, secret: string): Auth {
  if (!/^[^\s:/\p{Cc}]+@[A-Za-z][A-Za-z0-9._-]+![A-Za-z][A-Za-z0-9._-]+$/u.test(tokenId) || !isVisibleAscii(tokenId)) {
    throw refused('The API token id does not have the form user@realm!name', 'Example: root@pam!vscode');
  }
  if (!isVisibleAscii(secret)) {
    throw refused(
      'The API token secret is empty or has characters that cannot be part of one',
      'Paste the secret alone, without spaces or line breaks.',
    );
  }
  const headers = { authorization: `PVEAPIToken=${tokenId}=${secret}` };
  return { headers: () => headers, tokenId };
}

/**
 * Credentials of a user with a password: a ticket of two hours, good on every node, with a CSRF token for writes
 * (POST `/access/ticket`). It is fetched when it is first needed, renewed with itself before it ends, and replaced once
 * when PVE no longer takes it. A login that PVE refuses is not tried again until `reset()`: each refusal takes 3 s.
 * @throws PveError `invalid_argument`; the message never holds the password
 */
export function ticketAuth({ username, password, totp, clock = systemClock }: TicketOptions): TicketAuth {
  if (!/^[^\s:/!\p{Cc}]+@[A-Za-z][A-Za-z0-9._-]+$/u.test(username) || !username.isWellFormed()) {
    throw refused('The user name does not have the form user@realm', 'Examples: root@pam, alice@pve');
  }
  if (password === '' || /[\0\r\n]/.test(password) || !password.isWellFormed()) {
    throw refused(
      'The password is empty or has characters that cannot be part of one',
      'Enter it without line breaks.',
    );
  }
  const { ticket, reset, login } = ticketLogin({ username, password, totp, clock });
  return {
    user: username,
    login,
    reset,
    headers(method = 'GET') {
      const now = ticket();
      if (now === undefined) return {};
      return method === 'GET' ? { cookie: now.cookie } : { cookie: now.cookie, CSRFPreventionToken: now.csrf };
    },
  };
}

function isVisibleAscii(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function refused(message: string, hint: string): PveError {
  return new PveError({ code: 'invalid_argument', message, hint, reason: [] });
}
