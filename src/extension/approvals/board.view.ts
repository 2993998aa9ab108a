import * as vscode from 'vscode';
import type { ApprovalRequest, Approver, Standing } from '../../gate/types.ts';
import { systemClock } from '../../pve/clock.ts';
import type { Documents } from '../documents.view.ts';
import { log } from '../log.view.ts';
import { showError } from '../problem.view.ts';
import type { Window } from '../window.ts';
import { createDesk } from './desk.ts';
import { askInDialog } from './dialog.ts';
import { isWaiting } from './entry.ts';
import { freeze, liftFreeze, type OpenConsoles } from './freeze.view.ts';
import { createNotice } from './notice.view.ts';
import { sourceAt } from './offers.ts';
import { createCardsView } from './page.view.ts';
import { countWaiting, pageState } from './page-state.ts';
import { registerRequestDocuments } from './request-document.view.ts';
import { showSource } from './source-document.view.ts';
import { createStatus } from './status.view.ts';
import { pageWords } from './words.view.ts';

export interface BoardParts {
  readonly extensionUri: vscode.Uri;
  readonly window: () => Promise<Window>;
  /** Whether the person sees our other views, so that this one can be opened beside them. */
  readonly isContainerVisible: () => boolean;
  readonly consoles: OpenConsoles;
  readonly documents: Documents;
}

/** Everything about approvals that one window shows. */
export interface Board extends vscode.Disposable {
  readonly approver: Approver;
  /** Fills the view that VS Code has made. */
  fill(view: vscode.WebviewView): void;
  follow(window: Window): void;
}

export function createBoard(parts: BoardParts): Board {
  const { extensionUri, window, isContainerVisible, consoles } = parts;
  const clock = systemClock;
  const words = pageWords();
  const requests = registerRequestDocuments();
  const status = createStatus();
  const notice = createNotice(focusCards);
  const change = (act: (store: Window['store']) => Promise<void>): void => {
    window()
      .then(({ store }) => act(store))
      .catch(showError);
  };
  const freezeAll = (store: Window['store']) => freeze(store, consoles);
  const desk = createDesk({
    clock,
    isFocused: () => vscode.window.state.focused,
    dialog: askInDialog,
    review() {
      notice.skip();
      focusCards();
    },
    freeze: () => change(freezeAll),
    tooLate: () => void vscode.window.showInformationMessage(vscode.l10n.t('Too late: nothing ran.')),
  });
  let followed: Window | undefined;
  let standing: Standing | undefined;
  let known = 0;
  let wake: NodeJS.Timeout | undefined;

  const draw = (): void => {
    const { grants, denials } = followed?.session.gate ?? nothingKept;
    const kept = { grants: grants.list(), denials: denials.list() };
    const state = pageState({ ...{ desk, words, clock }, ...kept, freeze: standing?.freeze ?? { count: 0 } });
    const waiting = countWaiting(desk);
    cards.draw(state, waiting);
    if (waiting > known && !cards.isVisible() && isContainerVisible()) openCards();
    else notice.update(desk.cards(), cards.isVisible());
    known = waiting;
    if (followed !== undefined) status.update(waiting, standing);
    clearTimeout(wake);
    const ends = [...kept.grants, ...kept.denials].map(({ expiresAt }) => expiresAt);
    if (ends.length > 0) wake = setTimeout(redraw, Math.max(1000, Math.min(...ends) - clock.now() + 1000));
  };
  const redraw = onceATurn(draw);
  const readStanding = async (): Promise<void> => {
    standing = await followed?.store.standing().catch(() => undefined);
    await vscode.commands.executeCommand('setContext', 'proxmox.frozen', standing?.freeze.since !== undefined);
    redraw();
  };
  const waitingCard = (id: string): ApprovalRequest | undefined =>
    desk.cards().find((one) => one.request.id === id && isWaiting(one))?.request;
  const cards = createCardsView(extensionUri, {
    desk,
    ready: redraw,
    shown: desk.shown,
    showRequest(id) {
      const request = waitingCard(id);
      if (request !== undefined) requests.show(request).then(() => desk.opened(id), showError);
    },
    showSource(id, place) {
      const request = waitingCard(id);
      const source = request === undefined ? undefined : sourceAt(request, place);
      if (followed === undefined || request === undefined || source === undefined) return;
      const { id: connection, name } = request.connection;
      showSource(parts.documents, followed.session.client(connection), source, name).catch(showError);
    },
    revoke: (id) => followed?.session.gate.grants.drop(id),
    askAgain: (id) => followed?.session.gate.denials.drop(id),
    freeze: () => change(freezeAll),
    lift: () => change(liftFreeze),
    refused: () => log().error('The approvals page sent something that is no message of its own. It was ignored.'),
  });
  desk.onChange(redraw);
  return {
    approver: desk,
    fill: cards.fill,
    follow(window) {
      followed = window;
      window.store.onChange(() => void readStanding());
      window.session.gate.grants.onChange(redraw);
      window.session.gate.denials.onChange(redraw);
      void readStanding();
    },
    dispose() {
      clearTimeout(wake);
      requests.dispose();
      status.dispose();
    },
  };
}

const nothingKept = { grants: { list: () => [] }, denials: { list: () => [] } };

function focusCards(): void {
  void vscode.commands.executeCommand('proxmox.approvals.focus');
}

/** Opens the view where it can be seen already, and leaves the focus where it is. */
function openCards(): void {
  void vscode.commands.executeCommand('proxmox.approvals.focus', { preserveFocus: true });
}

/** Several calls at once count as one. */
function onceATurn(act: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      act();
    });
  };
}
