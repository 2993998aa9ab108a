import { homedir } from 'node:os';
import { join } from 'node:path';
import { type AccessLevel, accessLevels } from '../gate/types.ts';
import { parseAddress } from '../pve/address.ts';
import { PveError } from '../pve/error.ts';
import { normaliseFingerprint } from '../pve/trust.ts';
import { nearest } from './text/nearest.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Started by a client of its own choice: the credentials come from the environment. */
export interface StandaloneConfig {
  /** Origin of the API, `https://host:8006`. */
  readonly url: string;
  readonly tokenId: string;
  readonly tokenSecret: string;
  readonly level: AccessLevel;
  readonly trust: TrustConfig;
  /** Where the audit is written. */
  readonly auditDir: string;
}

/** How the certificate is judged. `unverified` never connects: the start stops and shows the fingerprint (G17). */
export type TrustConfig =
  | { readonly kind: 'system' }
  | { readonly kind: 'ca'; readonly file: string }
  | { readonly kind: 'pin'; readonly sha256: readonly string[] }
  | { readonly kind: 'unverified' };

/**
 * Reads the environment of the standalone server. Empty values count as absent.
 * @throws PveError `invalid_argument` for a name or a value that is not understood: nothing falls back to a wider access.
 */
export function readConfig(env: Environment): StandaloneConfig {
  refuseUnknown(env);
  refuseNotBuilt(env);
  return {
    url: address(env),
    ...token(env),
    level: level(env),
    trust: trust(env),
    auditDir:
      value(env, 'PVE_AUDIT_DIR') ??
      join(value(env, 'XDG_STATE_HOME') ?? join(homedir(), '.local', 'state'), 'proxmox-mcp'),
  };
}

/** Every name that is understood, with what it is; `--help` prints them. */
export const settings: readonly (readonly [name: string, meaning: string])[] = [
  ['PVE_BASE_URL', 'Address of the API: host, host:port or https://host:8006'],
  ['PVE_TOKEN_ID', 'API token: user@realm!name'],
  ['PVE_TOKEN_SECRET', "The token's secret"],
  ['PVE_FINGERPRINT', "SHA-256 fingerprint of the server's certificate (several: comma-separated)"],
  ['PVE_CA_FILE', 'PEM file of the CA that signed the certificate'],
  ['PVE_VERIFY_SSL', 'true (default); false only together with PVE_FINGERPRINT'],
  ['PVE_ACCESS_LEVEL', `What agents may do: ${accessLevels.join(', ')} (default read-only). Alias: PVE_ACCESS_TIER`],
  ['PVE_TOOLSETS', 'all (default). Alias: PVE_CATEGORIES'],
  ['PVE_AUDIT_DIR', 'Folder of the audit (default $XDG_STATE_HOME/proxmox-mcp or ~/.local/state/proxmox-mcp)'],
];

const aliases = ['PVE_ACCESS_TIER', 'PVE_CATEGORIES'] as const;
const notBuilt: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/^PVE_(USERNAME|PASSWORD|TOTP)$/, 'Use an API token: PVE_TOKEN_ID and PVE_TOKEN_SECRET.'],
  [/^PVE_CONFIG$/, 'Describe one connection with PVE_BASE_URL, PVE_TOKEN_ID and PVE_TOKEN_SECRET.'],
  [/^PVE_SSH_/, 'Remove it.'],
];

function refuseUnknown(env: Environment): void {
  const known = [...settings.map(([name]) => name), ...aliases];
  for (const name of Object.keys(env)) {
    if (!name.startsWith('PVE_') || known.includes(name) || notBuilt.some(([pattern]) => pattern.test(name))) continue;
    // Without what all share, so that PVE_LEVEL is near PVE_ACCESS_LEVEL.
    const meant = nearest(
      name.slice(4),
      known.map((setting) => setting.slice(4)),
    );
    throw problem(
      `${name} is not a setting`,
      meant === undefined
        ? 'Remove it; --help lists the settings.'
        : `Did you mean PVE_${meant}? --help lists the settings.`,
    );
  }
}

