import type { Call } from './call.ts';
import { handedOver } from './redact.ts';
import { newSecretOf } from './secret-answers.ts';
import type { Assessment, Outcome } from './types.ts';

/**
 * Hands a secret that the cluster has just made to the person, once; the agent reads that it was. The redactor learns it
 * first (G15). A person's own view gets the answer as it is.
 */
export async function revealSecret(call: Call, step: Assessment, outcome: Outcome): Promise<Outcome> {
  const made = step.operation.kind === 'api' ? newSecretOf(step.operation) : undefined;
  if (made === undefined || outcome.status !== 'done') return outcome;
  const secrets: string[] = [];
  const replace = (text: string) => (value: unknown) => {
    secrets.push(...[value].flat().filter((one) => typeof one === 'string'));
    return text;
  };
  const data = replaced(outcome.data, made.field, replace(handedOver.yes));
  for (const secret of secrets) call.redactor.add(secret);
  if (call.origin.who === 'person' || secrets.length === 0) return outcome;
  const isShown = await show(call, `${made.what} of ${step.facts.label}`, secrets.join('\n'));
  return { ...outcome, data: isShown ? data : replaced(outcome.data, made.field, replace(handedOver.no)) };
}

/** Waits until the person has seen it, or the call is over. */
async function show({ approver, signal }: Call, label: string, value: string): Promise<boolean> {
  const over = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  try {
    await Promise.race([approver.reveal?.(label, value), over]);
    return approver.reveal !== undefined;
  } catch {
    return false;
  }
}

function replaced(data: unknown, [name, ...rest]: readonly string[], by: (value: unknown) => string): unknown {
  if (name === undefined) return by(data);
  if (typeof data !== 'object' || data === null) return data;
  const members = Object.entries(data).map(([key, member]) => [
    key,
    key === name ? replaced(member, rest, by) : member,
  ]);
  return Object.fromEntries(members);
}
