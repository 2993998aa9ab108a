import * as vscode from 'vscode';
import { printable } from '../../gate/printable.ts';
import { type Entry, isWaiting } from './entry.ts';

/** Tells that cards wait, with one notification whose only action leads to them. */
export interface Notice {
  /** Not repeated for what comes while others wait still. */
  update(cards: readonly Readonly<Entry>[], isInSight: boolean): void;
  /** The person knows of what waits now. */
  skip(): void;
}

export function createNotice(show: () => void): Notice {
  let isTold = false;
  return {
    update(cards, isInSight) {
      const waiting = cards.filter(isWaiting);
      const [first] = waiting;
      if (first === undefined) isTold = false;
      if (first === undefined || isTold || isInSight) return;
      isTold = true;
      const review = vscode.l10n.t('Review');
      void vscode.window.showInformationMessage(noticeText(waiting.length, first), review).then((pressed) => {
        if (pressed === review) show();
      });
    },
    skip() {
      isTold = true;
    },
  };
}

function noticeText(count: number, { question }: Readonly<Entry>): string {
  if (count > 1) return vscode.l10n.t('Proxmox VE: {0} questions wait for your approval.', count);
  // A notification would make links of brackets.
  const act = printable(question.act, 80).replaceAll('[', '(').replaceAll(']', ')');
  return vscode.l10n.t('Proxmox VE: “{0}” waits for your approval.', act);
}
