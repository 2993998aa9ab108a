import { answerMinutesOf } from './answer-time.ts';
import { isOver, moment } from './approval.ts';
import type { Call, Sight } from './call.ts';
import { cancelled, type Denial, denialOf } from './denial.ts';
import { type SecretRequest, shortestSecret } from './secret-hands.ts';

/** What a person has filled in: for each step, by parameter. */
export type FilledIn = readonly Readonly<Record<string, string>>[];

/**
 * Asks the person for every secret that the steps need, one after the other, after the yes. The redactor learns each at
 * once (G15). Nothing given, a fault, too late, or a freeze meanwhile is a denial.
 * @param stands says why the plan does not stand any more.
 */
export async function askSecrets(
  call: Call,
  sight: Sight,
  stands: (call: Call, sight: Sight) => Promise<Denial | undefined>,
): Promise<FilledIn | Denial> {
  const { profile, steps } = sight;
  const filledIn: Record<string, string>[] = [];
  for (const { operation, verb, facts } of steps) {
    const values: Record<string, string> = {};
    for (const parameter of operation.kind === 'api' ? (operation.ask ?? []) : []) {
      const request = { label: `${verb} ${facts.label}`, parameter, connectionName: profile.name };
      const value = await askOne(call, request, answerMinutesOf(profile) * 60_000, () => stands(call, sight));
      if (typeof value !== 'string') return value;
      values[parameter] = value;
    }
    filledIn.push(values);
  }
  return filledIn;
}

async function askOne(
  call: Call,
  request: SecretRequest,
  answerMs: number,
  stands: () => Promise<Denial | undefined>,
): Promise<string | Denial> {
  const { approver, clock, redactor, waiting } = call;
  // The person is at it already, so it does not count as one more question of the agent.
  const place = waiting.enter({ who: 'person', by: 'picker' }, stands);
  const asked = moment(clock);
  const over = new AbortController();
  const signal = AbortSignal.any([call.signal, over.signal, ...(place === undefined ? [] : [place.signal])]);
  const nothing = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
    // Ends by the abort of its sleep when the answer was faster.
    clock.sleep(answerMs, over.signal).then(
      () => resolve(undefined),
      () => {},
    );
  });
  try {
    const value = await Promise.race([approver.secret?.(request, signal), nothing]);
    const voided = call.signal.aborted ? cancelled : place?.voided();
    if (voided !== undefined) return voided;
    if (typeof value !== 'string' || value === '' || isOver(asked, answerMs, clock)) return notGiven(request);
    if (value.length < shortestSecret) return tooShort(request);
    redactor.add(value);
    return value;
  } catch (error) {
    return denialOf('nobody', error);
  } finally {
    over.abort();
    place?.leave();
  }
}

function notGiven({ parameter }: SecretRequest): Denial {
  return {
    by: 'person',
    why: `The person was asked for ${parameter} and gave none. Nothing was sent.`,
    next: 'Do not try another way; ask what they want.',
  };
}

/** What is too short to be found again in an answer could not be kept from the agent. */
function tooShort({ parameter }: SecretRequest): Denial {
  return {
    by: 'nobody',
    why: `The ${parameter} that the person gave has fewer than ${shortestSecret} characters, too few to keep it out of answers. Nothing was sent.`,
    next: 'Tell the person: they can do it in Proxmox VE itself, or choose a longer one.',
  };
}
