import type { Clock } from '../pve/clock.ts';
import { PveError } from '../pve/error.ts';
import type { Send } from '../pve/request.ts';
import { assess } from './assess.ts';
import type { Audit } from './audit.ts';
import { plainFacts, readFacts } from './facts.ts';
import { planDigest } from './operation.ts';
import type { Redactor } from './redact.ts';
import type {
  Approver,
  Assessment,
  GateProfile,
  Operation,
  Origin,
  PerformOptions,
  PlanDigest,
  Proposal,
} from './types.ts';

export interface GateOptions {
  /** The connections as they are stored now; called at every decision, so that no copy grows old (G9). A throw denies. */
  readonly profiles: () => Promise<readonly GateProfile[]>;
  /** The raw way to a cluster. @throws PveError when there is none, for example without its secret. */
  readonly connect: (profile: GateProfile) => Promise<Send>;
  readonly approver: Approver;
  readonly audit: Pick<Audit, 'append'>;
  readonly redactor: Redactor;
  readonly clock: Clock;
  /** How long a question may stay open, milliseconds; 5 minutes when absent (G2). */
  readonly answerMs?: number;
}

/** One call to the gate, on its way through it. */
export interface Call extends GateOptions, PerformOptions {
  readonly plan: string;
  readonly proposal: Proposal;
  readonly origin: Origin;
}

/** The connection and the steps as the gate sees them at one moment; what a yes covers. */
export interface Sight {
  readonly profile: GateProfile;
  readonly send: Send;
  readonly steps: readonly Assessment[];
  readonly digest: PlanDigest;
}

/** Reads every target and assesses every step, in order, past every cache. @throws PveError when a target cannot be read. */
export async function look(call: Call, profile: GateProfile, operations: readonly Operation[]): Promise<Sight> {
  const send = await call.connect(profile);
  const steps: Assessment[] = [];
  for (const operation of operations) steps.push(await assessNow(call, send, operation));
  return {
    profile,
    send,
    steps,
    digest: planDigest(steps.map(({ digest, facts }) => ({ digest, guest: facts.guest }))),
  };
}

/** Reads the target of one step and assesses it. A plain read needs no facts. */
export async function assessNow({ signal }: Call, send: Send, operation: Operation): Promise<Assessment> {
  const plain = assess(operation, plainFacts(operation));
  if (plain.risk === 'read' && !plain.sensitive) return plain;
  const located = await readFacts(send, operation, { signal, fresh: true });
  return assess(located.operation, located.facts);
}

/** The connection as it is stored now. @throws PveError `not_found` */
export async function profileOf(call: Call): Promise<GateProfile> {
  const profiles = await call.profiles();
  const found = profiles.find(({ id }) => id === call.proposal.connection);
  if (found !== undefined) return found;
  const names = profiles.map(({ name }) => name).join(', ');
  throw new PveError({
    code: 'not_found',
    message: 'There is no such connection',
    reason: [],
    hint: names === '' ? 'Add a connection first.' : `The connections are: ${names}.`,
  });
}

/** A yes is void as soon as its connection was edited, lowered in level or removed (G2). @throws what reading it throws */
export async function isUnchanged(call: Call, before: GateProfile): Promise<boolean> {
  const now = (await call.profiles()).find(({ id }) => id === before.id);
  return now !== undefined && now.revision === before.revision && now.level === before.level;
}
