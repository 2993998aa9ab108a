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
