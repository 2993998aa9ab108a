import { hasSucceeded, isCommandAnswer } from '../gate/command-answer.ts';
import { maxSteps } from '../gate/operation.ts';
import type { Outcome, PlanResult } from '../gate/types.ts';
import { PveError } from '../pve/error.ts';
import type { ToolAnswer, ToolContext, ToolDefinition } from './define-tool.ts';
import { answerOf, beginTool, type Proposed, proposedTwice } from './propose.ts';
import { errorText } from './text/problem.ts';

/** One step, its arguments checked. */
export interface Step {
  readonly tool: ToolDefinition;
  readonly args: Record<string, unknown>;
}
export interface PlanClaims {
  readonly title: string;
  readonly reason?: string | undefined;
}

/** What became of one step; the text is its tool's own. */
export interface StepReport {
  readonly state: 'done' | 'failed' | 'unknown' | 'denied' | 'not run';
  readonly text?: string;
}
export interface PlanReport {
  /** In the order of the steps. */
  readonly steps: readonly StepReport[];
  /** One outcome in place of all: the plan was denied, or failed before its first step. */
  readonly whole?: Extract<Outcome, { status: 'denied' | 'failed' }>;
  /** Whether it came to the question, or to the run where nobody had to be asked. */
  readonly proposed: boolean;
}

/**
 * Runs steps as one proposal: reads before the first change at once, all changes together after one question, reads after
 * the last change then. The first step that does not succeed ends it. Where one cannot be prepared nobody is asked.
 * @throws PveError when the gate cannot be reached, or `invalid_argument` for more operations than fit into one plan.
 */
export async function runPlan(steps: readonly Step[], claims: PlanClaims, context: ToolContext): Promise<PlanReport> {
  const prepared: Prepared[] = [];
  try {
    for (const step of steps) prepared.push(await prepare(step, prepared.some(isChange), context));
    const problems = prepared.map((step, at) => obstacleOf(step, prepared.slice(at + 1), claims));
    if (problems.some((problem) => problem !== undefined))
      return { steps: prepared.map((step, at) => unproposed(step, problems[at])), proposed: false };
    return await perform(prepared, claims, context);
  } finally {
    for (const { proposed } of prepared.filter(isChange)) proposed.abandon(notPerformed());
  }
}

/** A step before the question: it has answered, has proposed, or waits until the changes have run. */
type Prepared =
  | { readonly kind: 'answered'; readonly answer: ToolAnswer; readonly problem?: string }
  | Change
  | { readonly kind: 'later'; readonly step: Step };
interface Change {
  readonly kind: 'proposed';
  readonly proposed: Proposed;
}

function isChange(step: Prepared): step is Change {
  return step.kind === 'proposed';
}

async function prepare(step: Step, afterChange: boolean, context: ToolContext): Promise<Prepared> {
  const { tool, args } = step;
  // What guests hold is asked about even when it is only read, and then with all the rest.
  if (tool.risk === 'read' && tool.guestText !== true && afterChange) return { kind: 'later', step };
  const begun = await beginTool(tool, args, context);
  // It has read already, and would tell of how things were before the changes.
  return begun.kind === 'answered' && afterChange && begun.answer.failed !== true
    ? { ...begun, problem: misplaced('It changes nothing, and its answer would be older than the changes') }
    : begun;
}

/** Why a step cannot be part of the plan. */
function obstacleOf(step: Prepared, after: readonly Prepared[], { reason }: PlanClaims): string | undefined {
  switch (step.kind) {
    case 'answered':
      return step.answer.failed === true ? step.answer.text : step.problem;
    case 'later':
      return after.some(isChange)
        ? misplaced('What it reads between two changes cannot be shown before the yes')
        : undefined;
    case 'proposed': {
      const { request, isTwice } = step.proposed;
      if (isTwice()) return errorText(proposedTwice().data);
      if (!request.wait) return unfit('The steps of a plan always wait for their end', 'Leave wait out.');
      return request.reason === undefined || request.reason === reason
        ? undefined
        : unfit('A plan has one reason', 'Give it beside steps, and leave it out of them.');
    }
  }
}

