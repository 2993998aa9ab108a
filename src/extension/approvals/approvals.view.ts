import * as vscode from 'vscode';
import type { Approver } from '../../gate/types.ts';
import { showError } from '../problem.view.ts';
import type { Window } from '../window.ts';
import type { BoardParts } from './board.view.ts';
import { secretHands } from './secret.view.ts';

/** Where this window asks, and the commands around it. */
export interface Approvals extends vscode.Disposable {
  readonly approver: Approver;
  /** Shows what the gate of this window keeps, and what is stored for all windows. */
  follow(window: Window): Promise<void>;
}

/** Registers the view and its commands. No argument of theirs counts; what they need is loaded when it is used (G13). */
export function registerApprovals(parts: BoardParts): Approvals {
  let loaded: ReturnType<typeof load> | undefined;
  const board = () => {
    loaded ??= load(parts);
    return loaded;
  };
  const freezing = () => import('./freeze.view.ts');
  const store = async () => (await parts.window()).store;
  const commands: Readonly<Record<string, () => Promise<unknown>>> = {
    'proxmox.showApprovals': async () => vscode.commands.executeCommand('proxmox.approvals.focus'),
    'proxmox.freeze': async () => (await freezing()).freeze(await store(), parts.consoles),
    'proxmox.liftFreeze': async () => (await freezing()).liftFreeze(await store()),
    'proxmox.agents': async () => (await freezing()).chooseForAgents(),
  };
  const registered = vscode.Disposable.from(
    vscode.window.registerWebviewViewProvider(
      'proxmox.approvals',
      { resolveWebviewView: async (view) => (await board()).fill(view) },
      // What is being typed stays while another view is looked at.
      { webviewOptions: { retainContextWhenHidden: true } },
    ),
    ...Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, () => run().catch(showError))),
  );
  return {
    approver: {
      name: 'editor',
      offersMore: true,
      ask: async (request, signal) => (await board()).approver.ask(request, signal),
      ...secretHands,
    },
    follow: async (window) => (await board()).follow(window),
    dispose() {
      registered.dispose();
      void loaded?.then((one) => one.dispose());
    },
  };
}

async function load(parts: BoardParts) {
  const { createBoard } = await import('./board.view.ts');
  return createBoard(parts);
}
