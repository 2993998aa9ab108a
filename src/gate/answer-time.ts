import type { GateProfile } from './types.ts';

/** How long a question may stay open, whole minutes (G2). */
export const answerTime = { least: 1, usual: 5, most: 30 } as const;

/** How long questions of this connection stay open, minutes. */
export function answerMinutesOf({ answerMinutes = answerTime.usual }: Pick<GateProfile, 'answerMinutes'>): number {
  return answerMinutes;
}

/** @returns the whole minutes, 1 to 30; nothing for anything else */
export function parseAnswerMinutes(text: string): number | undefined {
  const minutes = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  return minutes >= answerTime.least && minutes <= answerTime.most ? minutes : undefined;
}
