import * as vscode from 'vscode';
import { type Policy, policyText, type Verdict, verdictText } from '../../gate/policy.ts';
import { printable } from '../../gate/printable.ts';
import type { AccessLevel } from '../../gate/types.ts';
import {
  type Cluster,
  caughtBy,
  type Guest,
  guestNames,
  type LoosenedGuest,
  loosenedGuests,
  verdictFor,
} from './preview.ts';
import { isLoosening, type PolicyEdit } from './rules.ts';

/** How many guests are named where there is room for a line, and where there is room for a few. */
const namesInLine = 4;
const namesInModal = 12;

/** A verdict as a choice. */
export function verdictLabel(verdict: Verdict): string {
  const labels: Readonly<Record<Verdict, string>> = {
    'read-only': vscode.l10n.t('Change nothing'),
    'never-destroy': vscode.l10n.t('Never destroy'),
    ask: vscode.l10n.t('Always ask'),
    allow: vscode.l10n.t('Allow operating guests'),
  };
  return labels[verdict];
}

/** What choosing it means. */
export function verdictMeaning(verdict: Verdict): string {
  const meanings: Readonly<Record<Verdict, string>> = {
    'read-only': vscode.l10n.t('Agents may look. Whatever they would change is refused.'),
    'never-destroy': vscode.l10n.t(
      'What loses data is refused: deleting, rollback, restoring over, removing disks and backups.',
    ),
    ask: vscode.l10n.t('Each change is asked about; what you granted for 15 minutes does not count.'),
    allow: vscode.l10n.t(
      'Loosens: power operations, migrations, and freezing or trimming file systems of these guests need no question. It goes by node and VMIDs only.',
    ),
  };
  return meanings[verdict];
}

/** `5 guests now: web-01 (101), web-02 (102), …` */
export function caughtLine(policy: Policy, cluster: Cluster, limit = namesInLine): string {
  if ('unread' in cluster) return vscode.l10n.t('Which guests it catches cannot be told: {0}', cluster.unread);
  const guests = caughtBy(policy, cluster.resources);
  if (guests.length === 0) return vscode.l10n.t('Catches no guest now');
  if (guests.length === 1) return vscode.l10n.t('Catches 1 guest now: {0}', guestNames(guests, limit));
  return vscode.l10n.t('Catches {0} guests now: {1}', guests.length, guestNames(guests, limit));
}

/** The whole change for a modal: before, after, whom it catches, and what it loosens. */
export function changeLines(edit: PolicyEdit, cluster: Cluster, level: AccessLevel): readonly string[] {
  const { removed, added } = edit;
  return [
    ...(removed === undefined ? [] : [vscode.l10n.t('Until now: {0}', policyText(removed))]),
    added === undefined
      ? vscode.l10n.t('From now on: this rule is gone.')
      : vscode.l10n.t('From now on: {0}', policyText(added)),
    '',
    ...[added ?? removed ?? []].flat().flatMap((policy) => [caughtLine(policy, cluster, namesInModal), '']),
    ...(added?.verdict === 'allow' ? [...allowLines(added, edit, cluster, level), ''] : []),
    ...loosenLines(edit, cluster),
    vscode.l10n.t('What waits for an answer is withdrawn, and what was granted ends.'),
  ];
}

/** What becomes possible by a rule that allows, and what still stands against it. */
function allowLines(allow: Policy, { after }: PolicyEdit, cluster: Cluster, level: AccessLevel): readonly string[] {
  const lines = [
    vscode.l10n.t(
      'Agents may then start, shut down, reboot, stop, reset, suspend, resume and migrate these, and freeze or trim their file systems, without asking you.',
    ),
  ];
  if (level === 'read-only')
    lines.push(vscode.l10n.t('Not yet, though: the access level is read-only, and stays above each rule.'));
  if ('unread' in cluster) return lines;
  const held = caughtBy(allow, cluster.resources).filter((guest) => verdictFor(guest, after) !== 'allow');
  if (held.length > 0) lines.push(vscode.l10n.t('A stricter rule holds for {0}.', guestNames(held, namesInModal)));
  return lines;
}

function loosenLines(edit: PolicyEdit, cluster: Cluster): readonly string[] {
  if (!isLoosening(edit)) return [];
  const changes = 'unread' in cluster ? [] : loosenedGuests(edit.before, edit.after, cluster.resources);
  if (changes.length === 0) return [vscode.l10n.t('This gives agents more room.'), ''];
  return [
    vscode.l10n.t('This gives agents more room:'),
    ...groups(changes).map(({ was, is, guests }) =>
      vscode.l10n.t('{0}: {1} → {2}', guestNames(guests, namesInModal), ruleWord(was), ruleWord(is)),
    ),
    '',
  ];
}

function ruleWord(verdict: Verdict | undefined): string {
  return verdict === undefined ? vscode.l10n.t('no rule, the access level decides') : verdictText[verdict];
}

/** Guests with the same change together. */
function groups(changes: readonly LoosenedGuest[]) {
  const found = new Map<string, { was: Verdict | undefined; is: Verdict | undefined; guests: Guest[] }>();
  for (const { guest, was, is } of changes) {
    const group = found.get(`${was} ${is}`) ?? { was, is, guests: [] };
    found.set(`${was} ${is}`, group);
    group.guests.push(guest);
  }
  return [...found.values()];
}

/** The title of every step. @param connection its name */
export function titleOf(connection: string): string {
  return vscode.l10n.t('Policies of {0}', printable(connection, 64));
}
