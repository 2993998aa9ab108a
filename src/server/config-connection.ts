import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseAnswerMinutes } from '../gate/answer-time.ts';
import { type AccessLevel, accessLevels, type CommandSwitches } from '../gate/types.ts';
import { parseAddress } from '../pve/address.ts';
import { normaliseFingerprint, type Trust } from '../pve/trust.ts';
import { readSsh, type SshConfig, sshSecrets } from './config-ssh.ts';
import { checkWhole, problem, required, value, type Written } from './config-written.ts';
import { parseTotp, type Totp } from './totp.ts';

/** One cluster, and how to get in. */
export interface ConnectionConfig {
  /** The origins of its nodes, `https://host:8006`; the first one that answers serves. */
  readonly urls: readonly string[];
  readonly login: LoginConfig;
  readonly trust: TrustConfig;
  readonly level: AccessLevel;
  /** How long a question may stay open, minutes (G2). */
  readonly answerMinutes?: number;
  /** Absent: no SSH. */
  readonly ssh?: SshConfig;
  readonly commands?: CommandSwitches;
}
export type LoginConfig =
  | { readonly kind: 'token'; readonly tokenId: string; readonly tokenSecret: string }
  | { readonly kind: 'password'; readonly username: string; readonly password: string; readonly totp?: Totp };

/** How certificates are judged. `unverified` never connects: the start stops and shows the fingerprints (G17). */
export type TrustConfig = Trust | { readonly kind: 'unverified' };

/**
 * Reads one connection; the same rules wherever it was written. Empty values count as absent.
 * @param learn is given every secret before anything else happens with it
 * @throws PveError `invalid_argument` for what is not understood: nothing falls back to a wider access.
 */
export async function readConnection(written: Written, learn: (secret: string) => void): Promise<ConnectionConfig> {
  for (const field of ['token_secret', 'password', 'totp', ...sshSecrets] as const) {
    const secret = written.raw(field);
    if (secret !== undefined) for (const form of [secret, secret.replace(/\s/g, '')]) learn(form);
  }
  const minutes = answerMinutes(written);
  return {
    urls: addresses(written),
    login: login(written),
    trust: await trust(written),
    level: level(written),
    ...(minutes === undefined ? {} : { answerMinutes: minutes }),
    ...readSsh(written),
  };
}

function addresses(written: Written): string[] {
  const text = required(written, 'base_url', 'Set it to the address of a node, like https://pve1.example.com:8006.');
  return [...new Set(text.split(',').map(parseAddress))];
}

function login(written: Written): LoginConfig {
  const { label } = written;
  const hasToken = value(written, 'token_id') !== undefined || value(written, 'token_secret') !== undefined;
  const ofUser = (['username', 'password', 'totp'] as const).find((field) => value(written, field) !== undefined);
  if (hasToken && ofUser !== undefined)
    throw problem(
      `${label('token_id')} and ${label(ofUser)} are both set`,
      'Log in with an API token or as a user: keep one of them. A token is the better choice.',
    );
  return ofUser === undefined ? token(written) : user(written);
}

function token(written: Written): LoginConfig {
  const orUser = `To log in as a user instead, set ${written.label('username')} and ${written.label('password')}.`;
  return {
    kind: 'token',
    tokenId: required(written, 'token_id', `Set it to the API token, like root@pam!mcp. ${orUser}`),
    tokenSecret: required(written, 'token_secret', 'Set it to the secret that was shown when the token was made.'),
  };
}

function user(written: Written): LoginConfig {
  const username = required(written, 'username', 'Set it to the user with the realm, like root@pam.');
  // Not trimmed: spaces may belong to it.
  const password = written.raw('password') ?? '';
  if (password === '')
    throw problem(`${written.label('password')} is not set`, `Set it to the password of ${username}.`);
  const text = value(written, 'totp');
  if (text === undefined) return { kind: 'password', username, password };
  const totp = parseTotp(text);
  if (totp !== undefined) return { kind: 'password', username, password, totp };
  throw problem(
    `${written.label('totp')} is neither a TOTP secret nor a code`,
    'Set it to the secret that was shown when the second factor was made (base32: letters and the digits 2 to 7), or to a code of 6 digits, which is good for one login.',
  );
}

function level(written: Written): AccessLevel {
  const text = value(written, 'access_level') ?? 'read-only';
  const known = accessLevels.find((name) => name === text);
  if (known !== undefined) return known;
  throw problem(`${written.label('access_level')} is not understood`, `Set it to one of ${accessLevels.join(', ')}.`);
}

function answerMinutes(written: Written): number | undefined {
  const text = value(written, 'answer_minutes');
  if (text === undefined) return undefined;
  const minutes = parseAnswerMinutes(text);
  if (minutes !== undefined) return minutes;
  throw problem(`${written.label('answer_minutes')} is not understood`, 'Set it to whole minutes, from 1 to 30.');
}

async function trust(written: Written): Promise<TrustConfig> {
  const { label } = written;
  const pins = value(written, 'fingerprint');
  const file = value(written, 'ca_file');
  const verify = (value(written, 'verify_ssl') ?? 'true').toLowerCase();
  if (!['true', '1', 'false', '0'].includes(verify))
    throw problem(`${label('verify_ssl')} is not understood`, 'Set it to true or false.');
  const verified = verify === 'true' || verify === '1';
  if (file !== undefined && !verified)
    throw problem(`${label('verify_ssl')}=false and ${label('ca_file')} contradict each other`, 'Remove one of them.');

  const ca = file === undefined ? undefined : await readCa(file, label('ca_file'));
  if (pins !== undefined) {
    // The fingerprint decides; the CA only tells, when a certificate has changed, whether the cluster itself renewed it.
    const sha256 = pins.split(',').map((text) => fingerprint(text, label('fingerprint')));
    return { kind: 'pin', sha256, ...(ca === undefined ? {} : { ca }) };
  }
  if (ca !== undefined) return { kind: 'ca', pem: ca };
  return { kind: verified ? 'system' : 'unverified' };
}

function fingerprint(text: string, label: string): string {
  const known = normaliseFingerprint(text);
  if (known !== undefined) return known;
  throw problem(
    `${label} is not a SHA-256 fingerprint`,
    'It has 64 hexadecimal digits, like AB:CD:…; `pvenode cert info` shows it.',
  );
}

async function readCa(file: string, label: string): Promise<string> {
  checkWhole(file, label);
  const pem = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw problem(`${label} cannot be read`, 'Give the path of a PEM file.', cause);
  });
  try {
    new X509Certificate(pem);
    return pem;
  } catch {
    throw problem(`${label} holds no certificate`, 'Give a PEM file.');
  }
}
