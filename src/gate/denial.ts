import { toPveError } from '../pve/error.ts';
import { frozen } from './decide.ts';
import type { ApprovalAnswer, Freeze, GateProfile, Standing } from './types.ts';

/** Why something does not run: who or what says no, why, and the next step. */
export interface Denial {
  readonly by: string;
  readonly why: string;
  readonly note?: string;
  readonly next?: string;
}

/** The call was over before anything was sent. */
export const cancelled: Denial = { by: 'cancelled', why: 'The call was cancelled. Nothing was sent.' };

const connectionChanged: Denial = {
  by: 'changed',
  why: 'The connection was edited, lowered in level or removed meanwhile.',
  next: 'Propose it again if it is still wanted.',
};

const frozenMeanwhile: Denial = {
  by: 'freeze',
  why: `${frozen} Nothing was sent.`,
  next: 'Ask the person what they want before you propose anything.',
};

/** What was decided under an older state is void as soon as its connection was edited or everything was frozen (G2). */
export function voidedBy(
  before: { readonly profile: GateProfile; readonly freeze: Freeze },
  now: Standing,
): Denial | undefined {
  if (now.freeze.count !== before.freeze.count) return frozenMeanwhile;
  const profile = now.profiles.find(({ id }) => id === before.profile.id);
  return profile !== undefined && holds(profile) === holds(before.profile) ? undefined : connectionChanged;
}

/** A rename does not count, but every edit raises the revision. */
function holds({ revision, level, policies, commands }: GateProfile): string {
  return JSON.stringify([revision, level, policies, commands]);
}

/** A fault as a denial. */
export function denialOf(by: string, error: unknown): Denial {
  const { message, reason, hint } = toPveError(error).data;
  return { by, why: [message, ...reason].join(': '), next: hint };
}

/** A person's answer, or the lack of one, as a denial. */
export function answered({ by, note }: Extract<ApprovalAnswer, { kind: 'deny' }>): Denial {
  const said = note === undefined || note === '' ? {} : { note };
  switch (by) {
    case 'person':
      return {
        by,
        why: 'A person said no. Nothing was sent.',
        next: 'Do not try another way; ask what they want.',
        ...said,
      };
    case 'timeout':
      return {
        by,
        why: 'Nobody answered in time. Nothing was sent.',
        next: 'Ask the person before you propose it again.',
        ...said,
      };
    case 'cancelled':
      return { ...cancelled, ...said };
    case 'nobody':
      return {
        by,
        why: 'Nobody could be asked. Nothing was sent.',
        next: 'Ask the person to do it, or to use a client that can ask.',
        ...said,
      };
  }
}
