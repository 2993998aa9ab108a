import * as z from 'zod';
import { checkSegments, wireParams } from '../pve/request.ts';
import { canonicalDigest } from './canonical.ts';
import { checkedAsk } from './secret-parameters.ts';
import type { GateProfile, GuestFacts, Operation, OperationDigest, PlanDigest, ProposedOperation } from './types.ts';

/** A plan has at most this many steps (G3). */
export const maxSteps = 50;

const text = (max: number) => z.string().max(max).refine(isClean, 'has a NUL or ill-formed Unicode');
const scalar = z.union([z.boolean(), z.number(), text(512 * 1024)]);

/** What may cross the bridge as one operation. Strict: a field that is not named here is refused, never dropped. */
export const proposedOperationSchema = z.strictObject({
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
});

/** What may cross the bridge as one call. There is no field for approval, level, risk or origin (G8). */
export const proposalSchema = z.strictObject({
  connection: text(100).min(1),
  operations: z.array(proposedOperationSchema).min(1).max(maxSteps),
  tool: text(64).min(1),
  title: text(100).exactOptional(),
  reason: text(200).exactOptional(),
  wait: z.boolean(),
});

/** One line that says where a message is wrong; it never repeats the value. */
export function issueText(issue: z.core.$ZodIssue): string {
  return [issue.path.join('.'), issue.message].filter((part) => part !== '').join(': ');
}

/**
 * Binds a proposed operation to a connection and brings it into wire form (G1).
 * @throws PveError `invalid_argument` for segments and parameters that cannot be sent unchanged, and names to ask for that
 * are no secret of it.
 */
export function toOperation(proposed: ProposedOperation, profile: GateProfile): Operation {
  checkSegments(proposed.segments);
  return {
    kind: 'api',
    connection: profile.id,
    revision: profile.revision,
    method: proposed.method,
    segments: [...proposed.segments],
    params: wireParams(proposed.params),
    ...checkedAsk(proposed),
  };
}

/** G1: SHA-256 of `proxmox-operation/1` and the canonical form. */
export function operationDigest(operation: Operation): OperationDigest {
  return canonicalDigest('proxmox-operation/1', { ...operation }) as OperationDigest;
}

/** G2: what a yes covers: the ordered operations, each with its target as the gate read it. */
export function planDigest(
  steps: readonly { readonly digest: OperationDigest; readonly guest?: GuestFacts | undefined }[],
): PlanDigest {
  const targets = steps.map(({ digest, guest }) => ({
    digest,
    target: guest === undefined ? null : guestIdentity(guest, true),
  }));
  return canonicalDigest('proxmox-plan/1', targets) as PlanDigest;
}

/** The part of a guest that must not change between question and run; `whole` adds state and config (G2). */
export function guestIdentity(guest: GuestFacts, whole: boolean): Record<string, string | number> {
  const who = { type: guest.type, vmid: guest.vmid, node: guest.node, name: guest.name };
  return whole ? { ...who, state: guest.state, config: guest.configHash } : who;
}

function isClean(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0');
}
