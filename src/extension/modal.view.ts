import * as vscode from 'vscode';

/** A yes that comes sooner than anybody reads was meant for something else, milliseconds (gate.md G18). */
const readMs = 500;

let last: Promise<unknown> = Promise.resolve();

/**
 * Asks in a modal dialog, one of ours at a time: one that waits behind another would count its time before it is seen. The
 * first button has the focus, so it is one that changes nothing; any other that is pressed too soon is asked again.
 * @param close the button that Escape presses
 * @returns the button that was pressed; nothing for `close`
 */
export function askInModal(
  title: string,
  detail: string,
  buttons: readonly string[],
  close: string,
): Promise<string | undefined> {
  const turn = last.then(() => unhurried(title, detail, buttons, close));
  last = turn.catch(() => {});
  return turn;
}

async function unhurried(
  title: string,
  detail: string,
  buttons: readonly string[],
  close: string,
): Promise<string | undefined> {
  const items: readonly vscode.MessageItem[] = [
    ...buttons.map((button) => ({ title: button })),
    { title: close, isCloseAffordance: true },
  ];
  for (;;) {
    const opened = performance.now();
    // VS Code shows line ends of the detail; the first line of the dialog is the act.
    const pressed = await vscode.window.showWarningMessage(title, { modal: true, detail }, ...items);
    const button = buttons.find((one) => one === pressed?.title);
    if (button === undefined || button === buttons[0] || performance.now() - opened >= readMs) return button;
  }
}
