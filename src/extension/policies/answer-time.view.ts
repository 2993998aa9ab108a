import * as vscode from 'vscode';
import { answerMinutesOf, parseAnswerMinutes } from '../../gate/answer-time.ts';
import { change } from '../commands/connection.view.ts';
import type { ConnectionParts } from '../commands/connections.view.ts';
import type { Profile } from '../connections/profile.ts';
import { inputStep, modalStep } from '../connections/steps.view.ts';

/** How long a question may wait. A longer time than before loosens, so a modal agrees to it (gate.md G2, G8). */
export async function setAnswerTime(profile: Profile, parts: ConnectionParts): Promise<void> {
  const before = answerMinutesOf(profile);
  const entered = await inputStep({
    title: vscode.l10n.t('Time to answer on {0}', profile.name),
    step: 1,
    totalSteps: 1,
    prompt: vscode.l10n.t('Minutes until a question that nobody answers is denied'),
    value: String(before),
    validate: (text) =>
      parseAnswerMinutes(text) === undefined ? vscode.l10n.t('Use whole minutes, 1 to 30.') : undefined,
  });
  const minutes = typeof entered === 'string' ? undefined : parseAnswerMinutes(entered.value);
  if (minutes === undefined || minutes === before) return;
  if (minutes > before && typeof (await confirmLonger(profile, before, minutes)) === 'string') return;
  await change(profile, (one) => ({ ...one, answerMinutes: minutes }), parts);
}

function confirmLonger({ name }: Profile, before: number, minutes: number) {
  const detail = [
    vscode.l10n.t('Until now: {0} minutes', before),
    vscode.l10n.t('From now on: {0} minutes', minutes),
    '',
    vscode.l10n.t(
      'The longer a question waits, the older is what it shows. The target is read again before anything runs.',
    ),
    vscode.l10n.t('What waits for an answer is withdrawn, and what was granted ends.'),
  ];
  return modalStep(
    vscode.l10n.t('Let questions of {0} wait longer?', name),
    detail.join('\n'),
    vscode.l10n.t('Wait longer'),
  );
}
