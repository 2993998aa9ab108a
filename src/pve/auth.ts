import { PveError } from './error.ts';

/** Credentials of one connection. */
export interface Auth {
  /** Request headers that prove who asks. Never logged, never shown. */
  headers(): Readonly<Record<string, string>>;
  /** The API token's id, for hints about privileges. */
  readonly tokenId?: string;
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

function isVisibleAscii(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function refused(message: string, hint: string): PveError {
  return new PveError({ code: 'invalid_argument', message, hint, reason: [] });
}
