import type { PveErrorData } from '../pve/error.ts';
import type { AuditEntry } from './audit.ts';
import type { Call } from './call.ts';
import { endedText, hasSucceeded, isCommandAnswer } from './command-answer.ts';
import type { Assessment, GateProfile, Outcome } from './types.ts';

/** What every record of a step says (G10). */
export function entry(
  call: Call,
  { id, name, revision }: GateProfile,
  step: Assessment,
  index: number,
): Omit<AuditEntry, 'phase' | 'decision'> {
  const { plan, origin, proposal } = call;
  return {
    plan,
    index,
    origin,
    tool: proposal.tool,
    ...(proposal.title === undefined ? {} : { title: proposal.title }),
    ...(proposal.reason === undefined ? {} : { reason: proposal.reason }),
    connection: { id, name, revision },
    operation: step.operation,
    target: step.facts.label,
    risk: step.risk,
  };
}

/** How a step ended, for its *after* record. */
export function ending(outcome: Outcome): Partial<AuditEntry> {
  switch (outcome.status) {
    case 'done':
      if (isCommandAnswer(outcome.data) && !hasSucceeded(outcome.data))
        return { outcome: 'failed', detail: endedText(outcome.data), ms: outcome.ms };
      return {
        outcome: (outcome.warnings ?? 0) > 0 ? 'warning' : 'ok',
        ms: outcome.ms,
        ...(outcome.upid === undefined ? {} : { upid: outcome.upid }),
      };
    case 'started':
      return { outcome: 'started', upid: outcome.upid };
    case 'failed':
      return { outcome: 'failed', ...trouble(outcome.error), ...next(outcome.error.hint) };
    case 'unknown':
      return { outcome: 'unknown', ...trouble(outcome.error), ...next(outcome.howToLook) };
    case 'planned':
      return { outcome: 'failed', detail: 'It was only to be foreseen.' };
    default:
      return { outcome: 'failed', detail: outcome.why };
  }
}

/** What went wrong, a line each. That a task has failed, and which, the record says already. */
function trouble({ code, message, reason, upid }: PveErrorData): Partial<AuditEntry> {
  const lines = code === 'task_failed' && reason.length > 0 ? reason : [message, ...reason];
  return { detail: lines.join('\n'), ...(upid === undefined ? {} : { upid }) };
}

function next(step: string): Partial<AuditEntry> {
  return step === '' ? {} : { next: step };
}
