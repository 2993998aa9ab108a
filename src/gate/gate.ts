import { randomUUID } from 'node:crypto';
import { PveError, toPveError } from '../pve/error.ts';
import { isSchemaRequest } from '../pve/request.ts';
import { askAndRun } from './ask.ts';
import { assess } from './assess.ts';
import { type Call, type GateOptions, look, type Sight, standingOf } from './call.ts';
import type { Denial } from './denial.ts';
import { createDenials, type RecentDenial } from './denials.ts';
import { foresee, foreseeDenial, isOnlyForeseen } from './dry-run.ts';
import { plainFacts } from './facts.ts';
import { createGrants, type Grant } from './grants.ts';
import type { Memory } from './memory.ts';
import { issueText, maxSteps, proposalSchema, toOperation } from './operation.ts';
import type { Redactor } from './redact.ts';
import { decisionsOn, refusalOf } from './refusal.ts';
import type { Performed } from './run-answered.ts';
import { createRunning } from './running.ts';
import { givenSecrets } from './secret-parameters.ts';
import { denyAll, runSteps } from './steps.ts';
import type {
  Assessment,
  Gate,
  GateProfile,
  Operation,
  Outcome,
  PersonsPart,
  PlanResult,
  Progress,
  Proposal,
} from './types.ts';
import { createWaiting } from './waiting.ts';

/** The gate for who owns it: a window, or a server of its own. */
export interface GateKeeper extends Gate {
  /**
   * Looks at what is stored anew: what waits under an older state is denied, its grants end, and a freeze ends the commands
   * and transfers that run (G2, G7).
   */
  recheck(): Promise<void>;
  /** What was granted for a while, and what is denied again without asking. */
  readonly grants: Memory<Grant>;
  readonly denials: Memory<RecentDenial>;
}

/** The single place that performs operations: assess → decide → ask → recheck → audit → run → audit (G3). */
export function createGate(options: GateOptions): GateKeeper {
  const { clock, standing, redactor } = options;
  const memory = {
    waiting: createWaiting(),
    running: createRunning(),
    grants: createGrants(clock),
    denials: createDenials(clock),
  };
  return {
    async perform(proposal, origin, { signal, onProgress, beforehand = [] }) {
      const plan = randomUUID();
      // A person's own view shows the person's own data; an agent's answer leaves for the model's provider (G15).
      const forAgent = origin.who === 'agent';
      const line = redactor.lines();
      const tell = (progress: Progress): void => {
        try {
          onProgress(
            forAgent ? { ...(redactor.value(progress) as Progress), message: line(progress.message) } : progress,
          );
        } catch {
          // A view that is gone changes nothing of what becomes of a write.
        }
      };
      const uploads: Call['uploads'] = new Map();
      const measured: Call['measured'] = new Map();
      const files = { uploads, measured };
      const call: Call = {
        ...options,
        ...memory,
        ...files,
        signal,
        onProgress: tell,
        beforehand,
        plan,
        proposal,
        origin,
      };
      const { outcomes, byPerson } = await performPlan(call).catch((error: unknown): Performed => {
        const failed: Outcome = { status: 'failed', error: toPveError(error).data };
        const steps = Array.isArray(proposal.operations) ? Math.min(proposal.operations.length, maxSteps) : 1;
        return { outcomes: Array.from({ length: Math.max(1, steps) }, () => failed) };
      });
      const result: PlanResult = { plan, outcomes, ...(byPerson === undefined ? {} : { byPerson }) };
      return forAgent ? redacted(redactor, proposal, result) : result;
    },
    async recheck() {
      await memory.waiting.recheck();
      // What cannot be read grants nothing.
      const now = await standing().catch(() => undefined);
      memory.grants.recheck(now);
      memory.running.recheck(now);
    },
    grants: memory.grants,
    denials: memory.denials,
  };
}

