import * as z from 'zod';
import { PveError } from '../pve/error.ts';
import { checkSegments, wireParams } from '../pve/request.ts';
import { type Canonical, canonicalDigest } from './canonical.ts';
import { checkedAsk } from './secret-parameters.ts';
import { throughAgent } from './through-agent.ts';
import type {
  ApiOperation,
  GateProfile,
  GuestFacts,
  Operation,
  OperationDigest,
  PlanDigest,
  ProposedApi,
  ProposedCommand,
  ProposedFile,
  ProposedOperation,
} from './types.ts';
import { checkedFile } from './upload-operation.ts';

/** A plan has at most this many steps (G3). */
export const maxSteps = 50;

/** Transfers are held in memory, bytes. */
export const largestTransfer = 256 * 1024 * 1024;

/** A text that is read crosses the bridge in one message, whichever lines of it are wanted; bytes. */
export const largestRead = 32 * 1024 * 1024;

const text = (max: number) => z.string().max(max).refine(isClean, 'has a NUL or ill-formed Unicode');
const scalar = z.union([z.boolean(), z.number(), text(512 * 1024)]);

/** What may cross the bridge as a request. Strict: a field that is not named here is refused, never dropped. */
export const proposedApiSchema = z.strictObject({
  kind: z.literal('api'),
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
  segments: z.array(text(1024)).min(1).max(24),
  // A record alone would drop `__proto__` without a word.
  params: z
    .custom<object>((value) => typeof value === 'object' && value !== null && !Object.hasOwn(value, '__proto__'))
    .pipe(z.record(text(128), z.union([scalar, z.array(z.union([z.number(), text(64 * 1024)])).max(1000)])))
    .exactOptional(),
  ask: z
    .array(text(128))
    .min(1)
    .max(8)
    .refine((names) => new Set(names).size === names.length, 'names one twice')
    .exactOptional(),
  localFile: text(4096).min(1).exactOptional(),
});

const node = text(64).regex(/^[A-Za-z0-9][A-Za-z0-9.-]*$/, 'is no name of a node');
const targetSchema = z.discriminatedUnion('at', [
  z.strictObject({ at: z.literal('host'), node }),
  z.strictObject({ at: z.enum(['container', 'vm']), node, vmid: z.int().min(100).max(999_999_999) }),
]);
/** A user of the target. */
export const userName = text(64).regex(/^[A-Za-z_][A-Za-z0-9_.-]*[$]?$/, 'is no name of a user');
/** A path on a node or in a guest, which may be a Windows one. */
export const remotePath = text(4096).refine(isWholePath, 'is no absolute path without "." and ".." in it');

/** `user` or `user:group`, by name or number. */
export const fileOwner = text(130).regex(
  /^[A-Za-z0-9_][A-Za-z0-9_.-]*[$]?(:[A-Za-z0-9_][A-Za-z0-9_.-]*[$]?)?$/,
  'is no owner',
);

export const proposedCommandSchema = z.strictObject({
  kind: z.literal('command'),
  target: targetSchema,
  run: z.union([
    z.strictObject({
      argv: z
        .array(text(64 * 1024))
        .min(1)
        .max(1000),
    }),
    z.strictObject({ script: text(64 * 1024).min(1) }),
  ]),
  cwd: remotePath.exactOptional(),
  user: userName.exactOptional(),
  timeoutSeconds: z.int().min(1).max(3600),
});

const proposedFileSchema = z
  .strictObject({
    kind: z.literal('file'),
    direction: z.enum(['upload', 'download', 'read']),
    target: targetSchema,
    remotePath,
    localPath: text(4096).min(1).exactOptional(),
    content: text(64 * 1024).exactOptional(),
    overwrite: z.boolean(),
    mode: z.int().min(0).max(0o7777).exactOptional(),
    owner: fileOwner.exactOptional(),
    maxBytes: z.int().min(1).max(largestTransfer),
  })
  .refine(({ direction, localPath, content }) => {
    if (direction === 'upload') return (localPath === undefined) !== (content === undefined);
    return content === undefined && (localPath !== undefined) === (direction === 'download');
  }, 'names what it sends or where it goes, and nothing else')
  .refine(
    ({ direction, mode, owner }) => direction === 'upload' || (mode ?? owner) === undefined,
    'sets mode or owner of no file',
  )
  .refine(
    ({ direction, maxBytes }) => direction !== 'read' || maxBytes <= largestRead,
    'reads more than an answer holds',
  );

