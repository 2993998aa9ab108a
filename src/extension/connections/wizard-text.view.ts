import * as vscode from 'vscode';
import type { Wizard } from './draft.ts';
import type { StepText } from './steps.view.ts';

const totalSteps = 6;

/** Title and number of a step. */
export function stepText({ purpose, edited }: Wizard, step: number): StepText {
  const name = edited?.name ?? '';
  if (purpose === 'secret') return { title: name, step: 1, totalSteps: 1 };
  const title = purpose === 'edit' ? vscode.l10n.t('Edit {0}', name) : vscode.l10n.t('Connect to Proxmox VE');
  return { title, step, totalSteps };
}
