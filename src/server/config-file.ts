import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { type Policy, policiesSchema, policySchema } from '../gate/policy.ts';
import { printable } from '../gate/printable.ts';
import type { PveError } from '../pve/error.ts';
import { type ConnectionConfig, readConnection } from './config-connection.ts';
import { checkWhole, type Field, problem, type Written } from './config-written.ts';
import { nearest } from './text/nearest.ts';

/** A connection of a file; agents and people tell it from others by its name. */
export interface NamedConnection extends ConnectionConfig {
  readonly name: string;
  /** What holds agents back, or spares `operate` the question (G14). */
  readonly policies?: readonly Policy[];
}

const label = 'PVE_CONFIG';

/**
 * Reads a JSON file of connections, `{"connections": [{"name": …, "base_url": …}]}`. It holds secrets, so nobody but its
 * owner may read it. Paths in it are looked up from the file's own folder.
 * @param learn is given every secret
 * @throws PveError `invalid_argument` that names what is wrong, and never shows a value
 */
export async function readConfigFile(file: string, learn: (secret: string) => void): Promise<NamedConnection[]> {
  checkWhole(file, label);
  const { connections } = check(parse(await readPrivate(file)));
  const names = connections.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw problem(`${label}: two connections have the name ${shown(twice)}`, 'Give each its own name.');
  return Promise.all(
    connections.map(async (entry) => ({
      name: entry.name,
      ...(await readConnection(writtenIn(entry, dirname(file)), learn)),
      ...(entry.policies === undefined ? {} : { policies: entry.policies }),
    })),
  );
}

const text = z.string().max(20_000);
const list = z.union([text, z.array(text).min(1)]);
const entrySchema = z.strictObject({
  name: z.string().trim().min(1).max(64),
  base_url: list,
  token_id: text.optional(),
  token_secret: text.optional(),
  username: text.optional(),
  password: text.optional(),
  totp: text.optional(),
  fingerprint: list.optional(),
  ca_file: text.optional(),
  access_level: text.optional(),
  answer_minutes: z.number().optional(),
  policies: policiesSchema.optional(),
  ssh_user: text.optional(),
  ssh_port: z.number().optional(),
  ssh_key: text.optional(),
  ssh_key_passphrase: text.optional(),
  ssh_password: text.optional(),
  ssh_agent: z.boolean().optional(),
  ssh_jump: text.optional(),
  ssh_sudo: z.boolean().optional(),
  ssh_addresses: list.optional(),
  ssh_known_hosts: text.optional(),
  ssh_fingerprint: list.optional(),
  ssh_host_commands: z.boolean().optional(),
  ssh_quiet_reads: z.boolean().optional(),
});
const fileSchema = z.strictObject({ connections: z.array(entrySchema).min(1).max(50) });
type Entry = z.output<typeof entrySchema>;

function writtenIn(entry: Entry, folder: string): Written {
  const { policies: _, ...written } = entry;
  const values: Partial<Record<Field, Entry[keyof Omit<Entry, 'policies'>]>> = written;
  return {
    raw: (field) => {
      const value = values[field];
      if (Array.isArray(value)) return value.join(',');
      const written = value?.toString();
      return paths.includes(field) && written ? resolve(folder, written) : written;
    },
    label: (field) => `${label}: ${field} of ${shown(entry.name)}`,
  };
}

/** They are looked up from the folder of the file itself. */
const paths: readonly Field[] = ['ca_file', 'ssh_key', 'ssh_known_hosts'];

/** The same open file is looked at and read, so that it cannot be exchanged in between. */
async function readPrivate(file: string): Promise<string> {
  const cannotRead = (cause: unknown) => {
    throw problem(`${label} cannot be read`, 'Give the path of a JSON file.', cause);
  };
  const handle = await open(file).catch(cannotRead);
  try {
    const { mode } = await handle.stat();
    // Windows has other means, which the mode does not show.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw problem(
        `${label} is open to other users (mode ${(mode & 0o777).toString(8)}), and it holds secrets`,
        `Make it yours alone: chmod 600 ${JSON.stringify(file)}. If others could read it before, change the secrets too.`,
      );
    return await handle.readFile('utf8').catch(cannotRead);
  } finally {
    await handle.close();
  }
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // What the parser says quotes the file, and so perhaps a secret.
    throw problem(`${label} is not valid JSON`, 'Look for a missing or a surplus comma, quote or bracket.');
  }
}

function check(content: unknown): z.output<typeof fileSchema> {
  const parsed = fileSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw explain(parsed.error.issues[0]);
}

function explain(issue: z.core.$ZodIssue | undefined): PveError {
  const at = issue?.path.join('.') ?? '';
  if (issue?.code !== 'unrecognized_keys')
    return problem(
      `${label}: ${at === '' ? 'the file' : at} is not as it should be`,
      `${issue?.message ?? ''}. README shows an example.`,
    );
  const [key = ''] = issue.keys;
  const { what, known } = placeOf(issue.path);
  const meant = nearest(key, known);
  return problem(
    `${label}: ${at === '' ? '' : `${at}.`}${printable(key, 64)} is not a setting`,
    meant === undefined ? `Remove it; ${what} has ${known.join(', ')}.` : `Did you mean ${meant}?`,
  );
}

/** What may stand at a place of the file. */
function placeOf(path: readonly PropertyKey[]): { readonly what: string; readonly known: readonly string[] } {
  if (path.length === 0) return { what: 'the file', known: ['connections'] };
  if (path.includes('policies')) return { what: 'a policy', known: Object.keys(policySchema.shape) };
  return { what: 'a connection', known: Object.keys(entrySchema.shape) };
}

function shown(name: string): string {
  return JSON.stringify(printable(name, 64));
}
