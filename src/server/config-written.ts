import { isAbsolute } from 'node:path';
import { PveError } from '../pve/error.ts';

/** What describes one connection, in the environment or in a file. */
export const fields = [
  'base_url',
  'token_id',
  'token_secret',
  'username',
  'password',
  'totp',
  'fingerprint',
  'ca_file',
  'verify_ssl',
  'access_level',
  'answer_minutes',
  'ssh_user',
  'ssh_port',
  'ssh_key',
  'ssh_key_passphrase',
  'ssh_password',
  'ssh_agent',
  'ssh_jump',
  'ssh_sudo',
  'ssh_addresses',
  'ssh_known_hosts',
  'ssh_fingerprint',
  'ssh_host_commands',
  'ssh_quiet_reads',
] as const;
export type Field = (typeof fields)[number];

/** A connection as somebody wrote it down, in the environment or in a file. */
export interface Written {
  /** Exactly as it was written; `undefined` when it is not there. Lists are separated by commas. */
  raw(field: Field): string | undefined;
  /** How its writer knows the field: `PVE_TOKEN_ID`. */
  label(field: Field): string;
}

/**
 * A client may start the server in a folder of somebody else's files, and nothing there counts (G8).
 * @throws PveError `invalid_argument` for a path that depends on that folder
 */
export function checkWhole(path: string, label: string): void {
  if (isAbsolute(path)) return;
  throw problem(
    `${label} is a path below the folder in which the server is started`,
    'Give the whole path, from the root on.',
  );
}

/** @throws PveError `invalid_argument` where it is not there */
export function required(written: Written, field: Field, hint: string): string {
  const text = value(written, field);
  if (text === undefined) throw problem(`${written.label(field)} is not set`, hint);
  return text;
}

/** Trimmed; empty counts as absent. */
export function value(written: Written, field: Field): string | undefined {
  const text = written.raw(field)?.trim();
  return text === '' ? undefined : text;
}

/** What is wrong with the settings. @param cause what the system said of it; never of a secret */
export function problem(message: string, hint: string, cause?: unknown): PveError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new PveError({ code: 'invalid_argument', message: message + why, hint, reason: [] }, { cause });
}
