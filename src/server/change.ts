import type { Outcome, ProposedOperation } from '../gate/types.ts';
import { PveError } from '../pve/error.ts';
import type { ToolAnswer, ToolContext } from './define-tool.ts';
import { errorText, refusalText } from './text/problem.ts';
import { count, duration } from './text/units.ts';

/** One change that a tool proposes, and how the answer speaks of it. */
export interface Change {
  readonly operation: ProposedOperation;
  /** Target and act: `web-01 (101, VM on pve2): start`. */
  readonly what: string;
  /**
   * What is true now, read from the cluster once the change is done: what is active, what is pending, what did not change.
   * Lines beyond the first are indented. A task that ended well proves nothing by itself.
   */
  readonly after?: (done: Extract<Outcome, { status: 'done' }>) => Promise<string>;
}

/** What every writing tool takes (see `writeArguments`). */
export interface ChangeRequest {
  readonly wait: boolean;
  readonly reason?: string | undefined;
}

/**
 * Proposes changes as one plan, asked about once, and tells of each what became of it and how things are now.
 * @param changes in the order in which they run; the first that does not succeed ends the plan
 */
export async function change(
  { perform }: Pick<ToolContext, 'perform'>,
  changes: readonly Change[],
  { wait, reason }: ChangeRequest,
): Promise<ToolAnswer> {
  const { outcomes } = await perform(
    changes.map(({ operation }) => operation),
    { wait, reason },
  );
  // The same sentence for each would bury what it says.
  const [first] = outcomes;
  if (first?.status === 'denied' && outcomes.every(({ status }) => status === 'denied'))
    return { text: refusalText(first), failed: true };
  const lines = await Promise.all(changes.map((one, at) => line(one, outcomes[at])));
  return {
    text: lines.join('\n'),
    failed: outcomes.every(({ status }) => status !== 'done' && status !== 'started'),
  };
}

async function line({ what, after }: Change, outcome: Outcome | undefined): Promise<string> {
  if (outcome === undefined) return `${what}: nothing is known of it. Look at its state before anything else.`;
  switch (outcome.status) {
    case 'done': {
      const warned =
        outcome.warnings === undefined ? '' : ` with ${count(outcome.warnings, 'warning')} (see the task log)`;
      const now = after === undefined ? '' : `, ${await readBack(() => after(outcome))}`;
      return `${what} OK in ${duration(outcome.ms / 1000)}${warned}${now}`;
    }
    case 'started':
      return `${what} started and still running. Follow it: pve_get_task with upid ${outcome.upid}`;
    default:
      return `${what} did not run through.\n${indent(refusalText(outcome))}`;
  }
}

/** The change is done whatever becomes of the look at it. */
async function readBack(after: () => Promise<string>): Promise<string> {
  try {
    const [first = '', ...more] = (await after()).split('\n');
    return [first, ...more.map(indent)].join('\n');
  } catch (error) {
    if (!(error instanceof PveError)) throw error;
    return `but how it is now could not be read: ${errorText(error.data)}`;
  }
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
