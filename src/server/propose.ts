import type { PlanResult, ProposedOperation } from '../gate/types.ts';
import { PveError } from '../pve/error.ts';
import type { PerformRequest, ToolAnswer, ToolContext, ToolDefinition } from './define-tool.ts';
import { errorText, problemOf } from './text/problem.ts';

/** A tool that has said what it would change, and waits for what becomes of it. */
export interface Proposed {
  readonly operations: readonly ProposedOperation[];
  readonly request: PerformRequest;
  /** Whether it has proposed a second time, which was refused. */
  isTwice(): boolean;
  /** Hands the tool the outcomes of its operations. @returns its answer; what it throws is one too. */
  proceed(result: PlanResult): Promise<ToolAnswer>;
  /** Nothing of it is performed: the tool ends with this error. */
  abandon(error: PveError): void;
}

/** How far a tool came by itself: to its answer, or to its proposal. */
export type Begun =
  | { readonly kind: 'answered'; readonly answer: ToolAnswer }
  | { readonly kind: 'proposed'; readonly proposed: Proposed };

/**
 * Runs a tool until it answers or proposes something; what it reads until then is read, what it proposes is only collected.
 * A tool that fails has answered, and so has one that does neither until the call is cancelled.
 */
export function beginTool(tool: ToolDefinition, args: Record<string, unknown>, context: ToolContext): Promise<Begun> {
  return new Promise((resolve) => {
    let calls = 0;
    const perform: ToolContext['perform'] = async (operations, request) => {
      calls += 1;
      if (calls > 1) throw proposedTwice();
      await context.check(operations);
      return new Promise((go, stop) => {
        const proceed = (result: PlanResult) => {
          go(result);
          return answer;
        };
        const proposed = { operations, request, isTwice: () => calls > 1, proceed, abandon: stop };
        resolve({ kind: 'proposed', proposed });
      });
    };
    const answer = answerOf(tool, args, { ...context, perform });
    void answer.then((ended) => resolve({ kind: 'answered', answer: ended }));
  });
}

/** A tool's answer, as long as the call lasts. Never rejects: a tool that fails while nobody waits for it ends no process. */
export async function answerOf(
  tool: ToolDefinition,
  args: Record<string, unknown>,
  context: ToolContext,
): Promise<ToolAnswer> {
  const { signal } = context;
  try {
    return await unlessAborted(tool.handle(args, context), signal);
  } catch (error) {
    return { text: errorText(problemOf(error, { signal, name: tool.name }).data), failed: true };
  }
}

/** Waits no longer than the call lasts. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** A plan asks once, so what a tool would propose after its first operations has no place in it. */
export function proposedTwice(): PveError {
  return new PveError({
    code: 'invalid_argument',
    message: 'It proposes more than once, which a plan cannot hold',
    hint: 'Call it by itself.',
    reason: [],
  });
}
