import * as z from 'zod';
import { proposalSchema } from '../gate/operation.ts';
import { printable } from '../gate/printable.ts';
import { accessLevels, type ConnectionInfo, type Proposal } from '../gate/types.ts';

/**
 * What crosses the socket between the MCP server (the child) and the extension (the host). The child states what it
 * proposes and who its client says it is; no message has a field for approval, level, risk or origin (G8).
 *
 * Order: host → `challenge` · child → `hello` (once, within 2 s), answered by the Welcome · then `perform` from the child,
 * `connections` and `$/progress` from the host, and `$/cancelRequest`. Nothing else exists.
 */
export const protocolVersion = 1;

/** The environment in which the extension hands a launch to the server that it starts. */
export const bridgeEnvironment = {
  path: 'PROXMOX_BRIDGE_PATH',
  launch: 'PROXMOX_BRIDGE_LAUNCH',
  key: 'PROXMOX_BRIDGE_KEY',
  /** Which tools are offered and how long answers may be, as the person has set it; these loosen nothing. */
  toolsets: 'PROXMOX_TOOLSETS',
  answerCharacters: 'PROXMOX_ANSWER_CHARACTERS',
} as const;

/** G16. Bytes of one frame's body, milliseconds, and counts. */
export const bridgeLimits = {
  fromChild: 1024 * 1024,
  fromHost: 64 * 1024 * 1024,
  /** Until the child has proven the key. */
  fromStranger: 4096,
  strangers: 4,
  /** Calls of one child under way at the gate. */
  calls: 64,
  /** Answers that a child has not taken yet; while there are more, nothing is read from it. */
  answers: 64,
  strangerMs: 2000,
  keyMs: 30_000,
} as const;

export const methods = {
  challenge: 'challenge',
  hello: 'hello',
  perform: 'perform',
  connections: 'connections',
  cancel: '$/cancelRequest',
  progress: '$/progress',
} as const;

/** The error of a call beyond `bridgeLimits.calls`; it has not reached the gate. */
export const tooManyCalls = -32050;

const token32 = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'is not 32 bytes as base64url');
const requestId = z.number().int().nonnegative();

/** Sent by the host as soon as the socket opens. */
export const challengeSchema = z.strictObject({ protocol: z.literal(protocolVersion), nonce: token32 });
export type Challenge = z.output<typeof challengeSchema>;

export const helloSchema = z.strictObject({
  protocol: z.literal(protocolVersion),
  launch: z.string().min(1).max(64),
  nonce: token32,
  proof: token32,
});
export type Hello = z.output<typeof helloSchema>;

/** Looked at before anything else, so that a newer or older other side is told so in plain words. */
export const versionSchema = z.looseObject({ protocol: z.number() });

export const connectionsSchema: z.ZodType<readonly ConnectionInfo[]> = z.array(
  z.strictObject({
    id: z.string(),
    name: z.string(),
    level: z.enum(accessLevels),
    host: z.literal(true).exactOptional(),
  }),
);

/** The answer to `hello`. The child checks the proof before it sends anything else. */
export const welcomeSchema = z.strictObject({ proof: token32, connections: connectionsSchema });
export type Welcome = z.output<typeof welcomeSchema>;

export const performSchema = z.strictObject({
  proposal: proposalSchema,
  /** The MCP client's claim of its own name; shown as such, decides nothing. */
  client: z.string().refine((name) => printable(name, maxClientName) === name, 'is longer than 100 or not printable'),
  /** Names the `$/progress` notifications of this call. */
  progress: requestId,
});
export type PerformParams = Omit<z.output<typeof performSchema>, 'proposal'> & { readonly proposal: Proposal };

/** Characters of the client's name. */
export const maxClientName = 100;

const envelope = { jsonrpc: z.literal('2.0') };
const method = z.string().max(64);
const params = z.record(z.string(), z.unknown());

/** Everything that a child may send. */
export const fromChildSchema = z.union([
  z.strictObject({ ...envelope, id: requestId, method, params }),
  z.strictObject({ ...envelope, method: z.literal(methods.cancel), params: z.strictObject({ id: requestId }) }),
]);

/** Everything that a host may send. */
export const fromHostSchema = z.union([
  z.strictObject({ ...envelope, id: requestId, result: z.unknown() }),
  z.strictObject({ ...envelope, id: requestId, error: z.object({ code: z.number(), message: z.string() }) }),
  z.strictObject({
    ...envelope,
    method: z.enum([methods.challenge, methods.connections, methods.progress]),
    params: z.unknown(),
  }),
]);
