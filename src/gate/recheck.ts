import { assess } from './assess.ts';
import { assessNow, type Call, type Sight } from './call.ts';
import { cancelled, type Denial, denialOf, voidedBy } from './denial.ts';
import { leadsElsewhere } from './file-operation.ts';
import { guestIdentity } from './operation.ts';
import { quoted } from './printable.ts';
import { refusalOf } from './refusal.ts';
import type { Assessment } from './types.ts';
import { uploadDiffers } from './upload-operation.ts';

/**
 * Whether the connection still stands; a later step starts when the earlier ones have ended, so its target is read again.
 * @param whole nothing of the plan has changed the target so far: its state and config must be as they were
 */
export async function lookAtStep(
  call: Call,
  sight: Sight,
  planned: Assessment,
  isFirst: boolean,
  whole: boolean,
): Promise<Assessment | Denial> {
  try {
    const voided = voidedBy(sight, await call.standing());
    if (voided !== undefined || isFirst) return voided ?? planned;
    const step = await assessNow(call, sight.profile, sight.send, planned.operation);
    // Reading takes a while, and a freeze does not wait for it.
    const refused = voidedBy(sight, await call.standing()) ?? refusalOf(call, sight, [step]);
    if (refused !== undefined) return refused;
    const why = differs(planned, step, whole);
    return why === undefined ? step : { by: 'changed', why, next: 'Look at it again before you propose anything.' };
  } catch (error) {
    return unreadable(call, error);
  }
}

/**
 * The digest of Proxmox VE is over the whole file, so a snapshot makes the one that was proposed an old one. What the yes
 * covers was found unchanged after it (G2): the same change is sent with the digest of now. A digest that was not that of
 * the config before the snapshot stays as it is, and Proxmox VE refuses it.
 */
export function afterSafeguard(planned: Assessment, step: Assessment, { profile }: Sight): Assessment {
  const { operation, facts } = step;
  const [before, now] = [planned.facts.guest?.digest, facts.guest?.digest];
  if (operation.kind !== 'api' || before === undefined || now === undefined) return step;
  if (operation.params.digest !== before || before === now) return step;
  return assess({ ...operation, params: { ...operation.params, digest: now } }, facts, profile.policies);
}

/** Why what was decided is void by what is stored now. What cannot be read is a denial too. */
export async function noLongerStands(call: Call, sight: Sight): Promise<Denial | undefined> {
  try {
    return voidedBy(sight, await call.standing());
  } catch (error) {
    return denialOf('changed', error);
  }
}

/** The denial of what was approved and can no longer be read. */
export function unreadable({ signal }: Call, error: unknown): Denial {
  return signal.aborted ? cancelled : denialOf('changed', error);
}

/** What of a target is not as it was when it was asked about; `whole` counts its state and config too (G2). */
export function differs(before: Assessment, now: Assessment, whole: boolean): string | undefined {
  const elsewhere = leadsElsewhere(before, now);
  if (elsewhere !== undefined) return elsewhere;
  const [was, is] = [before.facts.guest, now.facts.guest];
  if (was === undefined || is === undefined)
    return was === is ? uploadDiffers(before, now) : `${before.facts.label} is ${now.facts.label} now.`;
  const identity = guestIdentity(was, whole);
  const changes = Object.entries(guestIdentity(is, whole)).flatMap(([key, value]) => {
    if (value === identity[key]) return [];
    if (key === 'config') return ['its configuration was edited'];
    return [`its ${key} was ${quoted(`${identity[key]}`)} and is ${quoted(`${value}`)}`];
  });
  return changes.length === 0 ? undefined : `${before.facts.label}: ${changes.join(', ')}.`;
}
