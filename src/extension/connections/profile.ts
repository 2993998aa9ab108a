import * as z from 'zod';
import { answerTime } from '../../gate/answer-time.ts';
import { policiesSchema } from '../../gate/policy.ts';
import { accessLevels, type Freeze, type GateProfile } from '../../gate/types.ts';
import { commandsSchema, sshSchema } from './ssh-settings.ts';

/** The newest form of the stored file that this release understands. */
const storedVersion = 1;

const fingerprint = z.string().regex(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
const pem = z.string().startsWith('-----BEGIN CERTIFICATE-----');
const trustSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('system') }),
  /** `ca` accepts nothing; it tells a renewed certificate from a foreign one. */
  z.strictObject({ kind: z.literal('pin'), sha256: z.array(fingerprint).min(1), ca: pem.exactOptional() }),
  /** `anyName` only where a person was told so and agreed. */
  z.strictObject({ kind: z.literal('ca'), pem, anyName: z.literal(true).exactOptional() }),
]);
const endpointSchema = z.strictObject({
  url: z.url(),
  trust: trustSchema,
  /** The node's name, where it is known. */
  node: z.string().min(1).exactOptional(),
});
export type StoredEndpoint = z.infer<typeof endpointSchema>;

const loginSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('token'), tokenId: z.string().min(1) }),
  z.strictObject({ kind: z.literal('password'), username: z.string().min(1) }),
]);
export type Login = z.infer<typeof loginSchema>;

const common = {
  id: z.uuid(),
  name: z.string().min(1).max(64),
  /** Rises with every edit; a question that was asked under an older one is void (gate.md G2). */
  revision: z.int().positive(),
  level: z.enum(accessLevels),
  policies: policiesSchema.exactOptional(),
  /** How long a question may stay open, minutes. */
  answerMinutes: z.int().min(answerTime.least).max(answerTime.most).exactOptional(),
  commands: commandsSchema.exactOptional(),
};
/** A connection as it is stored. Its secret is not here: it is in the editor's secret storage. */
const profileSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('cluster'),
    ...common,
    /** Nodes of one cluster, in the order in which they are tried. */
    endpoints: z.array(endpointSchema).min(1),
    login: loginSchema,
    ssh: sshSchema.exactOptional(),
  }),
  /** The embedded demo cluster: address, fingerprint and token are new at each start and never stored. */
  z.strictObject({ kind: z.literal('demo'), ...common }),
]);
export type Profile = z.infer<typeof profileSchema>;
export type ClusterProfile = Extract<Profile, { kind: 'cluster' }>;

const freezeSchema = z.strictObject({ count: z.int().nonnegative(), since: z.iso.datetime().exactOptional() });
const storedSchema = z.strictObject({
  version: z.literal(storedVersion),
  profiles: z.array(profileSchema),
  freeze: freezeSchema.exactOptional(),
});

/** Everything that is in the file: one, so that every window sees the same state (gate.md G9). */
export interface Stored {
  readonly profiles: readonly Profile[];
  readonly freeze: Freeze;
}
/** What counts as stored while there is no file. */
export const nothingStored: Stored = { profiles: [], freeze: { count: 0 } };

/**
 * Reads what is stored.
 * @throws Error with a sentence for a person, when the text is damaged or was written by a newer release.
 */
export function parseStored(text: string): Stored {
  const json: unknown = parseJson(text);
  const version = (json as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > storedVersion) {
    throw new Error(
      'The stored connections were written by a newer release of this extension. Update it; nothing was changed.',
    );
  }
  const stored = storedSchema.safeParse(json);
  if (stored.success) return { ...nothingStored, ...stored.data };
  throw new Error(`The stored connections are damaged: ${z.prettifyError(stored.error)}`);
}

/** The text of the file; `parseStored` reads it. */
export function formatStored({ profiles, freeze }: Stored): string {
  return `${JSON.stringify({ version: storedVersion, profiles, freeze }, null, 2)}\n`;
}

/** What the gate sees of a connection: neither addresses nor login. */
export function gateProfile({ id, name, revision, level, policies, answerMinutes, commands }: Profile): GateProfile {
  return {
    id,
    name,
    revision,
    level,
    ...(policies === undefined ? {} : { policies }),
    ...(answerMinutes === undefined ? {} : { answerMinutes }),
    ...(commands === undefined ? {} : { commands }),
  };
}

/** `editor@pve!vscode` or `alice@pve`. */
export function loginName(login: Login): string {
  return login.kind === 'token' ? login.tokenId : login.username;
}

/** A name that no other connection has: "pve1", "pve1 2", … */
export function freeName(wanted: string, profiles: readonly Profile[]): string {
  const taken = new Set(profiles.map(({ name }) => name));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted} ${number}`;
    if (!taken.has(name)) return name;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('The stored connections are damaged: the file is not JSON.');
  }
}
