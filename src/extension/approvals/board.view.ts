import * as vscode from 'vscode';
import type { Approver, Standing } from '../../gate/types.ts';
import { systemClock } from '../../pve/clock.ts';
import { log } from '../log.view.ts';
import { showError } from '../problem.view.ts';
import type { Window } from '../window.ts';
import { createDesk } from './desk.ts';
import { askInDialog } from './dialog.ts';
import { isWaiting } from './entry.ts';
import { freeze, liftFreeze } from './freeze.view.ts';
import { type PageReach, takeMessage } from './messages.ts';
import { createNotice } from './notice.view.ts';
import { loadPage, postState } from './page.view.ts';
import { countWaiting, pageState } from './page-state.ts';
import { registerRequestDocuments } from './request-document.view.ts';
import { createStatus } from './status.view.ts';
import { pageWords } from './words.view.ts';

export interface BoardParts {
  readonly extensionUri: vscode.Uri;
  readonly window: () => Promise<Window>;
  /** Whether the person sees our views, so that this one can be opened for them. */
  readonly isContainerVisible: () => boolean;
}

/** Everything about approvals that one window shows. */
export interface Board extends vscode.Disposable {
  readonly approver: Approver;
  show(view: vscode.WebviewView): void;
  follow(window: Window): void;
}

export const showApprovals = 'proxmox.approvals.focus';

export function createBoard({ extensionUri, window, isContainerVisible }: BoardParts): Board {
  const clock = systemClock;
  const words = pageWords();
  const documents = registerRequestDocuments();
  const status = createStatus();
  const focusCards = () => void vscode.commands.executeCommand(showApprovals);
  const notify = createNotice(focusCards);
  const withStore = (act: (store: Window['store']) => Promise<void>) =>
    void window()
      .then(({ store }) => act(store))
      .catch(showError);
  const desk = createDesk({
    clock,
    isFocused: () => vscode.window.state.focused,
    dialog: askInDialog,
    review: focusCards,
    freeze: () => withStore(freeze),
    tooLate: () => void vscode.window.showInformationMessage(vscode.l10n.t('Too late: nothing ran.')),
  });
  let view: vscode.WebviewView | undefined;
  let inSight: readonly string[] = [];
  let followed: Window | undefined;
  let standing: Standing | undefined;
  let wake: NodeJS.Timeout | undefined;
  let isDrawing = false;
  let known = 0;

  const draw = (): void => {
    isDrawing = false;
    const { grants, denials } = followed?.session.gate ?? nothingKept;
    const state = pageState({
      ...{ desk, words, clock },
      grants: grants.list(),
      denials: denials.list(),
      freeze: standing?.freeze ?? { count: 0 },
    });
    const waiting = countWaiting(desk);
    if (waiting > known && view?.visible !== true && isContainerVisible())
      void vscode.commands.executeCommand(showApprovals, { preserveFocus: true });
    else notify(desk.cards(), view?.visible === true);
    known = waiting;
    if (followed !== undefined) status.update(waiting, standing);
    void vscode.commands.executeCommand('setContext', 'proxmox.frozen', state.frozenSince !== undefined);
    if (view === undefined) return;
    view.badge = waiting === 0 ? undefined : { value: waiting, tooltip: vscode.l10n.t('{0} approvals wait', waiting) };
    postState(view, state);
    clearTimeout(wake);
    const next = Math.min(...[...state.granted, ...state.denied].map(({ until }) => until));
    if (Number.isFinite(next)) wake = setTimeout(redraw, Math.max(1000, next - clock.now() + 1000));
  };
  /** Several changes at once are drawn once. */
  const redraw = (): void => {
    if (isDrawing) return;
    isDrawing = true;
    setImmediate(draw);
  };
  const readStanding = async (): Promise<void> => {
    standing = await followed?.store.standing().catch(() => undefined);
    redraw();
  };

  const showRequest = (id: string): void => {
    const request = desk.cards().find((one) => one.request.id === id && isWaiting(one))?.request;
    if (request !== undefined) documents.show(request).then(() => desk.opened(id), showError);
  };

  const reach: PageReach = {
    desk,
    ready: redraw,
    shown(ids) {
      inSight = ids;
      desk.shown(view?.visible === true ? ids : []);
    },
    showRequest,
    revoke: (id) => followed?.session.gate.grants.drop(id),
    askAgain: (id) => followed?.session.gate.denials.drop(id),
    freeze: () => withStore(freeze),
    lift: () => withStore(liftFreeze),
    refused: () => log().error('The approvals page sent something that is no message of its own. It was ignored.'),
  };
  desk.onChange(redraw);
  return {
    approver: desk,
    show(opened) {
      view = opened;
      opened.webview.onDidReceiveMessage((received: unknown) => takeMessage(received, reach));
      opened.onDidChangeVisibility(() => {
        desk.shown(opened.visible ? inSight : []);
        redraw();
      });
      opened.onDidDispose(() => {
        view = undefined;
        desk.shown([]);
      });
      loadPage(opened, extensionUri);
    },
    follow(window) {
      followed = window;
      window.store.onChange(() => void readStanding());
      window.session.gate.grants.onChange(redraw);
      window.session.gate.denials.onChange(redraw);
      void readStanding();
    },
    dispose() {
      clearTimeout(wake);
      documents.dispose();
      status.dispose();
    },
  };
}

const nothingKept = { grants: { list: () => [] }, denials: { list: () => [] } };
