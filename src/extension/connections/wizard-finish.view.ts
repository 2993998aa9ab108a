import * as vscode from 'vscode';
import { printable } from '../../gate/printable.ts';
import { type AccessLevel, accessLevels } from '../../gate/types.ts';
import type { Wizard } from './draft.ts';
import { freeName, loginName, type Profile } from './profile.ts';
import { inputStep, modalStep, pickStep } from './steps.view.ts';
import type { Stepped } from './walk.ts';
import { stepText } from './wizard-text.view.ts';

/** On an edit: another login may do other things. */
export function confirmLogin({ draft, edited }: Wizard): Promise<Stepped<unknown>> {
  const lines = [
    vscode.l10n.t('Until now: {0}', edited === undefined ? '' : loginName(edited.login)),
    vscode.l10n.t('From now on: {0}', draft.login === undefined ? '' : loginName(draft.login)),
  ];
  const title = vscode.l10n.t('Change the login of {0}?', edited?.name ?? '');
  return modalStep(title, lines.join('\n'), vscode.l10n.t('Change'));
}

export async function askLevel(wizard: Wizard): Promise<Stepped<unknown>> {
  const { draft, edited } = wizard;
  const { version = '', reach } = draft.checked ?? {};
  const items = accessLevels.map((level) => ({ label: level, detail: levelMeaning(level), level }));
  const may =
    reach === undefined || reach.level === 'read-only'
      ? vscode.l10n.t('read')
      : vscode.l10n.t('{0} operations', reach.level);
  const placeholder =
    draft.login?.kind === 'password'
      ? vscode.l10n.t('Proxmox VE {0}. The user may do {1}. What may agents ask for?', version, may)
      : vscode.l10n.t('Proxmox VE {0}. The token may do {1}. What may agents ask for?', version, may);
  for (;;) {
    const picked = await pickStep({
      ...stepText(wizard, 5),
      placeholder,
      items: Promise.resolve(items),
      isActive: ({ level }) => level === draft.level,
    });
    if (typeof picked === 'string') return picked;
    const { level } = picked.value;
    draft.level = level;
    const confirmed = isRaised(level, edited?.level ?? 'read-only') ? await confirmLevel(level, edited?.name) : picked;
    if (confirmed !== 'back') return confirmed;
  }
}

export function isRaised(level: AccessLevel, from: AccessLevel): boolean {
  return accessLevels.indexOf(level) > accessLevels.indexOf(from);
}

/**
 * A level above `read-only` lets agents ask for changes, which only a modal grants (gate.md G8). It names the connection, for
 * another extension may have picked it.
 */
export function confirmLevel(level: AccessLevel, connection: string | undefined): Promise<Stepped<true>> {
  const detail = `${levelMeaning(level)}\n\n${vscode.l10n.t('Each change is still asked of you, with exactly what will be sent.')}`;
  const title =
    connection === undefined
      ? vscode.l10n.t('Let agents ask for {0} operations?', level)
      : vscode.l10n.t('Let agents ask for {0} operations on {1}?', level, printable(connection, 64));
  return modalStep(title, detail, vscode.l10n.t('Allow asking'));
}

export function levelMeaning(level: AccessLevel): string {
  const meaning: Readonly<Record<AccessLevel, string>> = {
    'read-only': vscode.l10n.t('Agents look, and can change nothing.'),
    'read-execute': vscode.l10n.t(
      'Agents may also ask to operate: power, migration and backups of guests, services, tasks.',
    ),
    full: vscode.l10n.t('Agents may ask for anything that the login may do, deleting included.'),
  };
  return meaning[level];
}

export async function askName(wizard: Wizard): Promise<Stepped<unknown>> {
  const { draft, edited, store } = wizard;
  const others = (await store.read()).filter(({ id }) => id !== edited?.id);
  const wanted = draft.name ?? new URL(draft.seen?.[0]?.url ?? 'https://proxmox').hostname;
  return inputStep({
    ...stepText(wizard, 6),
    prompt: namePrompt(),
    value: freeName(wanted, others),
    validate: (name) => nameProblem(name, others),
    accept: async (name) => void Object.assign(draft, { name }),
  });
}

export function namePrompt(): string {
  return vscode.l10n.t('Name of this connection, for you and for agents');
}

export function nameProblem(name: string, others: readonly Profile[]): string | undefined {
  if (name === '' || name.length > 64) return vscode.l10n.t('Use 1 to 64 characters.');
  return others.some((profile) => profile.name === name)
    ? vscode.l10n.t('There is a connection with this name.')
    : undefined;
}
