import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { accessLevels } from '../gate/types.ts';
import { type ProxySettings, parseProxy } from '../pve/proxy.ts';
import { readConnection } from './config-connection.ts';
import { type NamedConnection, readConfigFile } from './config-file.ts';
import { checkWhole, type Field, fields, problem } from './config-written.ts';
import { answerCharacters, type Offer, readOffer } from './offer.ts';
import { nearest } from './text/nearest.ts';
import { toolsets } from './toolsets.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Started by a client of its own choice: the credentials come from the environment, or from a file that it names. */
export interface StandaloneConfig {
  /** At least one. */
  readonly connections: readonly NamedConnection[];
  /** Where the audit is written. */
  readonly auditDir: string;
  /** As the environment has it; may hold a password. */
  readonly proxy: ProxySettings;
  /** The folders that files may go to and come from; none where it is empty. */
  readonly filesDirs: readonly string[];
  /** The socket of the SSH agent. */
  readonly sshAgent: string | undefined;
}

/**
 * Reads the environment of the standalone server. Empty values count as absent.
 * @param learn is given every secret, before anything else happens with it
 * @throws PveError `invalid_argument` for a name or a value that is not understood: nothing falls back to a wider access.
 */
export async function readConfig(env: Environment, learn: (secret: string) => void): Promise<StandaloneConfig> {
  refuseUnknown(env);
  const way = proxySettings(env, learn);
  return {
    connections: await connections(env, learn),
    auditDir: auditFolder(env),
    proxy: way,
    filesDirs: await filesFolders(env),
    sshAgent: value(env, 'SSH_AUTH_SOCK'),
  };
}

/**
 * Which tools the settings of a standalone server choose, and how long answers may be.
 * @throws PveError `invalid_argument` for a value that is not understood
 */
export function offerOf(env: Environment): Offer {
  return readOffer(
    { name: 'PVE_TOOLSETS', value: withAlias(env, 'PVE_TOOLSETS') },
    { name: 'PVE_ANSWER_CHARACTERS', value: value(env, 'PVE_ANSWER_CHARACTERS') },
  );
}

/** Where the audit is written. @throws PveError `invalid_argument` for a path that depends on the folder of the start */
export function auditFolder(env: Environment): string {
  const name = value(env, 'PVE_AUDIT_DIR') === undefined ? 'XDG_STATE_HOME' : 'PVE_AUDIT_DIR';
  const written = value(env, name);
  if (written === undefined) return join(homedir(), '.local', 'state', 'proxmox-mcp');
  checkWhole(written, name);
  return name === 'PVE_AUDIT_DIR' ? written : join(written, 'proxmox-mcp');
}

/** @throws PveError `invalid_argument` for a path that is no folder, or depends on the folder of the start */
async function filesFolders(env: Environment): Promise<string[]> {
  const written = value(env, 'PVE_FILES_DIR');
  if (written === undefined) return [];
  const folders = written.split(',').map((folder) => folder.trim());
  for (const folder of folders) {
    checkWhole(folder, 'PVE_FILES_DIR');
    const found = await stat(folder).catch((cause: unknown) => {
      throw problem('PVE_FILES_DIR names a folder that cannot be read', 'Give the whole path of a folder.', cause);
    });
    if (!found.isDirectory())
      throw problem('PVE_FILES_DIR names something that is no folder', 'Give the whole path of a folder.');
  }
  return folders;
}

