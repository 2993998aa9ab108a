import type { ApprovalAnswer, ApprovalRequest, Approver } from '../../src/gate/types.ts';

/** What is done instead of answering at once. */
export type Answering = (request: ApprovalRequest, signal: AbortSignal) => Promise<ApprovalAnswer> | ApprovalAnswer;
export type Answer = ApprovalAnswer | Answering;

export interface ScriptedApprover extends Approver {
  readonly asked: ApprovalRequest[];
}

export const yes = { kind: 'run' } as const satisfies ApprovalAnswer;
export const no = { kind: 'deny', by: 'person' } as const satisfies ApprovalAnswer;

/** Gives these answers, one a question; what is asked beyond them is denied with a note that says so. */
export function scriptedApprover(...answers: readonly Answer[]): ScriptedApprover {
  const asked: ApprovalRequest[] = [];
  return {
    name: 'editor',
    asked,
    async ask(request, signal) {
      asked.push(request);
      const unexpected: ApprovalAnswer = { kind: 'deny', by: 'person', note: 'asked more often than the test expects' };
      const answer = asked.length > answers.length ? unexpected : (answers[asked.length - 1] as Answer);
      return typeof answer === 'function' ? answer(request, signal) : answer;
    },
  };
}

/** Never answers. */
export const silence: Answering = () => new Promise(() => {});

/** A question that waits until the test answers it. */
export interface Parked {
  readonly request: ApprovalRequest;
  /** Fires when it is withdrawn. */
  readonly signal: AbortSignal;
  answer(answer: ApprovalAnswer): void;
  fail(error: unknown): void;
}

/** Questions that stay open; `park` stands for each of their answers. */
export function parking(): {
  readonly parked: Parked[];
  readonly park: Answering;
  until(count: number): Promise<void>;
} {
  const parked: Parked[] = [];
  return {
    parked,
    park: (request, signal) =>
      new Promise((answer, fail) => {
        parked.push({ request, signal, answer, fail });
      }),
    async until(count) {
      for (let turn = 0; parked.length < count; turn += 1) {
        if (turn > 10_000) throw new Error(`Only ${parked.length} questions of ${count} were asked`);
        await Promise.resolve();
      }
    },
  };
}
