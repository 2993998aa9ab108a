import * as z from 'zod';
import type { Clock } from '../pve/clock.ts';
import { messageOf } from '../pve/error.ts';
import { maxSteps } from './operation.ts';
import type { ApprovalAnswer, ApprovalRequest, Approver } from './types.ts';

/** A moment by both clocks, so that neither a jump nor a sleeping machine stretches a limit. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/** Now. */
export function moment(clock: Clock): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic() };
}

/** Whether more than `ms` milliseconds have gone by, by whichever clock says so first (G2). */
export function isOver(start: Moment, ms: number, clock: Clock): boolean {
  return clock.monotonic() - start.monotonic > ms || clock.now() - start.wall > ms;
}

/**
 * Asks once and waits for the first of: the answer, the time limit, the caller's cancel. Whatever comes later does nothing.
 * A question that fails, an answer that is not exactly one, an answer after its time and a name typed wrong are a no.
 * @param answerMs how long the answer may take, milliseconds.
 */
export async function askOnce(
  approver: Approver,
  request: ApprovalRequest,
  { clock, answerMs, signal }: { readonly clock: Clock; readonly answerMs: number; readonly signal: AbortSignal },
): Promise<ApprovalAnswer> {
  if (signal.aborted) return { kind: 'deny', by: 'cancelled' };
  const asked = moment(clock);
  const over = new AbortController();
  const cancelled = new Promise<ApprovalAnswer>((resolve) => {
    const cancel = () => resolve({ kind: 'deny', by: 'cancelled' });
    signal.addEventListener('abort', cancel, { once: true, signal: over.signal });
  });
  const timeout = clock.sleep(answerMs, over.signal).then(
    (): ApprovalAnswer => ({ kind: 'deny', by: 'timeout' }),
    () => new Promise<never>(() => {}),
  );
  const answered = Promise.resolve()
    .then(() => approver.ask(request, over.signal))
    .catch(
      (error: unknown): ApprovalAnswer => ({
        kind: 'deny',
        by: 'nobody',
        note: `The question could not be asked: ${messageOf(error)}`,
      }),
    );
  let answer: ApprovalAnswer = { kind: 'deny', by: 'nobody' };
  try {
    answer = strict(await Promise.race([answered, timeout, cancelled]), request, isOver(asked, answerMs, clock));
    return answer;
  } finally {
    over.abort(withdrawal(answer, signal));
  }
}

/** The reason of a question's signal when its time is over. */
export const notInTime = 'Nobody answered in time.';

/** Why a question does not wait any more, for whoever still shows it. */
function withdrawal(answer: ApprovalAnswer, { reason }: AbortSignal): string {
  if (answer.kind === 'run' || answer.by === 'person') return 'Answered.';
  if (answer.by === 'timeout') return notInTime;
  return typeof reason === 'string' ? reason : 'The call was cancelled.';
}

/** An approver gets its answer from far away; only what has exactly this shape is one. */
const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('run'),
    typed: z.string().exactOptional(),
    grant: z.literal(true).exactOptional(),
    first: z.literal(true).exactOptional(),
    edits: z
      .array(z.strictObject({ step: z.int().min(0), text: z.string().min(1) }))
      .max(maxSteps)
      .exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('deny'),
    by: z.enum(['person', 'timeout', 'cancelled', 'nobody']),
    note: z.string().exactOptional(),
  }),
]);

function strict(given: ApprovalAnswer, request: ApprovalRequest, late: boolean): ApprovalAnswer {
  const answer = answerSchema.safeParse(given).data;
  if (answer === undefined) return { kind: 'deny', by: 'nobody', note: 'The answer was not one that the gate knows.' };
  if (answer.kind !== 'run') return answer;
  if (late) return { kind: 'deny', by: 'timeout' };
  if (request.mustType !== undefined && answer.typed !== request.mustType) {
    return { kind: 'deny', by: 'person', note: 'The name was not typed as asked.' };
  }
  return isOffered(answer, request)
    ? answer
    : { kind: 'deny', by: 'nobody', note: 'What was answered was not offered.' };
}

function isOffered({ grant, first, edits = [] }: ApprovalAnswer & { kind: 'run' }, request: ApprovalRequest): boolean {
  const { offers, safeguard, editable = [] } = request;
  const steps = edits.map(({ step }) => step);
  return (
    (grant !== true || offers.includes('grant')) &&
    (first !== true || safeguard !== undefined) &&
    steps.every((step) => editable.includes(step)) &&
    new Set(steps).size === steps.length
  );
}