/** What may cross the bridge as one operation. */
const proposedOperationSchema = z.discriminatedUnion('kind', [
  proposedApiSchema,
  proposedCommandSchema,
  proposedFileSchema,
]);

/** What may cross the bridge as one call. There is no field for approval, level, risk or origin (G8). */
export const proposalSchema = z.strictObject({
  connection: text(100).min(1),
  operations: z.array(proposedOperationSchema).min(1).max(maxSteps),
  tool: text(64).min(1),
  title: text(100).exactOptional(),
  reason: text(200).exactOptional(),
  wait: z.boolean(),
  // It only tightens.
  dryRun: z.literal(true).exactOptional(),
});

/** One line that says where a message is wrong; it never repeats the value. */
export function issueText(issue: z.core.$ZodIssue): string {
  return [issue.path.join('.'), issue.message].filter((part) => part !== '').join(': ');
}

/**
 * Binds a proposed operation to a connection and brings it into wire form (G1).
 * @throws PveError `invalid_argument` for segments and parameters that cannot be sent unchanged, and names to ask for that
 * are no secret of it; also where a command or a file that comes as a request is none that may be proposed.
 */
export function toOperation(proposed: ProposedOperation, profile: GateProfile): Operation {
  const { id: connection, revision } = profile;
  const isRequest = proposed.kind === 'api' && proposed.localFile === undefined;
  const meant = isRequest ? throughAgent(proposed) : undefined;
  const same = meant === undefined ? proposed : checked(meant);
  return same.kind === 'api' ? toRequest(same, profile) : { ...same, connection, revision };
}

/** What came as a request was checked as one only. @throws PveError `invalid_argument` */
function checked(meant: ProposedCommand | ProposedFile): ProposedOperation {
  const { success, data, error } = proposedOperationSchema.safeParse(meant);
  if (success) return data;
  throw new PveError({
    code: 'invalid_argument',
    message: `The ${meant.kind} that this request stands for is malformed`,
    reason: error.issues.map(issueText),
    hint: 'Nothing was sent. Correct it.',
  });
}

/** The same for a request to the API alone. */
export function toRequest(proposed: ProposedApi, profile: GateProfile): ApiOperation {
  checkSegments(proposed.segments);
  return {
    kind: 'api',
    connection: profile.id,
    revision: profile.revision,
    method: proposed.method,
    segments: [...proposed.segments],
    params: wireParams(proposed.params),
    ...checkedAsk(proposed),
    ...checkedFile(proposed),
  };
}

/** G1: SHA-256 of `proxmox-operation/1` and the canonical form. */
export function operationDigest(operation: Operation): OperationDigest {
  return canonicalDigest('proxmox-operation/1', { ...operation } as unknown as Canonical) as OperationDigest;
}

/** G2: what a yes covers: the ordered operations, each with its target as the gate read it. */
export function planDigest(
  steps: readonly {
    readonly digest: OperationDigest;
    readonly guest?: GuestFacts | undefined;
    readonly replaces?: string | undefined;
  }[],
): PlanDigest {
  const targets = steps.map(({ digest, guest, replaces }) => ({
    digest,
    target: guest !== undefined ? guestIdentity(guest, true) : replaces === undefined ? null : { replaces },
  }));
  return canonicalDigest('proxmox-plan/1', targets) as PlanDigest;
}

/** The part of a guest that must not change between question and run; `whole` adds state and config (G2). */
export function guestIdentity(guest: GuestFacts, whole: boolean): Record<string, string | number> {
  const who = { type: guest.type, vmid: guest.vmid, node: guest.node, name: guest.name };
  return whole ? { ...who, state: guest.state, config: guest.configHash } : who;
}

/** Windows guests have paths that begin with a drive. */
function isWholePath(path: string): boolean {
  const parts = path.split(/[\\/]/);
  return (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) && !parts.includes('.') && !parts.includes('..');
}

function isClean(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0');
}