function refuseNotBuilt(env: Environment): void {
  for (const [pattern, instead] of notBuilt) {
    const name = Object.keys(env).find((key) => pattern.test(key) && value(env, key) !== undefined);
    if (name !== undefined) throw problem(`${name} is not supported yet`, instead);
  }
}

function address(env: Environment): string {
  const text = required(env, 'PVE_BASE_URL', 'Set it to the address of a node, like https://pve1.example.com:8006.');
  if (text.includes(','))
    throw problem('PVE_BASE_URL names several addresses, which is not supported yet', 'Give one.');
  return parseAddress(text);
}

function token(env: Environment): Pick<StandaloneConfig, 'tokenId' | 'tokenSecret'> {
  return {
    tokenId: required(env, 'PVE_TOKEN_ID', 'Set it to the API token, like root@pam!mcp.'),
    tokenSecret: required(env, 'PVE_TOKEN_SECRET', 'Set it to the secret that was shown when the token was made.'),
  };
}

function level(env: Environment): AccessLevel {
  const text = one(env, 'PVE_ACCESS_LEVEL', 'PVE_ACCESS_TIER') ?? 'read-only';
  const known = accessLevels.find((name) => name === text);
  if (known === undefined)
    throw problem('PVE_ACCESS_LEVEL is not understood', `Set it to one of ${accessLevels.join(', ')}.`);
  const toolsets = one(env, 'PVE_TOOLSETS', 'PVE_CATEGORIES') ?? 'all';
  if (toolsets !== 'all')
    throw problem('Choosing toolsets is not supported yet', 'Remove PVE_TOOLSETS or set it to all.');
  return known;
}

function trust(env: Environment): TrustConfig {
  const pins = value(env, 'PVE_FINGERPRINT');
  const file = value(env, 'PVE_CA_FILE');
  const verify = (value(env, 'PVE_VERIFY_SSL') ?? 'true').toLowerCase();
  if (!['true', '1', 'false', '0'].includes(verify))
    throw problem('PVE_VERIFY_SSL is not understood', 'Set it to true or false.');
  if (pins !== undefined && file !== undefined)
    throw problem('PVE_FINGERPRINT and PVE_CA_FILE are both set', 'Keep one of them.');
  if (pins !== undefined) return { kind: 'pin', sha256: pins.split(',').map(fingerprint) };
  if (verify === 'true' || verify === '1') return file === undefined ? { kind: 'system' } : { kind: 'ca', file };
  if (file !== undefined)
    throw problem('PVE_VERIFY_SSL=false and PVE_CA_FILE contradict each other', 'Remove one of them.');
  return { kind: 'unverified' };
}

function fingerprint(text: string): string {
  const known = normaliseFingerprint(text);
  if (known !== undefined) return known;
  throw problem(
    'PVE_FINGERPRINT is not a SHA-256 fingerprint',
    'It has 64 hexadecimal digits, like AB:CD:…; `pvenode cert info` shows it.',
  );
}

/** A setting that has two names; both are fine while they say the same. */
function one(env: Environment, name: string, alias: string): string | undefined {
  const [first, second] = [value(env, name), value(env, alias)];
  if (first !== undefined && second !== undefined && first !== second)
    throw problem(`${name} and ${alias} differ`, 'Keep one of them.');
  return first ?? second;
}

function required(env: Environment, name: string, hint: string): string {
  const text = value(env, name);
  if (text === undefined) throw problem(`${name} is not set`, hint);
  return text;
}

function value(env: Environment, name: string): string | undefined {
  const text = env[name]?.trim();
  return text === '' ? undefined : text;
}

function problem(message: string, hint: string): PveError {
  return new PveError({ code: 'invalid_argument', message, hint, reason: [] });
}
