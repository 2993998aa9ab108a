import * as vscode from 'vscode';

/** A step that was left: to the one before, or out of the whole. */
export type Left = 'back' | 'cancel';
export type Stepped<T> = { readonly value: T } | Left;

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
  /** A sentence to start with, for example why the step is shown again. */
  readonly problem?: string;
  /** A sentence when the text cannot be used. */
  readonly validate: (text: string) => string | undefined;
  /** Runs with the accepted text while the input is busy; a sentence keeps the step open. */
  readonly accept?: (text: string, signal: AbortSignal) => Promise<string | undefined>;
}

/** One text of a multi-step input. Cancelling aborts what `accept` is doing. */
export async function inputStep(options: InputStep): Promise<Stepped<string>> {
  const input = vscode.window.createInputBox();
  Object.assign(input, {
    title: options.title,
    step: options.step,
    totalSteps: options.totalSteps,
    prompt: options.prompt,
    value: options.value ?? '',
  });
  input.placeholder = options.placeholder;
  input.password = options.password === true;
  input.ignoreFocusOut = true;
  input.validationMessage = options.problem;
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
        const text = input.value.trim();
        input.validationMessage = options.validate(text);
        if (input.validationMessage !== undefined) return;
        setBusy(input, true);
        const problem = await options.accept?.(text, cancel.signal);
        setBusy(input, false);
        if (problem === undefined) resolve({ value: text });
        else input.validationMessage = problem;
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
  options: StepText & { readonly placeholder: string; readonly items: readonly T[] },
): Promise<Stepped<T>> {
  const pick = vscode.window.createQuickPick<T>();
  Object.assign(pick, {
    title: options.title,
    step: options.step,
    totalSteps: options.totalSteps,
    items: options.items,
    placeholder: options.placeholder,
  });
  pick.ignoreFocusOut = true;
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
  const back: vscode.MessageItem = { title: vscode.l10n.t('Back') };
  const agree: vscode.MessageItem = { title: yes };
  const cancel: vscode.MessageItem = { title: vscode.l10n.t('Cancel'), isCloseAffordance: true };
  const pressed = await vscode.window.showWarningMessage(message, { modal: true, detail }, back, agree, cancel);
  return pressed === agree ? { value: true } : pressed === back ? 'back' : 'cancel';
}

function setBusy(input: vscode.InputBox, busy: boolean): void {
  input.busy = busy;
  input.enabled = !busy;
}