/** Every name that is understood, with what it is; `--help` prints them. */
export const settings: readonly (readonly [name: string, meaning: string])[] = [
  ['PVE_BASE_URL', 'Address of a node: host, host:port or https://host:8006 (several of one cluster: comma-separated)'],
  ['PVE_TOKEN_ID', 'API token: user@realm!name'],
  ['PVE_TOKEN_SECRET', "The token's secret"],
  ['PVE_USERNAME', 'Instead of a token: user@realm'],
  ['PVE_PASSWORD', "The user's password"],
  ['PVE_TOTP', "The second factor's secret (base32); or one code of 6 digits, good for one login"],
  ['PVE_FINGERPRINT', 'SHA-256 fingerprints of the certificates that are accepted (comma-separated)'],
  ['PVE_CA_FILE', 'PEM file of the CA that signed the certificates; beside PVE_FINGERPRINT it only explains changes'],
  ['PVE_VERIFY_SSL', 'true (default); false only together with PVE_FINGERPRINT'],
  ['PVE_ACCESS_LEVEL', `What agents may do: ${accessLevels.join(', ')} (default read-only). Alias: PVE_ACCESS_TIER`],
  ['PVE_ANSWER_MINUTES', 'How long a question waits for a person: 1 to 30 (default 5)'],
  [
    'PVE_TOOLSETS',
    `Which tools are offered: default, all, or some of ${toolsets.join(', ')} (comma-separated). Alias: PVE_CATEGORIES`,
  ],
  [
    'PVE_ANSWER_CHARACTERS',
    `How long an answer may be: ${answerCharacters.least} to ${answerCharacters.most} (default ${answerCharacters.usual})`,
  ],
  ['PVE_SSH_USER', 'Switches SSH on: the user on the nodes. Commands and files of containers and nodes need it'],
  ['PVE_SSH_PORT', 'Port of SSH (default 22)'],
  ['PVE_SSH_KEY', 'Path of a private key'],
  ['PVE_SSH_KEY_PASSPHRASE', 'What opens it'],
  ['PVE_SSH_PASSWORD', 'Instead of a key: the password'],
  ['PVE_SSH_AGENT', '1: the keys of the agent at SSH_AUTH_SOCK (the default where neither key nor password is set)'],
  ['PVE_SSH_JUMP', 'Host in between: user@host:port'],
  ['PVE_SSH_SUDO', '1: the user is not root, and runs commands by sudo -n'],
  ['PVE_SSH_ADDRESSES', 'Where nodes are, if not where the cluster says: node=address (comma-separated)'],
  ['PVE_SSH_KNOWN_HOSTS', 'File of host keys (default ~/.ssh/known_hosts)'],
  ['PVE_SSH_FINGERPRINT', 'Host keys to trust beside that file: node=SHA256:… (comma-separated)'],
  ['PVE_SSH_HOST_COMMANDS', '1: agents may ask for commands and files on the nodes themselves'],
  ['PVE_SSH_QUIET_READS', '1: commands that only read, and show nothing sensitive, run without a question'],
  [
    'PVE_CONFIG',
    'JSON file of several connections, each with its policies, in place of all of the above but PVE_TOOLSETS and PVE_ANSWER_CHARACTERS',
  ],
  ['PVE_FILES_DIR', 'Folders of this machine that files may go to and come from (comma-separated); none without it'],
  ['PVE_AUDIT_DIR', 'Folder of the audit (default $XDG_STATE_HOME/proxmox-mcp or ~/.local/state/proxmox-mcp)'],
  ['HTTPS_PROXY', 'Proxy on the way to the nodes: http://[user:password@]host:port'],
  ['NO_PROXY', 'Hosts that are reached without it (comma-separated)'],
];

const aliases = { PVE_ACCESS_LEVEL: 'PVE_ACCESS_TIER', PVE_TOOLSETS: 'PVE_CATEGORIES' } as const;

function refuseUnknown(env: Environment): void {
  const known = [...settings.map(([name]) => name), ...Object.values(aliases)].filter((name) =>
    name.startsWith('PVE_'),
  );
  for (const name of Object.keys(env)) {
    if (!name.startsWith('PVE_') || known.includes(name)) continue;
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

async function connections(env: Environment, learn: (secret: string) => void): Promise<readonly NamedConnection[]> {
  const file = value(env, 'PVE_CONFIG');
  if (file !== undefined) {
    const beside = fields.find((field) => raw(env, field) !== undefined);
    if (beside === undefined) return readConfigFile(file, learn);
    throw problem(`PVE_CONFIG and ${nameOf(beside)} are both set`, 'Keep one of them; the file describes everything.');
  }
  const connection = await readConnection({ raw: (field) => raw(env, field), label: nameOf }, learn);
  const [first = ''] = connection.urls;
  return [{ name: new URL(first).hostname, ...connection }];
}

function nameOf(field: Field): string {
  return `PVE_${field.toUpperCase()}`;
}

function raw(env: Environment, field: Field): string | undefined {
  return field === 'access_level' ? withAlias(env, 'PVE_ACCESS_LEVEL') : env[nameOf(field)] || undefined;
}

/** The usual variables; the lower-case names count first, as they do elsewhere. */
function proxySettings(env: Environment, learn: (secret: string) => void): ProxySettings {
  const written = value(env, 'https_proxy') ?? value(env, 'HTTPS_PROXY');
  const noProxy = value(env, 'no_proxy') ?? value(env, 'NO_PROXY');
  if (written === undefined) return {};
  for (const secret of proxySecrets(written)) learn(secret);
  return { proxy: written, ...(noProxy === undefined ? {} : { noProxy }) };
}

/** What stands before the `@` of a proxy's address: as it stands there, decoded, and as it is sent. */
function proxySecrets(address: string): string[] {
  try {
    const { authorization } = parseProxy(address);
    if (authorization === undefined) return [];
    const sent = authorization.replace('Basic ', '');
    const decoded = Buffer.from(sent, 'base64').toString('utf8');
    const [, password = ''] = /:([^:@]*)@/.exec(address) ?? [];
    return [sent, decoded.slice(decoded.indexOf(':') + 1), password];
  } catch (cause) {
    throw problem('HTTPS_PROXY cannot be used', 'Set it like http://proxy.example.com:3128, or remove it.', cause);
  }
}

/** A setting that has two names; both are fine while they say the same. */
function withAlias(env: Environment, name: keyof typeof aliases): string | undefined {
  const [first, second] = [value(env, name), value(env, aliases[name])];
  if (first !== undefined && second !== undefined && first !== second)
    throw problem(`${name} and ${aliases[name]} differ`, 'Keep one of them.');
  return first ?? second;
}

function value(env: Environment, name: string): string | undefined {
  const text = env[name]?.trim();
  return text === '' ? undefined : text;
}
