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
    case 'unknown': {
      const { message, reason, upid } = outcome.error;
      return {
        outcome: outcome.status,
        detail: [message, ...reason].join(': '),
        ...(upid === undefined ? {} : { upid }),
      };
    }
    default:
      return { outcome: 'failed', detail: outcome.why };
  }
}