async function performPlan(given: Call): Promise<Performed> {
  const { success, data: proposal, error } = proposalSchema.safeParse(given.proposal);
  if (!success) throw malformed(error.issues.map(issueText));
  // From here on the copy that was checked; who proposed it may have kept the other one.
  const call = { ...given, proposal };
  const standing = await standingOf(call);
  const { profile } = standing;
  const operations = proposal.operations.map((operation) => toOperation(operation, profile));
  if (call.origin.who === 'person') learnGiven(call.redactor, operations);

  // What the level refuses is refused before the cluster is asked for facts; whether a policy fits takes those.
  const plain = operations.map((operation) => assess(operation, plainFacts(operation)));
  const refused = refusalOf(call, { ...standing, profile: { ...profile, policies: [] } }, plain);
  if (refused !== undefined) return { outcomes: await refuse(call, profile, plain, refused) };

  const sight = await look(call, standing, operations);
  // The facts may tell of more than the request alone did.
  const refusedNow = refusalOf(call, sight, sight.steps);
  if (refusedNow !== undefined) return { outcomes: await refuse(call, profile, sight.steps, refusedNow) };
  const leave = leaveWithoutAsking(call, sight);
  if (isOnlyForeseen(call, sight.steps)) return { outcomes: await foresee(call, sight, leave?.because) };
  return leave === undefined ? askAndRun(call, sight) : { outcomes: await runSteps(call, sight, leave) };
}

/** What a dry run foresees is no denial: nothing of it is recorded. */
async function refuse(
  call: Call,
  profile: GateProfile,
  steps: readonly Assessment[],
  denial: Denial,
): Promise<Outcome[]> {
  return call.proposal.dryRun === true ? foreseeDenial(steps, denial) : denyAll(call, profile, steps, denial);
}

/** The cluster may repeat in an error what a person has typed. What agents pass is refused, and must not be learnt: it could
 * make any word unreadable. */
function learnGiven(redactor: Redactor, operations: readonly Operation[]): void {
  for (const operation of operations) {
    if (operation.kind !== 'api') continue;
    for (const name of givenSecrets(operation)) {
      for (const secret of [operation.params[name] ?? []].flat()) redactor.add(secret);
    }
  }
}

function redacted(redactor: Redactor, proposal: Proposal, { byPerson, ...result }: PlanResult): PlanResult {
  const outcomes = redactOutcomes(redactor, proposal, result.outcomes);
  return {
    ...result,
    outcomes,
    ...(byPerson === undefined ? {} : { byPerson: redactor.value(byPerson) as PersonsPart }),
  };
}

/** The path of a request tells which fields of its answer are secrets. */
function redactOutcomes(redactor: Redactor, { operations }: Proposal, outcomes: readonly Outcome[]): Outcome[] {
  return outcomes.map((outcome, index) => {
    if (outcome.status !== 'done') return redactor.value(outcome) as Outcome;
    const { data, ...rest } = outcome;
    const operation = operations[index];
    if (operation?.kind !== 'api') return redactor.value(outcome) as Outcome;
    const { method, segments } = operation;
    // A public document: what it calls a password is the name of a parameter.
    if (isSchemaRequest({ method, path: segments })) return outcome;
    return { ...(redactor.value(rest) as Omit<typeof outcome, 'data'>), data: redactor.answer(segments, data) };
  });
}

/** Whether every step is allowed as it is, and why. */
function leaveWithoutAsking(
  call: Call,
  sight: Sight,
): { readonly decision: string; readonly because: string } | undefined {
  // What is to be filled in is asked for after a yes.
  if (sight.steps.some(({ operation }) => operation.kind === 'api' && operation.ask !== undefined)) return undefined;
  const reasons = new Set<string>();
  for (const decision of decisionsOn(call, sight, sight.steps)) {
    if (decision.kind !== 'allow') return undefined;
    reasons.add(decision.because);
  }
  const because = [...reasons].join('; ');
  return { decision: `allowed: ${because}`, because };
}

function malformed(issues: readonly string[]): PveError {
  return new PveError({
    code: 'invalid_argument',
    message: 'The proposal is malformed',
    reason: issues,
    hint: 'Correct it and call again.',
  });
}
