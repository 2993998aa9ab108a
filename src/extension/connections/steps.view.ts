import * as vscode from 'vscode';
import { askInModal } from '../modal.view.ts';
import { unlinked } from '../unlinked.ts';
import { sentence } from './draft.ts';
import type { Stepped } from './walk.ts';

export interface StepText {
  readonly title: string;
  readonly step: number;
  readonly totalSteps: number;
}

export interface InputStep extends StepText {
  readonly prompt: string;
  readonly placeholder?: string;
  readonly value?: string;
  readonly password?: boolean;
  /** A sentence when the text cannot be used. */
  readonly validate: (text: string) => string | undefined;
  /** Runs with the accepted text while the input is busy; a sentence, or what it throws, keeps the step open. */
  readonly accept?: (text: string, signal: AbortSignal) => Promise<string | undefined>;
}

/** One text of a multi-step input. Cancelling aborts what `accept` is doing. */
export async function inputStep(options: InputStep): Promise<Stepped<string>> {
  const input = vscode.window.createInputBox();
  const { title, step, totalSteps, prompt, value = '' } = options;
  Object.assign(input, { title, prompt, value, ...(totalSteps > 1 ? { step, totalSteps } : {}) });
  input.placeholder = options.placeholder;
  input.password = options.password === true;
  input.ignoreFocusOut = true;
  input.buttons = options.step > 1 ? [vscode.QuickInputButtons.Back] : [];
  const cancel = new AbortController();
  try {
    return await new Promise((resolve) => {
      input.onDidChangeValue(() => {
        input.validationMessage = undefined;
      });
      input.onDidTriggerButton(() => resolve('back'));
      input.onDidHide(() => resolve('cancel'));
      input.onDidAccept(async () => {
        if (input.busy) return;
        // A password may begin or end with a blank.
        const text = options.password ? input.value : input.value.trim();
        input.validationMessage = options.validate(text);
        if (input.validationMessage !== undefined) return;
        setBusy(input, true);
        const problem = await options.accept?.(text, cancel.signal).catch(sentence);
        setBusy(input, false);
        if (problem === undefined) resolve({ value: text });
        else input.validationMessage = unlinked(problem);
      });
      input.show();
    });
  } finally {
    cancel.abort();
    input.dispose();
  }
}

/** One choice of a multi-step input. */
export async function pickStep<T extends vscode.QuickPickItem>(
  options: StepText & {
    readonly placeholder: string;
    readonly items: Promise<readonly T[]>;
    /** The item to begin with. */
    readonly isActive?: (item: T) => boolean;
  },
): Promise<Stepped<T>> {
  const pick = vscode.window.createQuickPick<T>();
  const { title, step, totalSteps, placeholder } = options;
  Object.assign(pick, { title, step, totalSteps, placeholder });
  pick.ignoreFocusOut = true;
  pick.busy = true;
  pick.buttons = [vscode.QuickInputButtons.Back];
  try {
    return await new Promise((resolve) => {
      pick.onDidTriggerButton(() => resolve('back'));
      pick.onDidHide(() => resolve('cancel'));
      pick.onDidAccept(() => {
        const [chosen] = pick.selectedItems;
        if (chosen !== undefined) resolve({ value: chosen });
      });
      pick.show();
      void options.items.then((items) => {
        pick.busy = false;
        pick.items = items;
        const active = items.find((item) => options.isActive?.(item));
        if (active !== undefined) pick.activeItems = [active];
      });
    });
  } finally {
    pick.dispose();
  }
}

/**
 * A decision that loosens something: only a modal's button takes it, and the button with the focus is the way back
 * (gate.md G8, G18).
 */
export async function modalStep(message: string, detail: string, yes: string): Promise<Stepped<true>> {
  const back = vscode.l10n.t('Back');
  const pressed = await choiceStep(message, detail, [back, yes]);
  if (typeof pressed === 'string') return pressed;
  return pressed.value === yes ? { value: true } : 'back';
}

/** The same with several buttons, of which the first, the one with the focus, changes nothing. */
export async function choiceStep(
  message: string,
  detail: string,
  buttons: readonly string[],
): Promise<{ readonly value: string } | 'cancel'> {
  const pressed = await askInModal(message, detail, buttons, vscode.l10n.t('Cancel'));
  return pressed === undefined ? 'cancel' : { value: pressed };
}

function setBusy(input: vscode.InputBox, busy: boolean): void {
  input.busy = busy;
  input.enabled = !busy;
}
