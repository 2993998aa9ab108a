import type { Clock } from '../pve/clock.ts';
import { PveError } from '../pve/error.ts';
import type { Send } from '../pve/request.ts';
import type { NodeShell } from '../ssh/types.ts';
import { assess } from './assess.ts';
import type { Audit } from './audit.ts';
import type { Denials } from './denials.ts';
import { plainFacts, readFacts } from './facts.ts';
import type { Grants } from './grants.ts';
import type { LocalFile, LocalFiles } from './local-files.ts';
import { withLocalFile, withMeasuredFile } from './local-operation.ts';
import type { MeasuredFile } from './measured-file.ts';
import { type NewGuest, newGuestOf } from './new-guest.ts';
import { planDigest } from './operation.ts';
import type { Redactor } from './redact.ts';
import type { Running } from './running.ts';
import { shellOn } from './shell-on.ts';
import type {
  Approver,
  Assessment,
  Freeze,
  GateProfile,
  Operation,
  Origin,
  PerformOptions,
  PlanDigest,
  Proposal,
  Standing,
  TargetFacts,
} from './types.ts';
import type { UndoStore } from './undo-store.ts';
import type { Waiting } from './waiting.ts';

export interface GateOptions {
  /** What is stored now; called at every decision, so that no copy grows old (G9). A throw denies. */
  readonly standing: () => Promise<Standing>;
  /** The raw way to a cluster. @throws PveError when there is none, for example without its secret. */
  readonly connect: (profile: GateProfile) => Promise<Send>;
  /** A shell on a node. Absent: commands on nodes and in containers, and their files, cannot be had. @throws PveError */
  readonly shell?: (profile: GateProfile, node: string, signal: AbortSignal) => Promise<NodeShell>;
  /** The files of this machine; absent: none (G12). */
  readonly files?: LocalFiles;
  readonly approver: Approver;
  readonly audit: Pick<Audit, 'append' | 'change'>;
  readonly redactor: Redactor;
  /** Keeps the values before changes of guests' configs; absent: nothing is kept, and nothing can be undone. */
  readonly undo?: UndoStore;
  readonly clock: Clock;
  /** Whoever started this process said that what agents `operate` needs no question; never where an editor asks. */
  readonly approve?: 'operate' | undefined;
}

/** What one gate keeps in memory between calls. */
export interface GateMemory {
  readonly waiting: Waiting;
  readonly running: Running;
  readonly grants: Grants;
  readonly denials: Denials;
}

/** One call to the gate, on its way through it. */
export interface Call extends GateOptions, GateMemory, PerformOptions {
  readonly plan: string;
  readonly proposal: Proposal;
  readonly origin: Origin;
  /** What is uploaded, as it was read once, by its path (G12). */
  readonly uploads: Map<string, LocalFile>;
  /** What requests carry to a storage, as it was read through, by its path. */
  readonly measured: Map<string, MeasuredFile>;
}

/** The connection and the steps as the gate sees them at one moment; what a yes covers. */
export interface Sight {
  readonly profile: GateProfile;
  readonly freeze: Freeze;
  readonly send: Send;
  readonly steps: readonly Assessment[];
  readonly digest: PlanDigest;
}

/**
 * Reads every target and assesses every step, in order, past every cache; a guest that an earlier step makes counts as the
 * target that the plan says it will be.
 * @throws PveError when a target cannot be read
 */
export async function look(
  call: Call,
  { profile, freeze }: Pick<Sight, 'profile' | 'freeze'>,
  operations: readonly Operation[],
): Promise<Sight> {
  const send = await call.connect(profile);
  const steps: Assessment[] = [];
  const made: NewGuest[] = [];
  for (const operation of operations) {
    const step = await assessNow(call, profile, send, operation, made);
    steps.push(step);
    if (step.operation.kind === 'api') made.push(...[newGuestOf(step.operation, step.facts) ?? []].flat());
  }
  return {
    profile,
    freeze,
    send,
    steps,
    digest: digestOf(steps),
  };
}

/** What a yes covers of these steps: the operations, each with its target. */
export function digestOf(steps: readonly Pick<Assessment, 'digest' | 'facts'>[]): PlanDigest {
  return planDigest(steps.map(({ digest, facts: { guest, replaces } }) => ({ digest, guest, replaces })));
}

/** Reads the target of one step and assesses it. A plain read of the API needs no facts. */
export async function assessNow(
  call: Call,
  profile: GateProfile,
  send: Send,
  proposed: Operation,
  made: readonly NewGuest[] = [],
): Promise<Assessment> {
  const { signal } = call;
  const { policies = [] } = profile;
  const operation = await withFile(proposed, call);
  const plain = assess(operation, plainFacts(operation), policies);
  if (operation.kind === 'api' && plain.risk === 'read' && !plain.sensitive) return plain;
  const located = await readFacts(send, operation, policies, { signal, fresh: true }, made);
  return assess(
    located.operation,
    { ...located.facts, ...(await loginOf(call, profile, located.operation)) },
    policies,
  );
}

/** As whom a command runs on a node. Nobody is asked about a command or a file for which there is no way to the node. */
async function loginOf(call: Call, profile: GateProfile, operation: Operation): Promise<Pick<TargetFacts, 'login'>> {
  if (operation.kind === 'api' || operation.target.at === 'vm') return {};
  // To foresee it, nothing connects to the node.
  if (call.proposal.dryRun === true) return {};
  const { user } = await shellOn(call, profile, operation.target.node);
  return operation.target.at === 'host' ? { login: user } : {};
}

function withFile(proposed: Operation, call: Call): Operation | Promise<Operation> {
  if (proposed.kind === 'file') return withLocalFile(proposed, call);
  return proposed.kind === 'api' ? withMeasuredFile(proposed, call) : proposed;
}

/** The connection, and whether all is frozen, as it is stored now. @throws PveError `not_found` */
export async function standingOf(call: Call): Promise<Pick<Sight, 'profile' | 'freeze'>> {
  const { profiles, freeze } = await call.standing();
  const profile = profiles.find(({ id }) => id === call.proposal.connection);
  if (profile !== undefined) return { profile, freeze };
  const names = profiles.map(({ name }) => name).join(', ');
  throw new PveError({
    code: 'not_found',
    message: 'There is no such connection',
    reason: [],
    hint: names === '' ? 'Add a connection first.' : `The connections are: ${names}.`,
  });
}