function misplaced(message: string): string {
  return unfit(message, 'Put it before the first change, or read afterwards in a call of its own.');
}

function unfit(message: string, hint: string): string {
  return errorText({ code: 'invalid_argument', message, hint, reason: [] });
}

/** A step of a plan that nobody is asked about. */
function unproposed(step: Prepared, problem: string | undefined): StepReport {
  if (problem !== undefined) return { state: 'failed', text: problem };
  return step.kind === 'answered' ? { state: 'done', text: step.answer.text } : { state: 'not run' };
}

async function perform(
  prepared: readonly Prepared[],
  { title, reason }: PlanClaims,
  context: ToolContext,
): Promise<PlanReport> {
  const operations = prepared.filter(isChange).flatMap(({ proposed }) => proposed.operations);
  if (operations.length > maxSteps) throw tooMany(operations.length);
  const result =
    operations.length === 0
      ? { plan: '', outcomes: [] }
      : await context.perform(operations, { wait: true, reason, title });
  const steps: StepReport[] = [];
  let at = 0;
  for (const step of prepared) {
    const size = isChange(step) ? step.proposed.operations.length : 0;
    const share = { ...result, outcomes: result.outcomes.slice(at, at + size) };
    const isFine = steps.every(({ state }) => state === 'done');
    steps.push(await conclude(step, share, isFine, context));
    at += size;
  }
  const whole = wholeOf(result.outcomes);
  return { steps, proposed: true, ...(whole === undefined ? {} : { whole }) };
}

/** The end of one step, once the changes have run. */
async function conclude(
  step: Prepared,
  result: PlanResult,
  isFine: boolean,
  context: ToolContext,
): Promise<StepReport> {
  switch (step.kind) {
    case 'answered':
      return { state: 'done', text: step.answer.text };
    case 'proposed': {
      const { text, failed } = await step.proposed.proceed(result);
      const state = stateOf(result.outcomes);
      if (state === 'not run') return { state };
      return { state: state === 'done' && failed === true ? 'failed' : state, text };
    }
    case 'later': {
      if (!isFine) return { state: 'not run' };
      const { text, failed } = await answerOf(step.step.tool, step.step.args, context);
      return { state: failed === true ? 'failed' : 'done', text };
    }
  }
}

/** A step is done when all of its operations are; else it is what the first other one is. */
function stateOf(outcomes: readonly Outcome[]): StepReport['state'] {
  // The plan ends with a command that reports a failure.
  if (outcomes.some((one) => one.status === 'done' && isCommandAnswer(one.data) && !hasSucceeded(one.data)))
    return 'failed';
  const status = outcomes.find((outcome) => outcome.status !== 'done')?.status;
  switch (status) {
    case undefined:
      return 'done';
    case 'skipped':
      return outcomes.every((outcome) => outcome.status === 'skipped') ? 'not run' : 'failed';
    case 'started':
      return 'unknown';
    case 'planned':
      return 'not run';
    default:
      return status;
  }
}

/** A failure of the first step leaves the others not run, so several are one of the whole plan. */
function wholeOf(outcomes: readonly Outcome[]): PlanReport['whole'] {
  const [first] = outcomes;
  if (first?.status === 'denied') return outcomes.every(({ status }) => status === 'denied') ? first : undefined;
  if (first?.status !== 'failed' || outcomes.length === 1) return undefined;
  return outcomes.every(({ status }) => status === 'failed') ? first : undefined;
}

function tooMany(count: number): PveError {
  return new PveError({
    code: 'invalid_argument',
    message: `The plan has ${count} operations, and at most ${maxSteps} fit into one`,
    hint: 'Make two plans of it.',
    reason: [],
  });
}

function notPerformed(): PveError {
  return new PveError({ code: 'cancelled', message: 'The plan was not performed', hint: '', reason: [] });
}
